use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

/// What the command line asks for.
pub struct Wanted {
    pub format: Format,
    /// Leave out what has to be held to the compiler or to the source, not run.
    pub only_running: bool,
}

pub enum Format {
    Text,
    Json,
}

/// Reads the command line.
pub fn wanted() -> Result<Wanted, clap::Error> {
    let matches = Command::new("cargo verdicts")
        .about("Holds every block of the chapters to its verdict and says what it was seen to do")
        .after_help(
            "Exit codes: 0 all blocks do as their chapters say, 1 some do not, 2 wrong usage.",
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(["text", "json"]))
                .default_value("text")
                .help("How to print the verdicts"),
        )
        .arg(
            Arg::new("only-running")
                .long("only-running")
                .action(ArgAction::SetTrue)
                .help("Leave out blocks that must not compile, and signatures"),
        )
        .try_get_matches()?;
    Ok(Wanted {
        format: match matches.get_one::<String>("format").map(String::as_str) {
            Some("json") => Format::Json,
            _ => Format::Text,
        },
        only_running: matches.get_flag("only-running"),
    })
}

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

/// How to print the verdicts.
pub enum Format {
    Text,
    Json,
}

/// What the command line asks for.
pub struct Asked {
    pub format: Format,
    /// Explore pairs, orders and ends of the runtime, too.
    pub thorough: bool,
}

/// Reads the command line.
pub fn asked() -> Result<Asked, clap::Error> {
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
            Arg::new("thorough")
                .long("thorough")
                .action(ArgAction::SetTrue)
                .help("Explore pairs of what can happen, orders of tasks and ends of the runtime, too"),
        )
        .try_get_matches()?;
    let format = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => Format::Json,
        _ => Format::Text,
    };
    Ok(Asked {
        format,
        thorough: matches.get_flag("thorough"),
    })
}

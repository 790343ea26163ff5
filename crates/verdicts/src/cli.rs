use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};

/// How to print the verdicts.
pub enum Format {
    Text,
    Json,
}

/// Reads the command line.
pub fn format() -> Result<Format, clap::Error> {
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
        .try_get_matches()?;
    Ok(
        match matches.get_one::<String>("format").map(String::as_str) {
            Some("json") => Format::Json,
            _ => Format::Text,
        },
    )
}

use clap::{Arg, ArgAction, Command, value_parser};

/// What the command line asks for.
pub(crate) struct Asked {
    pub(crate) seed: u64,
    /// How many mutations; all, if nothing is said.
    pub(crate) count: Option<usize>,
    pub(crate) jobs: usize,
    pub(crate) only: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) list: bool,
    pub(crate) self_test: bool,
}

/// Reads the command line; ends the process at `--help` and at what it does not know.
pub(crate) fn read() -> Asked {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .default_value(default)
            .value_parser(value_parser!(u64))
            .help(help)
    };
    let words = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    let matches = Command::new("cargo mutate-text")
        .about("Changes the chapters in small ways, in memory, and shows that the checks notice")
        .arg(number(
            "seed",
            "1",
            "What the draw starts from; the same seed draws the same mutations",
        ))
        .arg(number("count", "300", "How many mutations to draw"))
        .arg(switch("all", "Make every mutation instead of drawing some").conflicts_with("count"))
        .arg(
            number("jobs", "2", "How many to judge at once")
                .value_parser(value_parser!(u64).range(1..=64)),
        )
        .arg(words(
            "only",
            "CHAPTER",
            "Change this file only, such as gotchas.md",
        ))
        .arg(words(
            "kind",
            "KIND",
            "Make changes of this kind only, named as in the summary",
        ))
        .arg(switch("list", "Print the mutations and judge none"))
        .arg(switch(
            "self-test",
            "Show that a missing check makes the command fail",
        ))
        .get_matches();
    let number = |name| matches.get_one::<u64>(name).copied().unwrap_or_default();
    Asked {
        seed: number("seed"),
        count: (!matches.get_flag("all")).then(|| number("count") as usize),
        jobs: number("jobs") as usize,
        only: matches.get_one("only").cloned(),
        kind: matches.get_one("kind").cloned(),
        list: matches.get_flag("list"),
        self_test: matches.get_flag("self-test"),
    }
}

//! What blocks become that are parts of programs.

use async_drop_tidy::{Kind, Text, tidy};

const FILE: &str = "recipes/tcp.md";

const PROGRAM: &str = "\
/// Asks.
// ANCHOR: ask
pub fn ask() {
    answer();
}
// ANCHOR_END: ask
";

/// A page with `blocks`, each of them the lines behind the fence's first one.
fn page(block: &str) -> String {
    format!("# A protocol\n\nAsk.\n\n```rust,example=tcp/src/lib.rs:ask\n{block}```\n\nWords.\n")
}

fn texts(page: String, program: Option<&str>) -> Vec<Text> {
    let text = |file: &str, text: &str, kind| Text {
        file: file.to_owned(),
        text: text.to_owned(),
        kind,
    };
    let program = program.map(|program| text("examples/tcp/src/lib.rs", program, Kind::Program));
    let page = text(FILE, &page, Kind::Page);
    std::iter::once(page).chain(program).collect()
}

const RIGHT: &str = "pub fn ask() {\n    answer();\n}\n";

#[test]
fn a_part_of_a_program_is_written_and_nothing_else() {
    for wrong in ["", "pub fn ask() {}\n", "a\n\nb\n\nc\nd\n"] {
        let tidied = tidy(&texts(page(wrong), Some(PROGRAM))).unwrap();
        let files: Vec<&str> = tidied.iter().map(|tidied| tidied.file.as_str()).collect();
        assert_eq!(files, [FILE]);
        assert_eq!(tidied[0].after, page(RIGHT));
    }
    assert_eq!(tidy(&texts(page(RIGHT), Some(PROGRAM))), Ok(Vec::new()));
}

#[test]
fn what_is_not_there_is_refused_at_the_block() {
    for (program, page, what) in [
        (
            None,
            page(RIGHT),
            "there is no file examples/tcp/src/lib.rs",
        ),
        (
            Some("fn ask() {}\n"),
            page(RIGHT),
            "examples/tcp/src/lib.rs has no line `// ANCHOR: ask`",
        ),
        (
            Some(PROGRAM),
            page("    x\n").replace("```rust", "- ```rust"),
            "start the lines of this block where their line starts",
        ),
    ] {
        let errors = tidy(&texts(page, program)).unwrap_err();
        assert_eq!(errors.to_string(), format!("{FILE}:5: {what}"));
    }
}

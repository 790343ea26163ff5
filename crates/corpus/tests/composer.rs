//! What the composer makes of a block and its context.

use std::path::{Path, PathBuf};

use async_drop_corpus::{
    Chapter, Composed, Context, Position, compose, compose_case, test_name, together,
};

const STATEMENTS: &str = "\
// Words.

async fn scenario() -> Result<(), Error> {
    let pool = Pool::new();
    block!();
    Ok(())
}
";

const ITEMS: &str = "\
mod shown {
    block!();
}

fn scenario() {
    shown::main()
}
";

const CHAPTER: &str = "# Gotchas\n\n## 1. `?` too early\n\n```rust,should_panic\nfoo()?;\n```\n\n```text\nno \"foo\"\n```\n";

fn context(text: &str) -> Context {
    let path = PathBuf::from("/repo/corpus/contexts/server.rs");
    Context::parse("server", "corpus/contexts/server.rs", path, text).unwrap()
}

fn refused(text: &str) -> String {
    Context::parse("server", "corpus/contexts/server.rs", PathBuf::new(), text)
        .unwrap_err()
        .to_string()
}

fn chapter(text: &str) -> Chapter {
    Chapter::parse("gotchas.md", text).unwrap()
}

fn composed(chapter: &Chapter, context: &Context) -> Composed {
    compose(
        &chapter.blocks[0],
        context,
        Path::new("/repo"),
        Path::new("/out"),
    )
    .unwrap()
    .unwrap()
}

#[test]
fn statements_keep_their_lines_in_a_scope_of_their_own() {
    let composed = composed(&chapter(CHAPTER), &context(STATEMENTS));
    assert_eq!(composed.shown, "\n\n\n\n{\nfoo()?;\n}\n");
    assert_eq!(composed.shown.lines().nth(5), CHAPTER.lines().nth(5));
}

#[test]
fn items_keep_their_lines() {
    let context = context(ITEMS);
    assert_eq!(context.position, Position::Items);
    let composed = composed(&chapter(CHAPTER), &context);
    assert_eq!(composed.shown, "\n\n\n\n\nfoo()?;\n");
}

#[test]
fn a_test_that_a_block_shows_is_compiled() {
    let text = "# A\n\n```rust,right,once,in=server\n#[test]\nfn holds() {}\n```\n";
    let composed = composed(&chapter(text), &context(ITEMS));
    assert!(!composed.shown.contains("#[test]"), "{}", composed.shown);
    assert!(composed.shown.ends_with("]\nfn holds() {}\n"));
}

#[test]
fn the_program_includes_a_file_that_is_named_like_the_chapter() {
    let composed = composed(&chapter(CHAPTER), &context(STATEMENTS));
    assert!(composed.shown_path.ends_with("gotchas.md"), "{composed:?}");
    for line in [
        "#![deny(warnings)]",
        "include!(\"/repo/corpus/contexts/server.rs\");",
        "async_drop_verdicts::panics(&BLOCK, \"no \\\"foo\\\"\", scenario)",
        "section: \"1. ? too early\",",
    ] {
        assert!(
            composed.program.contains(line),
            "{line}: {}",
            composed.program
        );
    }
}

#[test]
fn together_each_block_is_a_module_with_its_own_lints() {
    let chapter = chapter(&format!("{CHAPTER}\n{}", CHAPTER.replace("1.", "2.")));
    let all: Vec<Composed> = chapter
        .blocks
        .iter()
        .map(|block| {
            compose(
                block,
                &context(STATEMENTS),
                Path::new("/repo"),
                Path::new("/out"),
            )
            .unwrap()
            .unwrap()
        })
        .collect();
    let program = together(chapter.blocks.iter().zip(&all));
    for (line, section) in [(5, "1_too_early"), (17, "2_too_early")] {
        let name = format!("gotchas_sect_{section}_line_{line}");
        let module = format!(
            "#[deny(warnings)]\n#[forbid(unsafe_code)]\n#[allow(dead_code)]\n#[allow(clippy::all)]\nmod {name} {{"
        );
        let entry = format!("line: {line}, held: {name}::held }},");
        let shown = format!("/out/{name}/gotchas.md\");");
        for part in [module, entry, shown] {
            assert!(program.contains(&part), "{part}: {program}");
        }
    }
}

#[test]
fn the_runner_is_chosen_by_verdict_and_scenario() {
    for (verdict, context_text, call) in [
        (
            "right",
            STATEMENTS,
            "right(&BLOCK, \"leaks when x\", scenario)",
        ),
        (
            "right,cancel_safe",
            STATEMENTS,
            "right_cancel_safe(&BLOCK, scenario)",
        ),
        ("right,once", STATEMENTS, "right_once(&BLOCK, scenario)"),
        ("right,once", ITEMS, "right_once_blocking(&BLOCK, scenario)"),
        (
            "should_panic",
            ITEMS,
            "panics_blocking(&BLOCK, \"leaks when x\", scenario)",
        ),
        (
            "leaks",
            STATEMENTS,
            "leaks(&BLOCK, \"leaks when x\", scenario)",
        ),
        (
            "leaks",
            ITEMS,
            "leaks_blocking(&BLOCK, \"leaks when x\", scenario)",
        ),
    ] {
        let text = format!("# A\n\n```rust,{verdict}\na\n```\n\n```text\nleaks when x\n```\n");
        let composed = composed(&chapter(&text), &context(context_text));
        assert!(
            composed
                .program
                .contains(&format!("async_drop_verdicts::{call}")),
            "{verdict}: {}",
            composed.program
        );
    }
}

#[test]
fn a_scenario_that_cannot_be_cancelled_says_nothing_about_cancellation() {
    for verdict in ["right", "right,cancel_safe"] {
        let text = format!("# A\n\n```rust,{verdict}\na\n```\n\n```text\nx\n```\n");
        let block = &chapter(&text).blocks[0];
        let error = compose(block, &context(ITEMS), Path::new("/"), Path::new("/")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "gotchas.md:3: `{verdict}` needs an `async fn scenario()` to cancel, \
                 and corpus/contexts/server.rs has a plain one: say `right,once`"
            )
        );
    }
}

#[test]
fn a_context_without_a_scenario_is_refused_unless_the_block_defines_it() {
    let context = context("use a::b;\n\nblock!();\n");
    let without = chapter("# A\n\n```rust,right,once\nfn a() {}\n```\n");
    let error = compose(&without.blocks[0], &context, Path::new("/"), Path::new("/")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("gotchas.md:3: the context corpus/contexts/server.rs defines no"),
        "{error}"
    );
    let with = chapter("# A\n\n```rust,right,once\nasync fn scenario() {}\n```\n");
    assert!(
        composed(&with, &context)
            .program
            .contains("::right_once(&BLOCK, scenario)")
    );
}

#[test]
fn verdicts_that_do_not_run_make_no_program() {
    for verdict in ["signature", "compile_fail"] {
        let text = format!("# A\n\n```rust,{verdict}\na\n```\n\n```text\nx\n```\n");
        let block = &chapter(&text).blocks[0];
        let made = compose(block, &context(STATEMENTS), Path::new("/"), Path::new("/"));
        assert_eq!(made.unwrap(), None, "{verdict}");
    }
}

#[test]
fn a_case_holds_the_block_in_its_context_and_no_line_of_the_chapter() {
    let text = CHAPTER.replace("should_panic", "compile_fail");
    let (case, first_line) = compose_case(&chapter(&text).blocks[0], &context(STATEMENTS));
    assert_eq!(case.lines().nth(first_line - 1), Some("foo()?;"));
    assert_eq!(
        case,
        "// gotchas.md, section \"? too early\": `CORPUS=accept cargo test --test compile_fail` writes this file.\n\n\
         #![allow(unused)]\n\n\
         // Words.\n\n\
         async fn scenario() -> Result<(), Error> {\n    let pool = Pool::new();\n    {\nfoo()?;\n    }\n    Ok(())\n}\n\n\
         fn main() {}\n"
    );
    let moved = text.replace("# Gotchas\n", "# Gotchas\n\nMore words.\n");
    assert_eq!(
        compose_case(&chapter(&moved).blocks[0], &context(STATEMENTS)),
        (case, first_line)
    );
}

#[test]
fn tests_are_named_after_page_section_and_line() {
    assert_eq!(
        test_name(&chapter(CHAPTER).blocks[0]),
        "gotchas_sect_1_too_early_line_5"
    );
    let page = Chapter::parse(
        "book/src/01-start.md",
        "# Über\n\n```rust,right,once\na\n```\n",
    )
    .unwrap();
    assert_eq!(
        test_name(&page.blocks[0]),
        "book_src_01_start_sect_ber_line_3"
    );
}

#[test]
fn a_context_has_one_place_for_its_block() {
    let place = "corpus/contexts/server.rs:1: a context has exactly one line `block!();`, where the block goes";
    assert_eq!(refused("fn scenario() {}\n"), place);
    assert_eq!(
        refused("fn a() {\n    block!();\n    block!();\n}\n"),
        place
    );
    assert_eq!(
        refused("struct A;\n\nimpl A {\n    block!();\n}\n"),
        "corpus/contexts/server.rs:4: `block!();` cannot stand directly in `impl`: no macro can put code from a file there"
    );
    assert!(
        refused("//! Docs.\n\nblock!();\n")
            .starts_with("corpus/contexts/server.rs:1: a context is included")
    );
}

#[test]
fn what_a_place_is_in_is_read_from_the_indentation() {
    for (text, position) in [
        ("block!();\n", Position::Items),
        (
            "pub(crate) mod a {\n    use b;\n\n    block!();\n}\n",
            Position::Items,
        ),
        (
            "mod a {\n    fn b(\n        c: D,\n    ) {\n        block!();\n    }\n}\n",
            Position::Statements,
        ),
        (
            "fn a()\nwhere\n    B: C,\n{\n    block!();\n}\n",
            Position::Statements,
        ),
        (
            "impl A {\n    fn a() {\n        block!();\n    }\n}\n",
            Position::Statements,
        ),
    ] {
        assert_eq!(context(text).position, position, "{text}");
    }
}

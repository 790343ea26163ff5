//! Runs the command on the chapters as they are.

use std::path::Path;
use std::process::Command;

use async_drop_corpus::{Verdict, read_pages};

#[test]
fn every_block_does_as_its_chapter_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_verdicts"))
        .output()
        .unwrap();
    let refutations = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "\n{refutations}");

    let pages = read_pages(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let blocks = pages.iter().flat_map(|page| &page.blocks);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut said = said.lines();
    for block in blocks {
        let place = format!("{}:{}: {}: ", block.file, block.line, block.verdict.name());
        let line = said.next().unwrap_or_default();
        assert!(line.starts_with(&place), "{place}\n{line}");
        assert!(
            block.verdict != Verdict::CompileFail || line.contains(": rejected: "),
            "{line}"
        );
    }
}

//! Holds each file of `src/claims` to its form: it begins with the claim, in one sentence, and then says what refutes it.

use std::fs;
use std::path::Path;

#[test]
fn every_file_of_claims_begins_with_the_claim_and_says_what_refutes_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/claims");
    let mut claims = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        // The list of the claims is none.
        if !file.ends_with("mod.rs") {
            let source = fs::read_to_string(&file).unwrap();
            assert_eq!(wrong(&source), None, "{}", file.display());
            claims += 1;
        }
    }
    assert!(claims >= 20, "{claims} files");
}

#[test]
fn a_file_without_claim_or_refutation_is_told() {
    let second = "//!\n//! Refuted by a link that is dead.\n";
    for (source, expected) in [
        ("use std::fs;\n".to_owned(), NO_CLAIM),
        (format!("//! Every link is alive\n{second}"), NO_CLAIM),
        (format!("//! Links. They are alive.\n{second}"), NO_CLAIM),
        ("//! Every link is alive.\n".to_owned(), NOT_REFUTED),
        (
            "//! Refuted by a link that is dead.\n".to_owned(),
            NOT_REFUTED,
        ),
        (
            "//! Every link is alive.\n//!\n//! Anchors too.\n".to_owned(),
            NOT_REFUTED,
        ),
        (
            "//! Every link is alive.\n\n// Refuted by a dead one.\n".to_owned(),
            NOT_REFUTED,
        ),
    ] {
        assert_eq!(wrong(&source), Some(expected), "{source}");
    }
    assert_eq!(
        wrong(&format!("//! Every link is\n//! alive.\n{second}")),
        None
    );
}

const NO_CLAIM: &str = "does not begin with `//!` and the claim, in one sentence";
const NOT_REFUTED: &str =
    "does not say, in a paragraph behind the claim, what it is \"Refuted by\"";

/// What is wrong with how a file begins.
fn wrong(source: &str) -> Option<&'static str> {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let words = lines.map(str::trim).collect::<Vec<_>>().join("\n");
    let (claim, rest) = words.split_once("\n\n").unwrap_or((&words, ""));
    let claim = claim.replace('\n', " ");
    let rest = rest.replace('\n', " ");
    if !claim.ends_with('.') || claim.contains(". ") {
        return Some(NO_CLAIM);
    }
    let says = rest.starts_with("Refuted ") || rest.contains(". Refuted ");
    (!says).then_some(NOT_REFUTED)
}

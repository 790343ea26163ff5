//! What is compiled in a fresh clone before the command gives its first answer.

use std::collections::BTreeSet;

use crate::support::{cargo, repository};

#[test]
fn the_command_compiles_fifteen_crates_at_most_and_nothing_of_the_proof() {
    const QUESTION: [&str; 9] = [
        "tree",
        "--package=async-drop-installer",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
        "--no-dedupe",
        "--quiet",
        "--offline",
        "--locked",
    ];
    let tree = cargo(repository(), &QUESTION).done().out;
    let crates: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(crates.len() <= 15, "{crates:#?}");
    let own = crates.iter().filter(|name| name.starts_with("async-drop-"));
    assert_eq!(Vec::from_iter(own), [&"async-drop-installer"]);
}

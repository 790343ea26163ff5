use async_drop_layout::check_minimums;

use crate::planted::{manifest, repository};

const LOCK: &str = r#"version = 4

[[package]]
name = "tokio"
version = "1.49.0"

[[package]]
name = "syn"
version = "2.0.119"

[[package]]
name = "syn"
version = "3.0.0"
"#;

/// What is wrong where the library's manifest has these dependencies.
fn told(dependencies: &str) -> Vec<String> {
    let utils = manifest("utils") + dependencies;
    let derive = manifest("derive") + "\n[dependencies]\nsyn = \"3\"\n";
    let folder = repository(&[
        ("crates/utils/Cargo.toml", &utils),
        ("crates/utils/src/lib.rs", ""),
        ("crates/derive/Cargo.toml", &derive),
        ("crates/derive/src/lib.rs", ""),
        ("crates/minimal-versions/Cargo.lock", LOCK),
    ]);
    check_minimums(folder.path()).unwrap()
}

#[test]
fn the_version_that_is_tested_is_the_oldest_one_allowed() {
    let none: [String; 0] = [];
    assert_eq!(told("\n[dependencies]\ntokio = \"1.49\"\n"), none);
}

#[test]
fn an_older_version_than_the_tested_one_is_refused_where_it_stands() {
    assert_eq!(
        told(
            "\n[features]\ntokio = [\"dep:tokio\"]\n\n[dependencies]\n# Words.\ntokio = { optional = true, version = \"1\", features = [\"rt\"] }\n"
        ),
        [
            "crates/utils/Cargo.toml:11: tokio = \"1\" allows 1.0.0, and what is tested, in crates/minimal-versions/Cargo.lock, \
             is 1.49.0; write that, or have 1.0.0 in crates/minimal-versions/Cargo.toml and run `cargo minimal-versions`"
        ]
    );
}

#[test]
fn a_dependency_that_is_not_tested_at_all_is_refused() {
    let told = told("\n[dependencies]\nsyn = \"1.0.80\"\nslab = \"0.4.4\"\n");
    assert_eq!(told.len(), 2, "{told:?}");
    for told in told {
        assert!(told.contains("Cargo.lock, is none; "), "{told}");
    }
}

#[test]
fn a_requirement_without_an_oldest_version_is_refused() {
    assert_eq!(
        told("\n[dependencies]\ntokio = \"*\"\n"),
        ["crates/utils/Cargo.toml:7: tokio = \"*\" names no oldest version; write one"]
    );
}

#[test]
fn what_only_tests_need_may_be_any_version() {
    let none: [String; 0] = [];
    assert_eq!(told("\n[dev-dependencies]\nproptest = \"1\"\n"), none);
}

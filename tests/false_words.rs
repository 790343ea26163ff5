//! Holds the checks of words, tables and inline code to what they are for: each of these chapters tells a lie and is refuted for it.

use std::path::Path;
use std::sync::OnceLock;

use async_drop_corpus::checks::{
    Guidance, SOURCES, Sources, Surface, check_features, check_foreign_names, check_names,
    check_shapes, check_surface,
};
use async_drop_corpus::{Chapter, Contexts, Errors};

/// The chapters, and below them their contexts.
const FOLDER: &str = "tests/false_chapters";

#[test]
fn a_name_that_nothing_has_is_refuted() {
    assert_said(
        "names_what_does_not_exist",
        check_names,
        &[
            ":5: section \"A name in prose stands for nothing\": `AsyncDropArc::share(guard)`: \
             there is no `AsyncDropArc::share` in crates/utils/src",
            ":6: section \"A name in prose stands for nothing\": `with_async_drop_3!(value, { body })`: \
             there is no `with_async_drop_3!` in crates/utils/src",
        ],
    );
}

#[test]
fn a_bare_name_that_nothing_has_is_refuted() {
    let unknown = |line: usize, code: &str| {
        format!(
            ":{line}: section \"Bare names\": `{code}`: nothing is called `{code}`: \
             neither the library, the section's blocks nor tests/foreign_names.txt have it"
        )
    };
    assert_said(
        "names_in_plain_words",
        check_names,
        &[
            &unknown(5, "AsyncDropSet"),
            &unknown(5, "async_drop_utils::test"),
            &unknown(5, "cancel_safer"),
            &unknown(12, "connectoin"),
            ":16: section \"Bare names\": `#[async_drop(skipped)]`: `#[async_drop]` has no option `skipped`",
        ],
    );
}

#[test]
fn a_member_of_another_type_is_refuted() {
    assert_said(
        "names_a_member_of_another_type",
        check_names,
        &[
            ":8: section \"AsyncDropHashMap\": `push`: there is no `push` in AsyncDrop, AsyncDropGuard, AsyncDropHashMap; \
             AsyncDropStack has one",
            ":10: section \"AsyncDropHashMap\": `stack.try_insert(key, guard)`: \
             there is no `try_insert` in AsyncDrop, AsyncDropGuard, AsyncDropStack; AsyncDropHashMap has one",
            ":10: section \"AsyncDropHashMap\": `try_to_insert`: nothing is called `try_to_insert`",
        ],
    );
}

#[test]
fn a_name_that_is_denied_and_exists_is_refuted() {
    assert_said(
        "denies_what_exists",
        check_names,
        &[
            ":5: section \"AsyncDropHashMap\": `retain`: said not to exist, but there is `AsyncDropHashMap::retain`",
        ],
    );
}

#[test]
fn a_feature_that_does_not_exist_or_is_off_is_refuted() {
    assert_said(
        "features",
        |chapters, surface, _| check_features(chapters, surface),
        &[
            ":5: the feature `testing` is not on by default",
            ":5: there is no feature `explorer`",
        ],
    );
}

#[test]
fn bounds_that_the_source_does_not_have_are_refuted() {
    assert_said(
        "bounds_differ",
        check_shapes,
        &[
            ":5: section \"new_cancel_safe\": `Send + Sync`: no parameter of AsyncDropGuard has these bounds, but: ",
        ],
    );
}

#[test]
fn a_return_type_that_the_source_does_not_have_is_refuted() {
    assert_said(
        "returns_something_else",
        check_shapes,
        &[
            ":8: section \"AsyncDropGuard\": `AsyncDropGuard<T>`: `is_dropped` does not return it, but bool",
            ":10: section \"AsyncDropGuard\": `None`: `new_invalid` does not return it, but Self",
            ":14: section \"AsyncDropArc\": `AsyncDropGuard<Arc<T>>`: the source of AsyncDropArc has no such type",
            ":14: section \"AsyncDropArc\": `None`: `strong_count` does not return it, but usize",
        ],
    );
}

#[test]
fn helpers_that_leave_something_out_are_refuted() {
    let chapter = chapter("leaves_an_item_out");
    let file = chapter.file.clone();
    let errors = check_surface(&[chapter], &file, &guidance().surface)
        .unwrap_err()
        .to_string();
    for unnamed in [
        "crates/utils/src/async_drop/guard.rs:137: `AsyncDropGuard::is_dropped`",
        "crates/utils/src/async_drop/try_insert_error.rs:",
        "`TryInsertError::value`",
        "`AsyncDropArc`",
        "`with_async_drop`",
        "`Explorer`",
        "`Entry::Occupied`",
        "`Entry::close`",
        "crates/utils/Cargo.toml:",
        "the feature `testing`",
        "the option `#[async_drop(skip)]`",
    ] {
        assert!(errors.contains(unnamed), "{unnamed}\n{errors}");
    }
    let ending = " is public, and tests/false_chapters/leaves_an_item_out.md does not name it";
    assert!(
        errors.lines().all(|line| line.ends_with(ending)),
        "{errors}"
    );
    assert_eq!(errors.matches("`AsyncDropGuard::").count(), 1, "{errors}");
}

#[test]
fn a_foreign_name_that_no_chapter_needs_is_refuted() {
    let sources = Sources {
        foreign: "tests/false_chapters/foreign_names.txt",
        ..SOURCES
    };
    let guidance = guidance();
    let surface = Surface::read(root(), sources, &guidance.pages).unwrap();
    let errors = check_foreign_names(
        &[chapter("names_what_is_foreign")],
        &surface,
        &guidance.contexts,
    );
    assert_eq!(
        errors.unwrap_err().to_string(),
        "tests/false_chapters/foreign_names.txt:2: no chapter needs `shrink_to_fit` from here any more"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The true guidance, against which a lie is held.
fn guidance() -> &'static Guidance {
    static GUIDANCE: OnceLock<Guidance> = OnceLock::new();
    GUIDANCE.get_or_init(|| Guidance::read(root()).unwrap_or_else(|errors| panic!("\n{errors}")))
}

fn chapter(name: &str) -> Chapter {
    let file = format!("{FOLDER}/{name}.md");
    let text = std::fs::read_to_string(root().join(&file)).expect("a false chapter can be read");
    Chapter::parse(&file, &text).unwrap()
}

/// Checks that each error of the chapter is one of `said`, by its start.
fn assert_said(
    name: &str,
    check: fn(&[Chapter], &Surface, &Contexts) -> Result<(), Errors>,
    said: &[&str],
) {
    let guidance = guidance();
    let mut errors = check(&[chapter(name)], &guidance.surface, &guidance.contexts).unwrap_err();
    errors.0.sort();
    let expected: Vec<String> = said
        .iter()
        .map(|said| format!("{FOLDER}/{name}.md{said}"))
        .collect();
    let starts = errors
        .0
        .iter()
        .map(ToString::to_string)
        .zip(&expected)
        .all(|(error, expected)| error.starts_with(expected.as_str()));
    assert!(
        starts && errors.0.len() == expected.len(),
        "{expected:#?}\n{errors}"
    );
}

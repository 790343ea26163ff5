use async_drop_corpus::{Block, Chapter, Error, Errors, Verdict};

use crate::code::canonical::{Shown, shown_items};
use crate::code::library::Library;

/// Checks that every `signature` block equals the items of the library token for token; docs, attributes, bodies and
/// private fields aside.
///
/// # Errors
///
/// One for each item that differs or does not exist, at its own line in the chapter, and for each block that is no Rust item.
pub fn check_signatures(chapters: &[Chapter], library: &Library) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let blocks = chapters.iter().flat_map(|chapter| &chapter.blocks);
    for block in blocks.filter(|block| block.verdict == Verdict::Signature) {
        match shown_items(&block.code) {
            Ok(items) if items.is_empty() => errors.0.push(error(block, 1, "no item is shown")),
            Ok(items) => errors.0.extend(
                items
                    .iter()
                    .filter_map(|item| Some(error(block, item.line, &refute(library, item)?))),
            ),
            Err(wrong) => {
                let line = wrong.span().start().line;
                errors
                    .0
                    .push(error(block, line, &format!("not a Rust item: {wrong}")));
            }
        }
    }
    errors.or(())
}

/// The files of the library that have the items of a signature, in the order shown.
pub fn signature_places(block: &Block, library: &Library) -> Vec<String> {
    let mut files = Vec::new();
    for item in shown_items(&block.code).unwrap_or_default() {
        let known = library.items.get(&item.path).into_iter().flatten();
        for known in known.filter(|known| known.words == item.words) {
            if !files.contains(&known.file) {
                files.push(known.file.clone());
            }
        }
    }
    files
}

/// What is wrong with an item that a chapter shows, if anything.
fn refute(library: &Library, shown: &Shown) -> Option<String> {
    let Some(known) = library.items.get(&shown.path) else {
        return Some(format!(
            "there is no {} in {}",
            shown.path,
            library.folders.join(", ")
        ));
    };
    if known.iter().any(|known| known.words == shown.words) {
        return None;
    }
    let code: Vec<String> = known
        .iter()
        .map(|known| {
            format!(
                "{}\n    ({}:{})",
                indent(&known.words),
                known.file,
                known.line
            )
        })
        .collect();
    Some(format!(
        "the signature of {} differs from the code\n  the chapter says:\n{}\n  the code says:\n{}",
        shown.path,
        indent(&shown.words),
        code.join("\n"),
    ))
}

fn error(block: &Block, line: usize, what: &str) -> Error {
    Error::new(
        &block.file,
        block.first_line() + line.max(1) - 1,
        format!("section \"{}\": {what}", block.section),
    )
}

fn indent(words: &str) -> String {
    format!("    {}", words.trim_end().replace('\n', "\n    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = r#"
        /// Docs.
        #[must_use]
        pub struct Guard<T: Debug> { value: Option<T>, pub open: bool }

        impl<T: Debug> Guard<T> {
            /// Docs.
            #[track_caller]
            pub fn new(
                value: T,
            ) -> Self { Self { value: Some(value), open: true } }
            pub fn take(mut self) -> T { self.value.take().unwrap() }
        }

        impl Default for Guard<()> { fn default() -> Self { Self::new(()) } }

        #[async_trait]
        pub trait Close { type Error: Debug; async fn close(&mut self) -> Result<(), Self::Error> { Ok(()) } }

        pub type Callback<T> = fn(T);

        pub fn flatten<E>(first: Result<(), E>) -> Result<(), E> where E: Debug, { first }

        #[macro_export]
        macro_rules! with {
            ($value:expr, $body:block) => { $body };
            (@inner $value:expr) => { $value };
        }

        #[cfg(test)]
        mod tests { pub fn only_in_tests() {} }
    "#;

    fn refuted(signature: &str) -> Vec<String> {
        let mut library = Library {
            folders: vec!["src".to_owned()],
            ..Library::default()
        };
        library.source("src/guard.rs", CODE).unwrap();
        let text = format!("# Guard\n\n```rust,signature\n{signature}\n```\n");
        let chapter = Chapter::parse("helpers.md", &text).unwrap();
        match check_signatures(&[chapter], &library) {
            Ok(()) => Vec::new(),
            Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn equal_items_are_accepted_without_docs_attributes_and_bodies() {
        for signature in [
            "pub struct Guard<T: Debug> { pub open: bool }",
            "impl<T: Debug> Guard<T> {\n    pub fn new(value: T) -> Self;\n    pub fn take(self) -> T;\n}",
            "impl Default for Guard<()> {}",
            "pub trait Close {\n    type Error: Debug;\n    async fn close(&mut self) -> Result<(), Self::Error>;\n}",
            "pub fn flatten<E>(first: Result<(), E>) -> Result<(), E>\nwhere\n    E: Debug;",
            "pub type Callback<T> = fn(T);",
            "macro_rules! with { ($value:expr, $body:block) => {}; }",
        ] {
            assert_eq!(refuted(signature), [""; 0], "{signature}");
        }
    }

    #[test]
    fn a_bound_that_differs_is_refuted_at_its_line_with_both_signatures() {
        let found = refuted(
            "impl<T: Debug> Guard<T> {\n    pub fn new(value: T) -> Self;\n    pub fn take(self) -> Option<T>;\n}",
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(
                "helpers.md:6: section \"Guard\": the signature of method `Guard::take` differs from the code"
            ),
            "{}",
            found[0]
        );
        assert!(
            found[0].contains("pub fn take(self) -> Option<T>;"),
            "{}",
            found[0]
        );
        assert!(found[0].contains("(src/guard.rs:12)"), "{}", found[0]);

        for differs in [
            "impl<T> Guard<T> { pub fn new(value: T) -> Self; }",
            "pub struct Guard<T> { pub open: bool }",
            "pub struct Guard<T: Debug>;",
            "pub fn flatten<E>(first: Result<(), E>) -> Result<(), E>;",
            "pub trait Close { async fn close(&mut self) -> Result<(), Self::Error>; }",
            "macro_rules! with { ($value:ident, $body:block) => {}; }",
        ] {
            let found = refuted(differs);
            assert!(
                found.len() == 1 && found[0].contains("differs from the code"),
                "{differs}: {found:?}"
            );
        }
    }

    #[test]
    fn an_item_that_does_not_exist_is_named() {
        assert_eq!(
            refuted("impl<T: Debug> Guard<T> { pub fn close(self); }"),
            ["helpers.md:4: section \"Guard\": there is no method `Guard::close` in src"]
        );
        assert_eq!(
            refuted("pub fn only_in_tests();"),
            ["helpers.md:4: section \"Guard\": there is no function `only_in_tests` in src"]
        );
    }

    #[test]
    fn what_is_no_item_is_refused() {
        let found = refuted("pub fn new(value: T) -> ;");
        assert!(
            found[0].starts_with("helpers.md:4: section \"Guard\": not a Rust item: "),
            "{found:?}"
        );
    }
}

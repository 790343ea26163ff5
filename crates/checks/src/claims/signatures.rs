//! Every `signature` block equals the items of the library token for token; docs, bodies and private fields aside.
//!
//! An item stands with all of its attributes or with those alone that a reader's own code depends on: `async_trait` and
//! `non_exhaustive`. Refuted by an item that differs or does not exist, at its own line in the chapter, and by a block that is no Rust
//! item.

use async_drop_corpus::{Block, Chapter, Error, Errors, Verdict};

use crate::code::{Code, Item};
use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let wrong = blocks(pages).flat_map(|block| wrong(block, &guidance.code));
    Errors(wrong.collect()).or(())
}

fn blocks(pages: &[Chapter]) -> impl Iterator<Item = &Block> {
    let blocks = pages.iter().flat_map(|page| &page.blocks);
    blocks.filter(|block| block.verdict == Verdict::Signature)
}

impl Guidance {
    /// The `signature` blocks, each with the files of the library that have its items, in the order shown.
    ///
    /// # Errors
    ///
    /// One for each item that differs from the library's or does not exist, and for each block that is no Rust item.
    pub fn signatures(&self) -> Result<Vec<(&Block, Vec<&str>)>, Errors> {
        let mut errors = Errors::default();
        let mut signatures = Vec::new();
        for block in blocks(&self.pages) {
            errors.0.extend(wrong(block, &self.code));
            signatures.push((block, files(block, &self.code)));
        }
        errors.or(signatures)
    }
}

fn files<'a>(block: &Block, code: &'a Code) -> Vec<&'a str> {
    let mut files = Vec::new();
    for item in code.shown(block).items.iter().flatten() {
        let known = code.signatures(item).into_iter();
        for known in known.filter(|known| known.is_shown_by(item)) {
            let file = known.place.file.as_str();
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files
}

/// What is wrong with the signatures of a block.
fn wrong(block: &Block, code: &Code) -> Vec<Error> {
    match &code.shown(block).items {
        Ok(items) if items.is_empty() => vec![error(block, 1, "no item is shown")],
        Ok(items) => items
            .iter()
            .filter_map(|item| Some(error(block, item.place.line, &refute(code, item)?)))
            .collect(),
        Err((line, wrong)) => vec![error(block, *line, &format!("not a Rust item: {wrong}"))],
    }
}

/// What is wrong with an item that a chapter shows, if anything.
fn refute(code: &Code, shown: &Item) -> Option<String> {
    let known = code.signatures(shown);
    if known.is_empty() {
        return Some(format!("there is no {shown} in {}", code.library_sources()));
    }
    if known.iter().any(|known| known.is_shown_by(shown)) {
        return None;
    }
    let said: Vec<String> = known
        .iter()
        .map(|known| {
            let place = &known.place;
            format!("{}\n    ({}:{})", indent(known), place.file, place.line)
        })
        .collect();
    Some(format!(
        "the signature of {shown} differs from the code\n  the chapter says:\n{}\n  the code says:\n{}",
        indent(shown),
        said.join("\n"),
    ))
}

fn error(block: &Block, line: usize, what: &str) -> Error {
    Error::new(
        &block.file,
        block.first_line() + line.max(1) - 1,
        format!("section \"{}\": {what}", block.section),
    )
}

fn indent(item: &Item) -> String {
    let words = item.shown.as_deref().unwrap_or_default();
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

        #[async_trait::async_trait]
        pub trait Close { type Error: Debug; async fn close(&mut self) -> Result<(), Self::Error> { Ok(()) } }

        #[derive(Clone)]
        #[non_exhaustive]
        pub enum Reason { /** Docs. */ Asked }

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
        let code = Code::of_library(&[("src/guard.rs", CODE)]);
        let text = format!("# Guard\n\n```rust,signature\n{signature}\n```\n");
        let chapter = Chapter::parse("helpers.md", &text).unwrap();
        let wrong = chapter.blocks.iter().flat_map(|block| wrong(block, &code));
        wrong.map(|error| error.to_string()).collect()
    }

    #[test]
    fn equal_items_are_accepted_without_docs_and_bodies_with_all_attributes_or_the_needed_ones() {
        for signature in [
            "pub struct Guard<T: Debug> { pub open: bool }",
            "impl<T: Debug> Guard<T> {\n    pub fn new(value: T) -> Self;\n    pub fn take(self) -> T;\n}",
            "impl Default for Guard<()> {}",
            "#[must_use]\npub struct Guard<T: Debug> { pub open: bool }",
            "#[async_trait]\npub trait Close {\n    type Error: Debug;\n    async fn close(&mut self) -> Result<(), Self::Error>;\n}",
            "#[non_exhaustive]\npub enum Reason { Asked }",
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
        assert!(
            found[0].contains("(crates/utils/src/guard.rs:12)"),
            "{}",
            found[0]
        );

        for differs in [
            "impl<T> Guard<T> { pub fn new(value: T) -> Self; }",
            "pub struct Guard<T> { pub open: bool }",
            "pub struct Guard<T: Debug>;",
            "pub fn flatten<E>(first: Result<(), E>) -> Result<(), E>;",
            "#[async_trait]\npub trait Close { async fn close(&mut self) -> Result<(), Self::Error>; }",
            "pub trait Close { type Error: Debug; async fn close(&mut self) -> Result<(), Self::Error>; }",
            "#[must_use = \"it is open\"]\npub struct Guard<T: Debug> { pub open: bool }",
            "impl<T: Debug> Guard<T> { #[must_use] pub fn take(self) -> T; }",
            "pub enum Reason { Asked }",
            "#[derive(Debug)]\n#[non_exhaustive]\npub enum Reason { Asked }",
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
            [
                "helpers.md:4: section \"Guard\": there is no method `Guard::close` in crates/utils/src"
            ]
        );
        assert_eq!(
            refuted("pub fn only_in_tests();"),
            [
                "helpers.md:4: section \"Guard\": there is no function `only_in_tests` in crates/utils/src"
            ]
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

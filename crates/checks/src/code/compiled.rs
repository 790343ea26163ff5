//! The names in code that compiles: what a chapter may name although the library does not define it.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tokens::{identifiers, is_after};

/// Names that are used in code that compiles.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    /// Every identifier.
    pub(super) all: BTreeSet<String>,
    /// What comes after a `.`.
    pub(super) called: BTreeSet<String>,
    /// What comes out of another crate by a path, and the names in that path.
    pub(super) foreign: BTreeSet<String>,
    /// Both sides of each `::`.
    pub(super) pairs: BTreeSet<(String, String)>,
}

impl Compiled {
    /// Adds the names of `code`, in which paths that start with one of `crates` lead to other crates.
    pub(super) fn add(&mut self, code: &str, crates: &BTreeSet<String>) {
        if let Ok(tokens) = code.parse() {
            self.tokens(tokens, crates);
        }
    }

    fn tokens(&mut self, tokens: TokenStream, crates: &BTreeSet<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut from: Option<usize> = None;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if is_after(&tokens, at, "::") {
                        let owner = tokens.get(at.wrapping_sub(3));
                        if let Some(TokenTree::Ident(owner)) = owner {
                            self.pairs.insert((owner.to_string(), word.clone()));
                        }
                        if from.is_some() {
                            self.foreign.insert(word.clone());
                        }
                    } else {
                        from = crates.contains(&word).then_some(at);
                    }
                    if is_after(&tokens, at, ".") {
                        self.called.insert(word.clone());
                    }
                    self.all.insert(word);
                }
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Brace
                        && is_after(&tokens, at, "::")
                        && from.is_some()
                    {
                        identifiers(group.stream(), &mut self.foreign);
                    }
                    self.tokens(group.stream(), crates);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                _ => from = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_or_an_import_brings_from_another_crate_is_foreign() {
        let crates = BTreeSet::from(["tokio".to_owned()]);
        let mut compiled = Compiled::default();
        compiled.add(
            "use tokio::{task::JoinSet, time::{sleep}}; fn main() { tokio::select! { a = own::b() => a.c() } }",
            &crates,
        );
        for name in ["JoinSet", "sleep", "select"] {
            assert!(compiled.foreign.contains(name), "{name}");
        }
        for name in ["own", "b", "main", "c"] {
            assert!(!compiled.foreign.contains(name), "{name}");
        }
        assert!(compiled.called.contains("c"));
        assert!(compiled.pairs.contains(&("own".to_owned(), "b".to_owned())));
    }
}

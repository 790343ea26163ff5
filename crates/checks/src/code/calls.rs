//! What a piece of code calls.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tokens::{is_after, is_before, path};

/// What code calls, by name: no types are inferred.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// `value.name(…)`
    methods: BTreeSet<String>,
    /// `Type::name`, which is as good as a call where it is handed on.
    paths: BTreeSet<(String, String)>,
    /// `name(…)`
    functions: BTreeSet<String>,
    /// `name!`
    macros: BTreeSet<String>,
    /// `fn name`
    defined: BTreeSet<String>,
    /// Every name.
    words: BTreeSet<String>,
}

impl Calls {
    /// Reads the calls of `code`; what is no Rust calls nothing.
    pub(crate) fn of(code: &str) -> Self {
        let mut calls = Self::default();
        if let Ok(tokens) = code.parse() {
            calls.tokens(tokens);
        }
        calls
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) => self.word(&tokens, at, &word.to_string()),
                _ => {}
            }
        }
    }

    fn word(&mut self, tokens: &[TokenTree], at: usize, word: &str) {
        self.words.insert(word.to_owned());
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        if matches!(before, Some(TokenTree::Ident(before)) if before == "fn") {
            self.defined.insert(word.to_owned());
        } else if is_after(tokens, at, ".") {
            if is_called(tokens, at) {
                self.methods.insert(word.to_owned());
            }
        } else if is_before(tokens, at, "!") && !is_before(tokens, at, "!=") {
            self.macros.insert(word.to_owned());
        } else if is_called(tokens, at) {
            self.functions.insert(word.to_owned());
        }
        let path = path(tokens, at, word);
        if let [of, name, ..] = path.as_slice() {
            self.paths.insert((of.clone(), name.clone()));
        }
    }

    /// Whether `of::name` is called by its path.
    pub(crate) fn has_path(&self, of: &str, name: &str) -> bool {
        self.paths.contains(&(of.to_owned(), name.to_owned()))
    }

    /// Whether `name` is called on some value.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.methods.contains(name)
    }

    /// Every name in the code.
    pub(crate) fn words(&self) -> &BTreeSet<String> {
        &self.words
    }

    pub(crate) fn has_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    pub(crate) fn has_macro(&self, name: &str) -> bool {
        self.macros.contains(name)
    }

    /// Whether a method of a trait is written here, for others to call.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.defined.contains(name)
    }
}

/// Whether arguments stand behind token `at`, after `::<…>` or at once.
fn is_called(tokens: &[TokenTree], at: usize) -> bool {
    let mut next = at + 1;
    if is_before(tokens, at, "::<") {
        let mut depth = 0;
        let end = (at + 3..tokens.len()).find(|at| {
            if let TokenTree::Punct(punct) = &tokens[*at] {
                depth += i32::from(punct.as_char() == '<');
                depth -= i32::from(punct.as_char() == '>');
            }
            depth == 0
        });
        next = end.map_or(next, |end| end + 1);
    }
    matches!(tokens.get(next), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_from_a_name() {
        let calls = Calls::of(
            "fn own() { let stack = Stack::<u8>::new(); let all = ids.map(Guard::wrap); stack.push(held.field); \
             stack.get::<u8>(0); with!(a, { drain(b) }); use other::Kept; assert!(a != take) }",
        );
        assert!(calls.has_path("Stack", "new") && calls.has_path("Guard", "wrap"));
        assert!(calls.has_method("push") && calls.has_method("get"));
        assert!(!calls.has_method("field") && !calls.has_method("wrap"));
        assert!(calls.has_macro("with") && !calls.has_macro("a"));
        assert!(calls.has_function("drain") && !calls.has_function("Kept"));
        assert!(calls.defines("own") && !calls.has_function("own"));
    }
}

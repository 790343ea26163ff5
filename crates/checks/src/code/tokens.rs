//! Tokens of code, whether or not they are whole items.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

/// Words of the language.
pub(crate) const KEYWORDS: &[&str] = &[
    "as",
    "async",
    "await",
    "bool",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "i32",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro_rules",
    "main",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "str",
    "struct",
    "super",
    "trait",
    "true",
    "type",
    "u32",
    "u64",
    "u8",
    "unsafe",
    "use",
    "usize",
    "where",
    "while",
    "_",
];

/// All identifiers of `tokens`.
pub(crate) fn identifiers(tokens: TokenStream, all: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                all.insert(word.to_string());
            }
            TokenTree::Group(group) => identifiers(group.stream(), all),
            _ => {}
        }
    }
}

/// The identifiers of `code`, roughly.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|ch: char| !(ch.is_alphanumeric() || ch == '_'))
        .filter(|word| !word.is_empty())
}

/// The code without the spaces that mean nothing.
pub(crate) fn squeeze(code: &str) -> String {
    let is_word = |ch: char| ch.is_alphanumeric() || ch == '_';
    let mut squeezed = String::new();
    for part in code.split_whitespace() {
        if squeezed.ends_with(is_word) && part.starts_with(|ch| is_word(ch) || ch == '\'') {
            squeezed.push(' ');
        }
        squeezed.push_str(part);
    }
    squeezed.replace(",>", ">").replace(",)", ")")
}

/// Whether the punctuation `mark` stands before token `at`.
pub(crate) fn is_after(tokens: &[TokenTree], at: usize, mark: &str) -> bool {
    mark.chars().rev().enumerate().all(|(back, ch)| {
        let before = at
            .checked_sub(back + 1)
            .and_then(|before| tokens.get(before));
        matches!(before, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
    })
}

/// Whether the punctuation `mark` stands behind token `at`.
pub(crate) fn is_before(tokens: &[TokenTree], at: usize, mark: &str) -> bool {
    mark.chars().enumerate().all(|(ahead, ch)| {
        let behind = tokens.get(at + ahead + 1);
        matches!(behind, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
    })
}

/// Whether `name` stands for a type of the reader's: `T`, `MyError`.
pub(crate) fn is_placeholder(name: &str) -> bool {
    name == "MyError" || (name.len() == 1 && name.starts_with(char::is_uppercase))
}

/// The path that starts at token `at`, generic arguments left out.
pub(crate) fn path(tokens: &[TokenTree], at: usize, head: &str) -> Vec<String> {
    let mut path = vec![head.to_owned()];
    let mut last = at;
    while is_before(tokens, last, "::") {
        match tokens.get(last + 3) {
            Some(TokenTree::Ident(word)) => {
                path.push(word.to_string());
                last += 3;
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '<' => {
                let mut depth = 0;
                let Some(end) = (last + 3..tokens.len()).find(|at| {
                    if let TokenTree::Punct(punct) = &tokens[*at] {
                        depth += i32::from(punct.as_char() == '<');
                        depth -= i32::from(punct.as_char() == '>');
                    }
                    depth == 0
                }) else {
                    break;
                };
                last = end;
            }
            _ => break,
        }
    }
    path
}

//! What readers copy is Rust of edition 2021, too, which most projects still have: no block has a let chain.
//!
//! Refuted by an `if` or `while` whose condition joins a `let` by `&&`, also inside a macro's body.

use async_drop_corpus::{Block, Chapter, Error, Errors};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::code::is_before;
use crate::guidance::Guidance;

pub(super) fn check(_: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let blocks = pages.iter().flat_map(|page| &page.blocks);
    Errors(blocks.flat_map(wrong).collect()).or(())
}

fn wrong(block: &Block) -> Vec<Error> {
    let mut lines = Vec::new();
    // What is no Rust is for the compiler to refute.
    if let Ok(tokens) = block.code.parse() {
        let_chains(tokens, &mut lines);
    }
    let what = "a let chain, which edition 2021 does not have: nest it, or use `let … else`";
    let errors = lines
        .iter()
        .map(|line| Error::new(&block.file, block.line + line, what));
    errors.collect()
}

/// Collects the lines of the conditions that are let chains.
fn let_chains(tokens: TokenStream, lines: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word)
                if (word == "if" || word == "while")
                    && is_let_chain(condition(&tokens[at + 1..])) =>
            {
                lines.push(word.span().start().line);
            }
            TokenTree::Group(group) => let_chains(group.stream(), lines),
            _ => {}
        }
    }
}

/// The tokens in front of the block, or of the `=>` behind a guard in a `match`.
fn condition(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = (0..tokens.len()).find(|at| match &tokens[*at] {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == '=' && is_before(tokens, *at, ">"),
        _ => false,
    });
    &tokens[..end.unwrap_or(tokens.len())]
}

fn is_let_chain(condition: &[TokenTree]) -> bool {
    let has_let = condition
        .iter()
        .any(|token| matches!(token, TokenTree::Ident(word) if word == "let"));
    // Behind a value it joins; elsewhere, as in `let &&a = b`, it is a reference.
    let joins = |at: usize| match &condition[at] {
        TokenTree::Ident(word) => word != "let",
        TokenTree::Punct(mark) => mark.as_char() == '?',
        _ => true,
    };
    has_let && (0..condition.len()).any(|at| joins(at) && is_before(condition, at, "&&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(code: &str) -> Vec<usize> {
        let mut lines = Vec::new();
        let_chains(code.parse().unwrap(), &mut lines);
        lines
    }

    #[test]
    fn a_let_chain_is_found_in_every_place() {
        let chains = "if let Some(a) = b\n&& c {}\nif a && let Some(b) = c? {}\n\
                      with!(a, { while let Some(a) = b? && a.c() {} });\n\
                      if a {} else if let Ok(a) = b(c)? && a {}";
        assert_eq!(lines(chains), [1, 3, 4, 5]);
    }

    #[test]
    fn what_has_one_let_or_none_is_no_chain() {
        let none = "if let &&a = &&b { a && b; } if a && b { let c = a && b; }\n\
                    if let Some(a) = find(|a| a && b) {} let Some(a) = b else { return a && b };\n\
                    match a { b if c && d => if let Some(a) = b {}, _ => {} }";
        assert_eq!(lines(none), []);
    }
}

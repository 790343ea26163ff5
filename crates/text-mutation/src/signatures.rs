//! Changes to signatures that a chapter shows.

use async_drop_corpus::Verdict;
use proc_macro2::{TokenStream, TokenTree};

use crate::code::{is_name, leaves, renamed};
use crate::mutation::{Kind, Mutation};
use crate::page::Page;

/// What stands in a signature, and what would make it another one.
const OTHERS: &[(&str, &str)] = &[
    ("&mut self", "&self"),
    ("&self", "&mut self"),
    ("(self", "(&self"),
    ("async fn", "fn"),
    ("pub fn", "pub async fn"),
    (": Debug>", ">"),
    (" + Debug", ""),
    (" + Send", ""),
    (" + Sync", ""),
    (" + 'static", ""),
    (") -> Self", ") -> Option<Self>"),
    (" -> bool", ""),
    ("usize", "u64"),
    ("Option<", "Vec<"),
    ("FnOnce", "FnMut"),
    ("&Q", "Q"),
    ("type Error: Debug", "type Error"),
    (",+", ",*"),
    ("#[async_trait]\n", ""),
    ("#[non_exhaustive]\n", ""),
];

pub(crate) fn mutate(page: &Page, found: &mut Vec<Mutation>) {
    for (block, fence) in page.blocks() {
        if block.verdict != Verdict::Signature {
            continue;
        }
        for (is, other) in OTHERS {
            for (at, _) in block.code.match_indices(is) {
                let at = fence.code.start + at;
                found.push(page.replace_in_line(Kind::Signature, at..at + is.len(), other));
            }
        }
        let mut tokens = Vec::new();
        if let Ok(stream) = block.code.parse::<TokenStream>() {
            leaves(stream, &mut tokens);
        }
        for token in tokens {
            if let TokenTree::Ident(name) = &token
                && is_name(&name.to_string())
            {
                let range = token.span().byte_range();
                let range = fence.code.start + range.start..fence.code.start + range.end;
                let with = renamed(&name.to_string());
                found.push(page.replace_in_line(Kind::Signature, range, &with));
            }
        }
    }
}

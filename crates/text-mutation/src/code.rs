//! Changes inside of blocks that are compiled.

use std::collections::BTreeSet;
use std::ops::Range;

use async_drop_corpus::{Block, Verdict};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Stmt;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::blocks::is_right;
use crate::mutation::{Kind, Mutation};
use crate::page::{Fence, Page};

pub(crate) fn mutate(page: &Page, found: &mut Vec<Mutation>) {
    for (block, fence) in page.blocks() {
        if matches!(block.verdict, Verdict::Signature | Verdict::Example) {
            continue;
        }
        let Ok(tokens) = block.code.parse::<TokenStream>() else {
            continue;
        };
        tokens_of(page, fence, tokens.clone(), found);
        if is_right(block.verdict) {
            statements_of(page, block, fence, tokens, found);
        }
    }
}

/// Another name of the same style.
pub(crate) fn renamed(name: &str) -> String {
    let is_constant = name.len() > 1 && !name.contains(|ch: char| ch.is_ascii_lowercase());
    format!("{name}{}", if is_constant { 'X' } else { 'x' })
}

/// Whether a word is a name and not one of the language's own.
pub(crate) fn is_name(word: &str) -> bool {
    syn::parse_str::<syn::Ident>(word).is_ok()
}

/// Every token that is no group, with its place.
pub(crate) fn leaves(tokens: TokenStream, found: &mut Vec<TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => leaves(group.stream(), found),
            token => found.push(token),
        }
    }
}

/// Renames a name, and drops `.await` and `?`.
fn tokens_of(page: &Page, fence: &Fence, tokens: TokenStream, found: &mut Vec<Mutation>) {
    let mut all = Vec::new();
    leaves(tokens, &mut all);
    let at = |token: &TokenTree| within(fence, token.span().byte_range());
    for (index, token) in all.iter().enumerate() {
        let range = at(token);
        match token {
            TokenTree::Ident(name) if name == "await" && index > 0 => {
                let range = at(&all[index - 1]).start..range.end;
                found.push(page.replace_in_line(Kind::Await, range, ""));
            }
            // One that starts with `_` is used nowhere else: under another name, the block is as right as before.
            TokenTree::Ident(name)
                if is_name(&name.to_string()) && !name.to_string().starts_with('_') =>
            {
                found.push(page.replace_in_line(Kind::Name, range, &renamed(&name.to_string())));
            }
            TokenTree::Punct(mark) if mark.as_char() == '?' => {
                let of_bound = page.text()[range.end..].starts_with(|ch: char| ch.is_alphabetic());
                if !of_bound {
                    found.push(page.replace_in_line(Kind::Try, range, ""));
                }
            }
            _ => {}
        }
    }
}

fn within(fence: &Fence, range: Range<usize>) -> Range<usize> {
    fence.code.start + range.start..fence.code.start + range.end
}

/// Deletes statements, and swaps neighbours among statements and fields.
fn statements_of(
    page: &Page,
    block: &Block,
    fence: &Fence,
    tokens: TokenStream,
    found: &mut Vec<Mutation>,
) {
    let mut lists = Lists::default();
    lists.inside(tokens);
    for list in &lists.statements {
        for statement in list.iter().filter(|statement| !statement.is_aside) {
            let range = with_line(&block.code, statement.range.clone());
            let before = one_line(&block.code[statement.range.clone()]);
            found.push(page.mutation(
                Kind::Statement,
                within(fence, range),
                String::new(),
                before,
                "nothing".to_owned(),
            ));
        }
        for pair in list.windows(2) {
            // Two that do not need each other may come in any order.
            if pair[1].needs(&pair[0]) {
                let swapped = (&pair[0].range, &pair[1].range);
                found.push(swap(page, block, fence, Kind::Order, swapped));
            }
        }
    }
    for list in &lists.fields {
        for pair in list.windows(2) {
            found.push(swap(page, block, fence, Kind::Fields, (&pair[0], &pair[1])));
        }
    }
}

fn swap(
    page: &Page,
    block: &Block,
    fence: &Fence,
    kind: Kind,
    (one, other): (&Range<usize>, &Range<usize>),
) -> Mutation {
    let code = &block.code;
    let [first, between, second] =
        [one.clone(), one.end..other.start, other.clone()].map(|range| &code[range]);
    page.mutation(
        kind,
        within(fence, one.start..other.end),
        format!("{second}{between}{first}"),
        format!("{} {}", one_line(first), one_line(second)),
        format!("{} {}", one_line(second), one_line(first)),
    )
}

fn one_line(code: &str) -> String {
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The range with its whole line, if nothing else stands there.
fn with_line(code: &str, range: Range<usize>) -> Range<usize> {
    let start = code[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = code[range.end..]
        .find('\n')
        .map_or(code.len(), |at| range.end + at + 1);
    let behind = code[range.end..end].trim();
    let is_alone = code[start..range.start].trim().is_empty()
        && (behind.is_empty() || behind.starts_with("//"));
    if is_alone { start..end } else { range }
}

struct Statement {
    range: Range<usize>,
    /// Whether it checks or prints something: the block does the same without it.
    is_aside: bool,
    /// The names that it binds.
    binds: BTreeSet<String>,
    /// The names that stand in it.
    names: BTreeSet<String>,
}

impl Statement {
    fn new(statement: &Stmt) -> Self {
        let mut bound = Names::default();
        if let Stmt::Local(binding) = statement {
            bound.visit_pat(&binding.pat);
        }
        let mut tokens = Vec::new();
        leaves(statement.to_token_stream(), &mut tokens);
        Self {
            range: statement.span().byte_range(),
            is_aside: is_aside(statement),
            binds: bound.0,
            names: tokens.iter().map(ToString::to_string).collect(),
        }
    }

    fn needs(&self, other: &Self) -> bool {
        !self.names.is_disjoint(&other.binds)
    }
}

/// The names that a pattern binds.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, bound: &'ast syn::PatIdent) {
        self.0.insert(bound.ident.to_string());
        visit::visit_pat_ident(self, bound);
    }
}

/// The lists of statements and of fields in some code.
#[derive(Default)]
struct Lists {
    statements: Vec<Vec<Statement>>,
    fields: Vec<Vec<Range<usize>>>,
}

impl Lists {
    /// Takes code as statements, if it reads as such; items are statements too.
    fn inside(&mut self, tokens: TokenStream) {
        if let Ok(statements) = syn::Block::parse_within.parse2(tokens) {
            self.list(&statements);
        }
    }

    fn list(&mut self, statements: &[Stmt]) {
        self.statements.push(
            statements
                .iter()
                .filter(|statement| !matches!(statement, Stmt::Item(_)))
                .map(Statement::new)
                .collect(),
        );
        for statement in statements {
            self.visit_stmt(statement);
        }
    }
}

impl<'ast> Visit<'ast> for Lists {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.list(&block.stmts);
    }

    /// The library's macros take their bodies as blocks.
    fn visit_macro(&mut self, of: &'ast syn::Macro) {
        for token in of.tokens.clone() {
            if let TokenTree::Group(group) = token
                && group.delimiter() == Delimiter::Brace
            {
                self.inside(group.stream());
            }
        }
    }

    /// The derive cleans up guards in the order of their fields, unless it is told to do so at once.
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let attributes: String = item
            .attrs
            .iter()
            .map(|attribute| attribute.to_token_stream().to_string())
            .collect();
        if attributes.contains("AsyncDrop") && !attributes.contains("concurrent") {
            let guards = item.fields.iter().filter(|field| {
                let of = field.ty.to_token_stream().to_string();
                of.contains("AsyncDropGuard")
            });
            self.fields
                .push(guards.map(|field| field.span().byte_range()).collect());
        }
    }
}

fn is_aside(statement: &Stmt) -> bool {
    let Stmt::Macro(statement) = statement else {
        return false;
    };
    let name = statement.mac.path.segments.last();
    name.is_some_and(|name| {
        let name = name.ident.to_string();
        name.contains("assert") || name.contains("print")
    })
}

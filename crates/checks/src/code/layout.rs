//! The one form in which a chapter's items and the code's are compared: no docs, no bodies, no private fields.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Fields, File, ImplItem, Item, ItemImpl, PathSegment, TraitItem, Visibility};

/// Parses `source`, where functions may end in `;` instead of a body; every body is empty then.
pub(super) fn parse(source: &str) -> syn::Result<File> {
    let tokens: TokenStream = source.parse().map_err(syn::Error::from)?;
    syn::parse2(with_empty_bodies(tokens))
}

/// Gives every function `{}` for a body, in place of its own or of a `;`.
///
/// Inside of functions nothing is shown; inside of `impl`, `trait` and `mod`, functions are.
fn with_empty_bodies(tokens: TokenStream) -> TokenStream {
    let mut in_function = false;
    let mut opens_scope = false;
    let mut rewritten = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let rewrite = match &token {
            // A name follows, unless it is the type `fn(T)`.
            TokenTree::Ident(word)
                if word == "fn" && matches!(tokens.peek(), Some(TokenTree::Ident(_))) =>
            {
                in_function = true;
                None
            }
            TokenTree::Ident(word) if word == "impl" || word == "trait" || word == "mod" => {
                opens_scope |= !in_function;
                None
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                opens_scope = false;
                std::mem::take(&mut in_function).then(|| braces(TokenStream::new(), punct.span()))
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                if std::mem::take(&mut in_function) {
                    Some(braces(TokenStream::new(), group.span()))
                } else if std::mem::take(&mut opens_scope) {
                    Some(braces(with_empty_bodies(group.stream()), group.span()))
                } else {
                    None
                }
            }
            _ => None,
        };
        rewritten.push(rewrite.unwrap_or(token));
    }
    rewritten.into_iter().collect()
}

fn braces(inside: TokenStream, span: proc_macro2::Span) -> TokenTree {
    let mut group = Group::new(Delimiter::Brace, inside);
    group.set_span(span);
    TokenTree::Group(group)
}

/// Lays out an item.
pub(super) fn item(item: &Item) -> String {
    let mut item = item.clone();
    match &mut item {
        Item::Trait(item) => {
            for member in &mut item.items {
                if let TraitItem::Fn(function) = member {
                    function.default = None;
                    function.semi_token = Some(Default::default());
                }
            }
        }
        Item::Struct(item) => {
            public_fields(&mut item.fields);
            item.semi_token = None;
        }
        _ => {}
    }
    let is_function = matches!(item, Item::Fn(_));
    print(item, is_function)
}

/// Lays out the header of an `impl`.
pub(super) fn header(block: &ItemImpl) -> String {
    let mut header = with_only(block, None);
    header.attrs = block.attrs.clone();
    print(Item::Impl(header), false)
}

/// Lays out one member of an `impl`, so that a chapter can show some of them.
pub(super) fn member(block: &ItemImpl, member: &ImplItem) -> String {
    let is_function = matches!(member, ImplItem::Fn(_));
    print(Item::Impl(with_only(block, Some(member))), is_function)
}

fn with_only(block: &ItemImpl, member: Option<&ImplItem>) -> ItemImpl {
    ItemImpl {
        attrs: Vec::new(),
        modifiers: block.modifiers.clone(),
        unsafety: block.unsafety,
        impl_token: block.impl_token,
        generics: block.generics.clone(),
        trait_: block.trait_.clone(),
        self_ty: block.self_ty.clone(),
        brace_token: block.brace_token,
        items: member.into_iter().cloned().collect(),
    }
}

fn print(mut item: Item, is_function: bool) -> String {
    Plain.visit_item_mut(&mut item);
    let words = prettyplease::unparse(&File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    });
    if !is_function {
        return words;
    }
    words
        .replace(" {}\n", ";\n")
        .replace("\n    {}\n", ";\n")
        .replace("\n{}\n", ";\n")
}

/// Attributes that say nothing of what an item is to its users.
const ASIDE: [&str; 9] = [
    "allow",
    "cfg",
    "cfg_attr",
    "cold",
    "diagnostic",
    "doc",
    "expect",
    "inline",
    "track_caller",
];

/// Attributes that a reader's own code depends on: an `impl` repeats the one, a `match` needs an arm more under the other.
const NEEDED: [&str; 2] = ["#[async_trait]", "#[non_exhaustive]"];

/// Whether `shown` is the code's item `known`, with all of its attributes or with the needed ones alone.
pub(super) fn is_same(shown: &str, known: &str) -> bool {
    let is_left_out = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("#[") && !NEEDED.contains(&line)
    };
    shown == known
        || shown
            .lines()
            .eq(known.lines().filter(|line| !is_left_out(line)))
}

/// Leaves out what is the body's affair: docs and the like, and `mut` before a parameter.
struct Plain;

impl VisitMut for Plain {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let name = |segment: &PathSegment| segment.ident.to_string();
        attributes.retain(|attribute| {
            let first = attribute.path().segments.first().map(name);
            first.is_some_and(|first| !ASIDE.contains(&first.as_str()))
        });
        // `#[async_trait::async_trait]` is what `#[async_trait]` is.
        for attribute in attributes {
            let (syn::Meta::Path(path)
            | syn::Meta::List(syn::MetaList { path, .. })
            | syn::Meta::NameValue(syn::MetaNameValue { path, .. })) = &mut attribute.meta;
            if let Some(last) = path.segments.last().cloned() {
                *path = last.into();
            }
        }
    }

    fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
        if matches!(receiver.kind, syn::ReceiverKind::Value) {
            receiver.mutability = None;
        }
        syn::visit_mut::visit_receiver_mut(self, receiver);
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
        pattern.mutability = None;
        syn::visit_mut::visit_pat_ident_mut(self, pattern);
    }
}

/// Drops private fields; a struct that has no others is shown without fields.
fn public_fields(fields: &mut Fields) {
    let all = match fields {
        Fields::Named(named) => &mut named.named,
        Fields::Unnamed(unnamed) => &mut unnamed.unnamed,
        Fields::Unit => return,
    };
    *all = std::mem::take(all)
        .into_iter()
        .filter(|field| matches!(field.vis, Visibility::Public(_)))
        .collect();
    if all.is_empty() {
        *fields = Fields::Unit;
    }
}

/// The matchers of a macro, one a line; rules for the macro's own use, which start with `@`, are left out.
pub(super) fn matchers(rules: TokenStream) -> String {
    let mut lines = Vec::new();
    let mut is_matcher = true;
    for token in rules {
        match token {
            TokenTree::Group(group) if is_matcher => {
                let rule = group.stream().to_string();
                if !rule.starts_with('@') {
                    lines.push(format!("({rule})"));
                }
                is_matcher = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => is_matcher = true,
            _ => {}
        }
    }
    lines.join("\n")
}

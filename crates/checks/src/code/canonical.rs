//! Items in the one form in which a chapter's and the code's are compared: no attributes, no bodies, no private fields.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Fields, File, ImplItem, Item, ItemImpl, ItemMacro, ItemMod, TraitItem, Visibility,
};

/// An item, or one member of an `impl`, as a signature shows it.
pub(crate) struct Shown {
    /// The kind and path: ``method `AsyncDropGuard::new` ``.
    pub(crate) path: String,
    /// The line in the source that it was read from, counted from 1.
    pub(crate) line: usize,
    /// The item, laid out in one way.
    pub(crate) words: String,
}

/// Whether the docs leave out what has these attributes.
pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "hidden")
    })
}

/// Reads the items of `source`, where functions may end in `;` instead of a body.
pub(crate) fn shown_items(source: &str) -> syn::Result<Vec<Shown>> {
    let tokens: TokenStream = source.parse().map_err(syn::Error::from)?;
    let mut file: File = syn::parse2(with_empty_bodies(tokens))?;
    file.items.retain(|item| !is_for_tests(item));
    let mut shown = Vec::new();
    for item in file.items {
        collect(item, &mut shown);
    }
    Ok(shown)
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

/// Whether only tests compile the module with these attributes.
pub(crate) fn is_test_module(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

fn is_for_tests(item: &Item) -> bool {
    matches!(item, Item::Mod(ItemMod { attrs, .. }) if is_test_module(attrs))
}

fn collect(mut item: Item, shown: &mut Vec<Shown>) {
    let path = match &mut item {
        Item::Mod(module) => {
            for item in module
                .content
                .take()
                .map(|(_, items)| items)
                .into_iter()
                .flatten()
            {
                if !is_for_tests(&item) {
                    collect(item, shown);
                }
            }
            return;
        }
        Item::Impl(block) => return members(block, shown),
        Item::Macro(ItemMacro {
            ident: Some(name),
            mac,
            ..
        }) => {
            shown.push(Shown {
                path: format!("macro `{name}!`"),
                line: name.span().start().line,
                words: matchers(mac.tokens.clone()),
            });
            return;
        }
        Item::Trait(item) => {
            for member in &mut item.items {
                if let TraitItem::Fn(function) = member {
                    function.default = None;
                    function.semi_token = Some(Default::default());
                }
            }
            format!("trait `{}`", item.ident)
        }
        Item::Struct(item) => {
            public_fields(&mut item.fields);
            item.semi_token = None;
            format!("struct `{}`", item.ident)
        }
        Item::Fn(item) => format!("function `{}`", item.sig.ident),
        Item::Enum(item) => format!("enum `{}`", item.ident),
        Item::Union(item) => format!("union `{}`", item.ident),
        Item::Type(item) => format!("type `{}`", item.ident),
        Item::Const(item) => format!("const `{}`", item.ident),
        Item::Static(item) => format!("static `{}`", item.ident),
        _ => return,
    };
    push(path, item, shown);
}

/// Shows each member of an `impl` by itself, so that a chapter can show some of them; and the header alone.
fn members(block: &mut ItemImpl, shown: &mut Vec<Shown>) {
    let of = match &*block.self_ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default(),
        other => other.span().source_text().unwrap_or_default(),
    };
    let of = match block
        .trait_
        .as_ref()
        .and_then(|(path, _)| path.segments.last())
    {
        Some(of_trait) => format!("<{of} as {}>", of_trait.ident),
        None => of,
    };
    let items = std::mem::take(&mut block.items);
    if items.is_empty() || block.trait_.is_some() {
        push(format!("impl `{of}`"), Item::Impl(block.clone()), shown);
    }
    for mut member in items {
        Plain.visit_impl_item_mut(&mut member);
        let path = match &member {
            ImplItem::Fn(item) => format!("method `{of}::{}`", item.sig.ident),
            ImplItem::Const(item) => format!("const `{of}::{}`", item.ident),
            ImplItem::Type(item) => format!("type `{of}::{}`", item.ident),
            _ => continue,
        };
        let line = member.span().start().line;
        let mut only = block.clone();
        only.items.push(member);
        push(path, Item::Impl(only), shown);
        if let Some(last) = shown.last_mut() {
            last.line = line;
        }
    }
}

fn push(path: String, mut item: Item, shown: &mut Vec<Shown>) {
    // Without its docs and attributes, an item starts at its own line.
    Plain.visit_item_mut(&mut item);
    let line = item.span().start().line;
    let mut words = prettyplease::unparse(&File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    });
    if path.starts_with("method") || path.starts_with("function") {
        words = words
            .replace(" {}\n", ";\n")
            .replace("\n    {}\n", ";\n")
            .replace("\n{}\n", ";\n");
    }
    shown.push(Shown { path, line, words });
}

/// Leaves out what is the body's affair: attributes, docs, and `mut` before a parameter.
struct Plain;

impl VisitMut for Plain {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.clear();
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
fn matchers(rules: TokenStream) -> String {
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

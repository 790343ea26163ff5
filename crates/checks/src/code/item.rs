//! An item of Rust: where it is, who may use it, and what it says of itself.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use syn::spanned::Spanned;
use syn::{
    Attribute, Generics, Ident, ImplItem, ItemImpl, ItemTrait, ReturnType, Signature, TraitItem,
    Type, TypeParamBound, Visibility, WherePredicate,
};

use super::layout;
use super::tokens::{identifiers, squeeze};

/// A place in the source.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Const,
    Enum,
    Field,
    Function,
    Impl,
    Macro,
    Method,
    Static,
    Struct,
    Trait,
    Type,
    Union,
    Variant,
}

/// An item, or what belongs to one.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// The type or trait that it belongs to.
    pub(crate) of: Option<String>,
    /// The name; of an `impl`, the type's.
    pub(crate) name: String,
    /// The trait that an `impl` is of, or that brings the member.
    pub(crate) by: Option<String>,
    pub(crate) place: Place,
    /// Whether it is there for users, and not by way of a trait.
    pub(crate) public: bool,
    /// Whether the docs leave it out, as what is there to be rejected or for macros: a chapter cannot speak of it.
    pub(crate) hidden: bool,
    /// Whether users reach it as a macro of the crate.
    pub(crate) is_macro_export: bool,
    /// Its layout; none for what no signature shows alone.
    pub(crate) shown: Option<String>,
    /// What a function returns, without spaces; nothing for what is no function.
    pub(crate) returns: Option<String>,
    /// What it is made of, without spaces: generics, a header, a signature, a type.
    pub(crate) text: String,
    /// The bounds that it sets, one set a parameter.
    pub(crate) bounds: Vec<BTreeSet<String>>,
    /// What the rules of a macro are made of.
    pub(crate) words: BTreeSet<String>,
}

impl Item {
    /// What a function returns; else what it is made of, such as the type of a field.
    pub(crate) fn gives(&self) -> &str {
        self.returns.as_deref().unwrap_or(&self.text)
    }

    /// Whether a chapter that shows `shown` shows this item of the code.
    pub(crate) fn is_shown_by(&self, shown: &Self) -> bool {
        match (&shown.shown, &self.shown) {
            (Some(shown), Some(known)) => layout::is_same(shown, known),
            _ => false,
        }
    }

    /// The item that it is, or belongs to.
    pub(crate) fn subject(&self) -> &str {
        self.of.as_deref().unwrap_or(&self.name)
    }
}

/// The kind and path: ``method `AsyncDropGuard::new` ``.
impl Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Const => "const",
            Kind::Enum => "enum",
            Kind::Field => "field",
            Kind::Function => "function",
            Kind::Impl => "impl",
            Kind::Macro => "macro",
            Kind::Method => "method",
            Kind::Static => "static",
            Kind::Struct => "struct",
            Kind::Trait => "trait",
            Kind::Type => "type",
            Kind::Union => "union",
            Kind::Variant => "variant",
        };
        let subject = match &self.by {
            Some(by) => format!("<{} as {by}>", self.subject()),
            None => self.subject().to_owned(),
        };
        match self.of {
            Some(_) => write!(f, "{kind} `{subject}::{}`", self.name),
            None if self.kind == Kind::Macro => write!(f, "{kind} `{subject}!`"),
            None => write!(f, "{kind} `{subject}`"),
        }
    }
}

/// Reads the items that `source` shows, where functions may end in `;` instead of a body.
pub(crate) fn shown_items(source: &str) -> syn::Result<Vec<Item>> {
    let mut items = items("", &layout::parse(source)?);
    items.retain(|item| item.shown.is_some());
    Ok(items)
}

/// The items of `file`; modules that only tests compile are left out.
pub(super) fn items(file: &str, parsed: &syn::File) -> Vec<Item> {
    let mut reader = Reader {
        file,
        items: Vec::new(),
    };
    parsed.items.iter().for_each(|item| reader.item(item));
    reader.items
}

struct Reader<'a> {
    file: &'a str,
    items: Vec<Item>,
}

impl Reader<'_> {
    /// Adds an item that has nothing beyond a name yet.
    fn add(&mut self, kind: Kind, name: &Ident) -> &mut Item {
        self.add_at(kind, name.to_string(), name.span().start().line)
    }

    fn add_at(&mut self, kind: Kind, name: String, line: usize) -> &mut Item {
        self.items.push(Item {
            kind,
            of: None,
            name,
            by: None,
            place: Place {
                file: self.file.to_owned(),
                line,
            },
            public: false,
            hidden: false,
            is_macro_export: false,
            shown: None,
            returns: None,
            text: String::new(),
            bounds: Vec::new(),
            words: BTreeSet::new(),
        });
        self.items.last_mut().expect("one has been pushed")
    }

    fn item(&mut self, whole: &syn::Item) {
        match whole {
            syn::Item::Mod(module) if !is_test_module(&module.attrs) => {
                let inside = module.content.iter().flat_map(|(_, items)| items);
                inside.for_each(|item| self.item(item));
            }
            syn::Item::Impl(block) => self.block(block),
            syn::Item::Trait(item) => self.item_trait(whole, item),
            syn::Item::Struct(item) => {
                let of = item.ident.to_string();
                let added = self.add(Kind::Struct, &item.ident);
                added.shown = Some(layout::item(whole));
                added.bounds = bounds(&item.generics);
                added.text = squeeze(&source(&item.generics));
                for field in &item.fields {
                    if let (Some(name), true) = (&field.ident, is_public(&field.vis)) {
                        let added = self.add(Kind::Field, name);
                        added.of = Some(of.clone());
                        added.public = true;
                        added.text = squeeze(&source(&field.ty));
                    }
                }
            }
            syn::Item::Enum(item) => {
                let of = item.ident.to_string();
                let added = self.add(Kind::Enum, &item.ident);
                added.shown = Some(layout::item(whole));
                added.bounds = bounds(&item.generics);
                for variant in &item.variants {
                    let added = self.add(Kind::Variant, &variant.ident);
                    added.of = Some(of.clone());
                    added.public = true;
                    let carried = variant.fields.iter().map(|field| source(&field.ty));
                    added.text = squeeze(&carried.collect::<Vec<_>>().join(","));
                }
            }
            syn::Item::Fn(item) => {
                let added = self.add(Kind::Function, &item.sig.ident);
                added.public = is_public(&item.vis) && !is_hidden(&item.attrs);
                added.shown = Some(layout::item(whole));
                added.function(&item.sig);
            }
            syn::Item::Macro(item) => {
                let Some(name) = &item.ident else { return };
                let added = self.add(Kind::Macro, name);
                added.hidden = is_hidden(&item.attrs);
                let is_export = |a: &Attribute| a.path().is_ident("macro_export");
                added.is_macro_export = item.attrs.iter().any(is_export);
                added.shown = Some(layout::matchers(item.mac.tokens.clone()));
                identifiers(item.mac.tokens.clone(), &mut added.words);
            }
            syn::Item::Union(item) => self.shown_alone(Kind::Union, &item.ident, whole),
            syn::Item::Type(item) => self.shown_alone(Kind::Type, &item.ident, whole),
            syn::Item::Const(item) => self.shown_alone(Kind::Const, &item.ident, whole),
            syn::Item::Static(item) => self.shown_alone(Kind::Static, &item.ident, whole),
            _ => {}
        }
    }

    fn shown_alone(&mut self, kind: Kind, name: &Ident, whole: &syn::Item) {
        self.add(kind, name).shown = Some(layout::item(whole));
    }

    fn block(&mut self, block: &ItemImpl) {
        let of = match &*block.self_ty {
            Type::Path(path) => match path.path.segments.last() {
                Some(last) => last.ident.to_string(),
                None => return,
            },
            other => source(other),
        };
        let by = block
            .trait_
            .as_ref()
            .and_then(|(path, _)| path.segments.last())
            .map(|last| last.ident.to_string());
        let line = block.impl_token.span.start().line;
        let header = self.add_at(Kind::Impl, of.clone(), line);
        header.by = by.clone();
        header.text = squeeze(&format!(
            "{} {}",
            source(&block.generics),
            source(&block.self_ty)
        ));
        header.bounds = bounds(&block.generics);
        header.shown = (block.items.is_empty() || by.is_some()).then(|| layout::header(block));
        for member in &block.items {
            let added = match member {
                ImplItem::Fn(item) => {
                    let added = self.add(Kind::Method, &item.sig.ident);
                    added.public = is_public(&item.vis);
                    added.hidden = is_hidden(&item.attrs);
                    added.function(&item.sig);
                    added
                }
                ImplItem::Const(item) => {
                    let added = self.add(Kind::Const, &item.ident);
                    added.public = is_public(&item.vis);
                    added
                }
                ImplItem::Type(item) => {
                    let added = self.add(Kind::Type, &item.ident);
                    added.text = squeeze(&source(&item.ty));
                    added
                }
                _ => continue,
            };
            added.of = Some(of.clone());
            added.by = by.clone();
            added.bounds.extend(bounds(&block.generics));
            added.shown = Some(layout::member(block, member));
        }
    }

    fn item_trait(&mut self, whole: &syn::Item, item: &ItemTrait) {
        let of = item.ident.to_string();
        let added = self.add(Kind::Trait, &item.ident);
        added.shown = Some(layout::item(whole));
        added.bounds = bounds(&item.generics);
        for inside in &item.items {
            let added = match inside {
                TraitItem::Fn(item) => {
                    let added = self.add(Kind::Method, &item.sig.ident);
                    added.hidden = is_hidden(&item.attrs);
                    added.function(&item.sig);
                    added
                }
                TraitItem::Type(item) => {
                    let added = self.add(Kind::Type, &item.ident);
                    added.hidden = is_hidden(&item.attrs);
                    added
                }
                _ => continue,
            };
            added.of = Some(of.clone());
            added.by = Some(of.clone());
            added.public = is_public(&item.vis);
        }
    }
}

impl Item {
    fn function(&mut self, signature: &Signature) {
        self.returns = Some(match &signature.output {
            ReturnType::Default => "()".to_owned(),
            ReturnType::Type(_, returned) => squeeze(&source(returned)),
        });
        self.text = squeeze(&source(signature));
        self.bounds = bounds(&signature.generics);
    }
}

/// The bounds of each parameter, as written.
fn bounds(generics: &Generics) -> Vec<BTreeSet<String>> {
    let set = |bounds: &syn::punctuated::Punctuated<TypeParamBound, syn::Token![+]>| {
        bounds.iter().map(|bound| squeeze(&source(bound))).collect()
    };
    let parameters = generics
        .type_params()
        .map(|parameter| set(&parameter.bounds));
    let clauses = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    parameters
        .chain(clauses.filter_map(|predicate| match predicate {
            WherePredicate::Type(predicate) => Some(set(&predicate.bounds)),
            _ => None,
        }))
        .filter(|bounds: &BTreeSet<String>| !bounds.is_empty())
        .collect()
}

fn source(part: &impl Spanned) -> String {
    part.span().source_text().unwrap_or_default()
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Whether the docs leave out what has these attributes.
pub(super) fn is_hidden(attributes: &[Attribute]) -> bool {
    has(attributes, "doc", "hidden")
}

/// Whether only tests compile the module with these attributes.
fn is_test_module(attributes: &[Attribute]) -> bool {
    has(attributes, "cfg", "test")
}

fn has(attributes: &[Attribute], name: &str, inside: &str) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident(name) && list.is_ok_and(|list| list.tokens.to_string() == inside)
    })
}

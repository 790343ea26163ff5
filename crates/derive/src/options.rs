//! What `#[async_drop(…)]` says on a type and on a field.

use std::collections::HashSet;

use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Path, Result, Type, parse_quote};

/// The attribute that this derive reads.
const ATTRIBUTE: &str = "async_drop";

pub struct TypeOptions {
    pub concurrent: bool,
    pub error: Option<Type>,
    /// The type's own cleanup, which runs before that of its members.
    pub with: Option<Path>,
    /// The path of the library's crate.
    pub library: Path,
}

impl TypeOptions {
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self {
            concurrent: false,
            error: None,
            with: None,
            library: parse_quote!(::async_drop_utils),
        };
        let mut seen = Seen::default();
        each_option(attributes, |meta| {
            seen.once(&meta)?;
            if meta.path.is_ident("concurrent") {
                options.concurrent = true;
            } else if meta.path.is_ident("error") {
                options.error = Some(parse_value(&meta)?);
            } else if meta.path.is_ident("with") {
                options.with = Some(parse_value(&meta)?);
            } else if meta.path.is_ident("crate") {
                options.library = parse_value(&meta)?;
            } else {
                let known = "a type takes `with = Self::close`, `concurrent`, `error = MyError` and `crate = path::to::async_drop_utils`";
                return Err(unknown(&meta, known));
            }
            Ok(())
        })?;
        match &options.with {
            Some(with) if options.error.is_none() => Err(Error::new_spanned(
                with,
                "say what it fails with, beside it: `error = MyError`",
            )),
            _ => Ok(options),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FieldOption {
    /// Judge the field by its type.
    ByType,
    /// The field is to be cleaned up, whatever its type is called.
    Guard,
    /// The field is to be left alone.
    Skip,
}

impl FieldOption {
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut option = Self::ByType;
        let mut seen = Seen::default();
        each_option(attributes, |meta| {
            seen.once(&meta)?;
            let this = if meta.path.is_ident("guard") {
                Self::Guard
            } else if meta.path.is_ident("skip") {
                Self::Skip
            } else {
                return Err(unknown(&meta, "a field takes `guard` or `skip`"));
            };
            if option != Self::ByType {
                return Err(meta.error("a field is either a `guard` or to `skip`"));
            }
            option = this;
            Ok(())
        })?;
        Ok(option)
    }
}

/// Refuses the attribute where it has nothing to say.
pub fn refuse(attributes: &[Attribute], because: &str) -> Result<()> {
    match attributes.iter().find(|a| a.path().is_ident(ATTRIBUTE)) {
        Some(attribute) => Err(Error::new_spanned(attribute, because)),
        None => Ok(()),
    }
}

fn each_option(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(ATTRIBUTE))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}

fn unknown(meta: &ParseNestedMeta<'_>, known: &str) -> Error {
    let name = meta.path.to_token_stream();
    meta.error(format!("unknown option `{name}`: {known}"))
}

/// The value of `name = value`, which may stand in quotes.
fn parse_value<T: syn::parse::Parse>(meta: &ParseNestedMeta<'_>) -> Result<T> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        value.parse::<LitStr>()?.parse()
    } else {
        value.parse()
    }
}

#[derive(Default)]
struct Seen(HashSet<String>);

impl Seen {
    fn once(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let name = meta.path.to_token_stream().to_string();
        if self.0.insert(name) {
            Ok(())
        } else {
            Err(meta.error("this option is given twice"))
        }
    }
}

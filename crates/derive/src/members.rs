//! Finds the fields that hold guards.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Data, DeriveInput, Error, Field, Fields, GenericArgument, Ident, Index, Member, PathArguments,
    Result, Type,
};

use crate::options::{FieldOption, refuse};

/// A struct, or one variant of an enum.
pub struct Shape {
    /// `None` for a struct.
    pub variant: Option<Ident>,
    pub members: Vec<GuardField>,
}

/// A field whose guards are to be cleaned up.
pub struct GuardField {
    pub name: Member,
    pub ty: Type,
    /// The values under guard, as far as the type shows them.
    pub guarded: Option<Guarded>,
}

pub struct Guarded {
    pub values: Vec<Type>,
    /// Whether there can be more than one guard.
    pub several: bool,
}

/// The struct itself, or all variants of the enum.
pub fn shapes(input: &DeriveInput) -> Result<Vec<Shape>> {
    let shapes = match &input.data {
        Data::Struct(data) => vec![Shape {
            variant: None,
            members: guard_fields(&data.fields)?,
        }],
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                refuse(
                    &variant.attrs,
                    "a variant takes no option: write it on the enum, or on a field",
                )?;
                Ok(Shape {
                    variant: Some(variant.ident.clone()),
                    members: guard_fields(&variant.fields)?,
                })
            });
            variants.collect::<Result<_>>()?
        }
        Data::Union(data) => {
            return Err(Error::new_spanned(
                data.union_token,
                "a union cannot derive `AsyncDrop`, since nothing says which field is there: write an enum",
            ));
        }
    };
    Ok(shapes)
}

fn guard_fields(fields: &Fields) -> Result<Vec<GuardField>> {
    let mut members = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if let Some(guarded) = guards_of(field)? {
            let name = match &field.ident {
                Some(name) => Member::Named(name.clone()),
                None => Member::Unnamed(Index::from(index)),
            };
            members.push(GuardField {
                name,
                ty: field.ty.clone(),
                guarded,
            });
        }
    }
    Ok(members)
}

/// `None` for a field to leave alone, `Some(None)` for guards that the type does not show.
fn guards_of(field: &Field) -> Result<Option<Option<Guarded>>> {
    let option = FieldOption::parse(&field.attrs)?;
    if option == FieldOption::Skip {
        return Ok(None);
    }
    let guarded = look_into(&field.ty);
    if guarded.is_some() || option == FieldOption::Guard {
        return Ok(Some(guarded));
    }
    if names(&field.ty, &|name| name == "AsyncDropGuard") {
        return Err(Error::new_spanned(
            &field.ty,
            "this type names `AsyncDropGuard` where its cleanup cannot be derived: hold guards directly, or in `Option`, `Vec`, \
             `Box`, an array or a tuple of guards; share them in an `AsyncDropArc` and key them in an `AsyncDropHashMap`, both \
             under a guard of their own; or leave the field alone with `#[async_drop(skip)]`",
        ));
    }
    Ok(None)
}

fn look_into(ty: &Type) -> Option<Guarded> {
    match ty {
        Type::Paren(ty) => look_into(&ty.elem),
        Type::Group(ty) => look_into(&ty.elem),
        Type::Array(ty) => Some(Guarded {
            several: true,
            ..look_into(&ty.elem)?
        }),
        Type::Tuple(ty) => {
            let elements: Vec<_> = ty.elems.iter().map(look_into).collect::<Option<_>>()?;
            let values: Vec<_> = elements.into_iter().flat_map(|e| e.values).collect();
            (!values.is_empty()).then_some(Guarded {
                values,
                several: true,
            })
        }
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            let Some(GenericArgument::Type(inner)) = arguments.args.first() else {
                return None;
            };
            match last.ident.to_string().as_str() {
                "AsyncDropGuard" => Some(Guarded {
                    values: vec![inner.clone()],
                    several: false,
                }),
                "Option" | "Box" => look_into(inner),
                "Vec" => Some(Guarded {
                    several: true,
                    ..look_into(inner)?
                }),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Says whether an identifier that `wanted` accepts stands anywhere in `code`.
pub fn names(code: &impl ToTokens, wanted: &impl Fn(&Ident) -> bool) -> bool {
    fn search(tokens: TokenStream, wanted: &impl Fn(&Ident) -> bool) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => search(group.stream(), wanted),
            TokenTree::Ident(ident) => wanted(&ident),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    search(code.to_token_stream(), wanted)
}

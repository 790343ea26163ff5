//! Writes the implementation.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Ident, Result, Type, WherePredicate, parse_quote};

use crate::members::{GuardField, Shape, names, shapes};
use crate::options::TypeOptions;

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let options = TypeOptions::parse(&input.attrs)?;
    let shapes = shapes(input)?;
    let first = shapes.iter().flat_map(|shape| &shape.members).next();
    let errors = Errors::new(&options, first).ok_or_else(|| no_guard(&input.ident))?;

    let mut generics = input.generics.clone();
    let predicates = predicates(input, &options, &shapes, &errors);
    if !predicates.is_empty() {
        generics.make_where_clause().predicates.extend(predicates);
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();

    let name = &input.ident;
    let library = &options.library;
    let error = match first {
        Some(first) if !errors.is_stated => {
            let values = first.guarded.iter().flat_map(|guarded| &guarded.values);
            let place = values.map(Spanned::span).next();
            located(&errors.returned, place.unwrap_or(first.ty.span()))
        }
        _ => errors.returned.to_token_stream(),
    };
    let arms = shapes.iter().map(|shape| arm(shape, &options, &errors));
    let cleanup = match own_cleanup(&options) {
        Some(own) => {
            let arms = arms.map(|(pattern, steps)| quote!(#pattern => { #steps }));
            quote!(::std::boxed::Box::pin(async move {
                #own
                match self { #(#arms)* }
            }))
        }
        // Only the members are in the future, so that other fields need not be `Send`.
        None => {
            let outcome = outcome();
            let arms = arms.map(|(pattern, steps)| {
                quote!(#pattern => ::std::boxed::Box::pin(async move {
                    let #outcome = ();
                    #steps
                }),)
            });
            quote!(match self { #(#arms)* })
        }
    };
    Ok(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #library::AsyncDrop for #name #type_generics #where_clause {
            type Error = #error;

            fn async_drop_impl<'life0, 'async_trait>(
                &'life0 mut self,
            ) -> ::core::pin::Pin<::std::boxed::Box<
                dyn ::core::future::Future<Output = ::core::result::Result<(), Self::Error>>
                    + ::core::marker::Send
                    + 'async_trait,
            >>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                #cleanup
            }
        }
    })
}

/// Begins the outcome with what the type's own cleanup comes to, if it has one.
fn own_cleanup(options: &TypeOptions) -> Option<TokenStream> {
    let outcome = outcome();
    let with = options.with.as_ref()?;
    let library = &options.library;
    let place = Span::call_site().located_at(with.span());
    let own = located(&quote!(#library::__private::own_cleanup::<Self, _>), place);
    // Awaited here, so that what is no future, or gives another error, is told once.
    let result = located(
        &quote!(#library::__private::body_result::<(), Self::Error>),
        place,
    );
    let call = quote_spanned!(place=> async { #result(#with(&mut *self).await) });
    Some(quote!(let #outcome = ((), #own(#call).await);))
}

fn outcome() -> Ident {
    Ident::new("outcome", Span::mixed_site())
}

/// Where the type of the returned error comes from.
struct Errors {
    returned: Type,
    /// Stated, it is one that each member's converts into; else it is each member's.
    is_stated: bool,
}

impl Errors {
    /// `None` where there is nothing to clean up.
    fn new(options: &TypeOptions, first: Option<&GuardField>) -> Option<Self> {
        if first.is_none() && options.with.is_none() {
            return None;
        }
        let stated = options.error.clone();
        let is_stated = stated.is_some();
        let of_first = || Some(cleanups(first?, options).swap_remove(0).error);
        Some(Self {
            is_stated,
            returned: stated.or_else(of_first)?,
        })
    }
}

fn no_guard(name: &Ident) -> Error {
    let words = format!(
        "`{name}` has no guard to clean up: own values as `AsyncDropGuard<T>` (also in `Option`, `Vec`, `Box`, an array or a \
         tuple), mark a field whose type is an alias of one with `#[async_drop(guard)]`, or name the cleanup with `#[async_drop(with = Self::close, error = MyError)]`"
    );
    Error::new_spanned(name, words)
}

/// What matches the shape, and the cleanup of its members, which goes on with the outcome so far.
fn arm(shape: &Shape, options: &TypeOptions, errors: &Errors) -> (TokenStream, TokenStream) {
    let library = &options.library;
    let variant = shape.variant.iter();
    let fields = shape.members.iter().map(|member| &member.name);
    let bindings: Vec<_> = (shape.members.iter().enumerate())
        .map(|(index, member)| {
            // An error about the member is shown where this is said to stand.
            let place = Span::mixed_site().located_at(member.ty.span());
            Ident::new(&format!("member_{index}"), place)
        })
        .collect();
    let outcome = outcome();
    let returning = if errors.is_stated {
        quote!(converting)
    } else {
        quote!(like_first)
    };
    let is_reported = Ident::new("is_reported", Span::mixed_site());
    let so_far = quote!(#library::__private::SoFar::has_failed(&#outcome));
    let steps = bindings.iter().map(|binding| {
        let member = quote!(#library::__private::#returning::<Self::Error, _>(#binding));
        if options.concurrent {
            let cleanup = quote!(#library::__private::concurrently(#is_reported, #member));
            quote!(let #outcome = #library::__private::join(#outcome, #cleanup);)
        } else {
            let cleanup = quote!(#library::__private::in_order(#is_reported, #member));
            quote! {
                let #is_reported = #so_far;
                let #outcome = (#outcome, #cleanup.await);
            }
        }
    });
    let (before, after) = if options.concurrent {
        (
            quote! {
                let #is_reported = #so_far;
                let #outcome = #library::__private::ready(#outcome);
            },
            quote!(#outcome.await),
        )
    } else {
        (quote!(), quote!(#outcome))
    };
    let pattern = quote!(Self #(::#variant)* { #(#fields: #bindings,)* .. });
    let steps = quote! {
        #before
        #(#steps)*
        #library::__private::Outcome::settle(#after)
    };
    (pattern, steps)
}

/// Something that a member cleans up: the type that knows how, the trait by which it does, and what it fails with.
struct Cleanup {
    by: Type,
    bounds: TokenStream,
    /// The trait, to be followed by what its error type equals.
    path: TokenStream,
    error: Type,
}

/// What a member cleans up, in words as close to the user's as can be, since they show in the documentation.
fn cleanups(member: &GuardField, options: &TypeOptions) -> Vec<Cleanup> {
    let library = &options.library;
    let Some(guarded) = &member.guarded else {
        let by = &member.ty;
        let path = quote!(#library::__private::Member);
        return vec![Cleanup {
            by: by.clone(),
            bounds: path.clone(),
            error: parse_quote!(<#by as #path>::Error),
            path,
        }];
    };
    let path = quote!(#library::AsyncDrop);
    let cleanup = |value: &Type| Cleanup {
        by: value.clone(),
        bounds: quote!(#path + ::core::fmt::Debug + ::core::marker::Send),
        error: parse_quote!(<#value as #path>::Error),
        path: path.clone(),
    };
    guarded.values.iter().map(cleanup).collect()
}

/// The same code, with all that it says of the library shown as if it stood at `place`.
fn located(code: &impl ToTokens, place: Span) -> TokenStream {
    let place = Span::call_site().located_at(place);
    let tokens = code.to_token_stream().into_iter();
    tokens
        .map(|mut token| {
            if !matches!(token, TokenTree::Group(_)) {
                token.set_span(token.span().located_at(place));
            }
            token
        })
        .collect()
}

/// What has to hold for the type's parameters; what holds or not without them is left to the body, where it has a place.
fn predicates(
    input: &DeriveInput,
    options: &TypeOptions,
    shapes: &[Shape],
    errors: &Errors,
) -> Vec<WherePredicate> {
    let parameters: Vec<&Ident> = input.generics.type_params().map(|p| &p.ident).collect();
    let is_generic = |ty: &Type| names(ty, &|name| parameters.contains(&name));
    let returned = &errors.returned;
    let mut predicates = Predicates::default();
    if options.with.is_some() {
        if !parameters.is_empty() {
            predicates.demand(parse_quote!(Self: ::core::marker::Send));
        }
        if is_generic(returned) && shapes.iter().any(|shape| !shape.members.is_empty()) {
            predicates.demand(parse_quote!(#returned: ::core::marker::Send));
        }
    }
    for shape in shapes {
        for member in &shape.members {
            // An error is kept while the cleanups after it are awaited.
            let is_kept = shape.members.len() > 1
                || member
                    .guarded
                    .as_ref()
                    .is_some_and(|guarded| guarded.several);
            for cleanup in cleanups(member, options) {
                let Cleanup {
                    by,
                    bounds,
                    path,
                    error,
                } = cleanup;
                if is_generic(&by) {
                    predicates.demand(parse_quote!(#by: #bounds));
                    if is_kept {
                        predicates.demand(parse_quote!(#error: ::core::marker::Send));
                    }
                }
                let is_same = words(&error) == words(returned);
                if !is_same && (is_generic(&by) || is_generic(returned)) {
                    predicates.demand(if !errors.is_stated {
                        parse_quote!(#by: #path<Error = #returned>)
                    } else {
                        parse_quote!(#returned: ::core::convert::From<#error>)
                    });
                }
            }
        }
    }
    predicates.all
}

/// Predicates without repetition.
#[derive(Default)]
struct Predicates {
    all: Vec<WherePredicate>,
    seen: HashSet<String>,
}

impl Predicates {
    fn demand(&mut self, predicate: WherePredicate) {
        if self.seen.insert(words(&predicate)) {
            self.all.push(predicate);
        }
    }
}

fn words(code: &impl ToTokens) -> String {
    code.to_token_stream().to_string()
}

//! The options of the derive's attribute.

use std::collections::BTreeMap;

use async_drop_corpus::Error;
use syn::visit::Visit;

use super::files::{Files, rust};
use super::item::Place;

/// What the derive in `folder` compares the path of an option with.
pub(super) fn derive_options(
    files: &Files,
    folder: &str,
) -> Result<BTreeMap<String, Place>, Error> {
    let mut found = BTreeMap::new();
    for (file, text) in files.sources(folder) {
        let mut keys = Keys {
            file,
            found: BTreeMap::new(),
        };
        keys.visit_file(&rust(file, text)?);
        found.extend(keys.found);
    }
    Ok(found)
}

struct Keys<'a> {
    file: &'a str,
    found: BTreeMap<String, Place>,
}

impl<'ast> Visit<'ast> for Keys<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let (true, syn::Expr::Field(field), Some(syn::Expr::Lit(literal))) = (
            call.method == "is_ident",
            &*call.receiver,
            call.args.first(),
        ) && let (syn::Member::Named(name), syn::Lit::Str(key)) = (&field.member, &literal.lit)
            && name == "path"
        {
            let place = Place {
                file: self.file.to_owned(),
                line: key.span().start().line,
            };
            self.found.insert(key.value(), place);
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

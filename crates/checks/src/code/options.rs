//! The flags and commands that a program defines with clap, read from its source.

use std::collections::BTreeSet;

use async_drop_corpus::Error;
use syn::visit::Visit;

use super::files::{Files, rust};

/// What a program takes on its command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) flags: BTreeSet<String>,
    pub(crate) commands: BTreeSet<String>,
}

impl Options {
    /// Reads the sources of the package in `folder`.
    pub(super) fn read(files: &Files, folder: &str) -> Result<Self, Error> {
        let mut options = Self::default();
        for (file, text) in files.sources(folder) {
            options.visit_file(&rust(file, text)?);
        }
        options.flags.extend(["help", "version"].map(str::to_owned));
        Ok(options)
    }

    fn named(&mut self, called: &str, argument: Option<&syn::Expr>) {
        let Some(syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        })) = argument
        else {
            return;
        };
        match called {
            "long" | "flag" => self.flags.insert(text.value()),
            "Command::new" => self.commands.insert(text.value()),
            _ => return,
        };
    }
}

impl<'ast> Visit<'ast> for Options {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            let path: Vec<String> = path
                .path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect();
            self.named(&path.join("::"), call.args.first());
        }
        syn::visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.named(&call.method.to_string(), call.args.first());
        syn::visit::visit_expr_method_call(self, call);
    }

    /// `#[arg(long)] dry_run: bool`
    fn visit_field(&mut self, field: &'ast syn::Field) {
        let is_long = |attribute: &syn::Attribute| {
            attribute.path().is_ident("arg")
                && attribute
                    .meta
                    .require_list()
                    .is_ok_and(|list| list.tokens.to_string().contains("long"))
        };
        if let (Some(name), true) = (&field.ident, field.attrs.iter().any(is_long)) {
            self.flags.insert(name.to_string().replace('_', "-"));
        }
    }

    /// A command line that is matched by hand: `"--self-test"`.
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        let text = text.value();
        if let Some(flag) = text.strip_prefix("--")
            && flag
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        {
            self.flags.insert(flag.to_owned());
        }
    }

    /// `enum Command { DryRun }`, each an own command.
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let is_subcommand = |attribute: &syn::Attribute| {
            attribute.path().is_ident("derive")
                && attribute
                    .meta
                    .require_list()
                    .is_ok_and(|list| list.tokens.to_string().contains("Subcommand"))
        };
        if item.attrs.iter().any(is_subcommand) {
            let names = item
                .variants
                .iter()
                .map(|variant| kebab(&variant.ident.to_string()));
            self.commands.extend(names);
        }
    }
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for ch in name.chars() {
        if ch.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(ch.to_lowercase());
    }
    kebab
}

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMacro, ItemUse, Macro, Visibility};

use crate::names::Meaning;
use crate::tree::{self, ModuleId, Tree, WrittenPath, word};

/// A name in one file that another file defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file that names it.
    pub from: Rc<Path>,
    /// The line that names it, counted from 1.
    pub line: usize,
    /// The file that defines it.
    pub to: Rc<Path>,
    /// The name as it is written there.
    pub name: String,
}

/// Reads what the files of a target import from each other, from the file that the target begins with.
///
/// # Errors
///
/// If a file is missing or is no Rust.
pub(crate) fn read(root: &Path) -> Result<BTreeSet<Import>> {
    let tree = tree::read(root)?;
    let mut found = BTreeSet::new();
    for (module, read) in tree.modules.iter().enumerate() {
        let mut reader = Reader {
            tree: &tree,
            module,
            found: &mut found,
        };
        for item in &read.items {
            reader.visit_item(item);
        }
    }
    Ok(found)
}

/// Collects what the items of one module import.
struct Reader<'a> {
    tree: &'a Tree,
    module: ModuleId,
    found: &'a mut BTreeSet<Import>,
}

impl Reader<'_> {
    fn add(&mut self, to: &Rc<Path>, name: String, span: Span) {
        let from = &self.tree.modules[self.module].file;
        if from != to {
            self.found.insert(Import {
                from: Rc::clone(from),
                line: span.start().line,
                to: Rc::clone(to),
                name,
            });
        }
    }

    fn add_path(&mut self, path: &WrittenPath, span: Span) {
        for meaning in self.tree.resolve(self.module, path) {
            if let Meaning::Item(file) = meaning {
                let named = path.segments.iter().map(String::as_str);
                let name: Vec<&str> = named.filter(|word| !is_direction(word)).collect();
                self.add(&file, name.join("::"), span);
            }
        }
    }

    /// Adds a path of code, unless it begins with an item: that one stands in this file, or a `use` has imported it.
    fn add_path_in_code(&mut self, path: &WrittenPath, span: Span) {
        let first = WrittenPath {
            segments: path.segments[..1].to_vec(),
            ..*path
        };
        let begins_with = self.tree.resolve(self.module, &first);
        if begins_with
            .iter()
            .any(|meaning| matches!(meaning, Meaning::Module(_)))
        {
            self.add_path(path, span);
        }
    }

    /// Adds the paths among tokens; of a `macro_rules!` only those that `$crate` roots, since the others belong to its callers.
    fn add_tokens(&mut self, tokens: TokenStream, of_callers: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.add_tokens(group.stream(), of_callers),
                TokenTree::Ident(first) => {
                    let rooted = at > 0 && is_punct(&tokens[at - 1], '$') && first == "crate";
                    let of_a_crate = at > 1 && is_separator(&tokens[at - 2..]);
                    let mut segments = vec![word(first)];
                    while let Some(TokenTree::Ident(next)) = tokens.get(at + 3) {
                        if !is_separator(&tokens[at + 1..]) {
                            break;
                        }
                        segments.push(word(next));
                        at += 3;
                    }
                    if segments.len() > 1 && (rooted || !of_callers) {
                        let path = WrittenPath {
                            of_a_crate,
                            segments,
                        };
                        self.add_path_in_code(&path, tokens[at].span());
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        // Tokens that syn does not interpret.
        if let Item::Verbatim(tokens) = item {
            self.add_tokens(tokens.clone(), false);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for import in tree::imports(item) {
            if import.glob {
                for file in self.tree.brought_by(self.module, &import) {
                    self.add(&file, "*".to_owned(), import.span);
                }
            } else {
                self.add_path(&import.path, import.span);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let written = WrittenPath {
                of_a_crate: path.leading_colon.is_some(),
                segments: path
                    .segments
                    .iter()
                    .map(|segment| word(&segment.ident))
                    .collect(),
            };
            self.add_path_in_code(&written, path.segments[0].ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        if let Some(name) = called.path.get_ident()
            && let Some(file) = self.tree.defines_macro(self.module, &word(name))
        {
            self.add(file, format!("{name}!"), name.span());
        }
        self.visit_path(&called.path);
        self.add_tokens(called.tokens.clone(), false);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if item.ident.is_some() {
            self.add_tokens(item.mac.tokens.clone(), true);
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// Whether a segment of a path only says where to start.
fn is_direction(segment: &str) -> bool {
    ["crate", "self", "super"].contains(&segment)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Whether the tokens begin with `::`.
fn is_separator(tokens: &[TokenTree]) -> bool {
    tokens.len() > 1 && tokens[..2].iter().all(|token| is_punct(token, ':'))
}

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Ident, Item, ItemUse, Lit, Meta, UseTree, Visibility};

/// The number of a module in its [`Tree`]; the root's is 0.
pub(crate) type ModuleId = usize;

/// The modules of one target.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
    /// The names that `extern crate self as …` gives to the target itself.
    pub(crate) own_names: BTreeSet<String>,
}

pub(crate) struct Module {
    /// The file that its items stand in.
    pub(crate) file: Rc<Path>,
    pub(crate) parent: Option<ModuleId>,
    /// Whether its `macro_rules!` are known after it, too.
    pub(crate) macro_use: bool,
    /// The names of its `macro_rules!`.
    pub(crate) macros: BTreeSet<String>,
    pub(crate) names: BTreeMap<String, Vec<Binding>>,
    pub(crate) globs: Vec<Import>,
    /// Its items, other than modules.
    pub(crate) items: Vec<Item>,
}

/// What a name stands for in a module.
#[derive(Clone)]
pub(crate) enum Binding {
    Module(ModuleId),
    /// An item that this file defines.
    Item(Rc<Path>),
    Import(Import),
    /// Another crate.
    Outside,
}

/// One name of a `use`, or a glob, for which the path ends before the `*`.
#[derive(Clone)]
pub(crate) struct Import {
    pub(crate) path: WrittenPath,
    /// The name that it gets here; a glob and `_` give none.
    pub(crate) name: Option<String>,
    pub(crate) glob: bool,
    /// Whether only the module and what stands inside it can see the name.
    pub(crate) private: bool,
    pub(crate) span: Span,
}

/// A path as it is written.
#[derive(Clone)]
pub(crate) struct WrittenPath {
    /// Whether it begins with `::`, and so with the name of a crate.
    pub(crate) of_a_crate: bool,
    pub(crate) segments: Vec<String>,
}

/// Reads the modules of a target from the file that it begins with.
///
/// # Errors
///
/// If a file is missing or is no Rust.
pub(crate) fn read(root: &Path) -> Result<Tree> {
    let mut tree = Tree::default();
    let folder = root.parent().unwrap_or(root).to_owned();
    tree.read_file(root, None, false, &folder)?;
    Ok(tree)
}

/// Where a module's own modules are looked for.
struct Place<'a> {
    file: &'a Rc<Path>,
    /// The folder of modules that no attribute places.
    folder: &'a Path,
    /// The folder that a `path` attribute starts from.
    base: &'a Path,
}

impl Tree {
    /// Reads a file as a module, whose modules stand in `folder`.
    fn read_file(
        &mut self,
        file: &Path,
        parent: Option<ModuleId>,
        macro_use: bool,
        folder: &Path,
    ) -> Result<ModuleId> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("cannot read the module {}", file.display()))?;
        let syntax = syn::parse_file(&text).map_err(|error| {
            let line = error.span().start().line;
            anyhow::anyhow!("{}:{line}: {error}", file.display())
        })?;
        let file: Rc<Path> = file.into();
        let place = Place {
            file: &file,
            folder,
            base: file.parent().unwrap_or(folder),
        };
        self.read_items(syntax.items, parent, macro_use, &place)
    }

    fn read_items(
        &mut self,
        items: Vec<Item>,
        parent: Option<ModuleId>,
        macro_use: bool,
        place: &Place<'_>,
    ) -> Result<ModuleId> {
        let id = self.modules.len();
        self.modules.push(Module {
            file: Rc::clone(place.file),
            parent,
            macro_use,
            macros: BTreeSet::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
            items: Vec::new(),
        });
        for item in items {
            match item {
                Item::Mod(module) => self.read_module(module, id, place)?,
                other => {
                    self.bind(id, &other);
                    self.modules[id].items.push(other);
                }
            }
        }
        Ok(id)
    }

    fn read_module(
        &mut self,
        module: syn::ItemMod,
        parent: ModuleId,
        place: &Place<'_>,
    ) -> Result<()> {
        let name = word(&module.ident);
        let macro_use = module
            .attrs
            .iter()
            .any(|attr| attr.path().is_ident("macro_use"));
        let placed = module.attrs.iter().find_map(path_of);
        let id = if let Some((_, items)) = module.content {
            let folder = match placed {
                // From the file's own folder, whatever the module in the file is called.
                Some(placed) => plain(&place.base.join(placed)),
                None => place.folder.join(&name),
            };
            let inner = Place {
                file: place.file,
                folder: &folder,
                base: &folder,
            };
            self.read_items(items, Some(parent), macro_use, &inner)?
        } else if let Some(placed) = placed {
            let file = plain(&place.base.join(placed));
            let folder = file.parent().unwrap_or(place.base).to_owned();
            self.read_file(&file, Some(parent), macro_use, &folder)?
        } else {
            let folder = place.folder.join(&name);
            let beside = place.folder.join(format!("{name}.rs"));
            let inside = folder.join("mod.rs");
            let Some(file) = [beside, inside].into_iter().find(|file| file.exists()) else {
                bail!(
                    "{}:{}: no file holds the module `{name}`",
                    place.file.display(),
                    module.ident.span().start().line
                );
            };
            self.read_file(&file, Some(parent), macro_use, &folder)?
        };
        self.add(parent, name, Binding::Module(id));
        Ok(())
    }

    fn add(&mut self, module: ModuleId, name: String, binding: Binding) {
        self.modules[module]
            .names
            .entry(name)
            .or_default()
            .push(binding);
    }

    /// Enters the names that an item brings into its module, those of `use` in its blocks among them.
    fn bind(&mut self, module: ModuleId, item: &Item) {
        let file = Rc::clone(&self.modules[module].file);
        let defined = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::TraitAlias(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            Item::Macro(item) => item.ident.as_ref(),
            _ => None,
        };
        if let Some(ident) = defined {
            self.add(module, word(ident), Binding::Item(Rc::clone(&file)));
        }
        match item {
            Item::Macro(item) => {
                if let Some(ident) = &item.ident {
                    self.modules[module].macros.insert(word(ident));
                    if item
                        .attrs
                        .iter()
                        .any(|attr| attr.path().is_ident("macro_export"))
                    {
                        self.add(0, word(ident), Binding::Item(file));
                    }
                }
            }
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                if item.ident == "self" {
                    self.own_names.insert(word(name));
                } else {
                    self.add(module, word(name), Binding::Outside);
                }
            }
            _ => {
                let mut uses = Uses(Vec::new());
                uses.visit_item(item);
                for import in uses.0 {
                    match &import.name {
                        _ if import.glob => self.modules[module].globs.push(import),
                        Some(name) => self.add(module, name.clone(), Binding::Import(import)),
                        None => {}
                    }
                }
            }
        }
    }
}

/// The `use` declarations in an item.
struct Uses(Vec<Import>);

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.0.extend(imports(item));
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let before = self.0.len();
        visit::visit_block(self, block);
        for import in &mut self.0[before..] {
            import.private = true;
        }
    }
}

/// The names that a `use` brings.
pub(crate) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    let start = WrittenPath {
        of_a_crate: item.leading_colon.is_some(),
        segments: Vec::new(),
    };
    let private = matches!(item.vis, Visibility::Inherited);
    add_imports(&item.tree, start, private, &mut found);
    found
}

fn add_imports(tree: &UseTree, mut path: WrittenPath, private: bool, found: &mut Vec<Import>) {
    let mut add = |path, name, glob, span| {
        found.push(Import {
            path,
            name,
            glob,
            private,
            span,
        });
    };
    match tree {
        UseTree::Path(tree) => {
            path.segments.push(word(&tree.ident));
            add_imports(&tree.tree, path, private, found);
        }
        UseTree::Name(tree) => {
            if tree.ident != "self" {
                path.segments.push(word(&tree.ident));
            }
            let name = path.segments.last().cloned();
            add(path, name, false, tree.ident.span());
        }
        UseTree::Rename(tree) => {
            if tree.ident != "self" {
                path.segments.push(word(&tree.ident));
            }
            let name = Some(word(&tree.rename)).filter(|name| name != "_");
            add(path, name, false, tree.ident.span());
        }
        UseTree::Glob(tree) => add(path, None, true, tree.span()),
        UseTree::Group(tree) => {
            for tree in &tree.items {
                add_imports(tree, path.clone(), private, found);
            }
        }
    }
}

/// An identifier without `r#`.
pub(crate) fn word(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// What `#[path = "…"]` says.
fn path_of(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(value) if meta.path.is_ident("path") => match &value.lit {
            Lit::Str(path) => Some(path.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The path without `..` and `.`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

//! What a package offers to its users, from its parsed source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use async_drop_corpus::Error;
use syn::spanned::Spanned;
use syn::{
    Fields, Generics, Ident, ImplItem, Item, ItemImpl, ItemTrait, ReturnType, Signature, TraitItem,
    Type, TypeParamBound, UseTree, Visibility, WherePredicate,
};

use super::canonical::{is_hidden, is_test_module};
use super::files::{manifest, parse, rust_files};
use super::tokens::{identifiers, squeeze};

/// A place in the source.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// A package's items, whether or not they are for users.
#[derive(Debug, Default)]
pub(crate) struct Package {
    /// The crate's name.
    pub(crate) name: String,
    pub(crate) folder: String,
    /// What users reach, by bare name; macros without their `!`.
    pub(crate) exported: BTreeMap<String, Place>,
    /// Structs, enums and traits.
    pub(crate) types: BTreeMap<String, Owner>,
    pub(crate) functions: BTreeMap<String, Vec<Member>>,
    pub(crate) macros: BTreeMap<String, Macro>,
    /// Types and traits that it defines.
    pub(crate) defined: BTreeSet<String>,
    /// The modules that what users reach is taken from, by name.
    modules: BTreeMap<String, BTreeSet<String>>,
}

/// What belongs to a type.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    pub(crate) members: BTreeMap<String, Vec<Member>>,
    /// The bounds that the type itself and its `impl`s set, one set a parameter.
    pub(crate) bounds: Vec<BTreeSet<String>>,
    /// Its declaration, the headers of its `impl`s, and what its members are made of, without spaces.
    pub(crate) texts: Vec<String>,
}

/// A method, a function, a field, a variant, or an associated type or constant.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) place: Place,
    /// Whether it is there for users, and not by way of a trait.
    pub(crate) public: bool,
    /// What a function returns, without spaces; nothing for what is no function.
    pub(crate) returns: Option<String>,
    /// A function's signature, without spaces.
    pub(crate) text: String,
    pub(crate) bounds: Vec<BTreeSet<String>>,
}

/// What the rules of a macro are made of.
#[derive(Debug, Default)]
pub(crate) struct Macro {
    pub(crate) words: BTreeSet<String>,
}

impl Package {
    /// Reads the sources of the package in `folder`, which is relative to `root`.
    pub(crate) fn read(root: &Path, folder: &str) -> Result<Self, Error> {
        let name = manifest(root, folder)?
            .get("package")
            .and_then(|package| package.get("name")?.as_str())
            .unwrap_or_default()
            .replace('-', "_");
        let mut package = Self {
            name,
            folder: folder.to_owned(),
            ..Self::default()
        };
        package.exports(root, &format!("{folder}/src"), "lib.rs")?;
        for file in rust_files(root, &format!("{folder}/src"))? {
            for item in parse(root, &file)?.items {
                package.item(&file, item);
            }
        }
        Ok(package)
    }

    /// Whether the package keeps `name` to itself.
    pub(crate) fn hides(&self, name: &str) -> bool {
        let defines = self.defined.contains(name)
            || self.functions.contains_key(name)
            || self.macros.contains_key(name);
        name.starts_with("__") || (defines && !self.exported.contains_key(name))
    }

    /// The types that have a member `name`.
    pub(crate) fn types_with(&self, name: &str) -> Vec<&str> {
        let has = |owner: &Owner| owner.members.contains_key(name);
        self.types
            .iter()
            .filter(|(of, owner)| self.exported.contains_key(*of) && has(owner))
            .map(|(of, _)| of.as_str())
            .collect()
    }

    pub(crate) fn member(&self, of: &str, name: &str) -> Option<&[Member]> {
        let members = self.types.get(of)?.members.get(name)?;
        Some(members.as_slice())
    }

    /// Collects what the module in `file` exports, and the public modules in it.
    fn exports(&mut self, root: &Path, folder: &str, file: &str) -> Result<(), Error> {
        let path = format!("{folder}/{file}");
        for item in parse(root, &path)?.items {
            let place = place(&path, &item);
            let name = match &item {
                Item::Use(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    self.imports(&item.tree, "", &place);
                    continue;
                }
                Item::Mod(module) if is_public(&module.vis) && !is_hidden(&module.attrs) => {
                    let name = module.ident.to_string();
                    let inside = match file {
                        "lib.rs" | "mod.rs" => folder.to_owned(),
                        file => format!("{folder}/{}", file.trim_end_matches(".rs")),
                    };
                    if root.join(format!("{inside}/{name}.rs")).is_file() {
                        self.exports(root, &inside, &format!("{name}.rs"))?;
                    } else if root.join(format!("{inside}/{name}/mod.rs")).is_file() {
                        self.exports(root, &format!("{inside}/{name}"), "mod.rs")?;
                    }
                    name
                }
                Item::Struct(item) if is_public(&item.vis) => item.ident.to_string(),
                Item::Enum(item) if is_public(&item.vis) => item.ident.to_string(),
                Item::Trait(item) if is_public(&item.vis) => item.ident.to_string(),
                Item::Type(item) if is_public(&item.vis) => item.ident.to_string(),
                Item::Const(item) if is_public(&item.vis) => item.ident.to_string(),
                Item::Fn(item) if is_public(&item.vis) => item.sig.ident.to_string(),
                _ => continue,
            };
            self.exported.insert(name, place);
        }
        Ok(())
    }

    fn imports(&mut self, tree: &UseTree, module: &str, place: &Place) {
        let name = match tree {
            UseTree::Path(path) => {
                return self.imports(&path.tree, &path.ident.to_string(), place);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.imports(tree, module, place);
                }
                return;
            }
            UseTree::Name(name) => name.ident.to_string(),
            UseTree::Rename(rename) => rename.rename.to_string(),
            UseTree::Glob(_) => return,
        };
        let modules = self.modules.entry(name.clone()).or_default();
        modules.insert(module.to_owned());
        self.exported.insert(name, place.clone());
    }

    /// Whether `file` defines another type `name` than the one that users reach.
    fn is_namesake(&self, file: &str, name: &Ident) -> bool {
        // The module itself, or the room that hands on what is in it.
        let mut modules = file.trim_end_matches(".rs").split('/');
        let from = self.modules.get(&name.to_string());
        from.is_some_and(|from| !modules.any(|module| from.contains(module)))
    }

    fn item(&mut self, file: &str, item: Item) {
        let place = place(file, &item);
        match item {
            Item::Mod(module) if !is_test_module(&module.attrs) => {
                for item in module.content.into_iter().flat_map(|(_, items)| items) {
                    self.item(file, item);
                }
            }
            Item::Impl(block) => self.block(file, &block),
            Item::Trait(item) if !self.is_namesake(file, &item.ident) => {
                self.item_trait(file, &item);
            }
            Item::Struct(item) if !self.is_namesake(file, &item.ident) => {
                self.defined.insert(item.ident.to_string());
                let owner = self.types.entry(item.ident.to_string()).or_default();
                owner.bounds.extend(bounds(&item.generics));
                owner.texts.push(squeeze(&source(&item.generics)));
                fields(file, &item.fields, owner);
            }
            Item::Enum(item) if !self.is_namesake(file, &item.ident) => {
                self.defined.insert(item.ident.to_string());
                let owner = self.types.entry(item.ident.to_string()).or_default();
                owner.bounds.extend(bounds(&item.generics));
                for variant in &item.variants {
                    owner
                        .members
                        .entry(variant.ident.to_string())
                        .or_default()
                        .push(named(file, variant, true));
                }
            }
            Item::Fn(item) => {
                let public = is_public(&item.vis) && !is_hidden(&item.attrs);
                self.functions
                    .entry(item.sig.ident.to_string())
                    .or_default()
                    .push(function(file, &item.sig, public));
            }
            Item::Macro(item) => {
                let Some(name) = &item.ident else { return };
                let mut words = BTreeSet::new();
                identifiers(item.mac.tokens.clone(), &mut words);
                let exported = |a: &syn::Attribute| a.path().is_ident("macro_export");
                if item.attrs.iter().any(exported) && !is_hidden(&item.attrs) {
                    self.exported.insert(name.to_string(), place);
                }
                self.macros.insert(name.to_string(), Macro { words });
            }
            _ => {}
        }
    }

    fn block(&mut self, file: &str, block: &ItemImpl) {
        let Type::Path(of) = &*block.self_ty else {
            return self.foreign_block(block);
        };
        let Some(of) = of.path.segments.last().map(|last| last.ident.to_string()) else {
            return;
        };
        let of_trait = block.trait_.as_ref();
        self.foreign_block(block);
        let owner = self.types.entry(of).or_default();
        owner.bounds.extend(bounds(&block.generics));
        let header = format!("{} {}", source(&block.generics), source(&block.self_ty));
        owner.texts.push(squeeze(&header));
        for item in &block.items {
            let (name, mut member) = match item {
                ImplItem::Fn(item) => {
                    owner.texts.push(squeeze(&source(&item.sig)));
                    let public = is_public(&item.vis) && !is_hidden(&item.attrs);
                    // What is hidden is there to be rejected or for macros: a chapter cannot speak of it.
                    if is_hidden(&item.attrs) {
                        continue;
                    }
                    let member = function(file, &item.sig, public);
                    (item.sig.ident.to_string(), member)
                }
                ImplItem::Const(item) => (
                    item.ident.to_string(),
                    named(file, item, is_public(&item.vis)),
                ),
                ImplItem::Type(item) => {
                    owner.texts.push(squeeze(&source(&item.ty)));
                    (item.ident.to_string(), named(file, item, false))
                }
                _ => continue,
            };
            if of_trait.is_none() && !member.public {
                continue;
            }
            member.bounds.extend(bounds(&block.generics));
            owner.members.entry(name).or_default().push(member);
        }
    }

    /// Adds the header of `impl Trait for Foreign` to the trait's texts.
    fn foreign_block(&mut self, block: &ItemImpl) {
        let of_trait = block.trait_.as_ref();
        if let Some(name) = of_trait.and_then(|(path, _)| path.segments.last()) {
            let owner = self.types.entry(name.ident.to_string()).or_default();
            let header = format!("{} {}", source(&block.generics), source(&block.self_ty));
            owner.texts.push(squeeze(&header));
        }
    }

    fn item_trait(&mut self, file: &str, item: &ItemTrait) {
        let public = is_public(&item.vis);
        self.defined.insert(item.ident.to_string());
        let owner = self.types.entry(item.ident.to_string()).or_default();
        owner.bounds.extend(bounds(&item.generics));
        for inside in &item.items {
            let (name, member) = match inside {
                TraitItem::Fn(item) if !is_hidden(&item.attrs) => {
                    owner.texts.push(squeeze(&source(&item.sig)));
                    (
                        item.sig.ident.to_string(),
                        function(file, &item.sig, public),
                    )
                }
                TraitItem::Type(item) if !is_hidden(&item.attrs) => {
                    (item.ident.to_string(), named(file, item, public))
                }
                _ => continue,
            };
            owner.members.entry(name).or_default().push(member);
        }
    }
}

fn fields(file: &str, fields: &Fields, owner: &mut Owner) {
    for field in fields {
        if let (Some(name), true) = (&field.ident, is_public(&field.vis)) {
            owner.texts.push(squeeze(&source(&field.ty)));
            owner
                .members
                .entry(name.to_string())
                .or_default()
                .push(named(file, field, true));
        }
    }
}

fn named(file: &str, item: &impl Spanned, public: bool) -> Member {
    Member {
        place: place(file, item),
        public,
        returns: None,
        text: String::new(),
        bounds: Vec::new(),
    }
}

fn function(file: &str, signature: &Signature, public: bool) -> Member {
    let mut place = place(file, signature);
    place.line = signature.ident.span().start().line;
    Member {
        place,
        public,
        returns: Some(match &signature.output {
            ReturnType::Default => "()".to_owned(),
            ReturnType::Type(_, returned) => squeeze(&source(returned)),
        }),
        text: squeeze(&source(signature)),
        bounds: bounds(&signature.generics),
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

fn place(file: &str, part: &impl Spanned) -> Place {
    Place {
        file: file.to_owned(),
        line: part.span().start().line,
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

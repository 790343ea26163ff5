use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use crate::tree::{Binding, Import, ModuleId, Tree, WrittenPath};

/// What a path leads to.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    Module(ModuleId),
    /// An item that this file defines.
    Item(Rc<Path>),
    /// Another crate, or something in it.
    Outside,
}

/// The names that are being looked up, so that imports that lead to each other come to an end.
type Pending = BTreeSet<(ModuleId, String)>;

impl Tree {
    /// Everything that a path can lead to from inside a module: a name may stand for a module and a function at once, and for
    /// another item under another `cfg`.
    pub(crate) fn resolve(&self, from: ModuleId, path: &WrittenPath) -> BTreeSet<Meaning> {
        self.resolve_within(from, path, &mut Pending::new())
    }

    /// The files whose items a glob brings to `from`.
    pub(crate) fn brought_by(&self, from: ModuleId, glob: &Import) -> BTreeSet<Rc<Path>> {
        let mut files = BTreeSet::new();
        self.bring(from, from, glob, &mut BTreeSet::new(), &mut files);
        files
    }

    /// The file of the `macro_rules!` that a call without a path refers to.
    pub(crate) fn defines_macro(&self, from: ModuleId, name: &str) -> Option<&Rc<Path>> {
        let mut around = Some(from);
        while let Some(module) = around {
            let defines = |id: ModuleId| self.modules[id].macros.contains(name);
            let handed_on = || {
                (0..self.modules.len()).find(|&id| {
                    self.modules[id].macro_use
                        && self.modules[id].parent == Some(module)
                        && defines(id)
                })
            };
            if let Some(id) = Some(module).filter(|&id| defines(id)).or_else(handed_on) {
                return Some(&self.modules[id].file);
            }
            around = self.modules[module].parent;
        }
        None
    }

    fn resolve_within(
        &self,
        from: ModuleId,
        path: &WrittenPath,
        pending: &mut Pending,
    ) -> BTreeSet<Meaning> {
        let Some((first, rest)) = path.segments.split_first() else {
            return BTreeSet::from([Meaning::Module(from)]);
        };
        let mut found = if path.of_a_crate {
            self.krate(first)
        } else {
            match first.as_str() {
                "crate" => BTreeSet::from([Meaning::Module(0)]),
                "self" => BTreeSet::from([Meaning::Module(from)]),
                "super" => self.parent(from),
                name => {
                    let found = self.look_up(from, from, name, pending);
                    if found.is_empty() {
                        self.krate(name)
                    } else {
                        found
                    }
                }
            }
        };
        for name in rest {
            // What a path goes on from is the module: a function or a macro of the same name is something else.
            let of_module = |meaning: &Meaning| matches!(meaning, Meaning::Module(_));
            if found.iter().any(of_module) {
                found.retain(of_module);
            }
            found = found
                .into_iter()
                .flat_map(|meaning| match meaning {
                    Meaning::Module(module) => self.enter(from, module, name, pending),
                    other => BTreeSet::from([other]),
                })
                .collect();
        }
        found
    }

    /// The target itself, where `name` is its own; nothing is known of other crates and of names that a block declares.
    fn krate(&self, name: &str) -> BTreeSet<Meaning> {
        let root = self.own_names.contains(name).then_some(Meaning::Module(0));
        root.into_iter().collect()
    }

    fn parent(&self, module: ModuleId) -> BTreeSet<Meaning> {
        let parent = self.modules[module].parent.map(Meaning::Module);
        parent.into_iter().collect()
    }

    /// What `name` is in `module`; a name that is not found there is one that a macro made there.
    fn enter(
        &self,
        from: ModuleId,
        module: ModuleId,
        name: &str,
        pending: &mut Pending,
    ) -> BTreeSet<Meaning> {
        match name {
            "self" => return BTreeSet::from([Meaning::Module(module)]),
            "super" => return self.parent(module),
            _ => {}
        }
        let found = self.look_up(from, module, name, pending);
        if found.is_empty() {
            BTreeSet::from([Meaning::Item(Rc::clone(&self.modules[module].file))])
        } else {
            found
        }
    }

    fn look_up(
        &self,
        from: ModuleId,
        module: ModuleId,
        name: &str,
        pending: &mut Pending,
    ) -> BTreeSet<Meaning> {
        let place = (module, name.to_owned());
        let first_time = pending.insert(place.clone());
        let mut found = BTreeSet::new();
        for binding in self.modules[module].names.get(name).into_iter().flatten() {
            match binding {
                Binding::Module(id) => {
                    found.insert(Meaning::Module(*id));
                }
                Binding::Item(file) => {
                    found.insert(Meaning::Item(Rc::clone(file)));
                }
                Binding::Import(import) if first_time && self.sees(from, module, import) => {
                    let mut meanings = self.resolve_within(module, &import.path, pending);
                    if meanings.is_empty() {
                        meanings.insert(Meaning::Outside);
                    }
                    found.extend(meanings);
                }
                Binding::Import(_) => {}
                Binding::Outside => {
                    found.insert(Meaning::Outside);
                }
            }
        }
        if found.is_empty() && first_time {
            for glob in &self.modules[module].globs {
                if !self.sees(from, module, glob) {
                    continue;
                }
                for meaning in self.resolve_within(module, &glob.path, pending) {
                    if let Meaning::Module(brought) = meaning {
                        found.extend(self.look_up(from, brought, name, pending));
                    }
                }
            }
        }
        if first_time {
            pending.remove(&place);
        }
        found
    }

    fn bring(
        &self,
        from: ModuleId,
        module: ModuleId,
        glob: &Import,
        seen: &mut BTreeSet<ModuleId>,
        files: &mut BTreeSet<Rc<Path>>,
    ) {
        for meaning in self.resolve(module, &glob.path) {
            match meaning {
                Meaning::Module(brought) if seen.insert(brought) => {
                    for name in self.modules[brought].names.keys() {
                        for meaning in self.look_up(from, brought, name, &mut Pending::new()) {
                            if let Meaning::Item(file) = meaning {
                                files.insert(file);
                            }
                        }
                    }
                    for inner in &self.modules[brought].globs {
                        if self.sees(from, brought, inner) {
                            self.bring(from, brought, inner, seen, files);
                        }
                    }
                }
                Meaning::Item(file) => {
                    files.insert(file);
                }
                _ => {}
            }
        }
    }

    /// Whether an import of `module` is known in `from`: a private one only inside of `module`.
    fn sees(&self, from: ModuleId, module: ModuleId, import: &Import) -> bool {
        let mut around = Some(from);
        while let Some(id) = around {
            if id == module {
                return true;
            }
            around = self.modules[id].parent;
        }
        !import.private
    }
}

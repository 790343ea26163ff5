/// Where a repository has what its guidance is held to; all paths are relative to its root.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The folder that the skill is installed in, by name.
    pub skill: &'static str,
    /// The chapter whose entries show both sides.
    pub gotchas: &'static str,
    /// The chapter that names all that the library has.
    pub helpers: &'static str,
    /// The package that the chapters teach.
    pub library: &'static str,
    /// The package with its derive.
    pub derive: &'static str,
    /// The package with the types that blocks use.
    pub fixtures: &'static str,
    /// The folder of the cases that rustc rejects, and of what it says.
    pub recorded: &'static str,
    /// The file of names that chapters take from elsewhere.
    pub foreign: &'static str,
    /// The file that says where the numbers in the chapters' words are from.
    pub numbers: &'static str,
    /// The file that says what holds the promises in the chapters' words.
    pub promises: &'static str,
    /// The page with the table of the recipes.
    pub recipes: &'static str,
}

/// Where this repository has it.
pub const LAYOUT: Layout = Layout {
    skill: "async-drop",
    gotchas: "gotchas.md",
    helpers: "helpers.md",
    library: "crates/utils",
    derive: "crates/derive",
    fixtures: "crates/fixtures",
    recorded: "crates/fixtures/tests/compile_fail",
    foreign: "corpus/lists/foreign_names.txt",
    numbers: "corpus/lists/numbers.toml",
    promises: "corpus/lists/promises.toml",
    recipes: "book/src/recipes.md",
};

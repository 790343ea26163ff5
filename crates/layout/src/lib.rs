//! Says how the repository hangs together: which crates it has, which files import which, and where that runs in a circle.
//!
//! # What counts as an import
//!
//! A file imports the file that *defines* what it names: in a `use`, in a path of code (`super::guard::origin()`), in the arguments of a
//! macro, after `$crate` in a `macro_rules!`, or as a macro that no path leads to. A name that a face hands on (`pub use`) is traced
//! to its definition, so a circle through a face is found. A glob imports all that it brings.
//!
//! A `mod.rs` that declares its modules and hands their names on imports them. That is no circle as long as they import from each
//! other and not from the `mod.rs`; a module that takes what its own `mod.rs` defines closes one. To declare a module, to name
//! a module, and to pass through one on the way to an item, is no import.
//!
//! Every `cfg` counts, as if all were set. What the compiler finds without a name in the file does not: methods, and the traits of a
//! macro's expansion. Between crates Cargo sees to it that there is no circle.
//!
//! # What counts as a circle
//!
//! Files of which each leads to each other by imports; and, in each folder, entries (folders, and files beside them) of which each
//! leads to each other by imports of the files in them. A `mod.rs`, or a target's own file, is the face of its folder and
//! no entry of it.
//!
//! # The oldest versions
//!
//! What the library's manifests allow is held to the lock file that the library is tested with: [`check_minimums`].

mod circles;
mod imports;
mod minimums;
mod names;
mod picture;
mod table;
mod tree;
mod workspace;

pub use circles::{Circle, Circles};
pub use imports::Import;
pub use minimums::check_minimums;
pub use picture::check_picture;
pub use table::table;
pub use workspace::{Arrow, Package, Workspace};

//! What holds the chapters to the library beyond running their blocks.

mod canonical;
mod cases;
mod compiled;
mod features;
mod files;
mod front_matter;
mod guidance;
mod library;
mod links;
mod markdown;
mod messages;
mod names;
mod package;
mod prose;
mod quotes;
mod resolve;
mod section;
mod shapes;
mod signatures;
mod span;
mod surface;
mod tokens;

pub use cases::{Case, Cases};
pub use features::check_features;
pub use front_matter::{check_front_matter, estimated_tokens};
pub use guidance::{CHECKS, Check, Guidance};
pub use library::Library;
pub use links::check_links;
pub use markdown::{markdown_files, rust_outside_the_pages};
pub use messages::check_messages;
pub use names::{check_foreign_names, check_names, check_surface};
pub use shapes::check_shapes;
pub use signatures::{check_signatures, signature_places};
pub use surface::{SOURCES, Sources, Surface};

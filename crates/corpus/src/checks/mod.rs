//! What holds the chapters to the library beyond running their blocks.

mod canonical;
mod cases;
mod front_matter;
mod guidance;
mod library;
mod links;
mod markdown;
mod messages;
mod names;
mod quotes;
mod signatures;

pub use cases::{Case, Cases};
pub use front_matter::{check_front_matter, estimated_tokens};
pub use guidance::{CHECKS, Check, Guidance};
pub use library::Library;
pub use links::check_links;
pub use markdown::{markdown_files, rust_outside_the_pages};
pub use messages::check_messages;
pub use names::check_names;
pub use signatures::{check_signatures, signature_places};

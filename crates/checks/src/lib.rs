//! What holds the chapters to the library beyond running their blocks.
//!
//! `text` is what a chapter says, `code` what it speaks of, `claims` what it is held to.

mod claims;
mod code;
mod guidance;
mod text;

pub use async_drop_tidy::{Kind, Text};
pub use claims::cases::{Case, Cases};
pub use claims::commands::{check_commands, command_lines};
pub use claims::entries::check_entries;
pub use claims::features::check_features;
pub use claims::front_matter::{check_description, check_front_matter, estimated_tokens};
pub use claims::gotchas::check_gotchas;
pub use claims::links::check_links;
pub use claims::messages::check_messages;
pub use claims::names::{check_foreign_names, check_names, check_surface};
pub use claims::numbers::check_numbers;
pub use claims::places::{Places, check_places};
pub use claims::shapes::check_shapes;
pub use claims::signatures::{check_signatures, signature_places};
pub use code::library::Library;
pub use code::surface::{SOURCES, Sources, Surface};
pub use guidance::{CHECKS, Check, Guidance};
pub use text::markdown::{markdown_files, rust_outside_the_pages};

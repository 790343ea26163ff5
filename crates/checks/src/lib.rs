//! What holds the chapters to the library beyond running their blocks.
//!
//! `code` is the model of what there is, `text` what a chapter says of it, `claims` what it is held to; each room knows those before it.

mod claims;
mod code;
mod guidance;
mod layout;
mod text;

pub use async_drop_tidy::{Kind, Text};
pub use claims::{
    CHECKS, Case, Cases, Check, check_entries, command_lines, printed_entries,
    rust_outside_the_pages,
};
pub use code::Code;
pub use guidance::Guidance;
pub use layout::{LAYOUT, Layout};

//! What a chapter says: prose, inline code, sections, quotes, and which files say it.

pub(crate) mod markdown;
pub(crate) mod prose;
pub(crate) mod quotes;
pub(crate) mod resolve;
pub(crate) mod section;
pub(crate) mod span;

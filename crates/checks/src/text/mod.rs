//! What a chapter says: prose by the unit, inline code by its kind, sections by their subjects, and what its names stand for.

mod lookup;
mod markdown;
mod prose;
mod quotes;
mod resolve;
mod said;
mod section;
mod sentences;
mod span;

pub(crate) use markdown::markdown_beside_the_pages;
pub(crate) use prose::{Fence, Piece, Unit, fences, units, words};
pub(crate) use quotes::{check as check_quote, errors as errors_said};
pub(crate) use said::{Pages, Said};
pub(crate) use section::Section;
pub(crate) use sentences::{Sentence, sentences};
pub(crate) use span::{Kind, is_assignment, is_message, kind, literals};

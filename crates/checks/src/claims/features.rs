use async_drop_corpus::{Chapter, Error, Errors};

use crate::code::surface::Surface;
use crate::text::prose::units;

/// Checks that what prose calls a feature is one of the library's, and what it says to be on by default is.
///
/// Code behind the word "feature" is a feature. "on by default" is said of the features that the same part of a sentence names.
///
/// # Errors
///
/// One for each feature that does not exist or is off by default.
pub fn check_features(chapters: &[Chapter], surface: &Surface) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for chapter in chapters {
        for unit in units(chapter) {
            let mut before = "";
            let mut named = Vec::new();
            for piece in unit.pieces() {
                if piece.is_code {
                    let is_feature = surface.features.contains_key(&piece.text);
                    if is_feature {
                        named.push(piece);
                    } else if is_announced(before) {
                        let what = format!("there is no feature `{}`", piece.text);
                        errors.0.push(Error::new(&chapter.file, piece.line, what));
                    }
                } else {
                    if piece.text.contains("on by default") {
                        let off = named
                            .iter()
                            .filter(|named| !surface.default.contains(&named.text));
                        errors.0.extend(off.map(|named| {
                            let what = format!("the feature `{}` is not on by default", named.text);
                            Error::new(&chapter.file, named.line, what)
                        }));
                    }
                    if piece.text.contains([';', '.']) {
                        named.clear();
                    }
                }
                before = &piece.text;
            }
        }
    }
    errors.or(())
}

/// Whether the words before say that a feature comes.
fn is_announced(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches(':').to_lowercase();
    before.ends_with("feature") || before.ends_with("features")
}

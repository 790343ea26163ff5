//! What prose calls a feature is one of the library's, and what it says to be on by default is.
//!
//! Code behind the word "feature" is a feature. "on by default" is said of the features that the same part of a sentence names.
//! Refuted by a feature that the library's manifest does not have, or does not turn on.

use async_drop_corpus::{Chapter, Error, Errors};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let code = &guidance.code;
    let mut errors = Errors::default();
    for chapter in pages {
        for unit in &guidance.said(chapter).units {
            let mut before = "";
            let mut named = Vec::new();
            for piece in unit.pieces() {
                if piece.is_code {
                    if code.is_feature(&piece.text) {
                        named.push(piece);
                    } else if is_announced(before) {
                        let what = format!("there is no feature `{}`", piece.text);
                        errors.0.push(Error::new(&chapter.file, piece.line, what));
                    }
                } else {
                    if piece.text.contains("on by default") {
                        let off = named
                            .iter()
                            .filter(|named| !code.is_default_feature(&named.text));
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

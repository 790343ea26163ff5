//! The files and folders in inline code exist, and so do the dependencies that are shown.
//!
//! Refuted by a path that is not in the repository, or not in an installed copy where a chapter names it or it is below the skill's
//! folder, or that no program of the project has in it where it is the user's or built; by a package, a feature or a path of a
//! `toml` fence that no manifest has.

use async_drop_corpus::{Chapter, Error, Errors};

use crate::code::{Code, dependencies};
use crate::guidance::Guidance;
use crate::text::{Fence, Kind, fences, kind};

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let code = &guidance.code;
    let mut errors = Errors::default();
    for page in pages {
        let said = guidance.said(page);
        let pieces = said.units.iter().flat_map(|unit| unit.code());
        for piece in pieces.filter(|piece| kind(&piece.text) == Kind::Path) {
            let wrong = code.wrong_place(&page.file, &piece.text);
            errors
                .0
                .extend(wrong.map(|what| Error::new(&page.file, piece.line, what)));
        }
        for fence in fences(page, &["toml"]) {
            errors.0.extend(wrong_dependencies(code, page, &fence));
        }
    }
    errors.or(())
}

/// What is wrong with the dependencies of a fence.
fn wrong_dependencies(code: &Code, page: &Chapter, fence: &Fence) -> Vec<Error> {
    let error = |line: usize, what: String| Error::new(&page.file, fence.line + line, what);
    let parsed: toml::Table = match fence.text.parse() {
        Ok(parsed) => parsed,
        Err(wrong) => return vec![error(0, format!("not TOML: {}", wrong.message()))],
    };
    let mut wrong = Vec::new();
    for dependency in dependencies(&parsed) {
        let name = &dependency.name;
        let mut lines = fence.text.lines();
        let line = lines.position(|line| line.starts_with(name.as_str()));
        let path = dependency.path.filter(|path| path != "…");
        let path =
            path.and_then(|path| code.wrong_place(&page.file, &format!("{path}/Cargo.toml")));
        let features = dependency.features.iter();
        let features = features.filter_map(|feature| code.wrong_feature(name, feature));
        let what = code
            .wrong_package(name)
            .into_iter()
            .chain(path)
            .chain(features);
        wrong.extend(what.map(|what| error(line.unwrap_or_default(), what)));
    }
    wrong
}

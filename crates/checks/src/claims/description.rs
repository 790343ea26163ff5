//! The names in the skill's description are names that the code of some page has.
//!
//! A name is what cannot be a word of plain prose: it has an underscore, or a capital behind its first letter. Refuted by one that no
//! page has in a block or in inline code.

use std::collections::BTreeSet;

use async_drop_corpus::{Chapter, Error, Errors};

use crate::code::words;
use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    check_skill(&guidance.pages)
}

/// The first of `pages` is the skill.
fn check_skill(pages: &[Chapter]) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let Some((skill, front_matter)) = pages
        .first()
        .and_then(|skill| Some((skill, skill.front_matter.as_deref()?)))
    else {
        return Ok(());
    };
    let code: BTreeSet<&str> = pages
        .iter()
        .flat_map(|page| {
            let spans = page.code_spans.iter().map(|span| span.text.as_str());
            spans.chain(page.blocks.iter().map(|block| block.code.as_str()))
        })
        .flat_map(words)
        .collect();
    for (index, line) in front_matter.lines().enumerate() {
        let names = words(line).filter(|word| {
            let mut rest = word.chars().skip(1);
            rest.any(|ch| ch == '_' || ch.is_ascii_uppercase())
        });
        for name in names.filter(|name| !code.contains(name)) {
            let what = format!("the description names `{name}`, which no page has in its code");
            // The first line is the `---`.
            errors.0.push(Error::new(&skill.file, index + 2, what));
        }
    }
    errors.or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_page_has_is_found_in_the_description() {
        let text = "---\nname: a\ndescription: Cleans up with SyncDrop and open_all, not SyncDropp.\n---\n\n# A\n\n`SyncDrop`, `open_all((a, b))`\n";
        let chapter = Chapter::parse("SKILL.md", text).unwrap();
        assert_eq!(
            check_skill(&[chapter]).unwrap_err().to_string(),
            "SKILL.md:3: the description names `SyncDropp`, which no page has in its code"
        );
    }
}

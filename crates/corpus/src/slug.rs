use std::collections::HashSet;

/// Makes the anchors of one file's headings, unique as GitHub and mdBook make them.
#[derive(Debug, Default)]
pub struct Slugs {
    used: HashSet<String>,
}

impl Slugs {
    /// The anchor of the next heading of the file.
    ///
    /// Lowercase; letters, digits, `_` and `-` stay; each space becomes `-`; everything else goes. A second heading of
    /// the same words gets `-1`.
    pub fn next(&mut self, heading: &str) -> String {
        let base = slug(heading);
        let mut candidate = base.clone();
        let mut count = 0;
        while !self.used.insert(candidate.clone()) {
            count += 1;
            candidate = format!("{base}-{count}");
        }
        candidate
    }
}

/// The anchor of a heading, were it the only one.
pub fn slug(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|ch| match ch {
            ch if ch.is_alphanumeric() || ch == '_' || ch == '-' => Some(ch),
            ch if ch.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// What in the words of a heading (its code spans aside) makes GitHub and mdBook disagree about the anchor, if anything.
///
/// mdBook's smart punctuation turns `--` into a dash, which it then leaves out of the anchor, and it takes `{#…}` at the
/// end for an anchor of its own.
pub(crate) fn ambiguous(words: &str) -> Option<&'static str> {
    ["--", "{#"].into_iter().find(|part| words.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs(headings: &[&str]) -> Vec<String> {
        let mut slugs = Slugs::default();
        headings.iter().map(|heading| slugs.next(heading)).collect()
    }

    #[test]
    fn punctuation_goes_and_spaces_become_hyphens() {
        assert_eq!(
            slugs(&[
                "7. Don't use `let _ =` on a guard",
                "`try_join!` / `select!`"
            ]),
            ["7-dont-use-let-_--on-a-guard", "try_join--select"]
        );
    }

    #[test]
    fn repeated_headings_are_numbered() {
        assert_eq!(
            slugs(&["Right", "Right", "Right-1", "Right"]),
            ["right", "right-1", "right-1-1", "right-2"]
        );
    }
}

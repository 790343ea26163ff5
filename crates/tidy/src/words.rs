//! The number in a link's words.

use std::ops::Range;

/// What an entry is called before its number.
const KINDS: [&str; 6] = [
    "gotcha", "gotchas", "pattern", "patterns", "helper", "helpers",
];

/// Where the number stands in `7. Title`, of which `first` are the first words.
pub(crate) fn of_title(first: &str) -> Option<Range<usize>> {
    let digits = first.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && first[digits..].starts_with(". ")).then_some(0..digits)
}

/// Where in `last` the number stands that ends the words of a link, such as `gotcha 7` or `7`; they stand behind `before`.
pub(crate) fn of_kind(before: &str, last: &str) -> Option<Range<usize>> {
    let start = last.trim_end_matches(|ch: char| ch.is_ascii_digit()).len();
    let kind = format!("{before}{}", &last[..start]).trim().to_lowercase();
    let is_number = start < last.len() && (kind.is_empty() || KINDS.contains(&kind.as_str()));
    is_number.then_some(start..last.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_of_an_entry_is_found() {
        for (first, expected) in [
            ("7. Dropping 2 guards", Some(0..1)),
            ("7.5", None),
            ("", None),
        ] {
            assert_eq!(of_title(first), expected, "{first}");
        }
        for (before, last, expected) in [
            ("", "gotcha 17", Some("17")),
            ("", "Patterns 6", Some("6")),
            ("gotcha ", "17", Some("17")),
            ("", "19", Some("19")),
            ("", "with 2", None),
            ("with ", "2", None),
            ("", "with_async_drop_2", None),
            ("", "dropping guards", None),
            ("", "", None),
        ] {
            let found = of_kind(before, last).map(|range| &last[range]);
            assert_eq!(found, expected, "{before}{last}");
        }
    }
}

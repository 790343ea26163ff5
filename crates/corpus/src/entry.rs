//! Entries: the numbered headings of the second level, each known by its title without the number.

/// The chapters whose headings of the second level are entries, numbered through.
pub const NUMBERED: [&str; 3] = ["patterns.md", "gotchas.md", "helpers.md"];

/// The title of an entry without its number: "7. Title" is "Title". Titles without a number are returned as they are.
pub fn without_number(title: &str) -> &str {
    title
        .split_once(". ")
        .filter(|(number, _)| is_number(number))
        .map_or(title, |(_, title)| title.trim_start())
}

/// The anchor of an entry without its number: "7-title" is "title".
pub fn anchor_without_number(anchor: &str) -> &str {
    anchor
        .split_once('-')
        .filter(|(number, _)| is_number(number))
        .map_or(anchor, |(_, slug)| slug)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_that_leads_is_left_out() {
        for (title, expected) in [
            ("7. Dropping guards", "Dropping guards"),
            ("12. 2 to 3. Words", "2 to 3. Words"),
            ("Dropping 7. guards", "Dropping 7. guards"),
            ("7 guards", "7 guards"),
        ] {
            assert_eq!(without_number(title), expected);
        }
        for (anchor, expected) in [
            ("7-dropping-guards", "dropping-guards"),
            ("12-2-to-3-words", "2-to-3-words"),
            ("dropping-7-guards", "dropping-7-guards"),
            ("7", "7"),
        ] {
            assert_eq!(anchor_without_number(anchor), expected);
        }
    }
}

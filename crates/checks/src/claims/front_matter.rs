//! The skill's front matter satisfies the Agent Skills specification, and its body is short enough for an agent to read.
//!
//! Refuted by a field that the specification does not know or allow, a name other than the installed folder's, too many lines or tokens.

use async_drop_corpus::{Chapter, Error, Errors};
use saphyr::{LoadableYamlNode, Yaml};

use crate::guidance::Guidance;

/// The fields that the Agent Skills specification knows.
const FIELDS: [&str; 6] = [
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
    "allowed-tools",
];

/// How long the body of a skill may be, since an agent reads all of it.
const MAX_LINES: usize = 200;

/// As [`MAX_LINES`], in tokens as [`estimated_tokens`] counts them.
const MAX_TOKENS: usize = 2_000;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    // SKILL.md is the first chapter.
    check_skill(&guidance.pages[0], guidance.layout.skill)
}

fn check_skill(skill: &Chapter, folder: &str) -> Result<(), Errors> {
    let mut broken = Vec::new();
    match &skill.front_matter {
        Some(yaml) => fields(yaml, folder, &mut broken),
        None => broken.push((
            1,
            "there is no front matter between `---` lines at the top".to_owned(),
        )),
    }
    let body = skill.body();
    let start = skill.front_matter_lines + 1;
    let lines = body.trim().lines().count();
    if lines > MAX_LINES {
        broken.push((
            start,
            format!("the body has {lines} lines: at most {MAX_LINES} are allowed"),
        ));
    }
    let tokens = estimated_tokens(&body);
    if tokens > MAX_TOKENS {
        broken.push((
            start,
            format!("the body has about {tokens} tokens: at most {MAX_TOKENS} are allowed"),
        ));
    }
    let errors = broken
        .into_iter()
        .map(|(line, what)| Error::new(&skill.file, line, what))
        .collect();
    Errors(errors).or(())
}

/// Estimates how many tokens a model reads `text` as, on the safe side: one for every 3.5 characters.
///
/// English prose runs at about 4 characters a token and Rust at about 3.5; an exact count would need the vocabulary of one
/// model, and differ for the next.
fn estimated_tokens(text: &str) -> usize {
    (text.chars().count() * 2).div_ceil(7)
}

fn fields(yaml: &str, folder: &str, broken: &mut Vec<(usize, String)>) {
    let line_of = |field: &str| {
        let at = yaml
            .lines()
            .position(|line| line.starts_with(&format!("{field}:")));
        // The first line is the `---`.
        at.map_or(1, |index| index + 2)
    };
    let documents = match Yaml::load_from_str(yaml) {
        Ok(documents) => documents,
        Err(error) => {
            let line = error.marker().line() + 1;
            return broken.push((line, format!("the front matter is no YAML: {error}")));
        }
    };
    let Some(mapping) = documents.first().and_then(|document| document.as_mapping()) else {
        return broken.push((
            1,
            "the front matter is no mapping of names to values".to_owned(),
        ));
    };
    for (field, value) in mapping {
        let Some(field) = field.as_str() else {
            broken.push((1, "a field's name is no text".to_owned()));
            continue;
        };
        let wrong = match field {
            "name" => value
                .as_str()
                .map_or_else(not_text, |name| name_is_wrong(name, folder)),
            "description" => value.as_str().map_or_else(not_text, description_is_wrong),
            "compatibility" => value
                .as_str()
                .map_or_else(not_text, |words| length_is_wrong(words, 500)),
            "license" | "allowed-tools" => value.as_str().map_or_else(not_text, |_| None),
            "metadata" => metadata_is_wrong(value),
            _ => Some(format!(
                "the specification knows no such field, only {}",
                FIELDS.join(", ")
            )),
        };
        if let Some(wrong) = wrong {
            broken.push((line_of(field), format!("`{field}`: {wrong}")));
        }
    }
    for required in ["name", "description"] {
        if documents[0].as_mapping_get(required).is_none() {
            broken.push((1, format!("`{required}` is missing")));
        }
    }
}

fn not_text() -> Option<String> {
    Some("the value must be text".to_owned())
}

fn length_is_wrong(words: &str, most: usize) -> Option<String> {
    match words.chars().count() {
        0 => Some("the value is empty".to_owned()),
        length if length > most => Some(format!(
            "{length} characters are too many: at most {most} are allowed"
        )),
        _ => None,
    }
}

fn name_is_wrong(name: &str, folder: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if let Some(wrong) = length_is_wrong(name, 64) {
        Some(wrong)
    } else if !name.bytes().all(allowed) {
        Some(format!(
            "`{name}` may hold only lowercase letters, digits and hyphens"
        ))
    } else if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        Some(format!(
            "`{name}` may not start or end with a hyphen, nor hold two in a row"
        ))
    } else if name != folder {
        Some(format!(
            "`{name}` must be the name of the skill's folder, `{folder}`"
        ))
    } else {
        None
    }
}

fn description_is_wrong(description: &str) -> Option<String> {
    let mut tags = description
        .match_indices('<')
        .map(|(at, _)| &description[at + 1..])
        .filter(|rest| !rest.starts_with(char::is_whitespace) && rest.contains('>'));
    if let Some(wrong) = length_is_wrong(description.trim(), 1024) {
        Some(wrong)
    } else if tags.next().is_some() {
        Some("XML tags are not allowed".to_owned())
    } else {
        None
    }
}

fn metadata_is_wrong(value: &Yaml<'_>) -> Option<String> {
    let is_text =
        |(key, value): (&Yaml<'_>, &Yaml<'_>)| key.as_str().is_some() && value.as_str().is_some();
    match value.as_mapping() {
        Some(mapping) if mapping.iter().all(is_text) => None,
        _ => Some("the value must be a mapping of text to text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(front_matter: &str) -> Vec<String> {
        let text = format!("---\n{front_matter}---\n\n# async-drop\n");
        let chapter = Chapter::parse("SKILL.md", &text).unwrap();
        match check_skill(&chapter, "async-drop") {
            Ok(()) => Vec::new(),
            Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn every_field_of_the_specification_is_accepted() {
        let front_matter = "name: async-drop\ndescription: Does this. Use it when that.\nlicense: MIT\n\
            compatibility: Rust 1.85 or later\nmetadata:\n  author: us\n  version: \"1.0\"\nallowed-tools: Read Grep\n";
        assert_eq!(broken(front_matter), [""; 0]);
    }

    #[test]
    fn names_that_the_specification_forbids_are_rejected_at_their_line() {
        for (name, words) in [
            ("async_drop", "may hold only lowercase"),
            ("Async-drop", "may hold only lowercase"),
            ("-async-drop", "may not start or end"),
            ("async--drop", "two in a row"),
            ("other", "must be the name of the skill's folder"),
            ("\"\"", "empty"),
            ("12", "must be text"),
        ] {
            let found = broken(&format!("description: x\nname: {name}\n"));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert!(found[0].starts_with("SKILL.md:3: `name`: "), "{found:?}");
            assert!(found[0].contains(words), "{found:?}");
        }
    }

    #[test]
    fn descriptions_that_the_specification_forbids_are_rejected() {
        let long = "x".repeat(1025);
        for (description, words) in [
            (long.as_str(), "too many"),
            ("a <b>bold</b> one", "XML tags"),
        ] {
            let found = broken(&format!("name: async-drop\ndescription: {description}\n"));
            assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
        }
        assert_eq!(
            broken("name: async-drop\ndescription: for Result<Vec<_>, E> and 1 < 2\n"),
            ["SKILL.md:3: `description`: XML tags are not allowed"]
        );
        assert_eq!(
            broken("name: async-drop\n"),
            ["SKILL.md:1: `description` is missing"]
        );
    }

    #[test]
    fn unknown_fields_and_broken_yaml_are_rejected() {
        let found = broken("name: async-drop\ndescription: x\nversion: \"1\"\n");
        assert!(
            found[0].starts_with("SKILL.md:4: `version`: the specification knows no such field"),
            "{found:?}"
        );
        let found = broken("name: async-drop\ndescription: a: b\n");
        assert!(found[0].contains("no YAML"), "{found:?}");
    }

    #[test]
    fn a_body_that_is_too_long_is_rejected() {
        let words = "seven words that stand on one line\n".repeat(201);
        let text = format!("---\nname: async-drop\ndescription: x\n---\n\n# A\n\n{words}");
        let chapter = Chapter::parse("SKILL.md", &text).unwrap();
        let errors = check_skill(&chapter, "async-drop").unwrap_err();
        assert_eq!(
            errors.to_string(),
            "SKILL.md:5: the body has 203 lines: at most 200 are allowed\n\
             SKILL.md:5: the body has about 2012 tokens: at most 2000 are allowed"
        );
    }
}

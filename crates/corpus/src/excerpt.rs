//! Parts of programs that chapters show, each between two comments in the program.

/// The folder of the programs that chapters show parts of, each a crate.
pub const EXAMPLES: &str = "examples";

/// A part of a program, between the comments `ANCHOR: name` and `ANCHOR_END: name`, as mdBook has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The program's file, relative to the repository's root, with forward slashes.
    pub file: String,
    /// The name of the part.
    pub anchor: String,
}

impl Excerpt {
    /// Reads `example=<file>:<anchor>`, the file below the folder of programs.
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        let parts = word
            .strip_prefix("example=")
            .and_then(|rest| rest.split_once(':'));
        let is_plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte)
                })
        };
        let is_file = |file: &str| {
            file.ends_with(".rs") && file.split('/').all(|part| is_plain(part) && part != "..")
        };
        match parts {
            Some((file, anchor)) if is_file(file) && is_plain(anchor) => Ok(Self {
                file: format!("{EXAMPLES}/{file}"),
                anchor: anchor.to_owned(),
            }),
            _ => Err(format!(
                "`{word}` names no part of a program: say `example=<file>:<anchor>`, the file relative to `{EXAMPLES}`"
            )),
        }
    }

    /// This part of the `program`, as a chapter shows it: without the comments, empty lines at its ends and what all lines are indented by.
    ///
    /// # Errors
    ///
    /// If the program has no such part, has two, or has nothing in it.
    pub fn of(&self, program: &str) -> Result<String, String> {
        let Self { file, anchor } = self;
        let lines: Vec<&str> = program.lines().collect();
        let only = |word: &str| {
            let is_mark = |line: &&str| mark(line) == Some((word, anchor));
            let mut places = (0..lines.len()).filter(|at| is_mark(&lines[*at]));
            match (places.next(), places.next()) {
                (Some(at), None) => Ok(at),
                (None, _) => Err(format!("{file} has no line `// {word}: {anchor}`")),
                _ => Err(format!("{file} has `// {word}: {anchor}` twice")),
            }
        };
        let (start, end) = (only("ANCHOR")?, only("ANCHOR_END")?);
        let part = lines.get(start + 1..end).unwrap_or_default();
        let shown: Vec<&str> = part
            .iter()
            .copied()
            .filter(|line| mark(line).is_none())
            .collect();
        let is_empty = |line: &&str| line.trim().is_empty();
        let first = shown.iter().position(|line| !is_empty(line));
        let last = shown.iter().rposition(|line| !is_empty(line));
        let (Some(first), Some(last)) = (first, last) else {
            return Err(format!(
                "{file} has nothing between the two lines `{anchor}`"
            ));
        };
        let shown = &shown[first..=last];
        let indentation = |line: &&str| line.len() - line.trim_start().len();
        let full = shown.iter().filter(|line| !is_empty(line));
        let common = full.map(indentation).min().unwrap_or_default();
        let dedented = shown.iter().map(|line| match line.get(common..) {
            Some(line) => format!("{}\n", line.trim_end()),
            None => "\n".to_owned(),
        });
        Ok(dedented.collect())
    }
}

/// What a line marks: the word before the colon, and the part's name.
fn mark(line: &str) -> Option<(&str, &str)> {
    let (word, name) = line.trim().strip_prefix("// ")?.split_once(": ")?;
    ["ANCHOR", "ANCHOR_END"]
        .contains(&word)
        .then_some((word, name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt() -> Excerpt {
        Excerpt::parse("example=tcp/src/lib.rs:ask").unwrap()
    }

    #[test]
    fn a_part_is_named_by_its_file_and_its_anchor() {
        assert_eq!(excerpt().file, "examples/tcp/src/lib.rs");
        assert_eq!(excerpt().anchor, "ask");
        for word in [
            "example",
            "example=",
            "example=tcp/src/lib.rs",
            "example=tcp/src/lib.rs:",
            "example=:ask",
            "example=../tcp/lib.rs:ask",
            "example=/tcp/lib.rs:ask",
            "example=tcp/lib.md:ask",
            "examples",
        ] {
            let wrong = Excerpt::parse(word).expect_err(word);
            assert!(
                wrong.starts_with(&format!("`{word}` names no part")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_part_is_shown_without_its_indentation_its_ends_and_the_marks_of_other_parts() {
        let program = "
mod a {
    // ANCHOR: ask

    fn ask() {
        // ANCHOR: inner
        done();

        // ANCHOR_END: inner
    }

    // ANCHOR_END: ask
}
";
        let shown = excerpt().of(program).unwrap();
        assert_eq!(shown, "fn ask() {\n    done();\n\n}\n");
    }

    #[test]
    fn what_is_no_part_is_said() {
        for (program, expected) in [
            ("", "examples/tcp/src/lib.rs has no line `// ANCHOR: ask`"),
            (
                "// ANCHOR: ask\n",
                "examples/tcp/src/lib.rs has no line `// ANCHOR_END: ask`",
            ),
            (
                "// ANCHOR: ask\n// ANCHOR: ask\nx\n// ANCHOR_END: ask\n",
                "examples/tcp/src/lib.rs has `// ANCHOR: ask` twice",
            ),
            (
                "// ANCHOR: ask\n\n// ANCHOR_END: ask\n",
                "examples/tcp/src/lib.rs has nothing between the two lines `ask`",
            ),
            (
                "// ANCHOR_END: ask\nx\n// ANCHOR: ask\n",
                "examples/tcp/src/lib.rs has nothing between the two lines `ask`",
            ),
        ] {
            assert_eq!(excerpt().of(program).unwrap_err(), expected);
        }
    }
}

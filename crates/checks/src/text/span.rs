//! What kind of thing a piece of inline code is.

/// Programs whose command lines the project's texts give.
const PROGRAMS: &[&str] = &["cargo", "git", "mdbook", "cd", "/plugin"];

/// What a piece of inline code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A sentence that some program says.
    Message,
    /// What the explorer says of a leak.
    Leak,
    /// A command line.
    Command,
    /// A file or a folder.
    Path,
    /// A line of a manifest: `panic = "abort"`.
    Setting,
    /// Anything else.
    Rust,
}

/// Says what `code` is.
pub(crate) fn kind(code: &str) -> Kind {
    let first = code
        .split_whitespace()
        .find(|word| !is_assignment(word))
        .unwrap_or_default();
    if code.starts_with("leaks when ") {
        Kind::Leak
    } else if PROGRAMS.contains(&first) || first.starts_with(".ci/") || is_command_line(code) {
        Kind::Command
    } else if is_message(code) {
        Kind::Message
    } else if is_setting(code) {
        Kind::Setting
    } else if is_path(code) {
        Kind::Path
    } else {
        Kind::Rust
    }
}

/// Words as somebody types them at a prompt, whatever the first one is: a program that is misspelt is one that nothing knows.
fn is_command_line(code: &str) -> bool {
    let is_typed = |word: &str| {
        let is_plain =
            |ch: char| ch.is_ascii_lowercase() || ch.is_ascii_digit() || "-_./~".contains(ch);
        word.chars().all(is_plain)
    };
    let mut words = code.split_whitespace();
    // A keyword of Rust is no name.
    let program = words.next().unwrap_or_default();
    syn::parse_str::<syn::Ident>(&program.replace('-', "_")).is_ok()
        && is_typed(program)
        && words.clone().next().is_some()
        && words.all(is_typed)
}

/// `CORPUS=accept`, before a command.
pub(crate) fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// A sentence: it starts with a capital and has three words or more.
pub(crate) fn is_message(code: &str) -> bool {
    let is_prose = |ch: char| ch.is_alphanumeric() || " _:,.'…".contains(ch);
    // What a program fills in may be anything.
    let said: String = literals(code).concat();
    code.starts_with(|ch: char| ch.is_ascii_uppercase())
        && code.split(' ').count() >= 3
        && !code.contains("::")
        && said.chars().filter(|ch| !"()".contains(*ch)).all(is_prose)
        && (code.contains('{') || !said.contains('('))
}

/// What stands between the `{…}` of a message.
pub(crate) fn literals(code: &str) -> Vec<&str> {
    code.split('{')
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('}').map_or("", |(_, rest)| rest),
        })
        .collect()
}

fn is_setting(code: &str) -> bool {
    code.split_once(" = \"").is_some_and(|(name, value)| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"-_.".contains(&byte))
            && value.ends_with('"')
    })
}

fn is_path(code: &str) -> bool {
    let is_plain = |ch: char| ch.is_alphanumeric() || "/._-~<>".contains(ch);
    let has_ending = [".md", ".rs", ".toml", ".json", ".txt", ".yml"]
        .iter()
        .any(|ending| code.ends_with(ending));
    code.chars().all(is_plain) && (code.contains('/') || has_ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_code_is_told_apart() {
        for (code, expected) in [
            ("Value already dropped", Kind::Message),
            ("Forgot to call async_drop on …", Kind::Message),
            ("Cleanup in SyncDrop failed: …", Kind::Message),
            ("Forgot to call {value:?} (type {type})", Kind::Message),
            ("leaks when query #1 fails", Kind::Leak),
            ("cargo skill install", Kind::Command),
            ("CORPUS=accept cargo test", Kind::Command),
            (".ci/run", Kind::Command),
            ("cargox skill install --project", Kind::Command),
            ("async move", Kind::Rust),
            ("let guard", Kind::Rust),
            ("~/.claude/skills", Kind::Path),
            ("corpus/contexts/<name>.rs", Kind::Path),
            ("SKILL.md", Kind::Path),
            ("panic = \"abort\"", Kind::Setting),
            ("AsyncDrop + Debug + Send", Kind::Rust),
            ("Result<(), E>", Kind::Rust),
            ("let _ = guard", Kind::Rust),
            ("Ok::<_, Error>(())", Kind::Rust),
            ("stack.take(a)", Kind::Rust),
            ("Value dropped", Kind::Rust),
            ("E0382", Kind::Rust),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}

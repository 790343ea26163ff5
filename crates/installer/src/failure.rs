//! Why a command refused, in words for people and in stable names for programs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The stable name under which `--json` reports a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// Neither CLAUDE_CONFIG_DIR nor the home folder is known.
    NoHome,
    /// A symbolic link stands where the command would have to write through it.
    Link,
    /// A file stands where a folder is needed.
    NotAFolder,
    /// `--dir` names a skill instead of the folder that holds skills.
    SkillFolder,
    /// The target was not made by this command.
    Foreign,
    /// Files that the user changed would be lost.
    Changed,
    /// The operating system refused.
    Io,
}

impl Kind {
    /// Every kind there is.
    #[cfg(test)]
    pub const ALL: [Kind; 8] = [
        Kind::Usage,
        Kind::NoHome,
        Kind::Link,
        Kind::NotAFolder,
        Kind::SkillFolder,
        Kind::Foreign,
        Kind::Changed,
        Kind::Io,
    ];

    /// The name that programs compare with.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::NoHome => "no-home",
            Kind::Link => "link",
            Kind::NotAFolder => "not-a-folder",
            Kind::SkillFolder => "skill-folder",
            Kind::Foreign => "foreign",
            Kind::Changed => "changed",
            Kind::Io => "io",
        }
    }
}

/// A refusal: nothing was changed, and this is why.
#[derive(Debug)]
pub struct Failure {
    /// What sort of refusal it is.
    pub kind: Kind,
    /// One sentence for people.
    pub message: String,
    /// The files that the refusal is about, relative to the target.
    pub files: Vec<PathBuf>,
}

impl Failure {
    /// A refusal that is about no file in particular.
    pub fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure {
            kind,
            message: message.into(),
            files: Vec::new(),
        }
    }

    /// Turns the system's error into a refusal that says what was being done to which path.
    pub fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
        let what = format!("cannot {doing} {}", path.display());
        move |error| Failure::new(Kind::Io, format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

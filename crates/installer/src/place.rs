//! Where the skill goes: the skills folder, and the skill's own folder in it.
//!
//! A skill is found by the name of its folder, so the target is always called `async-drop`. The way to the skills folder may
//! lead through symbolic links, which is how people keep their configuration elsewhere; the target and everything in it may
//! not. With `--project` the skills folder must also lie in the project, because whoever wrote a repository is not the one
//! who runs this command in it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};

/// The name of the skill, and so of its folder.
pub const SKILL: &str = "async-drop";

/// Which skills folder was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// That of the user's own configuration.
    User,
    /// That of the project in the current folder.
    Project,
    /// The one that `--dir` names.
    Folder(PathBuf),
}

/// What the choice depends on.
#[derive(Debug)]
pub struct Surroundings {
    /// `CLAUDE_CONFIG_DIR`.
    pub config: Option<OsString>,
    /// `HOME`, or `USERPROFILE` on Windows.
    pub home: Option<OsString>,
    /// The current folder, where there is one.
    pub current: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Surroundings {
        Surroundings {
            config: env::var_os("CLAUDE_CONFIG_DIR"),
            home: env::var_os(HOME),
            current: env::current_dir().ok(),
        }
    }

    fn absolute(&self, path: PathBuf) -> Result<PathBuf, Failure> {
        if path.is_absolute() {
            return Ok(path);
        }
        match &self.current {
            Some(current) => Ok(current.join(path)),
            None => Err(Failure::new(Kind::Io, "the current folder does not exist")),
        }
    }

    fn configuration(&self) -> Result<PathBuf, Failure> {
        let set = |variable: &Option<OsString>| {
            variable
                .clone()
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(config) = set(&self.config) {
            return self.absolute(config);
        }
        match set(&self.home) {
            Some(home) => self.absolute(home.join(".claude")),
            None => Err(Failure::new(
                Kind::NoHome,
                format!(
                    "neither CLAUDE_CONFIG_DIR nor {HOME} is set; name the skills folder with --dir"
                ),
            )),
        }
    }
}

const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// The two folders of an install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder that holds skills, one folder each.
    pub skills: PathBuf,
    /// The folder of this skill.
    pub target: PathBuf,
}

impl Place {
    /// The place at `skills`, unchecked.
    pub fn at(skills: PathBuf) -> Place {
        let target = skills.join(SKILL);
        Place { skills, target }
    }

    /// Finds the place, and makes sure that the way to the skills folder can be gone.
    ///
    /// # Errors
    ///
    /// When no configuration folder is known, something on the way is no folder, a project's skills folder lies elsewhere,
    /// or `--dir` names a skill.
    pub fn find(choice: &Choice, surroundings: &Surroundings) -> Result<Place, Failure> {
        let skills = match choice {
            Choice::User => surroundings.configuration()?.join("skills"),
            Choice::Project => surroundings.absolute(Path::new(".claude").join("skills"))?,
            Choice::Folder(folder) => surroundings.absolute(folder.clone())?,
        };
        can_hold_folders(&skills)?;
        match choice {
            Choice::User => {}
            Choice::Project => lies_in_project(&skills)?,
            Choice::Folder(_) => holds_skills(&skills)?,
        }
        Ok(Place::at(skills))
    }

    /// What somebody should know whose project is a Cargo workspace; `None` for any other project.
    ///
    /// Cargo makes every path dependency below a workspace's root a member, with its tests and what these depend on.
    pub fn advice_for_workspace(&self) -> Option<String> {
        let project = self.skills.ancestors().nth(2)?;
        let manifest = fs::read_to_string(project.join("Cargo.toml")).ok()?;
        let is_workspace = manifest.lines().any(|line| line.trim() == "[workspace]");
        let is_excluded = manifest.contains("\".claude");
        (is_workspace && !is_excluded).then(|| {
            "put `exclude = [\".claude\"]` under [workspace] in Cargo.toml, or the installed crates become its members"
                .to_owned()
        })
    }
}

fn can_hold_folders(skills: &Path) -> Result<(), Failure> {
    for path in skills.ancestors() {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Ok(()),
            Ok(_) => {
                return Err(Failure::new(
                    Kind::NotAFolder,
                    format!("{} is not a folder", path.display()),
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if fs::symlink_metadata(path).is_ok() {
                    return Err(Failure::new(
                        Kind::Link,
                        format!("{} is a symbolic link that leads nowhere", path.display()),
                    ));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {}
            Err(error) => return Err(Failure::io("look at", path)(error)),
        }
    }
    Ok(())
}

fn lies_in_project(skills: &Path) -> Result<(), Failure> {
    let Some(project) = skills.ancestors().nth(2) else {
        return Ok(());
    };
    let real = |path: &Path| path.canonicalize().map_err(Failure::io("look at", path));
    let inside = real(project)?;
    for path in skills.ancestors().take(2) {
        if path.exists() && !real(path)?.starts_with(&inside) {
            return Err(Failure::new(
                Kind::Link,
                format!(
                    "{} is a symbolic link that leads out of the project",
                    path.display()
                ),
            ));
        }
    }
    Ok(())
}

fn holds_skills(folder: &Path) -> Result<(), Failure> {
    let is_a_skill = folder.join("SKILL.md").exists();
    if is_a_skill || folder.file_name().is_some_and(|name| name == SKILL) {
        return Err(Failure::new(
            Kind::SkillFolder,
            format!(
                "--dir names the folder that holds skills, and {} is {}; the folder {SKILL} is made in it",
                folder.display(),
                if is_a_skill {
                    "a skill"
                } else {
                    "called like the skill"
                },
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(config: Option<&str>, home: Option<&str>) -> Surroundings {
        Surroundings {
            config: config.map(OsString::from),
            home: home.map(OsString::from),
            current: Some(PathBuf::from("/nowhere/project")),
        }
    }

    fn user(config: Option<&str>, home: Option<&str>) -> Result<PathBuf, Kind> {
        Place::find(&Choice::User, &surroundings(config, home))
            .map(|place| place.target)
            .map_err(|failure| failure.kind)
    }

    #[test]
    fn configuration_folder_goes_before_home() {
        let target = user(Some("/nowhere/config"), Some("/nowhere/home"));
        assert_eq!(target, Ok("/nowhere/config/skills/async-drop".into()));
    }

    #[test]
    fn home_is_used_when_the_configuration_folder_is_unset_or_empty() {
        for config in [None, Some("")] {
            let target = user(config, Some("/nowhere/home"));
            assert_eq!(target, Ok("/nowhere/home/.claude/skills/async-drop".into()));
        }
    }

    #[test]
    fn relative_configuration_folder_counts_from_the_current_folder() {
        assert_eq!(
            user(Some("config"), None),
            Ok("/nowhere/project/config/skills/async-drop".into())
        );
    }

    #[test]
    fn missing_home_is_an_error() {
        assert_eq!(user(None, None), Err(Kind::NoHome));
        assert_eq!(user(Some(""), Some("")), Err(Kind::NoHome));
    }

    #[test]
    fn folder_called_like_the_skill_is_refused() {
        let choice = Choice::Folder("/nowhere/skills/async-drop".into());
        let failure =
            Place::find(&choice, &surroundings(None, None)).expect_err("not a skills folder");
        assert_eq!(failure.kind, Kind::SkillFolder);
    }
}

//! The folder beside the target in which a replacement is made ready, and what is found there after a run was killed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};
use crate::place::Place;
use crate::swap;

/// The paths of a replacement that is under way.
#[derive(Debug)]
pub struct Staging {
    /// The folder that holds everything of the replacement.
    pub root: PathBuf,
    /// The folder being built; after a swap in one step, the former install.
    pub new: PathBuf,
    /// The former install, after a swap by renames.
    pub aside: PathBuf,
}

impl Staging {
    /// Those that belong to `place`.
    pub fn of(place: &Place) -> Staging {
        let root = place.skills.join(".async-drop.staging");
        Staging {
            new: root.join("new"),
            aside: root.join("former"),
            root,
        }
    }

    /// Whether a killed run left something behind.
    pub fn is_left_over(&self) -> bool {
        fs::symlink_metadata(&self.root).is_ok()
    }

    /// Where the former install is when a killed run left the target empty, or `None` when it did not.
    pub fn cut_off(&self, target: &Path) -> Option<&Path> {
        swap::is_cut_off(target, &self.aside).then_some(self.aside.as_path())
    }

    /// Puts the former install back if the target lacks it, and removes everything else.
    ///
    /// # Errors
    ///
    /// When something cannot be moved or removed, or is no folder of this command's.
    pub fn clear(&self, target: &Path) -> Result<(), Failure> {
        match fs::symlink_metadata(&self.root) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::io("look at", &self.root)(error)),
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                return Err(Failure::new(
                    Kind::NotAFolder,
                    format!("{} is in the way", self.root.display()),
                ));
            }
        }
        if let Some(former) = self.cut_off(target) {
            fs::rename(former, target).map_err(Failure::io("put back", target))?;
        }
        fs::remove_dir_all(&self.root).map_err(Failure::io("remove", &self.root))
    }
}

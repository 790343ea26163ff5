//! Replaces the skill's folder as a whole, so that whoever looks at it sees the former one or the new one.
//!
//! The new folder is built in `.async-drop.staging` beside the target, with what is carried over from the former one, and is
//! on disk before the two change places. A process may be killed at any moment: before the swap the former folder is
//! untouched; after it the new one is complete; and where the swap needs two renames, [`Replacement::begin`] of the next run
//! finishes it. A staging folder that is found while the lock is held belongs to nobody and is removed.
//!
//! The folder being built lies one level deeper than a skill would, so that no agent takes it for one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::place::Place;
use crate::staging::Staging;
use crate::swap;

/// What the new folder is to hold.
#[derive(Debug, Default)]
pub struct Content<'a> {
    /// Files to write, by path.
    pub files: Vec<(&'a Path, &'a [u8])>,
    /// Files and folders to take along from the former folder.
    pub kept: &'a [PathBuf],
}

impl Content<'_> {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.kept.is_empty()
    }
}

/// A replacement under way; it must be made while the lock of the skills folder is held.
#[derive(Debug)]
pub struct Replacement<'a> {
    place: &'a Place,
    staging: Staging,
    /// What the target held at the beginning, or `None` where there was none.
    former: Option<Fingerprint>,
}

impl<'a> Replacement<'a> {
    /// Tidies up after a run that was killed, and remembers what the target holds.
    ///
    /// # Errors
    ///
    /// When leftovers cannot be removed, or the target cannot be read.
    pub fn begin(place: &'a Place) -> Result<Replacement<'a>, Failure> {
        let staging = Staging::of(place);
        staging.clear(&place.target)?;
        let former = match fs::symlink_metadata(&place.target) {
            Ok(found) if found.is_dir() => {
                let looked = Fingerprint::of(&place.target);
                Some(looked.map_err(Failure::io("read", &place.target))?)
            }
            // Whoever asks for a replacement inspects the target first, and refuses what is no folder.
            _ => None,
        };
        Ok(Replacement {
            place,
            staging,
            former,
        })
    }

    /// Puts a folder with `content` in the target's place, or removes the target when there is no content.
    ///
    /// Returns what is worth knowing although the replacement succeeded.
    ///
    /// # Errors
    ///
    /// When the disk is full, a permission is missing, or somebody changed the target meanwhile; the target is then what
    /// it was.
    pub fn run(self, content: &Content<'_>) -> Result<Vec<String>, Failure> {
        let done = self.stage(content).and_then(|()| self.swap());
        if let Err(failure) = done {
            // The first failure is the one to report; the next run tidies up what is left.
            let _ = self.staging.clear(&self.place.target);
            return Err(failure);
        }
        let left = self.staging.clear(&self.place.target);
        let left = left.and_then(|()| files::sync(&self.place.skills));
        Ok(left
            .err()
            .into_iter()
            .map(|failure| failure.message)
            .collect())
    }

    fn stage(&self, content: &Content<'_>) -> Result<(), Failure> {
        let Staging { root, new, .. } = &self.staging;
        fs::create_dir(root).map_err(Failure::io("make", root))?;
        if content.is_empty() {
            return Ok(());
        }
        fs::create_dir(new).map_err(Failure::io("make", new))?;
        for (path, bytes) in &content.files {
            files::write(&new.join(path), bytes)?;
        }
        for path in content.kept {
            files::keep(&self.place.target.join(path), &new.join(path))?;
        }
        if let Ok(former) = fs::metadata(&self.place.target) {
            fs::set_permissions(new, former.permissions())
                .map_err(Failure::io("set the mode of", new))?;
        }
        files::sync_all(new)?;
        files::sync(root)
    }

    fn swap(&self) -> Result<(), Failure> {
        let Staging { new, aside, .. } = &self.staging;
        let target = &self.place.target;
        let failed = Failure::io("replace", target);
        let Some(former) = &self.former else {
            return fs::rename(new, target).map_err(failed);
        };
        let moved_to = if new.exists() {
            match swap::exchange(new, target) {
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    swap::by_renames(new, target, aside).map(|()| aside)
                }
                done => done.map(|()| new),
            }
        } else {
            fs::rename(target, new).map(|()| new)
        };
        let moved_to = moved_to.map_err(failed)?;

        let is_untouched = Fingerprint::of(moved_to).is_ok_and(|now| now == *former);
        if is_untouched {
            return Ok(());
        }
        self.swap_back(moved_to)
            .map_err(Failure::io("put back", target))?;
        Err(Failure::new(
            Kind::Changed,
            format!(
                "files in {} changed while they were looked at; run the command again",
                target.display()
            ),
        ))
    }

    fn swap_back(&self, moved_to: &Path) -> io::Result<()> {
        let Staging { new, aside, .. } = &self.staging;
        let target = &self.place.target;
        if !target.exists() {
            return fs::rename(moved_to, target);
        }
        if moved_to == new {
            return swap::exchange(new, target);
        }
        fs::rename(target, new)?;
        fs::rename(aside, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target that holds `content` with "former" in it and the user's `notes/today`.
    struct Fixture {
        _root: tempfile::TempDir,
        place: Place,
        kept: Vec<PathBuf>,
    }

    impl Fixture {
        fn new() -> Fixture {
            let root = tempfile::tempdir().expect("a temporary folder");
            let place = Place::at(root.path().join("skills"));
            fs::create_dir_all(place.target.join("notes")).expect("a folder");
            fs::write(place.target.join("content"), "former").expect("a file");
            fs::write(place.target.join("notes/today"), "mine").expect("a file");
            Fixture {
                _root: root,
                place,
                kept: vec![PathBuf::from("notes")],
            }
        }

        fn new_content(&self) -> Content<'_> {
            Content {
                files: vec![
                    (Path::new("content"), b"new"),
                    (Path::new("more/files"), b"new"),
                ],
                kept: &self.kept,
            }
        }

        fn only_kept(&self) -> Content<'_> {
            Content {
                files: Vec::new(),
                kept: &self.kept,
            }
        }

        fn begin(&self) -> Replacement<'_> {
            Replacement::begin(&self.place).expect("a replacement")
        }

        /// A run that has made the new folder ready, and done no more.
        fn staged(&self, content: &Content<'_>) -> Replacement<'_> {
            let replacement = self.begin();
            replacement.stage(content).expect("the new folder");
            replacement
        }

        fn replace(&self, content: &Content<'_>) {
            let notes = self.begin().run(content).expect("a replacement");
            assert_eq!(notes, [""; 0]);
            self.assert_clean();
        }

        fn read(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.place.target.join(path)).ok()
        }

        #[track_caller]
        fn assert_holds(&self, content: &str) {
            assert_eq!(self.read("content").as_deref(), Some(content));
            assert_eq!(self.read("more/files").is_some(), content == "new");
            assert_eq!(self.read("notes/today").as_deref(), Some("mine"));
        }

        /// Asserts that nothing but the target, if it is there, is in the skills folder.
        #[track_caller]
        fn assert_clean(&self) {
            let names: Vec<_> = fs::read_dir(&self.place.skills)
                .expect("the folder")
                .map(|entry| entry.expect("an entry").path())
                .collect();
            let target = self.place.target.exists().then_some(&self.place.target);
            assert_eq!(names, Vec::from_iter(target.cloned()));
        }
    }

    #[test]
    fn replacement_takes_the_users_files_along_and_leaves_nothing_beside() {
        let fixture = Fixture::new();
        fixture.replace(&fixture.new_content());
        fixture.assert_holds("new");
    }

    #[test]
    fn kept_files_keep_their_times() {
        let fixture = Fixture::new();
        let note = fixture.place.target.join("notes/today");
        let time = || fs::metadata(&note).and_then(|found| found.modified());
        let before = time().expect("a time");
        fixture.replace(&fixture.new_content());
        assert_eq!(time().expect("a time"), before);
    }

    #[test]
    fn content_that_is_only_kept_leaves_only_that() {
        let fixture = Fixture::new();
        fixture.replace(&fixture.only_kept());
        assert_eq!(fixture.read("content"), None);
        assert_eq!(fixture.read("notes/today").as_deref(), Some("mine"));
    }

    #[test]
    fn no_content_removes_the_target() {
        let fixture = Fixture::new();
        fixture.replace(&Content::default());
        assert!(!fixture.place.target.exists());
    }

    /// A run is killed after it has staged the new folder and done `steps`; the target is then as `left`, and the next run finds in it what
    /// `then` says.
    #[track_caller]
    fn killed_after(steps: fn(&Replacement<'_>), left: Option<&str>, then: &str) {
        let fixture = Fixture::new();
        steps(&fixture.staged(&fixture.new_content()));
        assert_eq!(fixture.read("content").as_deref(), left);
        assert!(Staging::of(&fixture.place).is_left_over());

        fixture.begin();
        fixture.assert_holds(then);
        fixture.assert_clean();
    }

    #[test]
    fn killed_while_staging_leaves_the_former_folder_whole() {
        killed_after(|_| {}, Some("former"), "former");
    }

    #[test]
    fn killed_after_the_swap_leaves_the_new_folder_whole() {
        let swap = |replacement: &Replacement<'_>| replacement.swap().expect("the swap");
        killed_after(swap, Some("new"), "new");
    }

    #[test]
    fn killed_between_two_renames_is_repaired_by_the_next_run() {
        fn rename(Replacement { place, staging, .. }: &Replacement<'_>) {
            fs::rename(&place.target, &staging.aside).expect("the first rename");
            let former = staging.cut_off(&place.target);
            assert_eq!(former, Some(staging.aside.as_path()));
        }
        killed_after(rename, None, "former");
    }

    fn swap_by_renames(Replacement { place, staging, .. }: &Replacement<'_>) {
        swap::by_renames(&staging.new, &place.target, &staging.aside).expect("two renames");
    }

    #[test]
    fn killed_after_two_renames_leaves_the_new_folder_whole() {
        killed_after(swap_by_renames, Some("new"), "new");
    }

    #[test]
    fn swap_by_renames_is_taken_back_too() {
        let fixture = Fixture::new();
        let replacement = fixture.staged(&fixture.new_content());
        swap_by_renames(&replacement);
        let aside = &replacement.staging.aside;
        replacement.swap_back(aside).expect("the way back");
        fixture.assert_holds("former");
    }

    #[test]
    fn file_that_is_saved_meanwhile_is_not_lost() {
        fn in_place(target: &Path) {
            fs::write(target.join("content"), "edited").expect("a file");
        }
        fn by_a_rename(target: &Path) {
            fs::write(target.join("notes/draft"), "edited").expect("a file");
            fs::rename(target.join("notes/draft"), target.join("content")).expect("a rename");
        }
        fn as_a_new_file(target: &Path) {
            fs::write(target.join("extra"), "edited").expect("a file");
        }
        for content in [Fixture::new_content, Fixture::only_kept] {
            for save in [in_place, by_a_rename, as_a_new_file] {
                let fixture = Fixture::new();
                let replacement = fixture.staged(&content(&fixture));
                save(&fixture.place.target);
                let failure = replacement.swap().expect_err("somebody saved a file");
                assert_eq!(failure.kind, Kind::Changed);
                let saved = [fixture.read("content"), fixture.read("extra")];
                assert!(saved.contains(&Some("edited".to_owned())), "{saved:?}");
                assert_eq!(fixture.read("notes/today").as_deref(), Some("mine"));
            }
        }
    }

    #[test]
    fn failure_while_staging_leaves_nothing_beside() {
        let fixture = Fixture::new();
        let below_a_file = (Path::new("content/below-a-file"), b"new".as_slice());
        let mut content = fixture.new_content();
        content.files.push(below_a_file);
        let failed = fixture.begin().run(&content);
        let failure = failed.expect_err("no folder to write to");
        assert_eq!(failure.kind, Kind::Io);
        let message = &failure.message;
        assert!(message.contains("content/below-a-file"), "{message}");
        fixture.assert_holds("former");
        fixture.assert_clean();
    }

    #[cfg(unix)]
    #[test]
    fn leftover_that_is_a_link_is_not_followed() {
        let fixture = Fixture::new();
        let elsewhere = fixture.place.skills.with_file_name("elsewhere");
        fs::create_dir(&elsewhere).expect("a folder");
        fs::write(elsewhere.join("precious"), "").expect("a file");
        std::os::unix::fs::symlink(&elsewhere, Staging::of(&fixture.place).root).expect("a link");
        let failure = Replacement::begin(&fixture.place).expect_err("a link");
        assert_eq!(failure.kind, Kind::NotAFolder);
        assert!(elsewhere.join("precious").exists());
    }
}

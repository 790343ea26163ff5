//! Puts one folder in another's place.

use std::fs;
use std::io;
use std::path::Path;

/// Lets `new` and `target` change places in one step, so that nobody ever sees neither.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] where the system or the file system has no such step, and then nothing was done.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub fn exchange(new: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE).map_err(|errno| {
        if [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP, Errno::NOTSUP].contains(&errno) {
            io::ErrorKind::Unsupported.into()
        } else {
            errno.into()
        }
    })
}

/// Lets `new` and `target` change places in one step, so that nobody ever sees neither.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`], always: this system has no such step.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub fn exchange(_new: &Path, _target: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Moves what is at `target` to `aside`, and `new` to `target`.
///
/// When it is cut off half-way, nothing is at `target`, and `aside` holds what was there: see [`is_cut_off`].
///
/// # Errors
///
/// When one of the renames fails; what was at `target` is then put back.
pub fn by_renames(new: &Path, target: &Path, aside: &Path) -> io::Result<()> {
    fs::rename(target, aside)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(aside, target)?;
        return Err(error);
    }
    Ok(())
}

/// Whether [`by_renames`] was killed after it had set aside what was at `target`.
pub fn is_cut_off(target: &Path, aside: &Path) -> bool {
    let is_there = |path| fs::symlink_metadata(path).is_ok();
    is_there(aside) && !is_there(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folders {
        _root: tempfile::TempDir,
        new: std::path::PathBuf,
        target: std::path::PathBuf,
        aside: std::path::PathBuf,
    }

    fn folders() -> Folders {
        let root = tempfile::tempdir().expect("a temporary folder");
        let at = |name| root.path().join(name);
        for name in ["new", "target"] {
            fs::create_dir(at(name)).expect("a folder");
            fs::write(at(name).join("content"), name).expect("a file");
        }
        Folders {
            new: at("new"),
            target: at("target"),
            aside: at("aside"),
            _root: root,
        }
    }

    fn content(folder: &Path) -> String {
        fs::read_to_string(folder.join("content")).expect("the content")
    }

    #[test]
    fn exchange_swaps_both_folders() {
        let folders = folders();
        match exchange(&folders.new, &folders.target) {
            Ok(()) => {
                assert_eq!(content(&folders.target), "new");
                assert_eq!(content(&folders.new), "target");
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::Unsupported);
                assert_eq!(content(&folders.target), "target");
            }
        }
    }

    #[test]
    fn renames_keep_the_former_folder_aside() {
        let folders = folders();
        by_renames(&folders.new, &folders.target, &folders.aside).expect("two renames");
        assert_eq!(content(&folders.target), "new");
        assert_eq!(content(&folders.aside), "target");
        assert!(!is_cut_off(&folders.target, &folders.aside));
    }

    #[test]
    fn failed_rename_puts_the_former_folder_back() {
        let folders = folders();
        fs::remove_dir_all(&folders.new).expect("the folder");
        by_renames(&folders.new, &folders.target, &folders.aside)
            .expect_err("nothing to put there");
        assert_eq!(content(&folders.target), "target");
        assert!(!is_cut_off(&folders.target, &folders.aside));
    }

    #[test]
    fn being_cut_off_shows() {
        let folders = folders();
        assert!(!is_cut_off(&folders.target, &folders.aside));
        fs::rename(&folders.target, &folders.aside).expect("the first rename");
        assert!(is_cut_off(&folders.target, &folders.aside));
    }
}

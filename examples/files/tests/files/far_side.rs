//! A folder with a report in it, on a disk that is small where this process may mount one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the small disk has room for.
pub const ROOM: usize = 512 << 10;

/// A report of this length, each byte unlike its neighbours.
pub fn report(length: usize) -> Vec<u8> {
    let mut report = Vec::from_iter(0..251).repeat(length / 251 + 1);
    report.truncate(length);
    report
}

/// Where programs write.
#[derive(Debug)]
pub struct FarSide {
    /// Where folders are made.
    pub folder: PathBuf,
    disk: PathBuf,
    /// Whether it is a disk of its own, which can be full.
    pub is_small: bool,
}

impl FarSide {
    /// In `folder`, which is empty, a disk with a report of one byte on it.
    pub fn start(folder: &Path) -> Self {
        let disk = folder.join("disk");
        fs::create_dir(&disk).expect("there is room for a folder");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={ROOM}"));
        let mounted = mount.arg("tmpfs").arg(&disk).stderr(Stdio::null()).status();
        let is_small = mounted.is_ok_and(|status| status.success());
        let far_side = Self {
            folder: folder.to_owned(),
            disk,
            is_small,
        };
        fs::write(far_side.report(), report(1)).expect("there is room for a byte");
        far_side
    }

    /// Where the report is.
    pub fn report(&self) -> PathBuf {
        self.disk.join("report")
    }

    /// Says what is wrong: a report of none of these lengths, another file.
    pub fn wrong(&self, lengths: &[usize]) -> Vec<String> {
        let found = fs::read(self.report()).unwrap_or_default();
        let is_whole = lengths.contains(&found.len()) && found == report(found.len());
        let half = (!is_whole).then(|| format!("the report has {} bytes", found.len()));
        let left = [&self.disk, &self.folder].into_iter().flat_map(|folder| {
            let names = fs::read_dir(folder).expect("the folder is there");
            names.map(|entry| entry.expect("an entry").file_name())
        });
        let left = left.filter(|name| name != "report" && name != "disk");
        let left = left.map(|name| format!("{} is left", name.display()));
        half.into_iter().chain(left).collect()
    }
}

impl Drop for FarSide {
    fn drop(&mut self) {
        if self.is_small {
            let _ = Command::new("umount").arg("-l").arg(&self.disk).status();
        }
    }
}

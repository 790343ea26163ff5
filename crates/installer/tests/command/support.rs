//! A home folder to install into, and ways to look at what happened to it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub const COMMAND: &str = env!("CARGO_BIN_EXE_async-drop-installer");
pub const RECORD: &str = ".async-drop-install.json";
pub const LOCK: &str = ".async-drop.lock";
pub const STAGING: &str = ".async-drop.staging";

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A home folder of its own for one test.
pub struct Home(TempDir);

/// What a run of the command printed, and how it exited.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("the errors are UTF-8"),
        }
    }

    #[track_caller]
    pub fn done(self) -> Ran {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.err, "");
        self
    }

    #[track_caller]
    pub fn refused(self) -> Ran {
        assert_eq!(self.code, Some(1), "{self:?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Home {
    /// In memory where the system has such a folder, because waiting for a disk is most of what an install takes.
    pub fn new() -> Home {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Home(folder.expect("a temporary folder"))
    }

    /// On a disk, from which programs can be run.
    pub fn on_disk() -> Home {
        Home(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A home in which the skill is installed.
    pub fn installed() -> Home {
        let home = Home::new();
        home.run(["install"]).done();
        home
    }

    /// A home with an older install: another version, SKILL.md with other content, one file too many and one too few.
    pub fn outdated() -> Home {
        let home = Home::new();
        home.make_outdated();
        home
    }

    /// Installs, and makes an older install of it.
    pub fn make_outdated(&self) {
        self.run(["install"]).done();
        self.write("SKILL.md", "of old");
        self.write("dropped.md", "no longer carried");
        fs::remove_file(self.target().join("helpers.md")).expect("an installed file");
        let mut record = self.record();
        record["version"] = "0.0.1".into();
        let files = record["files"].as_object_mut().expect("the files");
        files.insert("SKILL.md".to_owned(), hash("of old").into());
        files.insert("dropped.md".to_owned(), hash("no longer carried").into());
        files.remove("helpers.md");
        self.write(RECORD, &record.to_string());
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn skills(&self) -> PathBuf {
        self.path().join(".claude/skills")
    }

    pub fn target(&self) -> PathBuf {
        self.skills().join("async-drop")
    }

    /// A command line in this home, with nothing of this process's environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .current_dir(self.path());
        command
    }

    pub fn run<const N: usize>(&self, args: [&str; N]) -> Ran {
        let output = self.command(COMMAND).args(args).output();
        Ran::from(output.expect("the command runs"))
    }

    /// Writes a file below the target.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.target().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.target().join(path)).ok()
    }

    pub fn record(&self) -> Value {
        let text = self.read(RECORD).expect("a record");
        serde_json::from_str(&text).expect("a record in JSON")
    }

    pub fn state(&self) -> String {
        let status = self.run(["status", "--json"]).done().json();
        status["state"].as_str().expect("a state").to_owned()
    }

    /// Asserts that nothing but the skill is in the skills folder.
    #[track_caller]
    pub fn assert_nothing_beside(&self) {
        let names: Vec<_> = fs::read_dir(self.skills())
            .expect("the skills folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["async-drop"]);
    }
}

/// A Cargo that knows nothing of the one that runs these tests.
pub fn cargo(folder: &Path, args: &[&str]) -> Ran {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_ours =
            name.starts_with("CARGO_") && !["CARGO_HOME", "CARGO_TERM_COLOR"].contains(&&*name);
        if is_ours || name.starts_with("RUSTC") || name == "RUSTFLAGS" {
            cargo.env_remove(&*name);
        }
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-project-target");
    cargo
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    Ran::from(
        cargo
            .current_dir(folder)
            .args(args)
            .output()
            .expect("cargo runs"),
    )
}

/// Everything that can be told about a folder and what is below it: kinds, times, identities and bytes.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut seen = BTreeMap::new();
    look(folder, &mut seen);
    seen
}

fn look(path: &Path, seen: &mut BTreeMap<PathBuf, String>) {
    let found = fs::symlink_metadata(path).expect("something there");
    let mut text = format!(
        "mode {:o}, inode {}, changed {}.{:09}",
        found.mode(),
        found.ino(),
        found.mtime(),
        found.mtime_nsec()
    );
    if found.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            look(&entry.expect("an entry").path(), seen);
        }
    } else if found.is_symlink() {
        write!(text, ", to {:?}", fs::read_link(path).expect("a link")).expect("a string");
    } else {
        write!(text, ", holds {}", hash(fs::read(path).expect("a file"))).expect("a string");
    }
    seen.insert(path.to_path_buf(), text);
}

/// The files below a folder, with their bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    snapshot(folder)
        .into_keys()
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.strip_prefix(folder).expect("a path below");
            let name = name.to_str().expect("a name in UTF-8").to_owned();
            (name, fs::read(path).expect("a file"))
        })
        .collect()
}

pub fn hash(bytes: impl AsRef<[u8]>) -> String {
    hmac_sha256::Hash::hash(bytes.as_ref())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The strings of a JSON array.
#[track_caller]
pub fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
        .iter()
        .map(|item| item.as_str().expect("a string"))
        .collect()
}

//! What skeptic calls in the place of rustc.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The environment variable that names the compiler behind the stand-in.
pub const RUSTC_BEHIND: &str = "ASYNC_DROP_RUSTC";

/// Compiles a program of skeptic's as it should be compiled; calls of others go through unchanged.
///
/// skeptic knows no later edition than 2021, and compiles every program in every run. The stand-in asks for edition 2024, and
/// compiles a program again only if something that it is made of has changed.
pub fn stand_in_for_rustc(args: Vec<OsString>) -> ExitCode {
    match Program::of(&args) {
        Some(program) => program.compile(args),
        None => rustc(&args),
    }
}

fn rustc(args: &[OsString]) -> ExitCode {
    let rustc = env::var_os(RUSTC_BEHIND).unwrap_or_else(|| OsString::from("rustc"));
    match Command::new(&rustc).args(args).status() {
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(error) => {
            eprintln!("cannot run {}: {error}", rustc.display());
            ExitCode::FAILURE
        }
    }
}

/// A program that skeptic wants compiled.
struct Program {
    output: PathBuf,
    /// Where its binary is kept, if all that it is made of is known.
    kept: Option<PathBuf>,
}

impl Program {
    fn of(args: &[OsString]) -> Option<Self> {
        let source = Path::new(args.first()?);
        let is_skeptics = source.components().any(|part| {
            part.as_os_str()
                .to_string_lossy()
                .starts_with("rust-skeptic")
        });
        let output = args.iter().position(|arg| arg == "-o")? + 1;
        is_skeptics.then(|| Self {
            output: PathBuf::from(args.get(output).map_or(OsStr::new(""), OsString::as_os_str)),
            kept: kept(source, &args[1..output - 1]).ok().flatten(),
        })
    }

    fn compile(&self, mut args: Vec<OsString>) -> ExitCode {
        if let Some(kept) = &self.kept
            && link(kept, &self.output).is_ok()
        {
            return ExitCode::SUCCESS;
        }
        for arg in &mut args {
            if arg == "--edition=2021" {
                *arg = OsString::from("--edition=2024");
            }
        }
        // Nobody debugs these programs, and linking them takes a third less without it.
        args.push(OsString::from("-Cstrip=debuginfo"));
        let compiled = rustc(&args);
        if compiled == ExitCode::SUCCESS
            && let Some(kept) = &self.kept
        {
            // The next run compiles again if this fails.
            let _ = keep(&self.output, kept);
        }
        compiled
    }
}

/// Where the binary of a program is kept: beside the block that it includes, under a name made of all that it is made of.
///
/// That is its text, the files that it includes, the arguments, and the libraries among them. Nothing if a file that it includes
/// might include others.
fn kept(source: &Path, args: &[OsString]) -> io::Result<Option<PathBuf>> {
    let mut key = DefaultHasher::new();
    // This program says how rustc is called.
    fs::metadata(env::current_exe()?)?
        .modified()?
        .hash(&mut key);
    let program = fs::read_to_string(source)?;
    program.hash(&mut key);
    let mut folder = None;
    for included in included(&program) {
        let text = fs::read_to_string(included)?;
        if text.contains("include") {
            return Ok(None);
        }
        text.hash(&mut key);
        folder = folder.or(Path::new(included).parent());
    }
    for arg in args {
        arg.hash(&mut key);
        if let Some((_, library)) = arg.to_string_lossy().split_once('=')
            && let Ok(library) = fs::metadata(library)
        {
            library.len().hash(&mut key);
            library.modified()?.hash(&mut key);
        }
    }
    Ok(folder.map(|folder| folder.join(format!("{KEPT}{:016x}", key.finish()))))
}

/// What the names of kept binaries start with.
const KEPT: &str = "program-";

/// The paths that the composer had the program include.
fn included(program: &str) -> impl Iterator<Item = &str> {
    program.lines().filter_map(|line| {
        line.trim()
            .strip_prefix("include!(\"")?
            .strip_suffix("\");")
    })
}

/// Keeps `binary` as `kept`, in the place of what was kept of the same program before.
fn keep(binary: &Path, kept: &Path) -> io::Result<()> {
    let folder = kept.parent().unwrap_or(Path::new(""));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(KEPT) {
            fs::remove_file(entry.path())?;
        }
    }
    // In two steps, so that an interruption leaves no half of a binary under the name that is looked for.
    let half = folder.join("half");
    link(binary, &half)?;
    fs::rename(half, kept)
}

/// Gives a file a second name, or copies it where the second name would lie on another disk.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}

//! Checks what skeptic calls in the place of rustc: a program is compiled again exactly when it is another one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The stand-in, which the build script names.
const STAND_IN: &str = env!("RUSTC");

/// A program in a folder of its own that includes a block, as the composer and skeptic lay them out.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn new(name: &str, block: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("stand_in")
            .join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(folder.join("rust-skeptic")).unwrap();
        let program = Self { folder };
        program.shows(block);
        program
    }

    fn shows(&self, block: &str) {
        let shown = self.folder.join("shown.md");
        fs::write(&shown, block).unwrap();
        let main =
            format!("include!({shown:?});\n\nfn main() {{\n    println!(\"{{}}\", said());\n}}\n");
        fs::write(self.folder.join("rust-skeptic/test.rs"), main).unwrap();
    }

    /// Compiles with `rustc` behind the stand-in, or the real one.
    fn compile(&self, rustc: Option<&str>, args: &[&str]) -> Output {
        let mut command = Command::new(STAND_IN);
        command
            .arg(self.folder.join("rust-skeptic/test.rs"))
            .args(["--crate-type=bin", "--edition=2021"])
            .args(args)
            .arg("-o")
            .arg(self.binary());
        if let Some(rustc) = rustc {
            command.env("ASYNC_DROP_RUSTC", rustc);
        }
        command.output().unwrap()
    }

    fn binary(&self) -> PathBuf {
        self.folder.join("rust-skeptic/out.exe")
    }

    fn says(&self) -> String {
        let output = Command::new(self.binary()).output().unwrap();
        fs::remove_file(self.binary()).unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

const FIRST: &str = "fn said() -> &'static str { \"first\" }\n";
const NO_RUSTC: Option<&str> = Some("a-compiler-that-is-not-there");

#[test]
fn a_program_is_compiled_again_only_when_it_has_changed() {
    let program = Program::new("changed", FIRST);
    assert!(program.compile(None, &[]).status.success());
    assert_eq!(program.says(), "first");

    assert!(program.compile(NO_RUSTC, &[]).status.success());
    assert_eq!(program.says(), "first");

    assert!(!program.compile(NO_RUSTC, &["--cfg=other"]).status.success());

    program.shows(&FIRST.replace("first", "second"));
    assert!(!program.compile(NO_RUSTC, &[]).status.success());
    assert!(program.compile(None, &[]).status.success());
    assert_eq!(program.says(), "second");

    // Only the last one is kept.
    program.shows(FIRST);
    assert!(!program.compile(NO_RUSTC, &[]).status.success());
}

#[test]
fn a_program_is_compiled_again_when_a_library_has_changed() {
    let program = Program::new("library", FIRST);
    let library = program.folder.join("libgiven.rmeta");
    // Any file that an argument names counts; this one is no library, and rustc does not look into it.
    let library_of = format!("dependency={}", library.display());
    let args = ["-L", library_of.as_str()];
    fs::write(&library, "one").unwrap();
    program.compile(None, &args);
    assert!(program.compile(NO_RUSTC, &args).status.success());
    fs::write(&library, "another").unwrap();
    assert!(!program.compile(NO_RUSTC, &args).status.success());
}

#[test]
fn a_program_that_does_not_compile_is_not_kept() {
    let program = Program::new("broken", "fn said() -> &'static str { 1 }\n");
    for _ in 0..2 {
        let output = program.compile(None, &[]);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("error[E0308]: mismatched types"), "{said}");
    }
}

#[test]
fn a_program_that_may_include_more_files_is_not_kept() {
    let block = "fn said() -> &'static str { include_str!(\"said.txt\") }\n";
    let program = Program::new("includes", block);
    for said in ["first", "second"] {
        fs::write(program.folder.join("said.txt"), said).unwrap();
        assert!(program.compile(None, &[]).status.success());
        assert_eq!(program.says(), said);
    }
}

#[test]
fn calls_that_are_not_for_a_program_go_to_rustc_as_they_are() {
    let version = |program: &str| {
        Command::new(program)
            .arg("--version")
            .output()
            .unwrap()
            .stdout
    };
    assert_eq!(version(STAND_IN), version("rustc"));

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stand_in");
    fs::create_dir_all(&folder).unwrap();
    let source = folder.join("edition_2021.rs");
    fs::write(&source, "fn main() { let gen = 1; let _ = gen; }\n").unwrap();
    let compiled = Command::new(STAND_IN)
        .arg(&source)
        .args(["--edition=2021", "--emit=metadata", "-o"])
        .arg(folder.join("edition_2021.rmeta"))
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
}

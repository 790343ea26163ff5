use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use crate::chapter::{Block, Verdict};
use crate::context::{Context, Position};
use crate::entry::without_number;
use crate::error::Error;

/// What every program is compiled under.
///
/// `dead_code` is allowed because an example defines what only a reader would call.
const LINTS: [&str; 3] = ["deny(warnings)", "forbid(unsafe_code)", "allow(dead_code)"];

/// What every case that rustc must reject is compiled under.
///
/// Warnings do not reject it, since they would not stop a reader's build; unused things are not what a diagnostic is about.
const CASE_LINTS: &str = "#![allow(unused)]\n";

/// The crate that holds a program to its verdict.
const RUNNER: &str = "async_drop_verdicts";

/// The environment variable that, set to `accept`, accepts what the chapters and the compiler now say.
pub const CORPUS: &str = "CORPUS";

/// The command that accepts what the chapters and the compiler now say.
pub const ACCEPT: &str = "CORPUS=accept cargo test --test compile_fail";

/// A program made of a block and its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The program, which holds this one block to its verdict.
    pub program: String,
    /// The same for [`together`]: a module whose `fn held()` does it.
    pub module: String,
    /// Where it includes the block from; the name is the chapter's, so that rustc and panics name the chapter.
    pub shown_path: PathBuf,
    /// What is to be written there: the block on the lines on which it stands in the chapter.
    pub shown: String,
}

impl Composed {
    /// Writes the file that the program includes.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self) -> io::Result<()> {
        write(&self.shown_path, &self.shown)
    }
}

/// Composes the program that holds `block` to its verdict, or nothing if the verdict needs none that runs.
///
/// `out` is the folder below which the program finds the block; `root` is the repository's root, which messages leave
/// out of paths.
///
/// # Errors
///
/// If the context defines no `scenario`, or one that cannot be cancelled where it has to be.
pub fn compose(
    block: &Block,
    context: &Context,
    root: &Path,
    out: &Path,
) -> Result<Option<Composed>, Error> {
    let runner = match block.verdict {
        Verdict::Right { cancel_safe: false } => "right",
        Verdict::Right { cancel_safe: true } => "right_cancel_safe",
        Verdict::RightOnce => "right_once",
        Verdict::ShouldPanic => "panics",
        Verdict::Leaks => "leaks",
        Verdict::CompileFail | Verdict::Signature | Verdict::Example => return Ok(None),
    };
    let blocking = match scenario(block, context)? {
        Scenario::Async => "",
        Scenario::Blocking if matches!(block.verdict, Verdict::Right { .. }) => {
            return Err(Error::new(
                &block.file,
                block.line,
                format!(
                    "`{}` needs an `async fn scenario()` to cancel, and {} has a plain one: say `right,once`",
                    block.verdict.name(),
                    context.file
                ),
            ));
        }
        Scenario::Blocking => "_blocking",
    };
    let shown_path = out.join(test_name(block)).join(&block.file);
    let quote = match &block.quote {
        Some(quote) if block.verdict.needs_quote() => format!(" {:?},", quote.text),
        _ => String::new(),
    };
    let items = format!(
        "macro_rules! block {{
    () => {{
        include!({shown:?});
    }};
}}

include!({context:?});

pub fn held() -> {RUNNER}::Held {{
    const BLOCK: {RUNNER}::Block = {RUNNER}::Block {{
        chapter: {chapter:?},
        line: {line},
        first_line: {first_line},
        section: {section:?},
        context: {file:?},
        shown: {shown:?},
        root: {root:?},
        module: module_path!(),
        timed: {timed},
    }};
    {RUNNER}::{runner}{blocking}(&BLOCK,{quote} scenario)
}}
",
        shown = shown_path.to_string_lossy(),
        context = context.path.to_string_lossy(),
        chapter = block.file,
        line = block.line,
        first_line = block.first_line(),
        section = block.section,
        file = context.file,
        root = root.to_string_lossy(),
        timed = block.timed,
    );
    let program = format!(
        "{}\n{items}\nfn main() -> std::process::ExitCode {{\n    {RUNNER}::conclude(&{})\n}}\n",
        lints('!'),
        running(block, "held"),
    );
    let clippy = match block.verdict {
        Verdict::Right { .. } => "",
        // What is wrong may be what clippy warns of.
        _ => "#[allow(clippy::all)]\n",
    };
    let (lints, name) = (lints(' '), test_name(block));
    let module = format!("{lints}{clippy}mod {name} {{\n{items}}}\n");
    Ok(Some(Composed {
        program,
        module,
        shown_path,
        shown: on_its_lines(block, context.position),
    }))
}

/// Composes the file that rustc must reject, the block inside its context, and says on which line of it the block starts.
///
/// It is committed beside the recorded diagnostic, so nothing in it depends on what stands above the block in the chapter, the
/// entry's number included.
pub fn compose_case(block: &Block, context: &Context) -> (String, usize) {
    let above = format!(
        "// {}, section \"{}\": `{ACCEPT}` writes this file.\n\n{CASE_LINTS}\n",
        block.file,
        without_number(&block.section),
    );
    let (whole, first_line) = context.with_block(block);
    let first_line = above.lines().count() + first_line;
    (format!("{above}{whole}\nfn main() {{}}\n"), first_line)
}

/// The attributes of [`LINTS`]: `inner` is `!` for those of the file, and a space for those of the next item.
fn lints(inner: char) -> String {
    LINTS
        .iter()
        .map(|lint| format!("#{}[{lint}]\n", inner.to_string().trim()))
        .collect()
}

/// The Rust file that holds `blocks` and their composed programs together, as the slice `RUNNING`.
///
/// rustc needs about a tenth of the time that it needs for the programs one by one. Its errors name the chapter's line.
pub fn together<'a>(blocks: impl IntoIterator<Item = (&'a Block, &'a Composed)>) -> String {
    let (mut modules, mut running) = (String::new(), String::new());
    for (block, composed) in blocks {
        modules.push_str(&composed.module);
        let held = format!("{}::held", test_name(block));
        running.push_str(&format!("    {},\n", self::running(block, &held)));
    }
    format!("{modules}\nconst RUNNING: &[{RUNNER}::Running] = &[\n{running}];\n")
}

/// A block among those of a program, which the function `held` holds to its verdict.
fn running(block: &Block, held: &str) -> String {
    format!(
        "{RUNNER}::Running {{ chapter: {:?}, line: {}, held: {held} }}",
        block.file, block.line,
    )
}

/// The Rust file with a test for each of `blocks`, which calls `holds` with the block's chapter and line.
pub fn tests<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> String {
    let test = |block: &Block| {
        format!(
            "#[test]\nfn {}() {{\n    holds({:?}, {});\n}}\n\n",
            test_name(block),
            block.file,
            block.line,
        )
    };
    blocks.into_iter().map(test).collect()
}

/// The block below as many blank lines as put it on the lines on which it stands in the chapter.
///
/// A test is compiled as a function that nobody calls: rustc leaves tests out of programs, with whatever mistakes they have.
fn on_its_lines(block: &Block, position: Position) -> String {
    let above = "\n".repeat(block.line - 1);
    let code = block.code.replace("#[test]\n", "#[allow(dead_code)]\n");
    match position {
        Position::Items => format!("{above}\n{code}"),
        Position::Statements => format!("{above}{{\n{code}}}\n"),
    }
}

enum Scenario {
    Async,
    Blocking,
}

/// Finds the function that the runner calls: in the context, or in a block that stands among items.
fn scenario(block: &Block, context: &Context) -> Result<Scenario, Error> {
    let in_block = match context.position {
        Position::Items => block.code.as_str(),
        Position::Statements => "",
    };
    for line in context.text.lines().chain(in_block.lines()) {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        if line.starts_with("async fn scenario(") {
            return Ok(Scenario::Async);
        }
        if line.starts_with("fn scenario(") {
            return Ok(Scenario::Blocking);
        }
    }
    Err(Error::new(
        &block.file,
        block.line,
        format!(
            "the context {} defines no `async fn scenario()` and no `fn scenario()` to run",
            context.file
        ),
    ))
}

/// The name of the block's test: chapter, section, line of the fence; skeptic makes the same.
pub fn test_name(block: &Block) -> String {
    let page = identifier(page_name(&block.file).trim_end_matches(".md"));
    let section = identifier(&block.section);
    format!("{page}_sect_{section}_line_{}", block.line)
}

/// Writes the Markdown file that hands `program` to skeptic under `out`, and returns its path.
///
/// skeptic names a test after the file, the last heading of the first two levels, and the line of the fence.
///
/// # Errors
///
/// If skeptic would change a line of the program, or the file cannot be written.
pub fn write_markdown(block: &Block, program: &str, out: &Path) -> io::Result<PathBuf> {
    if let Some(line) = program.lines().find(|line| {
        let line = line.trim();
        line == "#" || line.starts_with("# ") || line.contains("\"####")
    }) {
        return Err(io::Error::other(format!(
            "{}: skeptic would not hand this line of the program on as it is: {line}",
            block.place()
        )));
    }
    let fence = fence_around(program);
    // A heading and a blank line come first: the second line is the first that a fence can stand on.
    let above = "\n".repeat(block.line.saturating_sub(2));
    let heading = block
        .section
        .replace(|ch: char| !ch.is_ascii_alphanumeric(), " ");
    let markdown = format!(
        "# {}\n{above}{fence}rust\n{program}{fence}\n",
        heading.trim()
    );
    let path = out
        .join(test_name(block))
        .join("skeptic")
        .join(page_name(&block.file));
    write(&path, &markdown)?;
    // skeptic has Cargo watch the file: with the time of writing, it would count as changed since the build script started.
    fs::File::options()
        .append(true)
        .open(&path)?
        .set_modified(SystemTime::UNIX_EPOCH)?;
    Ok(path)
}

/// The page's name without folders; what comes first must be able to start a Rust name.
fn page_name(file: &str) -> String {
    let name = file.replace('/', "-");
    if name.starts_with(|ch: char| ch.is_ascii_digit()) {
        format!("page-{name}")
    } else {
        name
    }
}

/// Lowercase letters and digits with single underscores between them, as skeptic does it.
fn identifier(words: &str) -> String {
    words
        .to_ascii_lowercase()
        .split(|ch: char| !ch.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// A fence longer than every run of backticks in `program`.
fn fence_around(program: &str) -> String {
    let longest = program
        .split(|ch| ch != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

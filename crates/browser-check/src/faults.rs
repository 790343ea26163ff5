use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::browser::Browser;
use crate::checks::Check;

/// A way in which a book can be broken, and how the check must notice.
struct Fault {
    name: &'static str,
    breaks: fn(&Path) -> Result<()>,
    check: Check,
    /// What the check says; `{leak}` stands for the address of the first block that leaks.
    words: &'static str,
}

const FAULTS: [Fault; 16] = [
    Fault {
        name: "a script that throws",
        breaks: |book| {
            edit(
                book,
                "helpers.html",
                "</main>",
                "</main><script>throw new Error('planted')</script>",
            )
        },
        check: Check::Console,
        words: "helpers.html: the console shows:",
    },
    Fault {
        name: "a missing style sheet",
        breaks: |book| remove(book, "verdicts"),
        check: Check::Console,
        words: "ERR_FILE_NOT_FOUND",
    },
    Fault {
        name: "something loaded from another host",
        breaks: |book| {
            edit(
                book,
                "patterns.html",
                "</main>",
                "</main><img alt='' src='https://example.org/planted.png'>",
            )
        },
        check: Check::Console,
        words: "patterns.html: the console shows: https://example.org/planted.png",
    },
    Fault {
        name: "labels that the style sheet hides",
        breaks: |book| {
            edit(
                book,
                "verdicts",
                "",
                "figcaption { display: none !important }",
            )
        },
        check: Check::Labels,
        words: "without a visible verdict",
    },
    Fault {
        name: "captions that do not say what was seen",
        breaks: |book| {
            edit(
                book,
                "helpers.html",
                "<span class=\"claim-seen\"",
                "<span class=\"planted\"",
            )
        },
        check: Check::Labels,
        words: "helpers.html: Rust blocks without a visible verdict or what was seen",
    },
    Fault {
        name: "what was seen, squeezed out of sight",
        breaks: |book| edit(book, "verdicts", "", ".claim-seen { max-width: 0 }"),
        check: Check::Labels,
        words: "without a visible verdict or what was seen",
    },
    Fault {
        name: "blocks that the page of verdicts hides",
        breaks: |book| {
            edit(
                book,
                "verdicts.html",
                " data-verdict=\"leaks\"",
                " data-verdict=\"leaks\" hidden",
            )
        },
        check: Check::Verdicts,
        words: "blocks without a row, such as {leak}",
    },
    Fault {
        name: "verdicts of blocks that are not there",
        breaks: |book| {
            edit(
                book,
                "verdicts.html",
                "</tbody>",
                "<tr data-verdict='right'><td><a href='helpers.html#planted'>planted</a></td></tr></tbody>",
            )
        },
        check: Check::Verdicts,
        words: "rows without a block, such as helpers.html#planted",
    },
    Fault {
        name: "blocks that are listed twice",
        breaks: |book| {
            edit(
                book,
                "verdicts.html",
                "</tbody>",
                "<tr data-verdict='right'><td><a href='SKILL.html#block-the-macro-1'>twice</a></td></tr></tbody>",
            )
        },
        check: Check::Verdicts,
        words: "rows lead to a block that another row leads to",
    },
    Fault {
        name: "a wrong total",
        breaks: |book| {
            edit(
                book,
                "verdicts.html",
                "<td>all</td>",
                "<td>all</td><td>7</td>",
            )
        },
        check: Check::Verdicts,
        words: "verdicts.html: counts \"7\" blocks and lists",
    },
    Fault {
        name: "links to blocks that land beside them",
        breaks: |book| {
            edit(
                book,
                "verdicts",
                "",
                ".claim { scroll-margin-block-start: -100vh !important }",
            )
        },
        check: Check::Verdicts,
        words: "waited 3s for the block's verdict to be in sight",
    },
    Fault {
        name: "a Run button",
        breaks: |book| {
            edit(
                book,
                "SKILL.html",
                "<pre><code class=\"language-rust",
                "<pre class=\"playground\"><code class=\"language-rust",
            )
        },
        check: Check::RunButton,
        words: "SKILL.html: elements that run code",
    },
    Fault {
        name: "a missing search index",
        breaks: |book| remove(book, "searchindex"),
        check: Check::Search,
        words: "waited 3s for a search result",
    },
    Fault {
        name: "gotchas without anchors",
        breaks: |book| edit(book, "gotchas.html", "<h2 id=\"", "<h2 data-id=\""),
        check: Check::Gotcha,
        words: "waited 3s for the gotcha to be in sight",
    },
    Fault {
        name: "a theme that is forgotten",
        breaks: |book| {
            edit(
                book,
                "book",
                "localStorage.setItem('mdbook-theme'",
                "localStorage.setItem('planted'",
            )
        },
        check: Check::Theme,
        words: "after reloading: waited 3s for the theme ayu",
    },
    Fault {
        name: "a dark preference that is ignored",
        breaks: |book| {
            edit(
                book,
                "SKILL.html",
                "const default_dark_theme = \"navy\"",
                "const default_dark_theme = \"light\"",
            )
        },
        check: Check::Theme,
        words: "with a preference for dark: waited 3s for the theme navy",
    },
];

/// Breaks a copy of the built book in one way after the other, and sees each copy rejected for that reason.
///
/// # Errors
///
/// If the check lets a broken book pass or rejects it for another reason only.
pub(crate) async fn self_test(browser: &Browser, built: &Path) -> Result<()> {
    let mut missed = 0;
    for fault in &FAULTS {
        let copy = tempfile::Builder::new().prefix("broken-book-").tempdir()?;
        copy_folder(built, copy.path())?;
        (fault.breaks)(copy.path()).with_context(|| format!("cannot plant {}", fault.name))?;
        let found = match fault.check.run(browser, copy.path()).await {
            Ok(()) => "nothing".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        let words = match fault.words.contains(LEAK) {
            true => fault.words.replace(LEAK, &first_leak(built)?),
            false => fault.words.to_owned(),
        };
        if found.contains(&words) {
            let first = found.lines().next().unwrap_or_default();
            println!("ok: rejected {}: {first}", fault.name);
        } else {
            missed += 1;
            println!(
                "FAILED: {} was not noticed by the check `{}`\nexpected: {}\nfound: {found}",
                fault.name, fault.check, words
            );
        }
    }
    match missed {
        0 => Ok(()),
        missed => bail!(
            "{missed} of {} broken books were not rejected",
            FAULTS.len()
        ),
    }
}

/// What stands in a fault's words for the address of the first block that leaks.
const LEAK: &str = "{leak}";

/// The address of the first block that leaks, in the order of the addresses, as the page of verdicts has it.
fn first_leak(built: &Path) -> Result<String> {
    let verdicts = fs::read_to_string(find(built, "verdicts.html")?)?;
    let links = verdicts.split(" data-verdict=\"leaks\"").skip(1);
    let links = links.filter_map(|row| row.split('"').nth(1));
    let first = links.filter(|link| !link.starts_with("https://")).min();
    first
        .map(str::to_owned)
        .context("the page of verdicts has no block that leaks")
}

/// Replaces `from` wherever it stands in the file whose name starts with `name`; appends `to` when `from` is empty.
fn edit(book: &Path, name: &str, from: &str, to: &str) -> Result<()> {
    let file = find(book, name)?;
    let text = fs::read_to_string(&file)?;
    if !text.contains(from) {
        bail!("{} has no `{from}`", file.display());
    }
    let text = match from {
        "" => text + to,
        _ => text.replace(from, to),
    };
    Ok(fs::write(&file, text)?)
}

fn remove(book: &Path, name: &str) -> Result<()> {
    Ok(fs::remove_file(find(book, name)?)?)
}

/// The file `name` in the book, or `name-<hash>.<extension>` as mdBook calls styles and scripts.
fn find(book: &Path, name: &str) -> Result<PathBuf> {
    for folder in [book.to_owned(), book.join("theme")] {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let found = entry.file_name().to_string_lossy().into_owned();
            if found == name || found.starts_with(&format!("{name}-")) {
                return Ok(entry.path());
            }
        }
    }
    bail!("the book has no file {name}")
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

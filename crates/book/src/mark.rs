use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use async_drop_corpus::{Block, Chapter, Error, Errors, Verdict};

use crate::caption::{caption, class};
use crate::proof::Proof;
use crate::repository::Repository;

/// The words above the text that says what happens.
fn quote_label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::CompileFail => "the compiler says",
        Verdict::ShouldPanic => "the panic says",
        Verdict::Leaks => "the explorer says",
        Verdict::Right { .. } => "where it breaks when cancelled",
        Verdict::RightOnce | Verdict::Signature | Verdict::Example => "what happens",
    }
}

/// Puts each block's verdict and what it was seen to do on the page, and under a block that does not compile all of the compiler's words.
///
/// `text` is the chapter's text or a version of it with the same lines, `proofs` are those of its blocks, in order. The compiler's
/// words are looked for in `recorded`. The front matter is left out.
///
/// # Errors
///
/// If a fence stands on the line of a list's mark, where nothing can be put around it, or a recorded diagnostic
/// cannot be read.
pub(crate) fn mark(
    chapter: &Chapter,
    text: &str,
    proofs: &[Proof],
    repository: &Repository,
    recorded: &Path,
) -> Result<String, Errors> {
    let lines: Vec<&str> = text.lines().collect();
    let mut page = Edits::default();
    let mut errors = Errors::default();
    let cases: BTreeMap<usize, String> = chapter
        .cases()
        .into_iter()
        .map(|(block, name)| (block.line, name))
        .collect();
    for proof in proofs {
        let diagnostic = cases
            .get(&proof.block.line)
            .map(|name| recorded.join(format!("{name}.stderr")));
        let opening = format!(
            "<figure id=\"{}\" class=\"claim claim-{}\" data-verdict=\"{}\">\n<figcaption>{}</figcaption>\n",
            proof.id,
            class(proof.block.verdict),
            proof.block.verdict.name(),
            caption(proof, repository),
        );
        if let Err(error) = mark_block(
            &proof.block,
            &opening,
            &lines,
            diagnostic.as_deref(),
            &mut page,
        ) {
            errors.0.push(error);
        }
    }
    errors.or(page.apply(
        &lines[chapter.front_matter_lines..],
        chapter.front_matter_lines,
    ))
}

fn mark_block(
    block: &Block,
    opening: &str,
    lines: &[&str],
    diagnostic: Option<&Path>,
    page: &mut Edits,
) -> Result<(), Error> {
    let verdict = block.verdict;
    let words = compiler_words(block, diagnostic)?;
    let fence = Fence::find(block, lines, block.line)?;
    let Some(quote) = &block.quote else {
        page.wrap(&fence, "rust", opening, &(words + "</figure>\n"));
        return Ok(());
    };
    page.wrap(&fence, "rust", opening, "</figure>\n");
    let fence = Fence::find(block, lines, quote.line - 1)?;
    let opening = format!(
        "<figure class=\"happens happens-{}\">\n<figcaption>{}</figcaption>\n",
        class(verdict),
        quote_label(verdict),
    );
    page.wrap(&fence, "text", &opening, &(words + "</figure>\n"));
    Ok(())
}

/// The recorded diagnostic of a block that does not compile, folded away; empty when there is none.
fn compiler_words(block: &Block, diagnostic: Option<&Path>) -> Result<String, Error> {
    let Some(file) = diagnostic.filter(|file| file.is_file()) else {
        return Ok(String::new());
    };
    let words = fs::read_to_string(file).map_err(|error| {
        let what = format!("{} cannot be read: {error}", file.display());
        Error::new(&block.file, block.line, what)
    })?;
    // Longer than any run of backticks in the words, so that none of them ends the fence.
    let longest = words.split(|c| c != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    Ok(format!(
        "<details class=\"compiler-words\">\n<summary>All of the compiler's words</summary>\n\n\
         {fence}text\n{}\n{fence}\n\n</details>\n",
        words.trim_end(),
    ))
}

/// Where a fenced block is in its file; lines are counted from 0.
struct Fence<'a> {
    opening: usize,
    closing: usize,
    /// What stands before the fence on its line: indentation and the marks of quotations.
    prefix: &'a str,
    /// The fence's backticks or tildes.
    ticks: &'a str,
}

impl<'a> Fence<'a> {
    /// Finds the fence that the reader has found on `line`, counted from 1.
    fn find(block: &Block, lines: &[&'a str], line: usize) -> Result<Self, Error> {
        let opening = line - 1;
        let fence = lines[opening].trim_start_matches([' ', '\t', '>']);
        let prefix = &lines[opening][..lines[opening].len() - fence.len()];
        let info = fence.trim_start_matches(['`', '~']);
        let ticks = &fence[..fence.len() - info.len()];
        let closes = |line: &str| {
            let line = line.trim_start_matches([' ', '\t', '>']).trim_end();
            line.starts_with(ticks) && line.trim_start_matches(['`', '~']).is_empty()
        };
        let closing = (opening + 1..lines.len()).find(|&line| closes(lines[line]));
        match closing {
            Some(closing) if !ticks.is_empty() => Ok(Self {
                opening,
                closing,
                prefix,
                ticks,
            }),
            _ => {
                let what = "start this fence on a line of its own, so that the book can put its verdict above it";
                Err(Error::new(&block.file, line, what))
            }
        }
    }
}

/// Lines to put before, after and in the place of lines; counted from 0.
#[derive(Default)]
struct Edits {
    before: BTreeMap<usize, String>,
    instead: BTreeMap<usize, String>,
    after: BTreeMap<usize, String>,
}

impl Edits {
    /// Puts HTML around a fenced block, and nothing but the language in its info string.
    fn wrap(&mut self, fence: &Fence<'_>, language: &str, opening: &str, closing: &str) {
        let Fence { prefix, ticks, .. } = fence;
        let quoted = |html: &str| -> String {
            // The blank line ends the HTML for Markdown.
            let lines = html.lines().map(|line| format!("{prefix}{line}\n"));
            lines.collect()
        };
        let blank = format!("{prefix}\n");
        self.before
            .insert(fence.opening, blank.clone() + &quoted(opening) + &blank);
        self.instead
            .insert(fence.opening, format!("{prefix}{ticks}{language}\n"));
        self.after
            .insert(fence.closing, blank.clone() + &quoted(closing) + &blank);
    }

    fn apply(&self, lines: &[&str], first: usize) -> String {
        let mut text = String::new();
        for (number, line) in (first..).zip(lines) {
            text.extend(self.before.get(&number).map(String::as_str));
            match self.instead.get(&number) {
                Some(instead) => text.push_str(instead),
                None => text.extend([line, "\n"]),
            }
            text.extend(self.after.get(&number).map(String::as_str));
        }
        text
    }
}

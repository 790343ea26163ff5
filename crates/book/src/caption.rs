use async_drop_corpus::Verdict;

use crate::proof::Proof;
use crate::repository::Repository;

/// The words that a reader sees above a block with this verdict.
pub fn label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right { cancel_safe: false } => "right, unless cancelled",
        Verdict::Right { cancel_safe: true } => "right, also when cancelled",
        Verdict::RightOnce => "right, run once",
        Verdict::CompileFail => "does not compile",
        Verdict::ShouldPanic => "panics",
        Verdict::Leaks => "leaks",
        Verdict::Signature => "signature",
        Verdict::Example => "in a tested program",
    }
}

/// What a style sheet knows the verdict by.
pub(crate) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right { .. } | Verdict::RightOnce => "right",
        Verdict::CompileFail => "compile-fail",
        Verdict::ShouldPanic => "panics",
        Verdict::Leaks => "leaks",
        Verdict::Signature => "signature",
        Verdict::Example => "right",
    }
}

/// Tells verdicts apart where colours do not, beside the words.
pub(crate) fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right { .. } | Verdict::RightOnce | Verdict::Example => "✓",
        Verdict::CompileFail | Verdict::ShouldPanic | Verdict::Leaks => "✗",
        Verdict::Signature => "§",
    }
}

/// What stands above a block: its verdict and what it was seen to do, as HTML.
///
/// The style sheet cuts what was seen to one line; all of it is in the title.
pub(crate) fn caption(proof: &Proof, repository: &Repository) -> String {
    let (verdict, seen) = (proof.block.verdict, &proof.seen.seen);
    let symbol = format!(
        "<span class=\"claim-symbol\" aria-hidden=\"true\">{}</span> ",
        symbol(verdict)
    );
    let title = escape(seen);
    let words = seen_words(seen, repository);
    let label = label(verdict);
    if seen.starts_with(label) {
        return format!(
            "<span class=\"claim-label claim-seen\" title=\"{title}\">{symbol}{words}</span>"
        );
    }
    format!(
        "<span class=\"claim-label\">{symbol}{label}</span> \
         <span class=\"claim-seen\" title=\"{title}\">{words}</span>"
    )
}

/// What was seen, as HTML; the path of a file of the repository is a link to it.
pub(crate) fn seen_words(seen: &str, repository: &Repository) -> String {
    let words = seen.split_whitespace().map(|word| {
        let path = word.trim_end_matches(',');
        let comma = &word[path.len()..];
        match path.rsplit_once('/') {
            Some((_, name)) if repository.root.join(path).is_file() => format!(
                "<a href=\"{}\">{}</a>{comma}",
                escape(&repository.address(path)),
                escape(name)
            ),
            _ => escape(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Makes words stand for themselves in HTML, attributes included.
pub(crate) fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', " ")
}

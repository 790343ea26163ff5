use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::caption::{class, escape, label, seen_words, symbol};
use crate::proof::Proof;
use crate::repository::{Repository, between};

/// Stands in a page where all blocks are to be listed.
pub(crate) const LIST: &str = "{{#verdicts}}";

/// The blocks of one file.
pub(crate) struct Part {
    pub(crate) title: String,
    /// The page of the book that shows them; none for a file that is not in the book.
    pub(crate) page: Option<PathBuf>,
    pub(crate) proofs: Vec<Proof>,
}

impl Part {
    /// The blocks of a file that no page shows.
    pub(crate) fn of_file((file, proofs): (String, Vec<Proof>)) -> Self {
        Self {
            title: file,
            page: None,
            proofs,
        }
    }
}

/// Lists every block with its verdict and what it was seen to do, linked from `page`; the totals come first. Markdown.
pub(crate) fn overview(parts: &[Part], page: &Path, repository: &Repository) -> String {
    let mut text = totals(parts);
    for part in parts.iter().filter(|part| !part.proofs.is_empty()) {
        let rows: String = part
            .proofs
            .iter()
            .map(|proof| row(part, proof, page, repository))
            .collect();
        text.push_str(&format!(
            "\n## {}\n\n<div class=\"table-wrapper\">\n<table class=\"verdicts\">\n\
             <thead><tr><th>block</th> <th>section</th> <th>verdict</th> <th>seen</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n</div>\n",
            part.title
        ));
    }
    text
}

/// How many blocks there are of each verdict, and how much was explored.
fn totals(parts: &[Part]) -> String {
    let proofs = || parts.iter().flat_map(|part| &part.proofs);
    let mut by_verdict = BTreeMap::new();
    for proof in proofs() {
        let verdict = proof.block.verdict;
        let mark = format!("{} {}", symbol(verdict), label(verdict));
        *by_verdict.entry(mark).or_insert(0) += 1;
    }
    let rows: String = by_verdict
        .iter()
        .map(|(mark, blocks)| format!("| {mark} | {blocks} |\n"))
        .collect();
    let total = |count: fn(&Proof) -> usize| proofs().map(count).sum::<usize>();
    format!(
        "| verdict | blocks |\n|---|--:|\n{rows}| all | {} |\n\n\
         The runs of all blocks together explored {} faults, {} cancellations and {} pairs of them.\n",
        proofs().count(),
        total(|proof| proof.seen.faults),
        total(|proof| proof.seen.cancellations),
        total(|proof| proof.seen.pairs),
    )
}

fn row(part: &Part, proof: &Proof, page: &Path, repository: &Repository) -> String {
    let block = &proof.block;
    let link = match &part.page {
        Some(shown) => {
            let shown = between(page, &shown.with_extension("html"));
            format!("{shown}#{}", proof.id)
        }
        None => format!("{}#{}", repository.address(&block.file), block.section_slug),
    };
    format!(
        "<tr class=\"claim-{}\" data-verdict=\"{}\"><td><a href=\"{}\">{}:{}</a></td> <td>{}</td> \
         <td class=\"claim-label\"><span aria-hidden=\"true\">{}</span> {}</td> <td>{}</td></tr>\n",
        class(block.verdict),
        block.verdict.name(),
        escape(&link),
        escape(&block.file),
        block.line,
        escape(&block.section),
        symbol(block.verdict),
        label(block.verdict),
        seen_words(&proof.seen.seen, repository),
    )
}

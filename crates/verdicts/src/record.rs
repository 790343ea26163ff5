use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a block was seen to do.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The chapter, relative to the repository's root.
    pub file: String,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// The words of the heading that the block stands under.
    pub section: String,
    /// The verdict as the fence says it.
    pub verdict: &'static str,
    /// What was seen, in a few words.
    pub seen: String,
    /// How many faults were injected.
    pub faults: usize,
    /// At how many awaits the block was cancelled.
    pub cancellations: usize,
    /// How many pairs of what can happen were injected; none where it was not explored thoroughly.
    pub pairs: usize,
}

/// A JSON array with an object a record.
pub(crate) fn json(records: &[Record]) -> Value {
    records
        .iter()
        .map(|record| {
            json!({
                "file": record.file,
                "line": record.line,
                "section": record.section,
                "verdict": record.verdict,
                "seen": record.seen,
                "faults": record.faults,
                "cancellations": record.cancellations,
                "pairs": record.pairs,
            })
        })
        .collect()
}

/// A line a record, then how many there are of each verdict.
pub(crate) fn text(records: &[Record]) -> String {
    let mut text = String::new();
    let mut blocks = BTreeMap::new();
    for record in records {
        let Record {
            file,
            line,
            verdict,
            seen,
            ..
        } = record;
        text.push_str(&format!("{file}:{line}: {verdict}: {seen}\n"));
        *blocks.entry(verdict).or_insert(0) += 1;
    }
    let total = |count: fn(&Record) -> usize| records.iter().map(count).sum::<usize>();
    let blocks: Vec<String> = blocks
        .into_iter()
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    text.push_str(&format!(
        "\n{} blocks: {}; {} faults, {} cancellations and {} pairs explored\n",
        records.len(),
        blocks.join(", "),
        total(|record| record.faults),
        total(|record| record.cancellations),
        total(|record| record.pairs),
    ));
    text
}

//! A unit's sentences, each where it begins.

use std::ops::Range;

use super::prose::{Piece, Unit, words};

/// A sentence of a paragraph, of an item or of a cell.
#[derive(Debug)]
pub(crate) struct Sentence {
    /// The line that it starts on, counted from 1.
    pub(crate) line: usize,
    /// Its words, code between backticks.
    pub(crate) text: String,
    /// The same with as many backticks in place of code.
    pub(crate) blanked: String,
}

/// The sentences of `unit`, in order: of a row, those of each cell.
pub(crate) fn sentences(unit: &Unit) -> Vec<Sentence> {
    unit.cells.iter().flat_map(|cell| of_cell(cell)).collect()
}

fn of_cell(cell: &[Piece]) -> Vec<Sentence> {
    let text = words(cell, |code| format!("`{code}`"));
    let blanked = words(cell, |code| "`".repeat(code.len() + 2));
    let of = |range: Range<usize>| Sentence {
        line: line_at(cell, range.start),
        text: text[range.clone()].to_owned(),
        blanked: blanked[range].to_owned(),
    };
    ranges(&blanked).into_iter().map(of).collect()
}

/// Where the sentences of `text` are: each ends with a full stop, a question mark or an exclamation mark before a blank, or with it.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let ends = text.match_indices(". ").chain(text.match_indices("? "));
    let mut ends: Vec<usize> = ends
        .chain(text.match_indices("! "))
        .map(|(at, end)| at + end.len())
        .collect();
    ends.push(text.len());
    ends.sort_unstable();
    let mut start = 0;
    let mut ranges = Vec::new();
    for end in ends {
        let sentence = &text[start..end];
        let from = start + sentence.len() - sentence.trim_start().len();
        let to = start + sentence.trim_end().len();
        if from < to {
            ranges.push(from..to);
        }
        start = end;
    }
    ranges
}

/// The line of what stands at `at` of the cell's words.
fn line_at(cell: &[Piece], at: usize) -> usize {
    let mut end = 0;
    for piece in cell {
        end += piece.text.len() + if piece.is_code { 2 } else { 0 };
        if at < end {
            return piece.line;
        }
    }
    cell.last().map_or(0, |piece| piece.line)
}

#[cfg(test)]
mod tests {
    use async_drop_corpus::Chapter;

    use super::*;
    use crate::text::units;

    #[test]
    fn sentences_end_at_their_marks_and_not_in_code() {
        let text = "One `a. b` goes\non. Two: of\nthree! Three\n\n- Four? No.\n\n| five. Six | `seven` |\n|---|---|\n";
        let chapter = Chapter::parse("a.md", text).unwrap();
        let units = units(&chapter);
        let found: Vec<(usize, String)> = units
            .iter()
            .flat_map(sentences)
            .map(|sentence| (sentence.line, sentence.text))
            .collect();
        let expected = [
            (1, "One `a. b` goes on."),
            (2, "Two: of three!"),
            (3, "Three"),
            (5, "Four?"),
            (5, "No."),
            (7, "five."),
            (7, "Six"),
            (7, "`seven`"),
        ];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}

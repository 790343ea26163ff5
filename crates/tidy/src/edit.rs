use std::ops::Range;

/// New words for a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) new: String,
}

impl Edit {
    /// The edit that puts `new` where `range` is, or none where it stands there already.
    pub(crate) fn new(text: &str, range: Range<usize>, new: String) -> Option<Self> {
        (text[range.clone()] != new).then_some(Self { range, new })
    }
}

/// The text with all of `edits` made; no two of them overlap.
pub(crate) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let mut whole = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        whole.push_str(&text[at..edit.range.start]);
        whole.push_str(&edit.new);
        at = edit.range.end;
    }
    whole.push_str(&text[at..]);
    whole
}

/// The line of the byte at `offset`, counted from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

use crate::mutation::Mutation;
use crate::page::Page;
use crate::{blocks, code, prose, quotes, signatures};

/// Finds every change that the operators can make to the Markdown `text` of `file`, in the order of the text.
///
/// Line ends are line feeds in the text that the changes apply to, as in [`async_drop_corpus::Chapter::text`].
pub fn mutations(file: &str, text: &str) -> Vec<Mutation> {
    let page = Page::read(file, text);
    let mut found = Vec::new();
    blocks::mutate(&page, &mut found);
    code::mutate(&page, &mut found);
    signatures::mutate(&page, &mut found);
    quotes::mutate(&page, &mut found);
    prose::mutate(&page, &mut found);
    found.sort_by(|a, b| {
        (a.range.start, a.kind, a.range.end, &a.with).cmp(&(
            b.range.start,
            b.kind,
            b.range.end,
            &b.with,
        ))
    });
    found.dedup_by(|a, b| a.range == b.range && a.with == b.with);
    found
}

//! Where a link leads.

use std::collections::BTreeMap;

use async_drop_corpus::NUMBERED;

use crate::texts::{Kind, Text};

/// The page that stands for each file, where a page only includes another.
pub(crate) fn including(texts: &[Text]) -> BTreeMap<String, &'static str> {
    let pages = texts.iter().filter(|text| text.kind == Kind::Markdown);
    pages
        .filter_map(|page| {
            let included = page.text.trim().strip_prefix("{{#include ")?;
            let included = resolve(&page.file, included.strip_suffix("}}")?.trim())?;
            let chapter = NUMBERED.into_iter().find(|chapter| *chapter == included)?;
            Some((page.file.clone(), chapter))
        })
        .collect()
}

/// The path that `target` names in `file`, relative to the root; none if it leads out of it.
pub(crate) fn resolve(file: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

//! Where a link leads.

use std::collections::BTreeMap;

use async_drop_corpus::resolve;

use crate::texts::{Kind, Text};

/// The chapter that each page includes which is nothing but that.
pub(crate) fn including(texts: &[Text]) -> BTreeMap<String, String> {
    let pages = texts.iter().filter(|text| text.kind == Kind::Page);
    pages
        .filter_map(|page| {
            let included = page.text.trim().strip_prefix("{{#include ")?;
            let included = resolve(&page.file, included.strip_suffix("}}")?.trim())?;
            Some((page.file.clone(), included))
        })
        .collect()
}

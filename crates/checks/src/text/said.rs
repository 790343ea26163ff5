//! What the words of a page say, read once for all that ask.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_drop_corpus::Chapter;

use super::lookup::{LookedUp, look_up};
use super::prose::{Unit, units};
use super::section::{Section, section_at, sections};
use crate::code::Code;

/// What the words of a page say.
#[derive(Debug)]
pub(crate) struct Said {
    /// As it stood when it was read.
    page: Chapter,
    pub(crate) units: Vec<Unit>,
    sections: BTreeMap<usize, Section>,
    names: OnceLock<LookedUp>,
}

impl Said {
    fn by(page: &Chapter, code: &Code) -> Self {
        let units = units(page);
        Self {
            sections: sections(page, &units, code),
            page: page.clone(),
            units,
            names: OnceLock::new(),
        }
    }

    /// The section that `line` stands in.
    pub(crate) fn section_at(&self, line: usize) -> &Section {
        section_at(&self.sections, line)
    }

    /// What its names stand for.
    pub(crate) fn names(&self, code: &Code) -> &LookedUp {
        let look_up = || look_up(&self.page, &self.units, &self.sections, code);
        self.names.get_or_init(look_up)
    }
}

/// The pages that were read, by file, each as it was last asked for.
#[derive(Debug, Default)]
pub(crate) struct Pages(Mutex<BTreeMap<String, Arc<Said>>>);

impl Pages {
    /// What the words of `page` say.
    pub(crate) fn said(&self, page: &Chapter, code: &Code) -> Arc<Said> {
        let read = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = read().get(&page.file)
            && said.page == *page
        {
            return said.clone();
        }
        let said = Arc::new(Said::by(page, code));
        read().insert(page.file.clone(), said.clone());
        said
    }
}

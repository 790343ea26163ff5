use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_drop_corpus::{CONTEXTS, Chapter, Contexts, Errors, read_pages};

use crate::code::Code;
use crate::layout::{LAYOUT, Layout};
use crate::text::{Pages, Said, markdown_beside_the_pages};

/// The whole guidance, and what it is held to.
#[derive(Clone, Debug)]
pub struct Guidance {
    /// The repository's root.
    pub root: PathBuf,
    /// Where what it is held to is.
    pub layout: Layout,
    /// The pages whose blocks are held to their verdicts, the chapters first.
    pub pages: Vec<Chapter>,
    /// The repository's other Markdown files.
    pub others: Arc<[Chapter]>,
    /// What the pages' blocks stand in.
    pub contexts: Contexts,
    /// The code that the pages speak of.
    pub code: Arc<Code>,
    read: Arc<Pages>,
}

impl Guidance {
    /// Reads the guidance of the repository at `root`.
    ///
    /// # Errors
    ///
    /// As [`read_pages`] and [`Contexts::read`], or if a Markdown file or a source cannot be read or parsed.
    pub fn read(root: &Path) -> Result<Self, Errors> {
        Self::read_from(root, LAYOUT)
    }

    /// The same, where the repository has things elsewhere.
    ///
    /// # Errors
    ///
    /// As [`Guidance::read`].
    pub fn read_from(root: &Path, layout: Layout) -> Result<Self, Errors> {
        let pages = read_pages(root)?;
        let contexts = Contexts::read(root, CONTEXTS)?;
        Ok(Self {
            root: root.to_owned(),
            layout,
            others: markdown_beside_the_pages(root, &pages)?.into(),
            code: Arc::new(Code::read(root, &layout, &pages, &contexts)?),
            pages,
            contexts,
            read: Arc::default(),
        })
    }

    /// The same, with other pages in place of its own.
    pub fn with_pages(&self, pages: Vec<Chapter>) -> Self {
        Self {
            pages,
            ..self.clone()
        }
    }

    /// What the words of `page` say.
    pub(crate) fn said(&self, page: &Chapter) -> Arc<Said> {
        self.read.said(page, &self.code)
    }
}

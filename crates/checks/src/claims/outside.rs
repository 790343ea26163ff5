//! No Rust block stands outside of the pages whose blocks are held to a verdict.
//!
//! Refuted by such a block in any other Markdown file of the repository, whatever its fence says.

use std::path::Path;

use async_drop_corpus::{Error, Errors, read_pages};

use crate::text::markdown_beside_the_pages;

/// Complains about Rust blocks in Markdown files whose blocks nothing holds to a verdict.
///
/// # Errors
///
/// One for each such block; or if a file cannot be read.
pub fn rust_outside_the_pages(root: &Path) -> Result<(), Errors> {
    let others = markdown_beside_the_pages(root, &read_pages(root)?)?;
    let errors = others.iter().flat_map(|other| {
        let what = "a Rust block outside the pages whose blocks are run: move it to one of them";
        let fences = other.rust_fences.iter();
        fences.map(move |line| Error::new(&other.file, *line, what))
    });
    Errors(errors.collect()).or(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use async_drop_corpus::CHAPTERS;

    use super::*;

    #[test]
    fn rust_that_nothing_runs_is_found_whatever_its_verdict() {
        let root = tempfile::TempDir::new().unwrap();
        let write = |file: &str, text: &str| fs::write(root.path().join(file), text).unwrap();
        for chapter in CHAPTERS {
            write(chapter, "# A\n");
        }
        write("README.md", "# A\n\n```rust,right,once\na\n```\n");
        fs::create_dir_all(root.path().join("crates/utils")).unwrap();
        write(
            "crates/utils/README.md",
            "# A\n\n```sh\na\n```\n\n```rust,right,once\na\n```\n\n```rs\na\n```\n",
        );
        let what = "a Rust block outside the pages whose blocks are run: move it to one of them";
        assert_eq!(
            rust_outside_the_pages(root.path()).unwrap_err().to_string(),
            format!("crates/utils/README.md:7: {what}\ncrates/utils/README.md:11: {what}")
        );
    }
}

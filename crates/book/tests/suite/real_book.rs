use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use async_drop_book::html::{Page, Tag};
use async_drop_book::{Seen, Verdicts};
use async_drop_corpus::{Chapter, Verdict, is_chapter, read_pages};
use tempfile::TempDir;

use crate::repository::book;

/// The real book, built once for all tests, and what the run of its blocks has seen. That it builds means that every link and anchor in
/// it resolves.
pub static BUILT: LazyLock<(TempDir, Vec<Seen>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let seen = async_drop_book::run(&root()).unwrap();
    let verdicts = seen.clone();
    let verdicts = Verdicts::from(move |_| Ok(verdicts.clone()));
    async_drop_book::build_into(&book(), folder.path(), verdicts).unwrap();
    (folder, seen)
});

/// Its pages, by file.
static PAGES: LazyLock<BTreeMap<String, Page>> = LazyLock::new(|| {
    let pages = async_drop_book::pages(built()).unwrap().into_iter();
    pages
        .map(|(file, page)| (file.display().to_string(), page))
        .collect()
});

fn built() -> &'static Path {
    BUILT.0.path()
}

fn root() -> PathBuf {
    book().parent().unwrap().to_owned()
}

fn chapters() -> impl Iterator<Item = (Chapter, &'static Page)> {
    let pages = read_pages(&root()).unwrap().into_iter();
    pages.filter(|page| is_chapter(&page.file)).map(|chapter| {
        let page = &PAGES[&chapter.file.replace(".md", ".html")];
        (chapter, page)
    })
}

fn pages() -> impl Iterator<Item = (&'static str, &'static Page)> {
    PAGES.iter().map(|(name, page)| (name.as_str(), page))
}

fn count(page: &Page, is_meant: impl Fn(&&Tag) -> bool) -> usize {
    page.tags.iter().filter(is_meant).count()
}

#[test]
fn every_internal_link_and_anchor_resolves() {
    let dead = async_drop_book::dead_links(built()).unwrap();
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn every_heading_of_a_chapter_has_the_anchor_that_the_repository_gives_it() {
    for (chapter, page) in chapters() {
        assert!(!chapter.headings.is_empty(), "{}", chapter.file);
        for heading in &chapter.headings {
            assert!(
                page.has_anchor(&heading.slug),
                "{}:{}: {}",
                chapter.file,
                heading.line,
                heading.text
            );
        }
    }
}

#[test]
fn front_matter_does_not_show() {
    let mut looked_for = 0;
    for (chapter, _) in chapters() {
        for line in chapter.front_matter.iter().flat_map(|yaml| yaml.lines()) {
            looked_for += 1;
            for (name, page) in pages() {
                assert!(
                    !page.text.contains(line.trim()),
                    "{name} shows `{line}` of {}",
                    chapter.file
                );
            }
        }
    }
    assert!(looked_for > 0, "no chapter has front matter");
}

#[test]
fn every_block_is_in_a_figure_with_its_verdict() {
    for (chapter, page) in chapters() {
        let expected: Vec<_> = chapter
            .blocks
            .iter()
            .map(|block| Some(block.verdict.name()))
            .collect();
        let figures = page
            .tags
            .iter()
            .filter(|tag| tag.name == "figure" && tag.has_class("claim"));
        let shown: Vec<_> = figures.map(|tag| tag.attribute("data-verdict")).collect();
        assert_eq!(shown, expected, "{}", chapter.file);
        let code = count(page, |tag| {
            tag.name == "code" && tag.has_class("language-rust")
        });
        assert_eq!(
            code,
            expected.len(),
            "{} shows Rust without a verdict",
            chapter.file
        );
    }
}

#[test]
fn every_block_says_what_it_was_seen_to_do() {
    for (chapter, page) in chapters() {
        let seen: Vec<_> = page
            .tags
            .iter()
            .filter(|tag| tag.has_class("claim-seen"))
            .filter_map(|tag| tag.attribute("title"))
            .collect();
        assert_eq!(seen.len(), chapter.blocks.len(), "{}", chapter.file);
        assert!(seen.iter().all(|seen| !seen.is_empty()), "{seen:#?}");
    }
}

#[test]
fn no_page_has_an_id_twice() {
    for (name, page) in pages() {
        let mut ids = BTreeSet::new();
        for id in page.tags.iter().filter_map(|tag| tag.attribute("id")) {
            assert!(ids.insert(id), "{name} has the id {id} twice");
        }
    }
}

#[test]
fn the_verdicts_list_every_block_once() {
    let blocks = read_pages(&root()).unwrap();
    let blocks: Vec<_> = blocks.iter().flat_map(|chapter| &chapter.blocks).collect();
    let listed = &PAGES["verdicts.html"];
    let rows = listed.tags.iter().filter(|tag| tag.name == "tr");
    let mut rows: Vec<_> = rows
        .filter_map(|tag| tag.attribute("data-verdict"))
        .collect();
    let mut expected: Vec<_> = blocks.iter().map(|block| block.verdict.name()).collect();
    // Their order is the book's.
    rows.sort_unstable();
    expected.sort_unstable();
    assert_eq!(rows, expected);
    for (chapter, _) in chapters() {
        let expected = chapter.blocks.len();
        let page = chapter.file.replace(".md", ".html#block-");
        let targets: BTreeSet<_> = listed
            .tags
            .iter()
            .filter_map(|tag| tag.attribute("href"))
            .filter(|link| link.starts_with(&page))
            .collect();
        assert_eq!(targets.len(), expected, "{}", chapter.file);
    }
    for block in blocks.iter().filter(|block| !is_chapter(&block.file)) {
        let place = format!("{}:{}", block.file, block.line);
        assert!(listed.text.contains(&place), "{place} is not listed");
    }
    let total = format!("all{}", blocks.len());
    assert!(listed.text.contains(&total), "no `{total}`");
}

#[test]
fn every_quotation_is_marked_and_every_recorded_diagnostic_is_shown() {
    for (chapter, page) in chapters() {
        let quotes = chapter
            .blocks
            .iter()
            .filter(|block| block.quote.is_some())
            .count();
        let marked = count(page, |tag| tag.has_class("happens"));
        assert_eq!(marked, quotes, "{}", chapter.file);
        let recorded = chapter
            .cases()
            .into_iter()
            .filter(|(_, case)| {
                root()
                    .join(format!("crates/fixtures/tests/compile_fail/{case}.stderr"))
                    .is_file()
            })
            .count();
        assert_eq!(
            count(page, |tag| tag.name == "details"),
            recorded,
            "{}",
            chapter.file
        );
    }
}

#[test]
fn no_page_has_a_run_button() {
    for (name, page) in pages() {
        assert_eq!(count(page, |tag| tag.has_class("playground")), 0, "{name}");
    }
}

#[test]
fn the_introduction_explains_every_label() {
    let introduction = fs::read_to_string(book().join("src/introduction.md")).unwrap();
    for verdict in [
        Verdict::Right { cancel_safe: false },
        Verdict::Right { cancel_safe: true },
        Verdict::RightOnce,
        Verdict::CompileFail,
        Verdict::ShouldPanic,
        Verdict::Leaks,
        Verdict::Signature,
        Verdict::Example,
    ] {
        let label = async_drop_book::label(verdict);
        assert!(
            introduction.contains(&format!(" {label} |")),
            "no row for `{label}`"
        );
    }
}

#[test]
fn the_book_is_searchable() {
    let mut files = fs::read_dir(built()).unwrap();
    assert!(files.any(|file| {
        file.unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("searchindex-")
    }));
}

#[test]
fn every_edit_link_leads_to_the_file_to_edit() {
    for (name, page) in pages().filter(|(name, _)| !["404.html", "toc.html"].contains(name)) {
        let edit = page
            .tags
            .iter()
            .find(|tag| tag.attribute("rel") == Some("edit"));
        let link = edit.and_then(|tag| tag.attribute("href")).unwrap();
        let file = link.split_once("/edit/main/").unwrap().1;
        let text = fs::read_to_string(root().join(Path::new(file))).unwrap();
        assert!(
            !text.contains("{{#include"),
            "{name}: {link} leads to an include"
        );
    }
}

//! Lies that show when the chapter is read, or compared with the code.

use async_drop_checks::CHECKS;
use async_drop_corpus::Chapter;

use crate::{assert_said, chapter, contexts, guidance};

#[test]
fn a_signature_that_differs_by_a_bound_is_refuted() {
    assert_said(
        &signatures("signature_differs_by_a_bound"),
        &[
            "corpus/false_chapters/signature_differs_by_a_bound.md:7: section \"A signature differs by a bound\"",
            "the signature of method `AsyncDropGuard::is_dropped` differs from the code",
            "the chapter says:",
            "impl<T> AsyncDropGuard<T> {",
            "the code says:",
            "impl<T: Debug> AsyncDropGuard<T> {",
            "(crates/utils/src/async_drop/guard/wrapper.rs:",
        ],
    );
}

#[test]
fn a_signature_without_an_attribute_that_it_needs_or_with_a_made_up_one_is_refuted() {
    let file = "corpus/false_chapters/signature_without_its_attribute.md";
    assert_said(
        &signatures("signature_without_its_attribute"),
        &[
            &format!(
                "{file}:6: section \"Attributes differ\": the signature of trait `AsyncDrop` differs from the code"
            ),
            "the chapter says:\n    pub trait AsyncDrop {",
            "the code says:\n    #[async_trait]\n    pub trait AsyncDrop {",
            &format!(
                "{file}:12: section \"Attributes differ\": the signature of function `cleanup_error_is_reported` differs"
            ),
            "the chapter says:\n    #[must_use = \"it is made up\"]",
        ],
    );
}

#[test]
fn a_signature_of_an_item_that_does_not_exist_is_refuted() {
    assert_eq!(
        signatures("signature_of_nothing"),
        "corpus/false_chapters/signature_of_nothing.md:8: section \"A signature is that of an item that does not exist\": \
         there is no method `AsyncDropGuard::close` in crates/utils/src"
    );
}

#[test]
fn a_gotcha_with_one_side_is_refuted() {
    assert_eq!(
        gotchas("gotcha_with_one_side"),
        "corpus/false_chapters/gotcha_with_one_side.md:3: entry \"1. An entry that shows nothing right\" \
         shows nothing right after the wrong block in line 7\n\
         corpus/false_chapters/gotcha_with_one_side.md:15: entry \"2. An entry that shows nothing wrong\" \
         shows nothing wrong: it needs a block that is `compile_fail`, `should_panic` or `leaks`\n\
         corpus/false_chapters/gotcha_with_one_side.md:23: entry \"3. An entry whose right block comes first\" \
         shows nothing right after the wrong block in line 31"
    );
}

#[test]
fn a_gotcha_that_changes_more_than_its_rule_says_is_refuted() {
    assert_eq!(
        gotchas("gotcha_that_changes_more_than_the_rule"),
        "corpus/false_chapters/gotcha_that_changes_more_than_the_rule.md:17: \
         section \"1. An entry whose right block does more than the rule says\": \
         the right block has more or fewer of these than the wrong one in line 7, and the rule names none of them: \
         `\"fetched {fetched:?}\"`, `println`\n\
         corpus/false_chapters/gotcha_that_changes_more_than_the_rule.md:38: \
         section \"2. An entry whose right block is another program\": \
         the right block shares 11% of its code with the wrong one in line 30, and has to share 40%\n\
         corpus/false_chapters/gotcha_that_changes_more_than_the_rule.md:38: \
         section \"2. An entry whose right block is another program\": \
         the right block has more or fewer of these than the wrong one in line 30, and the rule names none of them: \
         `1`, `2`, `3`, `7`, `assert_eq`, `fetch`"
    );
}

#[test]
fn a_message_that_nothing_says_is_refuted() {
    let errors = refuted("messages", "quotes_what_nothing_says");
    assert_eq!(
        errors,
        "corpus/false_chapters/quotes_what_nothing_says.md:3: nothing in crates/utils/src says \"Value was dropped\"\n\
         corpus/false_chapters/quotes_what_nothing_says.md:10: nothing in crates/utils/src says \"Forgot to await async_drop on\"\n\
         corpus/false_chapters/quotes_what_nothing_says.md:11: no recorded diagnostic in crates/fixtures/tests/compile_fail has the code E0999\n\
         corpus/false_chapters/quotes_what_nothing_says.md:13: no block of the chapters is quoted with \"leaks when nothing works\"\n\
         corpus/false_chapters/quotes_what_nothing_says.md:13: nothing in crates/utils/src says \"Value dropped\""
    );
}

#[test]
fn a_fence_without_a_verdict_is_refuted() {
    assert_said(
        &chapter("no_verdict").unwrap_err().to_string(),
        &["corpus/false_chapters/no_verdict.md:5: a Rust fence without a verdict"],
    );
}

#[test]
fn a_fence_that_is_not_run_is_refuted() {
    assert_said(
        &chapter("ignored").unwrap_err().to_string(),
        &[
            "corpus/false_chapters/ignored.md:5: `ignore` is not allowed",
            "corpus/false_chapters/ignored.md:9: `no_run` is not allowed",
        ],
    );
}

#[test]
fn a_context_that_does_not_exist_is_refuted() {
    let chapter = chapter("unknown_context").unwrap();
    let error = contexts().of(&chapter.blocks[0]).unwrap_err().to_string();
    let (said, known) = error.split_once(", only ").unwrap();
    assert_eq!(
        said,
        "corpus/false_chapters/unknown_context.md:5: unknown context `nowhere`: \
         there is no file corpus/false_chapters/contexts/nowhere.rs"
    );
    let contexts = contexts();
    let names: Vec<&str> = contexts.iter().map(|context| &*context.name).collect();
    assert!(names.contains(&"body"), "{names:?}");
    assert_eq!(known, names.join(", "));
}

#[test]
fn a_dead_link_is_refuted() {
    assert_eq!(
        links("dead_link"),
        "corpus/false_chapters/dead_link.md:5: dead link `right_wars.md`: there is no corpus/false_chapters/right_wars.md"
    );
}

#[test]
fn a_dead_anchor_is_refuted() {
    assert_said(
        &links("dead_anchor"),
        &[
            "corpus/false_chapters/dead_anchor.md:5: dead anchor `right_warns.md#a-right-block-has-an-error`: \
             no heading of corpus/false_chapters/right_warns.md has it; the nearest are a-right-block-has-a-warning",
            "corpus/false_chapters/dead_anchor.md:6: dead anchor `#an-anchor-is-alive`",
        ],
    );
}

#[test]
fn a_link_that_leads_to_another_entry_than_it_says_is_refuted() {
    assert_eq!(
        links("link_to_another_entry"),
        "corpus/false_chapters/link_to_another_entry.md:3: \
         the words \"lock\" have neither the number nor a word of the title of `#1-await-the-cleanup`\n\
         corpus/false_chapters/link_to_another_entry.md:4: \
         the words \"pattern\" have neither the number nor a word of the title of `#1-await-the-cleanup`\n\
         corpus/false_chapters/link_to_another_entry.md:5: \
         the words \"`Hold the cleanup`\" begin the title of `#3-hold-the-cleanup`, and lead to `#2-hold-the-asynclock-longer`\n\
         corpus/false_chapters/link_to_another_entry.md:15: \
         the words \"macro\" have neither the number nor a word of the title of `#4-close-macro`"
    );
}

#[test]
fn a_dead_anchor_is_told_by_one_check() {
    let mut lie = guidance().clone();
    let page = lie.pages.iter_mut().find(|page| page.file == "patterns.md");
    let page = page.unwrap();
    let text = format!("{}\n[gone](gotchas.md#99-gone)\n", page.text);
    *page = Chapter::parse(&page.file, &text).unwrap();
    let checks = CHECKS.iter();
    let told: Vec<&str> = checks
        .filter(|check| check.run(&lie).is_err())
        .map(|check| check.name)
        .collect();
    assert_eq!(told, ["links"]);
}

#[test]
fn front_matter_with_another_name_is_refuted() {
    let errors = refuted("front matter", "front_matter_with_another_name");
    assert_eq!(
        errors,
        "corpus/false_chapters/front_matter_with_another_name.md:2: \
         `name`: `async_drop` may hold only lowercase letters, digits and hyphens"
    );
}

#[test]
fn a_let_chain_is_refuted() {
    assert_eq!(
        refuted("edition", "needs_edition_2024"),
        "corpus/false_chapters/needs_edition_2024.md:6: \
         a let chain, which edition 2021 does not have: nest it, or use `let … else`"
    );
}

/// What the check of this name finds in a chapter, which stands in place of all pages.
fn refuted(check: &str, name: &str) -> String {
    let chapter = chapter(name).unwrap();
    let mut lie = guidance().with_pages(Vec::new());
    if check == "both sides" {
        lie.layout.gotchas = chapter.file.clone().leak();
    }
    lie.pages.push(chapter);
    crate::refuted(check, &lie).to_string()
}

fn signatures(name: &str) -> String {
    refuted("signatures", name)
}

fn gotchas(name: &str) -> String {
    refuted("both sides", name)
}

fn links(name: &str) -> String {
    refuted("links", name)
}

use std::fs;

use crate::repository::Repository;

/// Builds a book with this gotcha and expects it to be rejected with these words.
#[track_caller]
fn rejected(gotchas: &str, words: &str) {
    let rejection = Repository::with(gotchas).rejection();
    assert!(
        rejection.contains(words),
        "expected: {words}\nrejected with: {rejection}"
    );
}

#[test]
fn a_dead_anchor_of_another_page() {
    rejected(
        "# Gotchas\n\n[arc](helpers.md#asyncdroparc), [box](helpers.md#asyncdropbox)\n",
        "gotchas.html: dead link `helpers.html#asyncdropbox`: helpers.html has no element with the id `asyncdropbox`",
    );
}

#[test]
fn a_dead_anchor_of_the_same_page() {
    rejected(
        "# Gotchas\n\n[up](#gotchas), [down](#patterns)\n",
        "gotchas.html: dead link `#patterns`: gotchas.html has no element with the id `patterns`",
    );
}

#[test]
fn a_link_to_a_file_that_does_not_exist() {
    rejected(
        "# Gotchas\n\nSee\n[the guard](crates/utils/guards.rs).\n",
        "gotchas.md:4: `crates/utils/guards.rs` leads to no file",
    );
}

#[test]
fn a_link_to_a_page_that_does_not_exist() {
    rejected(
        "# Gotchas\n\n[recipes](recipes.md#first)\n",
        "gotchas.md:3: `recipes.md#first` leads to no file",
    );
}

#[test]
fn a_link_out_of_the_repository() {
    rejected(
        "# Gotchas\n\n[up](../up.md)\n",
        "gotchas.md:3: `../up.md` leads out of the repository",
    );
}

#[test]
fn a_dead_link_in_raw_html() {
    rejected(
        "# Gotchas\n\n<a href=\"recipes.html\">recipes</a>\n",
        "gotchas.md:3: `recipes.html` leads to no file",
    );
}

#[test]
fn a_dead_image_in_raw_html() {
    rejected(
        "# Gotchas\n\n<img alt=\"\" src=\"guard.png\">\n",
        "gotchas.md:3: `guard.png` leads to no file",
    );
}

#[test]
fn a_link_that_the_book_cannot_redirect() {
    rejected(
        "# Gotchas\n\n[the guard]\n\n[the guard]: crates/utils/guard.rs\n",
        "gotchas.md:3: write this link inline, as `[words](crates/utils/guard.rs)`",
    );
}

#[test]
fn text_that_only_looks_like_the_link_to_redirect() {
    rejected(
        "# Gotchas\n\n`[a](crates/utils/guard.rs)` and [a]( crates/utils/guard.rs)\n",
        "gotchas.md:3: write this link inline",
    );
}

#[test]
fn a_fence_without_a_verdict() {
    rejected(
        "# Gotchas\n\n```rust\nlet x = 1;\n```\n",
        "gotchas.md:3: a Rust fence without a verdict",
    );
}

#[test]
fn a_fence_that_shares_its_line() {
    rejected(
        "# Gotchas\n\n- ```rust,right,once\n  let x = 1;\n  ```\n",
        "gotchas.md:3: start this fence on a line of its own",
    );
}

#[test]
fn a_book_that_does_not_say_where_its_repository_is() {
    let repository = Repository::with("# Gotchas\n");
    repository.write("book/book.toml", "[output.html]\n");
    let rejection = repository.rejection();
    assert!(rejection.contains("git-repository-url"), "{rejection}");
}

#[test]
fn a_setting_that_mdbook_does_not_know() {
    let repository = Repository::with("# Gotchas\n");
    repository.write("book/book.toml", "[output.html]\nno-such-setting = true\n");
    let rejection = repository.rejection();
    assert!(rejection.contains("no-such-setting"), "{rejection}");
}

#[test]
fn every_wrong_thing_is_named_in_one_go() {
    let rejection = Repository::with("# Gotchas\n\n[a](a.md), [b](b.md)\n").rejection();
    assert!(
        rejection.contains("`a.md`") && rejection.contains("`b.md`"),
        "{rejection}"
    );
}

#[test]
fn whatever_a_built_page_refers_to_has_to_be_in_the_book() {
    let built = tempfile::tempdir().unwrap();
    fs::create_dir(built.path().join("more")).unwrap();
    let html = "<base href='/'><script src='book.js'></script><a href='more/page.html#here'>";
    fs::write(built.path().join("404.html"), html).unwrap();
    let html = "<a href='https://example.org/page.html'><a id='here' href='?x=1#here'>\
                <img src='gone.png'><a href='../404.html#gone'><a href='../../outside.html'>";
    fs::write(built.path().join("more/page.html"), html).unwrap();

    let dead = async_drop_book::dead_links(built.path()).unwrap();
    let dead: Vec<String> = dead.iter().map(ToString::to_string).collect();
    assert_eq!(
        dead,
        [
            "404.html: dead link `book.js`: the book has no file book.js",
            "more/page.html: dead link `gone.png`: the book has no file more/gone.png",
            "more/page.html: dead link `../404.html#gone`: 404.html has no element with the id `gone`",
            "more/page.html: dead link `../../outside.html`: it leaves the book's folder",
        ]
    );
}

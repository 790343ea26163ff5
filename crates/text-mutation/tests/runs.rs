//! What a run draws, and when it fails.

use async_drop_text_mutation::{Fate, Kind, Mutation, Survivors, Tally, draw, mutations};

const CHAPTER: &str = "# Patterns\n\nCall `drain`, `flush` and `close` within 5 s.\n\n## One\n\n```rust,right\nlet one = open();\nclose(one);\n```\n";

fn all() -> Vec<Mutation> {
    mutations("patterns.md", CHAPTER)
}

fn named(kind: Kind, after: &str) -> Mutation {
    all()
        .into_iter()
        .find(|mutation| mutation.kind == kind && mutation.after.contains(after))
        .unwrap()
}

fn survivors(words: &str) -> Survivors {
    let entry = format!(
        "[[survivors]]\nchapter = \"patterns.md\"\nkind = \"name in inline code\"\nsection = \"Patterns\"\nwords = [\"{words} → flushx\"]\nreason = \"x\"\n"
    );
    Survivors::parse(&entry).unwrap()
}

#[test]
fn the_same_seed_draws_the_same_and_another_seed_others() {
    let drawn = draw(all(), 1, 6);
    assert_eq!(drawn.len(), 6);
    assert_eq!(drawn, draw(all(), 1, 6));
    assert!((2..10).any(|seed| draw(all(), seed, 6) != drawn));
}

#[test]
fn a_draw_takes_every_kind_before_it_takes_one_twice() {
    let kinds: std::collections::BTreeSet<Kind> = all().iter().map(|one| one.kind).collect();
    let drawn = draw(all(), 7, kinds.len());
    let drawn: std::collections::BTreeSet<Kind> = drawn.iter().map(|one| one.kind).collect();
    assert_eq!(drawn, kinds);
    assert_eq!(draw(all(), 7, usize::MAX).len(), all().len());
}

#[test]
fn an_edit_elsewhere_leaves_the_draw_alone() {
    let longer = CHAPTER.replace("# Patterns\n", "# Patterns\n\nOne more paragraph.\n");
    let words = |drawn: Vec<Mutation>| -> Vec<_> {
        drawn
            .into_iter()
            .map(|one| (one.kind, one.before, one.after))
            .collect()
    };
    assert_eq!(
        words(draw(all(), 3, 8)),
        words(draw(mutations("patterns.md", &longer), 3, 8))
    );
}

#[test]
fn a_survivor_that_is_not_listed_is_a_fault_with_file_line_and_change() {
    let mut tally = Tally::default();
    tally.add(named(Kind::CodeName, "flushx"), Fate::Survived);
    tally.add(named(Kind::CodeName, "drainx"), Fate::Caught("names"));
    assert_eq!(
        tally.faults(&Survivors::default(), &all()),
        [
            "patterns.md:3: section \"Patterns\": nothing notices a change of kind \"name in inline code\"\n  \
             the chapter says:   Call `drain`, `flush` and `close` within 5 s.\n  \
             the mutation says: Call `drain`, `flushx` and `close` within 5 s.\n  \
             one of the checks in `crates/checks` should"
        ]
    );
    assert_eq!(
        (tally.survived(), tally.unlisted(&Survivors::default())),
        (1, 1)
    );
    assert_eq!(
        tally.summary(),
        "       name in inline code  names 1, survived 1\n"
    );
}

#[test]
fn a_survivor_that_is_listed_is_no_fault_wherever_its_line_moves() {
    let mut tally = Tally::default();
    tally.add(named(Kind::CodeName, "flushx"), Fate::Survived);
    let listed = survivors("Call `drain`, `flush`");
    assert_eq!(tally.faults(&listed, &all()), [""; 0]);
    assert_eq!((tally.survived(), tally.unlisted(&listed)), (1, 0));
}

#[test]
fn an_entry_that_is_caught_now_is_a_fault_only_when_the_run_covers_it() {
    let listed = survivors("flush");
    let mut tally = Tally::default();
    tally.add(named(Kind::CodeName, "drainx"), Fate::Caught("names"));
    assert_eq!(tally.faults(&listed, &all()), [""; 0]);
    tally.add(named(Kind::CodeName, "flushx"), Fate::Caught("names"));
    assert_eq!(
        tally.faults(&listed, &all()),
        [
            "patterns.md: the list of survivors has a change of kind \"name in inline code\" of \"flush → flushx\": \
             it is noticed now, so take it off the list"
        ]
    );
}

#[test]
fn an_entry_whose_words_are_gone_is_a_fault() {
    let faults = Tally::default().faults(&survivors("abort"), &all());
    assert!(
        faults.len() == 1 && faults[0].ends_with("the chapter has no such words any more"),
        "{faults:?}"
    );
}

#[test]
fn a_list_that_means_nothing_is_refused() {
    for (text, said) in [
        ("[[survivors]]\n", "missing field"),
        ("[[survivor]]\n", "unknown field"),
        (
            "[[survivors]]\nchapter = \"a.md\"\nkind = \"spelling\"\nwords = [\"a\"]\nreason = \"b\"\n",
            "there is no kind \"spelling\"",
        ),
        (
            "[[survivors]]\nchapter = \"a.md\"\nkind = \"path\"\nwords = [\"a\"]\nreason = \" \"\n",
            "without a reason",
        ),
    ] {
        let error = Survivors::parse(text).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

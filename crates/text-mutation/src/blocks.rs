//! Changes to what a block is said to be: verdict, context, side, presence.

use async_drop_corpus::{Block, Verdict};

use crate::mutation::{Kind, Mutation};
use crate::page::{Fence, Page};

pub(crate) fn mutate(page: &Page, found: &mut Vec<Mutation>) {
    for (block, fence) in page.blocks() {
        let info = &page.text()[fence.info.clone()];
        for with in other_verdicts(info) {
            found.push(page.replace(Kind::Verdict, fence.info.clone(), with));
        }
        let cancel_safety = match block.verdict {
            Verdict::Right { cancel_safe: true } => Some((",cancel_safe", "")),
            Verdict::Right { cancel_safe: false } => Some(("right", "right,cancel_safe")),
            Verdict::RightOnce => Some((",once", ",cancel_safe")),
            _ => None,
        };
        if let Some((is, other)) = cancel_safety {
            let with = info.replacen(is, other, 1);
            found.push(page.replace(Kind::CancelSafe, fence.info.clone(), with));
        }
        if let Verdict::Right { cancel_safe: true } = block.verdict {
            let (is, other) = match block.timed {
                true => (",timed", ""),
                false => (",cancel_safe", ",cancel_safe,timed"),
            };
            let with = info.replacen(is, other, 1);
            found.push(page.replace(Kind::Timed, fence.info.clone(), with));
        }
        if let Some(context) = &block.context {
            let bare = info.split(",in=").next().unwrap_or_default();
            for other in ["body", "program"] {
                if other != context {
                    let with = format!("{bare},in={other}");
                    found.push(page.replace(Kind::Context, fence.info.clone(), with));
                }
            }
        }
        if is_only_one(page, block) {
            found.push(without(page, block, fence));
        }
    }
    sides(page, found);
}

/// The info string with each verdict that takes the same company.
fn other_verdicts(info: &str) -> Vec<String> {
    let mut words: Vec<&str> = info.split(',').collect();
    let Some(verdict) = words.get(1).copied() else {
        return Vec::new();
    };
    let others: &[&str] = match verdict {
        "right" => &["leaks", "should_panic"],
        "signature" => &["right,cancel_safe"],
        _ => &[
            "right",
            "right,cancel_safe",
            "compile_fail",
            "should_panic",
            "leaks",
        ],
    };
    others
        .iter()
        .filter(|other| **other != verdict)
        .map(|other| {
            words[1] = other;
            words.join(",")
        })
        .collect()
}

/// Whether the entry of a gotcha has only this block for its side, wrong or right.
///
/// Elsewhere a chapter with an example less says less, and nothing false.
fn is_only_one(page: &Page, block: &Block) -> bool {
    let same_side = |(other, _): &(&Block, &Fence)| {
        other.section_slug == block.section_slug
            && is_right(other.verdict) == is_right(block.verdict)
    };
    page.chapter.file == "gotchas.md" && page.blocks().filter(same_side).count() == 1
}

/// Deletes a block and the message that it quotes.
fn without(page: &Page, block: &Block, fence: &Fence) -> Mutation {
    let end = match page.quote_of(block) {
        Some(quote) => quote.whole.end,
        None => fence.whole.end,
    };
    // Prose between the block and its message stays.
    let between = match page.quote_of(block) {
        Some(quote) => &page.text()[fence.whole.end..quote.whole.start],
        None => "",
    };
    let first = block.code.lines().next().unwrap_or_default().trim();
    page.mutation(
        Kind::Block,
        fence.whole.start..end,
        between.to_owned(),
        format!("{} block: {first}", block.verdict.name()),
        "nothing".to_owned(),
    )
}

/// Whether a verdict is one of those for code that a reader should write.
pub(crate) fn is_right(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Right { .. } | Verdict::RightOnce)
}

/// Swaps the code of the first wrong and the first right block of each section.
fn sides(page: &Page, found: &mut Vec<Mutation>) {
    let mut sections: Vec<&str> = page
        .blocks()
        .map(|(block, _)| block.section_slug.as_str())
        .collect();
    sections.dedup();
    for section in sections {
        let first = |wanted: fn(Verdict) -> bool| {
            page.blocks()
                .find(|(block, _)| block.section_slug == section && wanted(block.verdict))
        };
        let wrong = first(|verdict| verdict.needs_quote() && !is_right(verdict));
        let right = first(is_right);
        let (Some((_, wrong)), Some((_, right))) = (wrong, right) else {
            continue;
        };
        let (one, other) = match wrong.code.start < right.code.start {
            true => (&wrong.code, &right.code),
            false => (&right.code, &wrong.code),
        };
        let text = page.text();
        let with = format!(
            "{}{}{}",
            &text[other.clone()],
            &text[one.end..other.start],
            &text[one.clone()]
        );
        found.push(page.mutation(
            Kind::Sides,
            one.start..other.end,
            with,
            format!(
                "wrong, right of \"{}\"",
                page.chapter.section_of(page.line(one.start))
            ),
            "right, wrong".to_owned(),
        ));
    }
}

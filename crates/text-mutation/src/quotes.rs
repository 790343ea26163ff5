//! Changes to the messages that blocks are said to end in.

use std::ops::Range;

use crate::mutation::{Kind, Mutation};
use crate::page::Page;

pub(crate) fn mutate(page: &Page, found: &mut Vec<Mutation>) {
    for (block, _) in page.blocks() {
        let Some(quote) = page.quote_of(block) else {
            continue;
        };
        let text = page.text();
        for word in words(&text[quote.code.clone()]) {
            let range = quote.code.start + word.start..quote.code.start + word.end;
            let is = &text[range.clone()];
            if is.bytes().all(|byte| byte.is_ascii_digit()) {
                found.push(page.replace_in_line(Kind::QuoteNumber, range, &next_number(is)));
            } else {
                found.push(page.replace_in_line(Kind::QuoteWord, range, "other"));
            }
        }
        let lines: Vec<&str> = text[quote.code.clone()].lines().collect();
        if let [first, .., last] = lines.as_slice() {
            let with = format!(
                "{last}\n{}\n{first}\n",
                lines[1..lines.len() - 1].join("\n")
            );
            found.push(page.replace(
                Kind::QuoteLine,
                quote.code.clone(),
                with.replace("\n\n", "\n"),
            ));
        }
        let made_up = quote.code.end..quote.code.end;
        found.push(page.replace(Kind::QuoteLine, made_up, "help: call `close` instead\n"));
        found.push(page.mutation(
            Kind::Quote,
            quote.whole.clone(),
            String::new(),
            lines.first().copied().unwrap_or_default().to_owned(),
            "nothing".to_owned(),
        ));
    }
}

/// Runs of letters and digits.
pub(crate) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, ch) in text.char_indices() {
        if !(ch.is_alphanumeric() || ch == '_') {
            continue;
        }
        let end = at + ch.len_utf8();
        match words.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => words.push(at..end),
        }
    }
    words
}

/// The next number with as many digits.
pub(crate) fn next_number(number: &str) -> String {
    let (rest, last) = number.split_at(number.len() - 1);
    let next = (last.parse::<u8>().unwrap_or_default() + 1) % 10;
    format!("{rest}{next}")
}

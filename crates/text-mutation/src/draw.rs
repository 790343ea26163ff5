use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::mutation::{Kind, Mutation};

/// What decides when a mutation is drawn.
type Lot = [u8; 32];

/// Draws `count` of `mutations`, or all if there are fewer; each kind in each file comes up as often as every other, as long as it
/// has some left.
///
/// The seed and the mutation's own words decide: an edit of the text leaves the draw alone but for what it changes.
pub fn draw(mutations: Vec<Mutation>, seed: u64, count: usize) -> Vec<Mutation> {
    let mut groups: BTreeMap<(Kind, String), Vec<(Lot, Mutation)>> = BTreeMap::new();
    for mutation in mutations {
        let group = groups
            .entry((mutation.kind, mutation.file.clone()))
            .or_default();
        // The same change may be possible in several places of a section.
        let again = group
            .iter()
            .filter(|(_, other)| {
                (&other.section, &other.before, &other.after)
                    == (&mutation.section, &mutation.before, &mutation.after)
            })
            .count();
        group.push((lot(seed, &mutation, again), mutation));
    }
    for group in groups.values_mut() {
        // The lowest lot is drawn first, from the end.
        group.sort_by_key(|(lot, _)| Reverse(*lot));
    }
    let mut drawn = Vec::new();
    while drawn.len() < count && !groups.is_empty() {
        let mut round: Vec<(Lot, Mutation)> = groups.values_mut().filter_map(Vec::pop).collect();
        groups.retain(|_, group| !group.is_empty());
        round.sort_by_key(|(lot, _)| *lot);
        round.truncate(count - drawn.len());
        drawn.extend(round.into_iter().map(|(_, mutation)| mutation));
    }
    drawn.sort_by(|a, b| (&a.file, a.line, a.kind).cmp(&(&b.file, b.line, b.kind)));
    drawn
}

fn lot(seed: u64, mutation: &Mutation, again: usize) -> Lot {
    let words = format!(
        "{seed}\n{}\n{}\n{}\n{}\n{}\n{again}",
        mutation.file, mutation.kind, mutation.section, mutation.before, mutation.after
    );
    hmac_sha256::Hash::hash(words.as_bytes())
}

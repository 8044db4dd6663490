//! One machine after the other changes its daemon, in both directions, with the same files and the same state directory.

use crate::files::Files;
use crate::member::Kind;
use crate::pair::{DEADTIME, Kinds, Pair, pair};
use std::time::Instant;

/// A pair of the first kind becomes a pair of the second: the idle machine first, then the other. With two of one kind
/// it is the restart of one daemon after the other, and the same is expected.
pub fn replace(kinds: Kinds) {
    let (old, new) = kinds;
    let mut pair = pair((old, old), &Files::default());
    pair.up();
    pair.calm();
    let from = Instant::now();
    change(&mut pair, "beta", new);
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    change(&mut pair, "alpha", new);
    pair.settled("alpha");
    pair.calm();
    let moves = moves(&pair, from);
    assert_eq!(moves, ["alpha", "beta", "alpha"], "two planned moves and no more\n{}", pair.story());
    let gap = pair.prober.look(|seen| seen.longest_gap(from, Instant::now()));
    assert!(gap.length < DEADTIME, "a planned move must not look like a death: {gap:?}\n{}", pair.story());
    pair.never_two(from);
    if new == Kind::Ours {
        pair.wait("both to know that they speak claims", |pair| {
            let knows = |member: &crate::member::Member| {
                let nodes = member.status()["nodes"].as_array().cloned().unwrap_or_default();
                !nodes.is_empty() && nodes.iter().all(|node| node["me"] == true || node["systole"] == true)
            };
            knows(&pair.alpha) && knows(&pair.beta)
        });
    }
    pair.done(crate::moves::LEFT);
}

/// Clean stop, the other daemon, start.
fn change(pair: &mut Pair, name: &str, new: Kind) {
    pair.member_mut(name).stop();
    pair.member_mut(name).kind = new;
    pair.member_mut(name).start();
    pair.friends();
    pair.calm();
}

/// Whose pages the client saw, one after the other.
fn moves(pair: &Pair, from: Instant) -> Vec<String> {
    pair.prober.look(|seen| {
        let good = seen.answers.iter().filter(|answer| answer.asked > from).filter_map(|answer| answer.who.clone());
        let mut all: Vec<String> = good.collect();
        all.dedup();
        all
    })
}

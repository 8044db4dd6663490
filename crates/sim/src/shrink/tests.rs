//! Shrinking: a planted fault among much else is what is left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::misfortune::draw;
use crate::run::live;
use crate::script::read;
use crate::world::World;

/// Every stop on every node lies, which no act can do.
fn play_dishonestly(script: &Script) -> Option<Violation> {
    let mut world = World::new(script.plan.clone(), script.dice, false);
    for node in &mut world.nodes {
        node.resources.iter_mut().for_each(|resource| resource.manners.stop_lies = true);
    }
    live(&mut world, script).err()
}

#[test]
fn a_planted_breach_among_a_hundred_acts_is_told_in_a_handful() {
    let script = (0..200)
        .map(draw)
        .find(|script| play_dishonestly(script).is_some_and(|v| v.invariant == Invariant::S7))
        .expect("a seed in which something moves");
    let shrunk = shrink_with(&script, &mut play_dishonestly).expect("it breaks a rule");
    assert_eq!(shrunk.violation.invariant, Invariant::S7);
    assert!(shrunk.script.acts.len() <= 6, "{} of {}", shrunk.script.acts.len(), script.acts.len());
    assert_eq!(play_dishonestly(&shrunk.script), Some(shrunk.violation));
}

#[test]
fn an_honest_script_has_nothing_to_shrink() {
    assert!(shrink(&Script { acts: Vec::new(), ending: Ending::After { ms: 1000 }, ..draw(1) }).is_none());
}

#[test]
fn the_files_of_a_shrunk_script_are_those_of_its_cluster() {
    for seed in 0..20 {
        let mut script = draw(seed);
        script.ending = Ending::After { ms: 1000 };
        let violation = Violation { invariant: Invariant::S1, at: 0, what: "planted".into() };
        let shrunk = Shrunk { acts_before: 1, plays: 1, violation, script: script.clone() };
        let text = paste(&shrunk);
        let (_, rest) = text.split_once("--- ha.cf\n").unwrap();
        let (ha_cf, rest) = rest.split_once("--- haresources\n").unwrap();
        let (haresources, story) = rest.split_once("--- story.txt\n").unwrap();
        let mut plan = crate::Plan::from_files(ha_cf, haresources).unwrap_or_else(|why| panic!("{why}\n{ha_cf}"));
        assert_eq!((plan.links.clone(), plan.timing()), (script.plan.links.clone(), script.plan.timing()), "{text}");
        assert_eq!(plan.groups().len(), script.plan.groups().len());
        let story = crate::scenario::Story::read(story, &mut plan).unwrap_or_else(|why| panic!("{why}\n{story}"));
        assert_eq!(story.dice, script.dice);
        assert_eq!(story.acts.len(), script.acts.len());
        // Keys are as the file has them.
        assert_eq!(read(&crate::script::words(&story.acts, &plan), &plan).unwrap(), story.acts);
    }
}

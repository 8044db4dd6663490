//! Random misfortune from a seed. Without a partition and without a stall there must never be two holders,
//! and when the misfortune ends there must be one.

use super::world::{KEY, World, millis, name, secs};
use crate::{Ask, Which};

const WORDS: [Which; 4] = [Which::All, Which::Local, Which::Foreign, Which::Failback];

fn misfortune(world: &mut World) {
    let names: Vec<String> = world.nodes.keys().map(|n| n.as_str().to_owned()).collect();
    let text = &*names[world.random() as usize % names.len()];
    let up = world.nodes[&name(text)].core.is_some();
    let word = WORDS[(world.random() % 4) as usize];
    match world.random() % 10 {
        0 if up => world.power_cut(text),
        1 if up => drop(world.ask(text, Ask::Shutdown)),
        2 if up => drop(world.ask(text, Ask::Standby { which: word })),
        3 if up => drop(world.ask(text, Ask::Takeover { which: word })),
        4 if up => drop(world.ask(text, Ask::Cleanup { group: None })),
        5 if up => drop(world.ask(text, Ask::Move { group: KEY.into(), node: name("a") })),
        6 => {
            let node = world.nodes.get_mut(&name(text)).unwrap();
            node.broken = !node.broken;
        }
        7 if up => {
            let carrier = !world.nodes[&name(text)].carrier;
            world.carrier(text, carrier);
        }
        _ if !up => world.boot(text),
        _ => {}
    }
}

/// More misfortune than any timing can tell from death: silence of a living peer.
fn isolation(world: &mut World) {
    let text = if world.random().is_multiple_of(2) { "a" } else { "b" };
    match world.random() % 6 {
        0 => world.partition("a", "b", true),
        1 | 2 => world.partition("a", "b", false),
        3 if world.nodes[&name(text)].core.is_some() && world.nodes[&name(text)].stopped_until.is_none() => {
            let span = millis(world.random() % 30_000);
            world.stop_process(text, span);
        }
        _ => misfortune(world),
    }
}

/// The end of all misfortune: everything mended, switched on, forgiven.
fn mend(world: &mut World) {
    world.run(secs(31));
    world.partition("a", "b", false);
    for text in ["a", "b"] {
        world.nodes.get_mut(&name(text)).unwrap().broken = false;
        world.carrier(text, true);
        if world.nodes[&name(text)].core.is_none() {
            world.boot(text);
        }
        world.ask(text, Ask::Cleanup { group: None });
    }
}

#[test]
fn random_misfortune_without_partition_never_makes_two_holders_and_ends_with_one() {
    for seed in 0..400 {
        let mut world = World::new(&["a", "b"]).seed(seed, seed % 100);
        world.boot("a");
        world.boot("b");
        for _ in 0..60 {
            misfortune(&mut world);
            let pause = millis(world.random() % 15_000);
            world.run(pause);
            assert_eq!(world.both, secs(0), "seed {seed}: two holders before {:?}", world.now);
        }
        mend(&mut world);
        world.run(secs(90));
        assert_eq!(world.holders().len(), 1, "seed {seed}: after the end of all misfortune");
        assert_eq!(world.both, secs(0), "seed {seed}");
    }
}

#[test]
fn three_nodes_under_random_misfortune_never_have_two_holders() {
    for seed in 0..200 {
        let mut world = World::new(&["a", "b", "c"]).seed(seed, seed % 100);
        for text in ["a", "b", "c"] {
            world.boot(text);
        }
        for _ in 0..60 {
            misfortune(&mut world);
            let pause = millis(world.random() % 15_000);
            world.run(pause);
            assert_eq!(world.both, secs(0), "seed {seed}: two holders before {:?}", world.now);
        }
        for text in ["a", "b", "c"] {
            world.nodes.get_mut(&name(text)).unwrap().broken = false;
            world.carrier(text, true);
            if world.nodes[&name(text)].core.is_none() {
                world.boot(text);
            }
            world.ask(text, Ask::Cleanup { group: None });
        }
        world.run(secs(90));
        assert_eq!(world.holders().len(), 1, "seed {seed}: all three are back");
    }
}

#[test]
fn after_partitions_and_stalls_of_any_kind_one_holder_is_left() {
    // 768: both had released it to the other in the same epoch, and each waited for the other.
    for seed in (0..400).chain([768]) {
        let mut world = World::new(&["a", "b"]).seed(seed, seed % 100);
        world.boot("a");
        world.boot("b");
        for _ in 0..60 {
            isolation(&mut world);
            let pause = millis(world.random() % 15_000);
            world.run(pause);
        }
        mend(&mut world);
        // Both hear each other within a keepalive; a doubled group is single again well before a deadtime.
        world.run(secs(5));
        world.both = secs(0);
        world.run(secs(90));
        assert_eq!(world.holders().len(), 1, "seed {seed}: after the end of all misfortune");
        assert_eq!(world.both, secs(0), "seed {seed}: two holders long after the heal");
    }
}

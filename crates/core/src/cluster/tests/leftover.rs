//! Both processes are killed and come back within the lifetime of the addresses: nothing moves, unless somebody else has it.

use super::world::{KEY, World, millis, name, secs};
use crate::output::GroupChange;
use crate::{Answer, Ask, Condition, Event, Failback, GroupId, Input, Probing, Timing, Wire};

/// Both up, a serving; a lifetime would be 9 s.
fn world(probe: Probing) -> World {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, Failback::On);
    world.probe = probe;
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    world.run(secs(30));
    world
}

fn jobs(world: &World, text: &str) -> (u32, u32) {
    let node = &world.nodes[&name(text)];
    (node.starts, node.stops)
}

fn changes(world: &World, text: &str, wanted: GroupChange, word: &str) -> usize {
    world.told(text, |e| matches!(e, Event::Group { change, why, .. } if *change == wanted && why.contains(word)))
}

#[test]
fn a_restart_within_the_lifetime_moves_nothing_and_says_so() {
    for back in [200, 1000, 3000, 5000] {
        let mut world = world(Probing::On);
        let before = (jobs(&world, "a"), jobs(&world, "b"));
        world.kill("a", Some(8));
        world.run(millis(back));
        world.nodes.get_mut(&name("a")).unwrap().lasts = Some(8 - (back as u32).div_ceil(1000));
        world.boot("a");
        world.until(secs(4), "a serves again", |w| w.serves("a"));
        world.run(secs(120));
        assert_eq!((jobs(&world, "a"), jobs(&world, "b")), before, "after {back} ms");
        assert_eq!(changes(&world, "a", GroupChange::Kept, "kept as it ran on while the daemon was started anew"), 1);
        let id = world.ask("a", Ask::Status);
        let Some(Answer::Status(status)) = world.answer("a", id) else { panic!("no status") };
        assert!(status.groups[0].why.contains("no other node holds it"), "{}", status.groups[0].why);
    }
}

#[test]
fn without_a_lifetime_what_is_left_is_stopped_first() {
    let mut world = world(Probing::On);
    world.kill("a", None);
    world.run(secs(1));
    world.boot("a");
    world.run(secs(60));
    assert_eq!(changes(&world, "a", GroupChange::Kept, ""), 0);
    assert_eq!(changes(&world, "a", GroupChange::Releasing, "left over from before this node joined"), 1);
    assert_eq!((world.holders().len(), world.both), (1, millis(0)));
}

#[test]
fn what_the_peer_has_taken_meanwhile_is_never_kept() {
    let mut world = world(Probing::Off);
    world.kill("a", Some(9));
    // The machine stood still with its clock, so its address has not expired.
    world.until(secs(12), "b took it", |w| w.nodes[&name("b")].runs);
    world.run(secs(1));
    world.boot("a");
    world.until(secs(4), "only b", |w| w.holders() == ["b"]);
    assert_eq!(changes(&world, "a", GroupChange::Releasing, "b has it by now"), 1);
    assert_eq!(changes(&world, "a", GroupChange::Kept, ""), 0);
}

#[test]
fn alone_it_is_kept_where_nobody_answers_for_the_address_and_given_up_where_somebody_does() {
    let rival = Wire::Answered { address: "192.0.2.36".into(), by: "02:00:00:00:00:0b".into(), serves: Some(true) };
    for (wire, kept) in [(Wire::Silent, 1), (rival, 0), (Wire::Useless { why: "all is answered".into() }, 0)] {
        let mut world = world(Probing::On);
        world.power_cut("b");
        world.run(secs(60));
        let before = jobs(&world, "a");
        world.kill("a", Some(8));
        world.wire = Some(wire.clone());
        world.run(secs(1));
        world.boot("a");
        world.run(secs(20));
        assert_eq!(changes(&world, "a", GroupChange::Kept, "b is not heard yet"), kept, "{wire:?}");
        assert_eq!(changes(&world, "a", GroupChange::Releasing, "left over"), 1 - kept, "{wire:?}");
        assert_eq!(jobs(&world, "a") == before, kept == 1);
    }
}

/// Its beat is on its way: what is silent on the wire is no proof before whoever lives has had the time for a beat.
#[test]
fn a_silent_wire_alone_keeps_nothing_before_a_peer_that_lives_has_spoken() {
    let mut world = world(Probing::On);
    world.kill("a", Some(9));
    world.until(secs(12), "b took it", |w| w.nodes[&name("b")].runs);
    // Just after a beat of b, so that its next one comes after the round.
    world.run(millis(100));
    world.boot("a");
    world.until(secs(6), "only b", |w| w.holders() == ["b"]);
    assert_eq!(changes(&world, "a", GroupChange::Kept, ""), 0);
}

#[test]
fn a_shutdown_or_a_cable_that_is_out_leaves_nothing_behind() {
    let mut world = world(Probing::On);
    world.kill("a", Some(8));
    world.nodes.get_mut(&name("a")).unwrap().carrier = false;
    world.run(secs(1));
    world.boot("a");
    world.until(secs(4), "nothing runs on a", |w| !w.holders().contains(&"a"));
    assert_eq!(changes(&world, "a", GroupChange::Releasing, "there is no carrier"), 1);

    let mut world = self::world(Probing::On);
    world.kill("a", Some(8));
    world.partition("a", "b", true);
    world.boot("a");
    world.ask("a", Ask::Shutdown);
    world.until(secs(4), "nothing runs on a", |w| !w.holders().contains(&"a"));
}

#[test]
fn what_was_kept_is_ours_in_every_way() {
    // Seed 92 of the simulator: hands was killed later, and found half of it.
    let mut world = world(Probing::On);
    world.kill("a", Some(8));
    world.run(secs(1));
    world.boot("a");
    world.until(secs(4), "a serves again", |w| w.serves("a"));
    world.run(secs(20));
    world.input("a", Input::HandsDown);
    world.input("a", Input::HandsUp { found: vec![(GroupId::of_key(KEY), Condition::Partial)] });
    world.run(secs(1));
    assert!(world.serves("a"));
    world.run(secs(60));
    assert_eq!(world.holders(), ["a"]);
}

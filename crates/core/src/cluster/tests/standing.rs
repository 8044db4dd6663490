//! A peer that is heard and cannot be believed, or does not hear us: named, alive, and not taken from.

use super::world::{LINKS, World, millis, name, secs};
use crate::output::GroupChange;
use crate::status::Named;
use crate::{Answer, Ask, Event, Failback, Input, LinkName, Probing, Refusal, Timing, Which, Wire};

fn world(probe: Probing) -> World {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, Failback::On);
    world.probe = probe;
    world
}

fn refused(world: &World, text: &str) -> usize {
    world.told(text, |e| matches!(e, Event::PeerRefused { why: Refusal::Key, .. }))
}

fn named(world: &mut World, of: &str, peer: &str) -> Vec<Named> {
    let id = world.ask(of, Ask::Status);
    let Some(Answer::Status(status)) = world.answer(of, id) else { panic!("no status") };
    status.nodes.iter().find(|n| n.name == name(peer)).unwrap().named.clone()
}

fn takes_over(world: &World, text: &str, word: &str) -> usize {
    let acquires =
        |e: &Event| matches!(e, Event::Group { change: GroupChange::Acquiring, why, .. } if why.contains(word));
    world.told(text, acquires)
}

#[test]
fn two_nodes_with_different_keys_do_not_both_serve_and_a_person_decides_where_the_wire_cannot() {
    let mut world = world(Probing::Off);
    world.wrong_key.insert(name("b"));
    world.boot("a");
    world.boot("b");
    world.run(secs(900));
    assert!(world.holders().is_empty(), "{:?}", world.holders());
    assert_eq!((refused(&world, "a"), refused(&world, "b")), (1, 1));
    assert!(matches!(named(&mut world, "a", "b")[..], [Named::WrongKey { .. }]));
    let id = world.ask("a", Ask::Takeover { which: Which::All });
    world.run(secs(1));
    assert!(matches!(world.answer("a", id), Some(Answer::Done { .. })), "{:?}", world.answer("a", id));
    assert_eq!(takes_over(&world, "a", "an operator asked for it here"), 1);
    world.run(secs(900));
    assert_eq!(world.holders(), ["a"]);
    assert_eq!(world.both, millis(0));
}

#[test]
fn where_the_wire_is_silent_a_node_with_another_key_keeps_nobody_from_serving() {
    let mut world = world(Probing::On);
    world.wrong_key.insert(name("b"));
    world.boot("a");
    let took = world.until(secs(62), "a serves", |w| w.serves("a"));
    assert!(took >= secs(60), "{took:?}: initdead is for those that were never believed");
    world.wire = Some(Wire::Answered { address: "192.0.2.36".into(), by: "the other".into(), serves: Some(true) });
    world.boot("b");
    world.run(secs(300));
    assert_eq!((world.holders(), world.both), (vec!["a"], millis(0)));
    assert_eq!(takes_over(&world, "a", "b is silent on all links"), 1, "it was not there yet");
}

#[test]
fn an_owner_that_comes_back_with_another_key_is_not_taken_from_until_its_machine_is_dead() {
    for probe in [Probing::Off, Probing::On] {
        let mut world = world(probe);
        world.boot("a");
        world.boot("b");
        world.until(secs(2), "a serves", |w| w.serves("a"));
        world.run(secs(30));
        // Its daemon is started anew with a changed file, and what it left is still there.
        world.wire = Some(Wire::Answered { address: "192.0.2.36".into(), by: "a".into(), serves: Some(true) });
        world.wrong_key.insert(name("a"));
        world.run(secs(900));
        assert_eq!((world.holders(), refused(&world, "b")), (vec!["a"], 1), "{probe:?}");
        assert!(matches!(named(&mut world, "b", "a")[..], [Named::WrongKey { .. }]));
        world.power_cut("a");
        world.wire = Some(Wire::Silent);
        let took = world.until(secs(13), "b serves", |w| w.serves("b"));
        assert!(probe == Probing::Off || took < secs(3), "{took:?}: the wire need not wait for deadtime");
        assert_eq!(world.both, millis(0));
        assert!(named(&mut world, "b", "a").is_empty() || took < secs(10));
    }
}

#[test]
fn who_said_goodbye_and_is_back_with_another_key_is_not_gone() {
    let mut world = world(Probing::Off);
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    world.ask("b", Ask::Shutdown);
    world.run(secs(30));
    world.wrong_key.insert(name("b"));
    world.boot("b");
    world.run(secs(30));
    // This node did not run for a while, and gives up what it had: b may have it by now.
    world.input("a", Input::Lapsed);
    world.run(secs(300));
    assert!(world.holders().is_empty(), "{:?}", world.holders());
    world.power_cut("b");
    world.until(secs(13), "a serves", |w| w.serves("a"));
}

#[test]
fn damaged_frames_of_a_living_peer_are_nothing_to_speak_of() {
    let mut world = World::settled(&["a", "b"]);
    for _ in 0..30 {
        let (link, node) = (LinkName(LINKS[0].into()), name("b"));
        world.input("a", Input::Refused { link, node, why: Refusal::Key, placed: true });
        world.run(millis(2900));
    }
    assert_eq!(refused(&world, "a"), 0);
    assert!(named(&mut world, "a", "b").is_empty());
    world.power_cut("b");
    world.run(secs(60));
    assert!(world.serves("a"));
}

#[test]
fn a_name_written_by_anybody_keeps_a_group_for_ten_minutes_and_no_longer() {
    let mut world = world(Probing::Off);
    world.placed = false;
    world.wrong_key.insert(name("b"));
    world.boot("b");
    world.boot("a");
    world.run(secs(590));
    assert!(world.holders().is_empty());
    world.power_cut("b");
    // Somebody goes on in its name.
    for _ in 0..60 {
        let (link, node) = (LinkName(LINKS[0].into()), name("b"));
        world.input("a", Input::Refused { link, node, why: Refusal::Key, placed: false });
        world.run(secs(1));
    }
    assert!(world.serves("a"));
}

#[test]
fn a_peer_that_does_not_hear_us_is_named_once_and_nothing_is_taken_from_it() {
    let mut world = World::settled(&["a", "b"]);
    world.wire = Some(Wire::Answered { address: "192.0.2.36".into(), by: "a".into(), serves: Some(true) });
    for link in LINKS {
        world.cut.insert((name("b"), name("a"), link.to_owned()));
    }
    world.run(secs(300));
    let deaf = |w: &World, who: &str, deaf| w.told(who, |e| matches!(e, Event::PeerDeaf { deaf: d, .. } if *d == deaf));
    assert_eq!((deaf(&world, "b", true), deaf(&world, "a", true)), (1, 0));
    assert!(named(&mut world, "b", "a").contains(&Named::OneWay));
    assert!(world.serves("a"));
    world.cut.clear();
    world.run(secs(30));
    assert_eq!((deaf(&world, "b", true), deaf(&world, "b", false)), (1, 1));
    assert!(named(&mut world, "b", "a").is_empty());
}

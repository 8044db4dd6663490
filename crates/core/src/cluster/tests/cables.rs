//! Cables: what a node without one may take, give and say.

use super::world::{LINKS, World, millis, name, secs};
use crate::output::GroupChange;
use crate::{ClaimState, Event, Input, LinkName};

fn refused(event: &Event) -> Option<&str> {
    match event {
        Event::Group { change: GroupChange::Refused, why, .. } => Some(why),
        _ => None,
    }
}

/// Its serial port fails, and then its cable is out: it hears nobody, and nobody hears it.
fn isolate_b(world: &mut World) {
    let serial = LinkName(LINKS[1].into());
    world.input("b", Input::LinkChanged { link: serial, open: false, why: "no such device".into() });
    world.carrier("b", false);
    world.partition("a", "b", true);
}

#[test]
fn a_node_whose_only_cable_was_out_listens_for_a_deadtime_before_it_takes_anything() {
    let mut world = World::settled(&["a", "b"]);
    isolate_b(&mut world);
    world.run(secs(60));
    assert!(world.serves("a"), "the isolated one takes nothing");
    world.carrier("b", true);
    world.run(millis(500));
    world.partition("a", "b", false);
    world.run(secs(60));
    assert_eq!((world.both, world.nodes[&name("b")].starts), (secs(0), 0));
    assert!(world.serves("a"));
    // If really nobody is there, it is believed after a deadtime.
    world.carrier("b", false);
    world.power_cut("a");
    world.run(secs(30));
    assert!(world.holders().is_empty());
    world.carrier("b", true);
    let took = world.until(secs(11), "b serves", |w| w.serves("b"));
    assert!(took >= secs(10), "{took:?}");
}

#[test]
fn a_group_that_stays_down_for_want_of_a_cable_is_told_once_with_the_reason() {
    let mut world = World::settled(&["a", "b"]);
    world.carrier("b", false);
    world.run(secs(20));
    assert_eq!(world.told("b", |e| refused(e).is_some()), 0, "a serves, nobody misses b");
    world.power_cut("a");
    world.run(secs(60));
    let why = |e: &Event| refused(e).is_some_and(|why| why.contains("no carrier") && why.contains("a is dead"));
    assert_eq!(world.told("b", why), 1);
    assert_eq!(world.told("b", |e| refused(e).is_some()), 1);
    world.carrier("b", true);
    world.until(secs(11), "b serves", |w| w.serves("b"));
}

#[test]
fn interfaces_that_nothing_needs_are_not_remembered() {
    let mut world = World::settled(&["a", "b"]);
    for number in 0..1000 {
        let interface = format!("veth{number}");
        world.input("a", Input::CarrierChanged { interface, carrier: number % 2 == 0 });
    }
    let known: Vec<_> = world.nodes[&name("a")].core.as_ref().unwrap().carriers.keys().cloned().collect();
    assert_eq!(known, ["eth0"]);
    assert_eq!(world.told("a", |e| matches!(e, Event::Carrier { .. })), 0);
}

#[test]
fn a_switch_that_takes_the_carrier_of_both_moves_nothing() {
    let mut world = World::settled(&["a", "b"]);
    world.carrier("a", false);
    world.carrier("b", false);
    world.run(secs(60));
    // The serial line was too slow for an answer in time.
    assert!(world.holders().is_empty());
    world.carrier("a", true);
    world.carrier("b", true);
    world.until(secs(1), "a serves", |w| w.serves("a"));
    world.run(secs(60));
    assert_eq!((world.nodes[&name("b")].starts, world.both), (0, secs(0)));
    world.carrier("a", false);
    world.carrier("b", false);
    world.run(secs(60));
    world.carrier("b", true);
    let took = world.until(secs(1), "b serves", |w| w.serves("b"));
    assert!(took < millis(500), "{took:?}");
    world.carrier("a", true);
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!(world.both, secs(0));
}

/// One medium only: nobody hears that the group is released, so nobody would take it sooner.
#[test]
fn the_only_cable_is_out_for_a_moment_and_nothing_moves() {
    let mut world = World::settled(&["a", "b"]);
    for (from, to) in [("a", "b"), ("b", "a")] {
        world.cut.insert((name(from), name(to), LINKS[1].to_owned()));
    }
    world.run(secs(30));
    world.carrier("a", false);
    world.run(secs(5));
    assert_eq!(world.here("a"), ClaimState::Running);
    world.carrier("a", true);
    world.run(secs(60));
    assert!(world.serves("a"));
    // Longer, and it is down before the other one may act.
    world.carrier("a", false);
    world.until(secs(10), "a lets go", |w| w.holders().is_empty());
    world.carrier("a", true);
    world.until(secs(3), "a takes back what nobody took", |w| w.serves("a"));
    world.carrier("a", false);
    world.until(secs(11), "b took over", |w| w.serves("b"));
    world.carrier("a", true);
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!((world.both, world.nodes[&name("b")].starts), (secs(0), 1));
}

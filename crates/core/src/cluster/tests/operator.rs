//! Commands: standby, takeover, move, shutdown, and what is answered.

use super::world::{KEY, World, name, secs};
use crate::{Answer, Ask, AskId, ClaimState, Event, Which};

fn refused(world: &World, id: AskId) -> &str {
    match world.answer("a", id) {
        Some(Answer::Refused { why }) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn standby_moves_the_group_waits_and_says_so() {
    let mut world = World::settled(&["a", "b"]);
    let id = world.ask("a", Ask::Standby { which: Which::All });
    assert!(world.answer("a", id).is_none(), "answered before it was done");
    world.until(secs(2), "answered", |w| w.answer("a", id).is_some());
    assert_eq!(world.answer("a", id), Some(&Answer::Done { said: format!("{KEY} runs on b") }));
    assert!(world.serves("b"));
    world.run(secs(300));
    assert!(world.serves("b"), "what the operator sent away does not come back by itself");
}

#[test]
fn takeover_brings_it_back() {
    let mut world = World::settled(&["a", "b"]);
    let id = world.ask("b", Ask::Takeover { which: Which::Foreign });
    world.until(secs(2), "answered", |w| w.answer("b", id).is_some());
    assert!(world.serves("b"));
    let id = world.ask("a", Ask::Takeover { which: Which::Local });
    world.until(secs(2), "answered", |w| w.answer("a", id).is_some());
    assert!(world.serves("a"));
    assert_eq!(world.both, secs(0));
}

#[test]
fn the_words_choose_the_groups() {
    let mut world = World::settled(&["a", "b"]);
    for which in [Which::Foreign, Which::Failback] {
        let id = world.ask("a", Ask::Standby { which });
        assert!(matches!(world.answer("a", id), Some(Answer::Done { .. })));
    }
    world.run(secs(5));
    assert!(world.serves("a"));
}

#[test]
fn standby_without_anybody_fit_is_refused_with_the_reason() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.run(secs(15));
    let id = world.ask("a", Ask::Standby { which: Which::All });
    let Some(Answer::Refused { why }) = world.answer("a", id) else { panic!("not refused") };
    assert!(why.contains("b is dead"), "{why}");
    assert!(world.serves("a"));
}

#[test]
fn standby_to_a_node_that_cannot_start_it_takes_back_and_says_so() {
    let mut world = World::settled(&["a", "b"]);
    world.nodes.get_mut(&name("b")).unwrap().broken = true;
    let id = world.ask("a", Ask::Standby { which: Which::All });
    world.until(secs(3), "answered", |w| w.answer("a", id).is_some());
    assert_eq!(refused(&world, id), format!("{KEY} runs here again: it failed on b"));
    assert!(world.serves("a"));
}

#[test]
fn the_answer_names_what_kept_the_taker_from_it() {
    let mut world = World::settled(&["a", "b"]);
    let id = world.ask("a", Ask::Standby { which: Which::All });
    world.until(secs(2), "b starts it", |w| w.here("b") == ClaimState::Starting);
    world.power_cut("b");
    world.until(secs(12), "answered", |w| w.answer("a", id).is_some());
    assert_eq!(refused(&world, id), format!("{KEY} runs here again: b is silent on all links"));
}

#[test]
fn standby_asked_twice_moves_once_and_leaves_no_order_behind() {
    let mut world = World::settled(&["a", "b"]);
    let first = world.ask("a", Ask::Standby { which: Which::All });
    assert_eq!(world.here("a"), ClaimState::Stopping);
    let second = world.ask("a", Ask::Standby { which: Which::All });
    world.until(secs(2), "answered", |w| w.answer("a", first).is_some() && w.answer("a", second).is_some());
    assert!(world.serves("b"));
    world.power_cut("b");
    world.until(secs(12), "a serves again", |w| w.serves("a"));
    world.boot("b");
    world.run(secs(60));
    assert!(world.serves("a"), "nobody asked for that since");
}

#[test]
fn standby_just_after_a_heal_waits_for_the_other_to_show_that_it_hears_us() {
    let mut world = World::settled(&["a", "b"]);
    world.partition("b", "a", true);
    // One verdict is enough: b hears a again before it holds it for dead.
    world.until(secs(11), "a takes b for dead", |w| w.told("a", |e| matches!(e, Event::PeerDead { .. })) == 1);
    world.partition("a", "b", false);
    let returned = |w: &World| w.told("a", |e| matches!(e, Event::PeerReturned { .. })) == 1;
    world.until(secs(3), "a hears b again", returned);
    let b = &world.nodes[&name("a")].core.as_ref().unwrap().peers[&name("b")];
    assert!(!b.is_proven());
    let id = world.ask("a", Ask::Standby { which: Which::All });
    world.until(secs(3), "answered", |w| w.answer("a", id).is_some());
    assert!(matches!(world.answer("a", id), Some(Answer::Done { .. })), "{:?}", world.answer("a", id));
}

#[test]
fn standby_to_a_node_that_dies_before_it_shows_that_it_hears_us_is_refused_at_the_verdict() {
    let mut world = World::settled(&["a", "b"]);
    world.power_cut("b");
    world.run(secs(4));
    let id = world.ask("a", Ask::Standby { which: Which::All });
    world.until(secs(10), "answered", |w| w.answer("a", id).is_some());
    assert!(refused(&world, id).contains("b is dead"));
    world.boot("b");
    world.run(secs(60));
    assert!(world.serves("a"), "the order has ended with its answer");
}

#[test]
fn both_sides_asked_at_once_end_with_one_holder() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("a", Ask::Standby { which: Which::All });
    world.ask("b", Ask::Standby { which: Which::All });
    world.ask("b", Ask::Takeover { which: Which::All });
    world.ask("a", Ask::Takeover { which: Which::All });
    world.run(secs(20));
    assert_eq!(world.holders().len(), 1);
    assert_eq!(world.both, secs(0));
}

#[test]
fn move_names_group_and_node() {
    let mut world = World::settled(&["a", "b"]);
    let id = world.ask("a", Ask::Move { group: "apache2".into(), node: name("b") });
    assert!(matches!(world.answer("a", id), Some(Answer::Refused { why }) if why.contains(KEY)));
    let id = world.ask("a", Ask::Move { group: KEY.into(), node: name("b") });
    world.until(secs(2), "answered", |w| w.answer("a", id).is_some());
    assert!(world.serves("b"));
}

#[test]
fn shutdown_of_the_last_node_leaves_nothing_running() {
    let mut world = World::settled(&["a", "b"]);
    world.ask("b", Ask::Shutdown);
    world.run(secs(2));
    assert!(world.serves("a"));
    world.ask("a", Ask::Shutdown);
    world.run(secs(2));
    assert!(world.holders().is_empty());
    assert!(world.nodes.values().all(|n| n.core.is_none()));
}

/// The order of preference put d before a, the names a before b and b before d, so nobody went first.
#[test]
fn of_four_nodes_with_two_kinds_of_files_that_all_wish_one_goes_first() {
    let mut world = World::new(&["a", "b", "c", "d"]);
    world.files =
        Some(|me| if matches!(me, "a" | "d") { (["d", "a", "b", "c"], 1) } else { (["c", "b", "a", "d"], 2) });
    let all = ["a", "b", "c", "d"];
    all.iter().for_each(|node| world.boot(node));
    world.until(secs(5), "somebody serves", |w| all.iter().any(|node| w.serves(node)));
    world.run(secs(10));
    for node in all {
        world.ask(node, Ask::Takeover { which: Which::All });
    }
    world.run(secs(5));
    assert_eq!(world.holders().len(), 1);
    assert_eq!(world.both, secs(0));
}

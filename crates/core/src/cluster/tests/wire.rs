//! Silence and the wire: who has the address is asked before silence counts, and costs a true takeover nothing.

use super::world::{World, millis, name, secs};
use crate::output::GroupChange;
use crate::status::GroupStatus;
use crate::{Answer, Ask, Elsewhere, Event, Failback, Probing, Timing, Which, Wire};

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

fn answered(serves: bool) -> Wire {
    Wire::Answered { address: "192.0.2.36".into(), by: "02:00:00:00:00:0a".into(), serves: Some(serves) }
}

fn refusals(world: &World, word: &str) -> usize {
    let refused = |e: &Event| matches!(e, Event::Group { change: GroupChange::Refused, why, .. } if why.contains(word));
    world.told("b", refused)
}

#[test]
fn a_dead_owner_is_replaced_as_fast_as_without_the_question() {
    let mut took = Vec::new();
    for probe in [Probing::Off, Probing::On, Probing::Warn] {
        let mut world = world(probe);
        assert_eq!(world.probes, 0, "nobody is asked while all is well");
        world.power_cut("a");
        took.push(world.until(secs(11), "b serves", |w| w.serves("b")));
        let asked = if probe == Probing::Off { 0 } else { 2 };
        assert_eq!(world.probes, asked, "once before the verdict, and once beside it");
        let why = world.told("b", |e| {
            matches!(e, Event::Group { change: GroupChange::Acquiring, why, .. }
                if why.ends_with("no machine answers for the address"))
        });
        assert_eq!(why, usize::from(probe != Probing::Off));
    }
    assert!(took.iter().all(|t| *t == took[0]), "{took:?}");
}

#[test]
fn nothing_is_taken_while_a_machine_answers_and_at_once_when_it_falls_silent() {
    for serves in [true, false] {
        let mut world = world(Probing::On);
        world.wire = Some(answered(serves));
        world.partition("a", "b", true);
        world.run(secs(310));
        assert_eq!(world.holders(), ["a"], "five minutes");
        assert_eq!(refusals(&world, "peer daemon silent, service alive"), usize::from(serves));
        assert_eq!(refusals(&world, "address alive but not the service"), usize::from(!serves));
        assert!(world.probes < 400, "{}: about one a second", world.probes);
        world.power_cut("a");
        world.wire = Some(Wire::Silent);
        let took = world.until(secs(5), "b serves", |w| w.serves("b"));
        assert!(took < secs(1) + millis(1300), "{took:?}");
    }
}

#[test]
fn one_silent_round_after_an_answer_is_no_silence() {
    // Seed 191 of the simulator: the network was slow for half a second.
    let mut world = world(Probing::On);
    world.wire = Some(answered(true));
    world.partition("a", "b", true);
    world.run(secs(60));
    for _ in 0..50 {
        let before = world.probes;
        world.wire = Some(Wire::Silent);
        world.until(secs(3), "the next question", |w| w.probes > before);
        world.run(millis(610));
        world.wire = Some(answered(true));
        world.run(secs(3));
    }
    assert_eq!(world.nodes[&name("b")].starts, 0);
}

#[test]
fn an_operator_is_told_at_once_why_it_cannot_be_taken() {
    let mut world = world(Probing::On);
    world.wire = Some(answered(true));
    world.partition("a", "b", true);
    world.run(secs(60));
    let id = world.ask("b", Ask::Takeover { which: Which::All });
    world.run(millis(10));
    match world.answer("b", id) {
        Some(Answer::Refused { why }) => assert!(why.contains("02:00:00:00:00:0a answers for 192.0.2.36"), "{why}"),
        other => panic!("{other:?}"),
    }
}

/// The group as `status` on b has it.
fn shown(world: &mut World) -> GroupStatus {
    let id = world.ask("b", Ask::Status);
    let Some(Answer::Status(status)) = world.answer("b", id) else { panic!("no status") };
    status.groups[0].clone()
}

#[test]
fn status_does_not_say_nowhere_of_what_another_machine_answers_for() {
    let mut world = world(Probing::On);
    let seen = shown(&mut world);
    assert_eq!((seen.owners, seen.elsewhere), (vec![name("a")], None));
    world.wire = Some(answered(true));
    world.partition("a", "b", true);
    world.run(secs(60));
    let seen = shown(&mut world);
    let wanted =
        Elsewhere::Answers { address: "192.0.2.36".into(), by: "02:00:00:00:00:0a".into(), serves: Some(true) };
    assert_eq!((seen.owners, seen.elsewhere), (vec![], Some(wanted)));
    world.partition("a", "b", false);
    world.run(secs(60));
    let seen = shown(&mut world);
    assert_eq!((seen.owners, seen.elsewhere), (vec![name("a")], None));
}

#[test]
fn status_says_whose_holding_is_not_known() {
    let mut world = world(Probing::On);
    // b cannot have it, so it does not ask the wire either.
    world.carrier("b", false);
    world.power_cut("a");
    world.run(secs(60));
    let seen = shown(&mut world);
    assert_eq!((seen.owners, seen.elsewhere), (vec![], Some(Elsewhere::Unheard { nodes: vec![name("a")] })));
}

#[test]
fn healed_the_owner_was_never_disturbed() {
    let mut world = world(Probing::On);
    let stops = world.nodes[&name("a")].stops;
    world.wire = Some(answered(true));
    world.partition("a", "b", true);
    world.run(secs(60));
    world.partition("a", "b", false);
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!((world.nodes[&name("a")].stops, world.nodes[&name("b")].starts), (stops, 0));
}

#[test]
fn what_proves_nothing_is_told_and_does_not_keep_a_node_from_taking() {
    let mut world = world(Probing::On);
    world.wire = Some(Wire::Useless { why: "everything is answered for".into() });
    world.power_cut("a");
    let took = world.until(secs(11), "b serves", |w| w.serves("b"));
    assert!(took <= secs(10) + millis(300), "{took:?}");
    assert_eq!(world.told("b", |e| matches!(e, Event::Wire { wire: Wire::Useless { .. }, .. })), 1);
}

#[test]
fn with_warn_an_answer_is_told_and_not_heeded() {
    let mut world = world(Probing::Warn);
    world.wire = Some(answered(true));
    world.power_cut("a");
    world.until(secs(11), "b serves", |w| w.serves("b"));
    assert_eq!(world.told("b", |e| matches!(e, Event::Wire { wire: Wire::Answered { .. }, .. })), 1);
}

#[test]
fn who_asks_and_gets_no_answer_asks_again_and_takes_nothing_meanwhile() {
    let mut world = world(Probing::On);
    world.wire = None;
    world.power_cut("a");
    world.run(secs(30));
    assert_eq!(world.holders(), Vec::<&str>::new());
    assert!(world.probes >= 3 && world.probes < 8, "{}", world.probes);
    world.wire = Some(Wire::Silent);
    world.until(secs(7), "b serves", |w| w.serves("b"));
}

#[test]
fn a_planned_move_asks_nobody() {
    let mut world = world(Probing::On);
    world.wire = Some(answered(true));
    world.ask("a", Ask::Standby { which: Which::All });
    world.until(secs(2), "b serves", |w| w.serves("b"));
    world.ask("b", Ask::Shutdown);
    world.until(secs(3), "a serves", |w| w.holders() == ["a"]);
    world.run(secs(30));
    assert_eq!(world.probes, 0);
}

#[test]
fn alone_after_initdead_only_where_nobody_has_the_address() {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
    let mut world = World::with(&["a", "b"], timing, Failback::On);
    world.probe = Probing::On;
    world.wire = Some(answered(false));
    world.boot("b");
    world.run(secs(90));
    assert_eq!(world.holders(), Vec::<&str>::new());
    world.wire = Some(Wire::Silent);
    world.until(secs(4), "b serves", |w| w.serves("b"));
}

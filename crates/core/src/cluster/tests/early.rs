//! Verdicts before deadtime, what forbids them, and questions to a suspect.

use super::world::{LINKS, World, millis, name, secs};
use crate::status::Verdict;
use crate::{Answer, Ask, Event, Failback, FastDead, Input, Observed, Probing, Timing, Wire};
use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// The tutorial's times on a LAN and a serial line, after two minutes; b knows a's silences of a day.
fn world(fastdead: FastDead, observed: Observed) -> World {
    let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap().with_fastdead(fastdead);
    let mut world = World::with(&["a", "b"], timing, Failback::On);
    world.probe = Probing::On;
    world.boot("a");
    world.boot("b");
    world.until(secs(2), "a serves", |w| w.serves("a"));
    world.run(secs(120));
    learn(&mut world, observed);
    world
}

fn learn(world: &mut World, observed: Observed) {
    world.input("b", Input::Gaps { node: name("a"), observed });
}

const QUIET: Observed = Observed { worst_ms: 2050, for_s: DAY };

fn cut_and_wait(world: &mut World) -> Duration {
    world.power_cut("a");
    world.until(secs(30), "b serves", |w| w.serves("b"))
}

fn verdict(world: &mut World) -> (u64, Verdict) {
    let id = world.ask("b", Ask::Status);
    let answers = &world.nodes[&name("b")].answers;
    let Some((_, Answer::Status(status))) = answers.iter().find(|(of, _)| *of == id) else { panic!("no status") };
    let silence = status.nodes.iter().find(|n| !n.me).unwrap().silence.clone().unwrap();
    (silence.verdict_ms, silence.verdict)
}

#[test]
fn a_power_cut_is_answered_early_when_all_is_known() {
    let mut world = world(FastDead::Auto, QUIET);
    assert_eq!(verdict(&mut world), (2565, Verdict::Early));
    let took = cut_and_wait(&mut world);
    // The serial line brings the last beat a frame's time later, and its silence counts too.
    assert!(took < millis(2565 + 300), "{took:?}");
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { silent_ms, .. } if *silent_ms < 2900)), 1);
    assert_eq!(world.both, secs(0));
}

#[test]
fn deadtime_stands_where_it_is_wanted_or_too_little_is_known() {
    let learning = Observed { worst_ms: 2050, for_s: DAY - 1 };
    let stalls = Observed { worst_ms: 7000, for_s: DAY };
    let cases = [
        (FastDead::Off, QUIET, Verdict::Off),
        (FastDead::Auto, learning, Verdict::Learning),
        (FastDead::Auto, stalls, Verdict::NotEarlier),
    ];
    for (fastdead, observed, expected) in cases {
        let mut world = world(fastdead, observed);
        assert_eq!(verdict(&mut world), (10_000, expected));
        let took = cut_and_wait(&mut world);
        assert!(took > secs(7), "{expected:?} {took:?}");
    }
}

#[test]
fn with_one_link_deadtime_stands() {
    let mut world = world(FastDead::Auto, QUIET);
    world.beatless = None;
    for (from, to) in [("a", "b"), ("b", "a")] {
        world.cut.insert((name(from), name(to), LINKS[1].to_owned()));
    }
    world.run(secs(15));
    assert_eq!(verdict(&mut world).1, Verdict::OneLink);
    let took = cut_and_wait(&mut world);
    assert!(took > secs(7), "{took:?}");
}

#[test]
fn while_a_machine_answers_for_the_address_no_verdict_is_early() {
    let mut world = world(FastDead::Auto, QUIET);
    let alive = Wire::Answered { address: "192.0.2.36".into(), by: "02:00:00:00:00:0a".into(), serves: Some(true) };
    world.wire = Some(alive);
    world.power_cut("a");
    world.run(secs(7));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { .. })), 0, "its daemon is silent, the machine is not");
    world.run(secs(4));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { .. })), 1, "but it never takes longer than deadtime");
    assert!(!world.serves("b"));
}

#[test]
fn where_the_wire_is_not_asked_deadtime_stands() {
    for probe in [Probing::Off, Probing::Warn] {
        let timing = Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap();
        let mut world = World::with(&["a", "b"], timing, Failback::On);
        world.probe = probe;
        world.boot("a");
        world.boot("b");
        world.run(secs(120));
        learn(&mut world, QUIET);
        let took = cut_and_wait(&mut world);
        assert!(took > secs(7), "{probe:?} {took:?}");
    }
}

#[test]
fn a_silence_that_was_survived_makes_the_next_verdict_later() {
    let mut world = world(FastDead::Auto, QUIET);
    world.stop_process("a", secs(3));
    let alive = Wire::Answered { address: "192.0.2.36".into(), by: "02:00:00:00:00:0a".into(), serves: Some(true) };
    world.wire = Some(alive);
    world.run(secs(60));
    assert!(world.serves("a"));
    let (after, why) = verdict(&mut world);
    assert_eq!(why, Verdict::Early);
    assert!(after > 4000, "{after}");
    let reported = &world.nodes[&name("b")].gaps;
    assert!(reported.iter().any(|(_, observed)| observed.worst_ms > 3000), "{reported:?}");
}

#[test]
fn a_late_node_is_asked_and_its_answer_ends_the_suspicion() {
    // Of half of all frames both ways no beat may come for long; questions and answers do.
    let mut world = world(FastDead::Auto, Observed::default());
    world.loss = 500;
    world.run(secs(1800));
    world.loss = 0;
    assert!(world.serves("a"));
    assert_eq!(world.told("b", |e| matches!(e, Event::PeerDead { .. })), 0);
    assert_eq!(world.told("a", |e| matches!(e, Event::PeerDead { .. })), 0);
}

#[test]
fn a_dead_node_is_asked_no_more_than_a_serial_line_holds() {
    let mut world = world(FastDead::Auto, Observed::default());
    let before = world.said("b").len();
    world.power_cut("a");
    world.run(secs(30));
    let said = world.said("b").len() - before;
    assert!((40..140).contains(&said), "{said}");
}

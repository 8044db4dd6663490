//! Moves that somebody asks for, and those that a cable or a failed start asks for, beside a Heartbeat.
//! Not here: joining, dying and leaving.

use super::*;
use crate::{Answer, Ask, AskId, Which};

fn asked(b: &mut Beside, ask: Ask) {
    b.input(Input::Asked { id: AskId(7), ask });
}

fn refused(b: &Beside) -> String {
    match b.answered.last() {
        Some(Answer::Refused { why }) => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn standby_is_answered_when_the_other_side_has_it() {
    let mut b = settled(Failback::Off);
    asked(&mut b, Ask::Standby { which: Which::All });
    assert_eq!(b.resources(), [ask(Hold::All, "me")]);
    b.says(ask(Hold::All, "other"));
    assert_eq!(b.work(), [(JobKind::Stop, MINE)]);
    assert_eq!(b.answered, []);
    // The original sends these two in inverted order (6.5).
    let done = b.frame(b.number + 1, ask(Hold::All, "done"));
    let held = b.frame(b.number + 2, report(Hold::All, true));
    b.number += 2;
    b.hears(held);
    b.hears(done);
    assert_eq!(b.answered, [Answer::Done { said: format!("{MINE} runs on a") }]);
    assert_eq!(b.resources().last(), Some(&report(Hold::None, true)));
    b.pass_beating(60);
    assert_eq!(b.work(), []);
}

#[test]
fn a_request_that_nobody_answers_changes_nothing_and_says_so() {
    let mut b = settled(Failback::Off);
    asked(&mut b, Ask::Standby { which: Which::Local });
    b.pass_beating(11);
    assert!(refused(&b).contains("nothing has changed"), "{:?}", b.answered);
    assert!(b.runs(MINE));
    asked(&mut b, Ask::Takeover { which: Which::Foreign });
    assert_eq!(b.resources().last(), Some(&Body::Takeover { hold: Hold::Foreign }));
    b.pass_beating(11);
    assert!(refused(&b).contains("did not give it"), "{:?}", b.answered);
}

#[test]
fn takeover_has_it_go_standby_and_waits_until_the_group_runs_here() {
    let mut b = settled(Failback::Off);
    asked(&mut b, Ask::Takeover { which: Which::All });
    assert_eq!(b.resources(), [Body::Takeover { hold: Hold::All }]);
    b.says(ask(Hold::All, "me"));
    assert_eq!(b.resources(), [ask(Hold::All, "other")]);
    b.says(report(Hold::None, false));
    b.says(ask(Hold::All, "done"));
    assert_eq!(b.answered, []);
    assert_eq!(b.work(), [(JobKind::Start, THEIRS)]);
    assert_eq!(b.answered, [Answer::Done { said: format!("{THEIRS} runs on b") }]);
}

#[test]
fn its_takeover_makes_us_go_standby_with_the_word_turned() {
    let mut b = settled(Failback::Off);
    b.says(Body::Takeover { hold: Hold::Foreign });
    assert_eq!(b.resources(), [ask(Hold::Local, "me")]);
}

#[test]
fn a_single_group_moves_where_it_is_its_whole_half() {
    let mut b = settled(Failback::Off);
    asked(&mut b, Ask::Move { group: MINE.into(), node: name("a") });
    assert_eq!(b.resources(), [ask(Hold::Local, "me")]);
}

#[test]
fn legacy_mode_knows_no_standby() {
    let mut b = pair(Failback::Legacy);
    b.meets();
    b.says(Body::IpRequestReply { key: MINE.into(), we_own: false, ok: true });
    b.work();
    asked(&mut b, Ask::Standby { which: Which::All });
    assert!(refused(&b).contains("legacy"));
}

#[test]
fn a_lost_cable_gives_the_half_away_and_fetches_it_back_when_it_is_mended() {
    let mut b = settled(Failback::On);
    b.input(Input::CarrierChanged { interface: "eth0".into(), carrier: false });
    assert_eq!(b.resources(), [ask(Hold::Local, "me")]);
    b.says(ask(Hold::Local, "other"));
    b.work();
    b.says(ask(Hold::Local, "done"));
    b.says(report(Hold::All, true));
    b.pass_beating(60);
    assert_eq!(b.work(), []);
    b.resources();
    b.input(Input::CarrierChanged { interface: "eth0".into(), carrier: true });
    b.pass_beating(9);
    assert_eq!(b.resources(), [], "not before a whole deadtime");
    b.pass_beating(2);
    assert_eq!(b.resources(), [Body::Takeover { hold: Hold::Local }]);
    b.says(ask(Hold::Foreign, "me"));
    b.says(ask(Hold::Foreign, "done"));
    assert_eq!(b.work(), [(JobKind::Start, MINE)]);
    b.pass_beating(60);
    assert_eq!(b.work(), []);
}

#[test]
fn without_a_cable_we_do_not_offer_to_take() {
    let mut b = settled(Failback::On);
    b.input(Input::CarrierChanged { interface: "eth0".into(), carrier: false });
    b.pass_beating(11);
    b.resources();
    b.says(ask(Hold::All, "me"));
    assert!(!b.resources().contains(&ask(Hold::All, "other")));
}

#[test]
fn a_group_that_fails_here_is_offered_and_no_longer_claimed() {
    let mut b = pair(Failback::Off);
    b.meets();
    b.says(report(Hold::None, false));
    let job = b.jobs.remove(0);
    b.input(Input::JobDone { id: job.id, group: job.group, outcome: Outcome::Failed { why: "no such thing".into() } });
    b.says(report(Hold::Local, true));
    let said = b.resources();
    assert!(said.contains(&report(Hold::None, true)), "{said:?}");
    assert_eq!(said.last(), Some(&ask(Hold::Local, "me")));
}

#[test]
fn an_offer_that_is_never_answered_is_repeated_ever_more_rarely() {
    let mut b = settled(Failback::Off);
    b.input(Input::CarrierChanged { interface: "eth0".into(), carrier: false });
    b.pass_beating(3600);
    let offers = b.resources().iter().filter(|said| **said == ask(Hold::Local, "me")).count();
    assert!((8..=12).contains(&offers), "{offers} in an hour");
    assert!(b.runs(MINE));
}

#[test]
fn in_legacy_mode_each_group_is_asked_for_by_its_key() {
    let mut b = pair(Failback::Legacy);
    for state in [NodeState::Init, NodeState::Up, NodeState::Active] {
        b.says(status(state));
    }
    b.proves_itself();
    let key = || MINE.to_owned();
    assert_eq!(b.resources(), [Body::IpRequest { key: key() }]);
    assert_eq!(b.work(), []);
    b.says(Body::IpRequestReply { key: key(), we_own: false, ok: true });
    assert_eq!(b.work(), [(JobKind::Start, MINE)]);
    // It asks for its own, which we do not hold: the answer comes at once.
    let theirs = || THEIRS.to_owned();
    b.says(Body::IpRequest { key: theirs() });
    assert_eq!(b.resources(), [Body::IpRequestReply { key: theirs(), we_own: false, ok: true }]);
    asked(&mut b, Ask::Status);
    let Some(Answer::Status(status)) = b.answered.last() else { panic!("no status") };
    let owners: Vec<_> = status.groups.iter().map(|g| g.owners.clone()).collect();
    assert_eq!(owners, [[name("a")], [name("b")]]);
    // Ours it cannot ask for.
    b.says(Body::IpRequest { key: key() });
    assert_eq!((b.work(), b.resources()), (vec![], vec![]));
    b.dies();
    (b.generation, b.number) = (501, 0);
    b.meets();
    b.says(Body::IpRequest { key: theirs() });
    assert_eq!(b.work(), [(JobKind::Stop, THEIRS)]);
    assert_eq!(b.resources(), [Body::IpRequestReply { key: theirs(), we_own: true, ok: true }]);
    assert!(b.runs(MINE) && !b.runs(THEIRS));
}

#[test]
fn legacy_on_one_side_alone_is_told_once_and_nothing_is_given_for_it() {
    let told = |b: &Beside| b.told(|e| matches!(e, crate::Event::ConfigurationDiffers { .. }));
    let mut b = settled(Failback::On);
    for _ in 0..3 {
        b.says(Body::IpRequest { key: MINE.into() });
        b.says(status(NodeState::Active));
    }
    assert_eq!((told(&b), b.work()), (1, vec![]));
    let mut b = pair(Failback::Legacy);
    b.meets();
    b.says(report(Hold::All, true));
    assert_eq!((told(&b), b.work()), (1, vec![]));
}

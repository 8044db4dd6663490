//! The guard alone, fed with what a wrong core would do, and a whole cluster whose core is made to do wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::beat::{Beat, Claim, Fitness, Hears};
use crate::message::{Hold, NodeState};
use crate::{GroupSettings, LinkName, Timing};

const KEY: &str = "IPaddr2::192.0.2.36/24/eth0";
const LIFE: u64 = 7;

fn name(text: &str) -> NodeName {
    NodeName::new(text).unwrap()
}

fn at(ms: u64) -> Moment {
    Moment::from_ms(1_000_000 + ms)
}

/// A node `b` whose hands has found nothing; the dead time is ten seconds, the group is at home on `a`.
fn guard(known: &[(NodeName, Generation, Sequence)]) -> Guard {
    let ms = Duration::from_millis;
    let settings = Settings {
        me: name("b"),
        nodes: vec![name("a"), name("b")],
        timing: Timing::new(ms(2000), ms(6000), ms(10_000), ms(60_000)).unwrap(),
        failback: Failback::On,
        links: vec![LinkName("eth0".into())],
        groups: vec![GroupSettings {
            id: GroupId::of_key(KEY),
            key: KEY.into(),
            nodes: vec![name("a"), name("b")],
            interfaces: vec![],
            probe: crate::Probing::Off,
            retries: crate::Retries::default(),
            warm: false,
        }],
        pings: vec![],
        deadping: ms(10_000),
        digest: 7,
    };
    let mut guard = Guard::new(&settings, known);
    guard.note(at(0), &Input::HandsUp { found: vec![(GroupId::of_key(KEY), Condition::Stopped)] });
    guard
}

fn message(from: &str, life: u64, number: Option<u64>, body: Body) -> Message {
    let (generation, sequence) = (Some(Generation(life)), number.map(Sequence));
    Message { from: name(from), uuid: None, to: None, to_uuid: None, generation, sequence, body }
}

fn beat(from: &str, life: u64, number: u64, state: ClaimState, hears: &[(u64, u64)]) -> Message {
    let claim = Claim { group: GroupId::of_key(KEY), state, epoch: 1, fitness: Fitness::Fit, to: None };
    let named = |(life, number): &(u64, u64)| Hears {
        node: name("a"),
        generation: Generation(*life),
        sequence: Sequence(*number),
    };
    let beat = Beat {
        version: 1,
        configuration: 7,
        stalled_ms: 0,
        leaving: false,
        pings: None,
        hears: hears.iter().map(named).collect(),
        claims: vec![claim],
    };
    let body = Body::Status {
        state: NodeState::Active,
        deadtime_ms: Some(10_000),
        flow_control: true,
        beat: Some(std::sync::Arc::new(beat)),
    };
    message(from, life, Some(number), body)
}

fn hears(guard: &mut Guard, ms: u64, message: Message) {
    guard.note(at(ms), &Input::Heard { link: LinkName("eth0".into()), message });
}

fn start(guard: &mut Guard, ms: u64) -> Result<(), Assertion> {
    give(guard, ms, 1, JobKind::Start)
}

fn give(guard: &mut Guard, ms: u64, id: u64, kind: JobKind) -> Result<(), Assertion> {
    let job = Job { id: JobId(id), group: GroupId::of_key(KEY), kind };
    guard.allow(&job, at(ms)).map_err(|broken| broken.rule)
}

fn ended(guard: &mut Guard, ms: u64, id: u64, outcome: Outcome) {
    guard.note(at(ms), &Input::JobDone { id: JobId(id), group: GroupId::of_key(KEY), outcome });
}

#[test]
fn s4_no_start_while_the_word_of_a_holder_is_fresh() {
    for state in [ClaimState::Starting, ClaimState::Running, ClaimState::Blocked] {
        let mut guard = guard(&[]);
        hears(&mut guard, 0, beat("a", LIFE, 1, state, &[]));
        assert_eq!(start(&mut guard, 9999), Err(Assertion::S4));
        assert_eq!(start(&mut guard, 10_000), Ok(()));
    }
}

#[test]
fn s4_counts_own_running_time_only() {
    let mut guard = guard(&[]);
    hears(&mut guard, 0, beat("a", LIFE, 1, ClaimState::Running, &[]));
    guard.note(at(8000), &Input::Stalled { for_ms: 3000 });
    assert_eq!(start(&mut guard, 12_999), Err(Assertion::S4));
    assert_eq!(start(&mut guard, 13_000), Ok(()));
}

#[test]
fn s4_what_was_kept_through_a_restart_of_hands_is_no_takeover() {
    let mut guard = guard(&[]);
    assert_eq!(start(&mut guard, 0), Ok(()));
    hears(&mut guard, 1, beat("a", LIFE, 1, ClaimState::Running, &[]));
    guard.note(at(2), &Input::HandsDown);
    guard.note(at(3), &Input::HandsUp { found: vec![(GroupId::of_key(KEY), Condition::Partial)] });
    assert_eq!(start(&mut guard, 4), Ok(()));
    assert_eq!(give(&mut guard, 5, 2, JobKind::Stop), Ok(()));
    ended(&mut guard, 6, 2, Outcome::Done);
    assert_eq!(start(&mut guard, 7), Err(Assertion::S4));
}

#[test]
fn s4_goes_by_what_a_heartbeat_says_once_it_has_answered_us() {
    let mut guard = guard(&[]);
    let status = Body::Status { state: NodeState::Active, deadtime_ms: None, flow_control: true, beat: None };
    let holds = |hold| Body::Resource { hold, full: true, stable: Some(true), info: None };
    assert!(guard.look(&Output::Say(beat("b", 1, 100, ClaimState::Idle, &[]))).is_none());
    hears(&mut guard, 0, message("a", LIFE, Some(1), status));
    hears(&mut guard, 1, message("a", LIFE, Some(2), holds(Hold::Local)));
    assert!(guard.judge_start(&guard.groups[0], at(2)).is_ok(), "it may be a recording");
    let mut answer = message("a", LIFE, None, Body::Ack { sequence: Sequence(100) });
    answer.to = Some(name("b"));
    hears(&mut guard, 2, answer);
    assert_eq!(start(&mut guard, 3), Err(Assertion::S4));
    let word = |info: &str| Body::AskResources { hold: Hold::Local, info: info.into() };
    hears(&mut guard, 4, message("a", LIFE, Some(3), word("me")));
    assert_eq!(start(&mut guard, 5), Err(Assertion::S4));
    hears(&mut guard, 6, message("a", LIFE, Some(4), word("done")));
    assert_eq!(start(&mut guard, 7), Ok(()));
}

#[test]
fn s7_the_giver_has_stopped_and_so_have_we() {
    let mut guard = guard(&[]);
    hears(&mut guard, 0, beat("a", LIFE, 1, ClaimState::Running, &[]));
    hears(&mut guard, 1, beat("a", LIFE, 2, ClaimState::Stopping, &[]));
    assert_eq!(start(&mut guard, 2), Err(Assertion::S7));
    hears(&mut guard, 3, beat("a", LIFE, 3, ClaimState::Idle, &[]));
    assert_eq!(give(&mut guard, 4, 2, JobKind::Stop), Ok(()));
    assert_eq!(start(&mut guard, 5), Err(Assertion::S7), "our own stop is under way");
    ended(&mut guard, 6, 2, Outcome::Stuck { why: "it hangs".into() });
    assert_eq!(start(&mut guard, 7), Err(Assertion::S7), "and did not end well");
    assert_eq!(give(&mut guard, 8, 3, JobKind::Stop), Ok(()));
    ended(&mut guard, 9, 2, Outcome::Done);
    assert_eq!(start(&mut guard, 10), Err(Assertion::S7), "that was another job");
    ended(&mut guard, 11, 3, Outcome::Done);
    assert_eq!(start(&mut guard, 12), Ok(()));
}

#[test]
fn s11_numbers_grow_and_repeats_are_as_they_were() {
    let mut guard = guard(&[]);
    let mut say = |life, number, state| {
        let broken = guard.look(&Output::Say(beat("b", life, number, state, &[])));
        broken.map(|b| (b.rule, b.withhold))
    };
    let bad = Some((Assertion::S11, true));
    for number in 5..600 {
        assert_eq!(say(3, number, ClaimState::Idle), None);
    }
    assert_eq!(say(3, 300, ClaimState::Idle), None, "said again");
    assert_eq!(say(3, 300, ClaimState::Running), bad, "other words");
    assert_eq!(say(3, 599, ClaimState::Want), bad);
    assert_eq!(say(3, 4, ClaimState::Idle), bad, "never said");
    assert_eq!(say(2, 700, ClaimState::Idle), bad, "an older generation");
    assert_eq!(say(4, 1, ClaimState::Idle), None, "a newer one begins anywhere");
    assert_eq!(say(3, 599, ClaimState::Idle), bad);
}

#[test]
fn s12_an_old_or_repeated_beat_changes_nothing_that_is_known() {
    let mut guard = guard(&[(name("a"), Generation(LIFE), Sequence(10))]);
    let left = Output::Tell(Event::PeerLeft { node: name("a") });
    hears(&mut guard, 0, beat("a", LIFE, 10, ClaimState::Running, &[]));
    assert_eq!(start(&mut guard, 1), Ok(()), "a recording of before this node was started");
    hears(&mut guard, 2, beat("a", LIFE, 12, ClaimState::Running, &[]));
    assert!(guard.look(&Output::Say(beat("b", 3, 1, ClaimState::Idle, &[(LIFE, 12)]))).is_none());
    for (life, number) in [(LIFE, 12), (LIFE, 12), (LIFE - 1, 900)] {
        hears(&mut guard, 3, beat("a", life, number, ClaimState::Idle, &[]));
        assert_eq!(guard.look(&left).map(|b| b.rule), Some(Assertion::S12));
    }
    hears(&mut guard, 4, beat("a", LIFE, 11, ClaimState::Idle, &[]));
    assert!(guard.look(&left).is_none(), "late, but heard for the first time");
    assert_eq!(give(&mut guard, 5, 2, JobKind::Stop), Ok(()));
    ended(&mut guard, 6, 2, Outcome::Done);
    assert_eq!(start(&mut guard, 7), Err(Assertion::S4), "none of them took the word back");
}

#[test]
fn s12_nobody_is_named_or_remembered_as_heard_less_or_more_than_he_was() {
    let mut guard = guard(&[]);
    hears(&mut guard, 0, beat("a", LIFE, 5, ClaimState::Idle, &[]));
    let mut said = 0;
    let mut says = |guard: &mut Guard, life, number| {
        said += 1;
        let broken = guard.look(&Output::Say(beat("b", 3, said, ClaimState::Idle, &[(life, number)])));
        broken.map(|b| (b.rule, b.withhold))
    };
    assert_eq!(says(&mut guard, LIFE, 5), None);
    assert_eq!(says(&mut guard, LIFE, 6), Some((Assertion::S12, false)));
    assert_eq!(says(&mut guard, LIFE, 5), Some((Assertion::S12, false)), "less than was said before");
    let remember =
        |number| Output::RememberPeer { node: name("a"), generation: Generation(LIFE), sequence: Sequence(number) };
    let mut look = |number| guard.look(&remember(number)).map(|b| (b.rule, b.withhold));
    assert_eq!((look(5), look(4), look(6)), (None, Some((Assertion::S12, true)), Some((Assertion::S12, true))));
}

#[test]
fn a_newer_life_that_says_otherwise_is_a_doubt_and_no_alarm() {
    let mut guard = guard(&[]);
    hears(&mut guard, 0, beat("a", LIFE, 1, ClaimState::Running, &[]));
    hears(&mut guard, 1, beat("a", LIFE + 1, 1, ClaimState::Idle, &[]));
    assert!(guard.judge_start(&guard.groups[0], at(2)).is_ok());
    hears(&mut guard, 3, beat("a", LIFE, 2, ClaimState::Running, &[]));
    assert_eq!(start(&mut guard, 4), Err(Assertion::S4), "the known life goes on");
    hears(&mut guard, 5, beat("a", LIFE + 1, 2, ClaimState::Stopping, &[]));
    assert_eq!(start(&mut guard, 10_004), Err(Assertion::S7), "the newer life is heard after the older one");
}

#[test]
fn a_forged_newer_life_hides_none_that_says_otherwise() {
    let mut guard = guard(&[]);
    hears(&mut guard, 0, beat("a", LIFE, 1, ClaimState::Running, &[]));
    hears(&mut guard, 1, beat("a", LIFE + 1_000_000, 1, ClaimState::Running, &[]));
    assert_eq!(guard.judge_start(&guard.groups[0], at(2)).map_err(|b| b.rule), Err(Assertion::S4));
    hears(&mut guard, 3, beat("a", LIFE + 1, 7, ClaimState::Idle, &[]));
    assert!(guard.judge_start(&guard.groups[0], at(4)).is_ok());
    assert!(guard.look(&Output::Say(beat("b", 3, 1, ClaimState::Idle, &[(LIFE + 1, 7)]))).is_none());
    hears(&mut guard, 5, beat("a", LIFE + 1, 8, ClaimState::Running, &[]));
    assert_eq!(start(&mut guard, 6), Err(Assertion::S4), "it is the present life, whatever others say");
}

#[test]
fn the_same_thing_is_told_once() {
    let mut guard = guard(&[]);
    hears(&mut guard, 0, beat("a", LIFE, 1, ClaimState::Running, &[]));
    let broken = guard.judge_start(&guard.groups[0], at(1)).unwrap_err();
    assert!(guard.is_news(&broken, at(1)));
    assert!(!guard.is_news(&broken, at(2)));
    assert!(guard.is_news(&broken, at(60_001)));
}

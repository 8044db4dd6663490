//! What is said again, how often, and what is too old.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::{Again, History};
use crate::beat::{Beat, Claim, ClaimState, Fitness};
use crate::message::{Body, Message, NodeState};
use crate::names::{Generation, GroupId, NodeName, Sequence};
use crate::time::Moment;

fn message(number: u64, body: Body) -> Message {
    Message {
        from: NodeName::new("a").unwrap(),
        uuid: None,
        to: None,
        to_uuid: None,
        generation: Some(Generation(1)),
        sequence: Some(Sequence(number)),
        body,
    }
}

fn history(numbers: std::ops::RangeInclusive<u64>) -> History {
    let mut history = History::default();
    numbers.for_each(|n| history.keep(&message(n, Body::Starting)));
    history
}

fn at(ms: u64) -> Moment {
    Moment::from_ms(10_000 + ms)
}

fn ask(history: &mut History, from: u64, to: u64, ms: u64) -> Vec<Again> {
    history.again(Sequence(from), Sequence(to), (Sequence(1), Sequence(1000)), at(ms))
}

fn numbers(answers: &[Again]) -> Vec<u64> {
    let said = |a: &Again| match a {
        Again::Say(m) => m.sequence.map(|s| s.0),
        Again::Gone(..) => None,
    };
    answers.iter().filter_map(said).collect()
}

#[test]
fn a_message_is_said_again_as_it_was_but_not_twice_within_240_ms() {
    let mut history = history(1..=1000);
    assert_eq!(ask(&mut history, 900, 900, 0), [Again::Say(Box::new(message(900, Body::Starting)))]);
    assert_eq!(ask(&mut history, 900, 900, 239), []);
    assert_eq!(numbers(&ask(&mut history, 900, 900, 240)), [900]);
}

#[test]
fn five_hundred_are_kept_and_older_ones_refused() {
    let mut history = history(1..=1000);
    assert_eq!(ask(&mut history, 500, 500, 0), [Again::Gone(Sequence(500), "seqno too low")]);
    assert_eq!(numbers(&ask(&mut history, 501, 501, 0)), [501]);
}

#[test]
fn what_was_never_said_is_not_answered() {
    let mut history = history(1..=1000);
    assert_eq!(ask(&mut history, 1001, u64::MAX, 0), []);
    assert_eq!(ask(&mut history, u64::MAX, u64::MAX, 0), []);
    assert_eq!(ask(&mut history, 900, 800, 0), []);
}

#[test]
fn a_request_gets_fifty_and_a_flood_of_requests_no_more() {
    let mut history = history(1..=1000);
    assert_eq!(numbers(&ask(&mut history, 600, 1000, 0)), (600..650).collect::<Vec<_>>());
    let flood: usize = (0..400).map(|n| ask(&mut history, 600 + n, 600 + n, 100).len()).sum();
    assert_eq!(flood, 0);
    let second: usize = (0..4)
        .flat_map(|w| (0..400).map(move |n| (w, n)))
        .map(|(w, n)| ask(&mut history, 600 + n, 600 + n, 250 * (w + 1)).len())
        .sum();
    assert_eq!(second, 200, "fifty in each quarter of a second");
}

#[test]
fn refusals_count_as_answers() {
    let mut history = history(1..=1000);
    let flood: usize = (0..400).map(|n| ask(&mut history, n, n, 0).len()).sum();
    assert_eq!(flood, 50);
}

#[test]
fn beats_with_a_thousand_claims_are_kept_in_smaller_number() {
    let claim = Claim { group: GroupId(1), state: ClaimState::Idle, epoch: 0, fitness: Fitness::Fit, to: None };
    let beat =
        Beat { version: 1, configuration: 0, stalled_ms: 0, leaving: false, hears: vec![], claims: vec![claim; 1000] };
    let mut history = History::default();
    for n in 1..=1000 {
        let beat = Some(std::sync::Arc::new(beat.clone()));
        history.keep(&message(n, Body::Status { state: NodeState::Up, deadtime_ms: None, flow_control: true, beat }));
    }
    assert_eq!(numbers(&ask(&mut history, 960, 1000, 0)).len(), 19);
}

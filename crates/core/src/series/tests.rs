//! Numbers that come in order, inverted, twice, late and never.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::{Place, Requests, Series};
use crate::names::Sequence;
use crate::time::Moment;

fn at(ms: u64) -> Moment {
    Moment::from_ms(1_000 + ms)
}

fn series(numbers: impl IntoIterator<Item = u64>) -> Series {
    let mut series = Series::default();
    for n in numbers {
        series.count(Sequence(n), at(0));
    }
    series
}

fn all(numbers: impl IntoIterator<Item = u64>) -> Vec<Sequence> {
    numbers.into_iter().map(Sequence).collect()
}

#[test]
fn the_first_number_of_a_life_may_be_any_and_nothing_before_it_is_missing() {
    let series = series([4711]);
    assert_eq!((series.last(), series.is_complete()), (Sequence(4711), true));
    assert_eq!(series.place(Sequence(4710)), Place::Repeated);
}

#[test]
fn each_number_counts_once_in_whatever_order_it_comes() {
    let mut series = series([1, 2]);
    let places: Vec<Place> = [4, 3, 3, 4, 2, 5].into_iter().map(|n| series.count(Sequence(n), at(0))).collect();
    use Place::{Late, Next, Repeated};
    assert_eq!(places, [Next, Late, Repeated, Repeated, Repeated, Next]);
}

#[test]
fn every_tenth_number_is_acknowledged_at_the_trigger() {
    let mut series = Series::default();
    let mut acks = Vec::new();
    for n in 1..=30 {
        series.count(Sequence(n), at(0));
        acks.extend(series.due_ack(4));
    }
    assert_eq!(acks, all([4, 14, 24]));
}

#[test]
fn an_acknowledgement_waits_for_the_hole_before_it() {
    let mut series = series(1..=12);
    assert_eq!(series.due_ack(3), Some(Sequence(3)));
    for n in [14, 15, 16] {
        series.count(Sequence(n), at(0));
        assert_eq!(series.due_ack(3), None);
    }
    series.count(Sequence(13), at(0));
    assert_eq!(series.due_ack(3), Some(Sequence(13)));
    assert_eq!(series.due_ack(3), None);
}

#[test]
fn an_acknowledgement_never_goes_below_the_first_number_heard() {
    let mut series = series([15]);
    assert_eq!(series.due_ack(4), None);
}

#[test]
fn missing_numbers_are_asked_for_after_100_ms_and_then_every_250_ms() {
    let mut series = series([1, 4]);
    assert_eq!(series.next_request(), Some(at(100)));
    assert_eq!(series.requests(at(99)), Requests::default());
    let first = series.requests(at(100));
    assert_eq!((first.ask, first.lost), (all([2, 3]), vec![(Sequence(2), Sequence(3))]));
    assert_eq!(series.next_request(), Some(at(350)));
    series.count(Sequence(2), at(200));
    let second = series.requests(at(350));
    assert_eq!((second.ask, second.lost), (all([3]), vec![]));
    assert!(!series.became_complete());
    series.count(Sequence(3), at(360));
    assert!(series.became_complete() && !series.became_complete());
    assert_eq!(series.next_request(), None);
}

#[test]
fn an_inverted_pair_is_never_asked_for() {
    let mut series = series([1, 3]);
    series.count(Sequence(2), at(20));
    assert_eq!(series.requests(at(100)), Requests::default());
    assert!(!series.became_complete());
}

#[test]
fn many_missing_numbers_are_asked_for_in_portions() {
    let mut series = series([1, 252]);
    assert_eq!(series.requests(at(100)).ask, all(2..=33));
    assert!(series.requests(at(150)).ask.is_empty());
    assert_eq!(series.next_request(), Some(at(200)));
    assert_eq!(series.requests(at(200)).ask, all(34..=65));
}

#[test]
fn more_than_250_lost_at_once_begin_the_count_anew() {
    let mut kept = series([1, 252]);
    assert_eq!(kept.place(Sequence(2)), Place::Late);
    kept.count(Sequence(600), at(0));
    assert!(kept.is_complete(), "347 lost: none of them is waited for, nor those before");
    assert_eq!(kept.place(Sequence(2)), Place::Repeated);
    assert_eq!(kept.last(), Sequence(600));
}

#[test]
fn the_window_keeps_the_newest_250() {
    let mut series = Series::default();
    for n in (2..=600).step_by(2) {
        series.count(Sequence(n), at(0));
    }
    assert_eq!(series.place(Sequence(99)), Place::Repeated);
    assert_eq!(series.place(Sequence(101)), Place::Late);
}

#[test]
fn a_refused_number_is_not_asked_for_again_and_holds_no_acknowledgement_back() {
    let mut series = series([1, 2, 4, 5]);
    assert_eq!(series.due_ack(4), None);
    assert!(series.give_up(Sequence(3)) && !series.give_up(Sequence(3)));
    assert_eq!(series.due_ack(4), Some(Sequence(4)));
    assert_eq!(series.next_request(), None);
}

#[test]
fn a_number_that_never_comes_is_given_up_after_ten_seconds() {
    let mut series = series([1, 3]);
    let mut asked = 0;
    let mut gone = Vec::new();
    while let Some(when) = series.next_request() {
        let requests = series.requests(when);
        asked += requests.ask.len();
        gone.extend(requests.gone);
    }
    assert_eq!((asked, gone), (40, all([2])));
}

#[test]
fn numbers_at_the_end_of_the_range_do_no_harm() {
    let mut series = series([u64::MAX - 1, u64::MAX]);
    assert_eq!(series.place(Sequence(u64::MAX)), Place::Repeated);
    assert_eq!(series.due_ack(5), Some(Sequence(u64::MAX)));
}

//! The book-keeping alone, message by message as captured (spec/WIRE.md section 9).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn report(hold: Hold, stable: bool) -> Report {
    Report { hold, full: true, stable: Some(stable), leaving: false }
}

fn at(ms: u64) -> Moment {
    Moment::from_ms(ms)
}

/// A node that serves everything, and a peer that has come back and settled (9.3).
fn returned() -> Old {
    let mut old = Old::joining(Halves::NONE);
    old.gone();
    assert!(!old.reported(Sequence(1), &report(Hold::None, false), at(0)));
    assert!(old.reported(Sequence(2), &report(Hold::None, true), at(0)));
    old
}

#[test]
fn a_peer_that_came_back_is_given_its_half_in_three_steps() {
    let mut old = returned();
    assert!(old.due && old.right == Halves::ALL);
    let me = old.offer(Halves::THEIRS, at(1)).unwrap();
    assert_eq!(me, Body::AskResources { hold: Hold::Foreign, info: "me".into() });
    assert_eq!(old.accepted(), Some(Halves::THEIRS));
    let Body::Resource { hold, stable, .. } = old.report(old.right, Some("standby")) else { panic!() };
    assert_eq!((hold, stable), (Hold::Local, Some(false)));
    let done = old.released(at(2)).unwrap();
    assert_eq!(done, Body::AskResources { hold: Hold::Foreign, info: "done".into() });
    assert_eq!(old.done(), Some(Step::Completed(Halves::THEIRS)));
    assert!(old.is_settled() && old.claimed == Halves::THEIRS && !old.due);
}

#[test]
fn what_the_peer_releases_is_ours_only_after_its_last_word() {
    let mut old = Old::joining(Halves::NONE);
    old.phase = Phase::Starting { since: at(0) };
    assert!(old.reported(Sequence(5), &report(Hold::All, true), at(0)));
    old.settle_down(at(0));
    assert_eq!(old.right, Halves::NONE, "it claims everything");
    let other = old.accept(Halves::OURS, at(1)).unwrap();
    assert_eq!(other, Body::AskResources { hold: Hold::Foreign, info: "other".into() });
    assert_eq!(old.right, Halves::NONE);
    assert_eq!(old.done(), Some(Step::Acquire(Halves::OURS)));
    assert_eq!(old.right, Halves::OURS);
    assert_eq!(old.acquired(), Some(Body::AskResources { hold: Hold::Foreign, info: "done".into() }));
}

#[test]
fn an_older_report_that_was_sent_again_changes_nothing() {
    let mut old = returned();
    old.reported(Sequence(1), &report(Hold::All, true), at(0));
    assert_eq!(old.claimed, Halves::NONE);
}

#[test]
fn nobody_answers_and_the_request_is_over_after_ten_seconds() {
    let mut old = returned();
    old.offer(Halves::ALL, at(0)).unwrap();
    assert_eq!(old.offer(Halves::ALL, at(1)), Err(Refusal::UnderWay));
    assert_eq!(old.next_deadline(at(1)), Some(at(10_000)));
    assert_eq!(old.expired(at(9_999)), None);
    assert_eq!(old.expired(at(10_000)), Some(Halves::ALL));
    assert_eq!(old.accepted(), None, "too late");
    assert_eq!(old.right, Halves::ALL);
}

#[test]
fn nothing_begins_while_somebody_is_in_flux() {
    let mut old = Old::joining(Halves::NONE);
    assert_eq!(old.offer(Halves::ALL, at(0)), Err(Refusal::WeInFlux));
    old.settle_down(at(0));
    assert_eq!(old.offer(Halves::ALL, at(0)), Err(Refusal::PeerInFlux));
    assert_eq!(old.accept(Halves::ALL, at(0)), None);
    let mut old = returned();
    let leaving = Report { leaving: true, ..report(Hold::None, false) };
    old.reported(Sequence(9), &leaving, at(0));
    assert_eq!(old.offer(Halves::ALL, at(0)), Err(Refusal::PeerLeaving));
}

#[test]
fn a_peer_that_took_while_we_live_is_not_fought() {
    let mut old = returned();
    assert_eq!(old.taken_from_us(at(0)), Halves::NONE);
    old.reported(Sequence(3), &report(Hold::All, true), at(0));
    assert_eq!(old.taken_from_us(at(0)), Halves::ALL);
}

#[test]
fn what_it_says_of_a_split_moves_nothing_until_it_has_had_time_to_restart() {
    let mut old = Old::joining(Halves::NONE);
    old.lives(Some(Generation(5)), at(0), Halves::ALL);
    old.gone();
    old.lives(Some(Generation(5)), at(20_000), Halves::ALL);
    old.reported(Sequence(3), &report(Hold::All, true), at(1));
    assert_eq!(old.taken_from_us(at(19_999)), Halves::NONE);
    assert_eq!(old.offer(Halves::THEIRS, at(19_999)), Err(Refusal::PeerInFlux));
    assert_eq!(old.taken_from_us(at(20_000)), Halves::ALL, "it goes on, so it will not let go");
}

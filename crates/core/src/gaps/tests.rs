//! The book of one peer's silences.

use super::Gaps;
use crate::Moment;
use crate::fastdead::Observed;
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn the_worst_of_both_books_counts_and_what_hands_has_is_not_kept_here() {
    let mut gaps = Gaps::default();
    gaps.note(ms(210), 0, ms(2000));
    assert_eq!(gaps.observed(), Observed { worst_ms: 210, for_s: 0 });
    assert_eq!(gaps.report(Moment::from_ms(20_000)), Some(Observed { worst_ms: 210, for_s: 0 }));
    gaps.remember(Observed { worst_ms: 210, for_s: 90_000 });
    gaps.note(ms(205), 0, ms(2000));
    assert_eq!(gaps.observed(), Observed { worst_ms: 210, for_s: 90_000 });
    // Seven days later hands has forgotten the worst one.
    gaps.remember(Observed { worst_ms: 200, for_s: 90_000 });
    assert_eq!(gaps.observed().worst_ms, 205, "not reported yet");
}

#[test]
fn a_new_worst_is_reported_soon_and_everything_else_every_ten_minutes() {
    let mut gaps = Gaps::default();
    gaps.remember(Observed { worst_ms: 300, for_s: 90_000 });
    for second in 0..600 {
        gaps.note(ms(1000), 0, ms(2000));
        let report = gaps.report(Moment::from_ms(second * 1000));
        assert_eq!(report.is_some(), second == 10, "{second}");
        if let Some(report) = report {
            assert_eq!(report, Observed { worst_ms: 1000, for_s: 11 });
            gaps.remember(Observed { worst_ms: 1000, for_s: 90_011 });
        }
    }
    assert_eq!(gaps.report(Moment::from_ms(610_000)), Some(Observed { worst_ms: 1000, for_s: 589 }));
}

#[test]
fn loss_is_learnt_and_forgotten_again() {
    let mut gaps = Gaps::default();
    for _ in 0..20_000 {
        gaps.note(ms(200), 1, ms(2000));
    }
    assert!((0.6..0.9).contains(&gaps.loss()), "half of them, and half as much again: {}", gaps.loss());
    for _ in 0..100_000 {
        gaps.note(ms(200), 0, ms(2000));
    }
    assert!(gaps.loss() < 0.000_01, "{}", gaps.loss());
}

#[test]
fn more_than_half_the_verdict_time_is_a_near_miss() {
    let mut gaps = Gaps::default();
    gaps.note(ms(400), 0, ms(800));
    gaps.note(ms(401), 0, ms(800));
    assert_eq!(gaps.near_misses, 1);
}

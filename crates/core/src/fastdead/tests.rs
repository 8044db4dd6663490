//! The early verdict time for what was observed.
#![allow(clippy::unwrap_used)]

use super::{FastDead, LEARNT_S, Observed};
use crate::Timing;
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn timing(keepalive: u64, deadtime: u64) -> Timing {
    Timing::new(ms(keepalive), ms(deadtime / 2), ms(deadtime), ms(deadtime * 2)).unwrap()
}

fn worst(worst_ms: u64) -> Observed {
    Observed { worst_ms, for_s: LEARNT_S }
}

#[test]
fn a_quiet_lan_is_judged_by_the_floor_and_slow_beats_by_their_own_rhythm() {
    assert_eq!(timing(200, 10_000).early_verdict(worst(210), 0.0), Some(ms(800)));
    assert_eq!(timing(50, 1000).early_verdict(worst(60), 0.0), Some(ms(250)));
    assert_eq!(timing(2000, 10_000).early_verdict(worst(2050), 0.0), Some(ms(2565)));
    let own = timing(200, 10_000).with_fastdead(FastDead::AtLeast(ms(400)));
    assert_eq!(own.early_verdict(worst(210), 0.0), Some(ms(400)));
}

#[test]
fn twice_the_worst_stall_is_survived_and_never_more_than_deadtime_is_waited() {
    // Ten beats a second late at worst: a stall of two seconds is no death.
    assert_eq!(timing(200, 10_000).early_verdict(worst(1200), 0.0), Some(ms(2200)));
    assert_eq!(timing(200, 10_000).early_verdict(worst(5100), 0.0), None);
    assert_eq!(timing(200, 700).early_verdict(worst(210), 0.0), None, "the floor is above deadtime");
}

#[test]
fn nothing_is_early_before_a_day_was_observed_or_where_it_is_not_wanted() {
    let day = Observed { worst_ms: 210, for_s: LEARNT_S - 1 };
    assert_eq!(timing(200, 10_000).early_verdict(day, 0.0), None);
    assert_eq!(timing(200, 10_000).early_verdict(Observed::default(), 0.0), None);
    assert_eq!(timing(200, 10_000).with_fastdead(FastDead::Off).early_verdict(worst(210), 0.0), None);
}

#[test]
fn loss_makes_it_ask_more_often() {
    let timing = timing(200, 10_000);
    assert_eq!(timing.probes(0.0), 3);
    assert_eq!(timing.probes(0.0001), 3);
    let (few, many) = (timing.probes(0.1), timing.probes(0.5));
    assert!(few > 10 && many > few * 3, "{few} {many}");
    assert_eq!(timing.probes(1.0), 250);
    assert!(timing.early_verdict(worst(210), 0.5) > timing.early_verdict(worst(210), 0.1));
}

#[test]
fn a_deadtime_far_off_gets_a_proposal_and_a_good_one_none() {
    assert_eq!(timing(200, 10_000).better_deadtime(worst(210)), Some(ms(1000)));
    assert_eq!(timing(200, 2000).better_deadtime(worst(210)), None);
    assert_eq!(timing(200, 2000).better_deadtime(worst(1500)), Some(ms(4500)));
    assert_eq!(timing(200, 10_000).better_deadtime(Observed::default()), None);
}

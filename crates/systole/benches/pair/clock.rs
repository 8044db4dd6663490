//! One clock for everything that is compared: nanoseconds on CLOCK_MONOTONIC, as systole-sys has them.
//! Not here: any measuring.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use systole_sys::wait::monotonic_ns;

/// A moment of the lab.
pub fn of_instant(at: Instant) -> u64 {
    let (now, now_ns) = (Instant::now(), monotonic_ns());
    let past = now.saturating_duration_since(at);
    let ahead = at.saturating_duration_since(now);
    now_ns.saturating_add(ns(ahead)).saturating_sub(ns(past))
}

/// A stamp of a log line: whole milliseconds of the wall clock, cut off, so up to 1 ms too early.
pub fn of_log(at_ms: u64) -> u64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ns = monotonic_ns();
    let past = wall.saturating_sub(Duration::from_millis(at_ms));
    now_ns.saturating_sub(ns(past))
}

/// Seconds from one moment to a later one.
pub fn seconds(from_ns: u64, to_ns: u64) -> f64 {
    Duration::from_nanos(to_ns.saturating_sub(from_ns)).as_secs_f64()
}

fn ns(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

//! The times of ha.cf to one consistent `Timing` and `deadping`, with Heartbeat's defaults (spec/CONFIG.md 1.2).
//! Not here: the rules themselves (systole-core, timing.rs).

use crate::diagnostic::{Diagnostic, Page, Severity};
use crate::duration::show;
use crate::ha_cf::HaCf;
use std::time::Duration;
use systole_core::{Timing, TimingError};

/// All faults in one run: after each one the value is repaired and the rest is looked at.
/// Nothing comes back only when a value is missing that no repair gives.
pub(crate) fn check(page: Page<'_>, file: &HaCf, found: &mut Vec<Diagnostic>) -> Option<Timing> {
    let given = |name: &str| file.times.get(name).map(|t| t.value);
    let mut keepalive = given("keepalive").unwrap_or(Duration::from_secs(1));
    let mut deadtime = given("deadtime").unwrap_or(Duration::from_secs(30));
    let mut warntime = given("warntime").unwrap_or(deadtime / 2);
    let mut initdead = given("initdead").unwrap_or_else(|| default_initdead(deadtime));
    for _ in 0..5 {
        let error = match Timing::new(keepalive, warntime, deadtime, initdead) {
            Ok(timing) => return Some(timing),
            Err(error) => error,
        };
        let (name, repaired, why) = match error {
            TimingError::KeepaliveZero => {
                keepalive = Duration::from_secs(1).min(deadtime / 5).max(Duration::from_millis(1));
                ("keepalive", keepalive, "it is the time between two beats".to_owned())
            }
            TimingError::DeadtimeTooSmall => {
                let why = format!("keepalive is {}, and one lost beat must not be a dead node", show(keepalive));
                deadtime = keepalive.saturating_mul(5);
                if given("warntime").is_none() {
                    warntime = deadtime / 2;
                }
                if given("initdead").is_none() {
                    initdead = default_initdead(deadtime);
                }
                ("deadtime", deadtime, why)
            }
            TimingError::WarntimeAboveDeadtime => {
                warntime = deadtime / 2;
                ("warntime", warntime, format!("deadtime is {}", show(deadtime)))
            }
            TimingError::InitdeadBelowDeadtime => {
                initdead = default_initdead(deadtime);
                ("initdead", initdead, format!("deadtime is {}", show(deadtime)))
            }
        };
        found.push(report(page, file, error, (name, repaired, why)));
    }
    None
}

/// `deadping`, or deadtime when it is not given. One that is too small is an error; what comes back is then of no use.
pub(crate) fn deadping(page: Page<'_>, file: &HaCf, timing: &Timing, found: &mut Vec<Diagnostic>) -> Duration {
    let Some(given) = file.times.get("deadping") else { return timing.deadtime() };
    let keepalive = timing.keepalive();
    if given.value <= keepalive.saturating_mul(2) {
        let repaired = show(timing.deadtime());
        let message = "deadping must be more than twice keepalive";
        let label = format!("keepalive is {}, and one lost ping must not be a dead node", show(keepalive));
        let diagnostic = page.at(Severity::Error, "timing", &given.span, message).label(label);
        let edits = vec![(given.span.clone(), repaired.clone())];
        found.push(page.fixed(diagnostic, edits, format!("deadping was set to {repaired}, as deadtime")));
    }
    given.value
}

fn report(
    page: Page<'_>,
    file: &HaCf,
    error: TimingError,
    (name, repaired, why): (&str, Duration, String),
) -> Diagnostic {
    let line = format!("{name} {}", show(repaired));
    // The value that is too small may be a default; then the line that made it so is the place.
    let place = file.times.get(name).or_else(|| file.times.get("keepalive")).or_else(|| file.times.get("deadtime"));
    let Some(time) = place else {
        return Diagnostic::of_file(Severity::Error, "timing", page.file, page.path, error.to_string())
            .note(why)
            .suggest(line);
    };
    let diagnostic = page.at(Severity::Error, "timing", &time.span, error.to_string()).label(why);
    if file.times.contains_key(name) {
        page.fixed(
            diagnostic,
            vec![(time.span.clone(), show(repaired))],
            format!("{name} was set to {}", show(repaired)),
        )
    } else {
        diagnostic.note(format!("{name} is not given; its default does not fit")).suggest(line)
    }
}

fn default_initdead(deadtime: Duration) -> Duration {
    if deadtime > Duration::from_secs(10) {
        deadtime
    } else if deadtime < Duration::from_secs(6) {
        Duration::from_secs(12)
    } else {
        deadtime.saturating_mul(2)
    }
}

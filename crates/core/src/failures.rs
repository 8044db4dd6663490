//! How often a group failed on this node: restarts within a sliding window, giving up, and when it may be tried again.
//! Not here: how a failure is noticed (hands), who takes the group instead (placement.rs).

use crate::settings::Retries;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// A group that failed everywhere is tried again after this pause, then after twice as long, and so on.
const PAUSE: Duration = Duration::from_secs(10);
const PAUSE_MAX: Duration = Duration::from_secs(600);
/// While another node has it, this one is out of the question for the window, then for twice as long, up to so often.
const FACTOR_MAX: u32 = 64;

/// The failures of one group here.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Failures {
    /// While it ran, the oldest first; each is forgotten by itself when it is older than the window. At most one more
    /// than the restarts that are allowed.
    recent: VecDeque<Moment>,
    given_up: Option<GivenUp>,
    /// Since it was given up it has not yet run for a whole window: one failure is one too many.
    on_trial: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct GivenUp {
    /// The last time.
    at: Moment,
    /// So many times, each before the one before was forgotten.
    times: u32,
}

impl Failures {
    /// It failed after it had run for so long. Gives how often that happened within the window, and whether it may be
    /// started here again.
    pub(crate) fn note(&mut self, retries: &Retries, ran: Duration, now: Moment) -> (u32, bool) {
        self.recent.retain(|at| now.since(*at) < retries.within);
        self.recent.push_back(now);
        let count = u32::try_from(self.recent.len()).unwrap_or(u32::MAX);
        if count > retries.count {
            // What lies further back changes nothing any more.
            self.recent.pop_front();
        }
        self.on_trial &= ran < retries.within;
        (count, count <= retries.count && !self.on_trial)
    }

    /// It cannot run here for now.
    pub(crate) fn give_up(&mut self, retries: &Retries, now: Moment) {
        let times = self.lately(retries, now).saturating_add(1);
        self.given_up = Some(GivenUp { at: now, times });
        self.on_trial = true;
    }

    fn lately(&self, retries: &Retries, now: Moment) -> u32 {
        let lately = self.given_up.filter(|g| now.since(g.at) < barred(retries, g.times) * 2);
        lately.map_or(0, |g| g.times)
    }

    /// When a node that gave it up may have it again, while another one is there for it.
    pub(crate) fn barred_until(&self, retries: &Retries) -> Option<Moment> {
        self.given_up.map(|g| g.at + barred(retries, g.times))
    }

    /// When it is tried again for want of any other node. `since`: since when it has been down on all of them, where that
    /// is later than our own failure; `elsewhere`: another node had it last, and tries first.
    pub(crate) fn tried_again_at(&self, since: Option<Moment>, elsewhere: bool) -> Option<Moment> {
        let given_up = self.given_up?;
        let pause = doubled(PAUSE, given_up.times, u32::MAX).min(PAUSE_MAX);
        let from = since.map_or(given_up.at, |since| since.max(given_up.at));
        Some(from + if elsewhere { pause * 2 } else { pause })
    }

    /// The operator says that it is mended.
    pub(crate) fn forget(&mut self) {
        *self = Failures::default();
    }
}

/// How long it is barred after having been given up so many times.
fn barred(retries: &Retries, times: u32) -> Duration {
    doubled(retries.within.max(PAUSE), times, FACTOR_MAX)
}

fn doubled(span: Duration, times: u32, most: u32) -> Duration {
    let factor = 1_u32.checked_shl(times.saturating_sub(1).min(31)).unwrap_or(u32::MAX);
    span.saturating_mul(factor.min(most))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const RETRIES: Retries = Retries { count: 3, within: Duration::from_secs(600) };

    const SHORT: Duration = Duration::from_secs(1);

    fn at(s: u64) -> Moment {
        Moment::from_ms(s * 1000)
    }

    #[test]
    fn failures_age_one_by_one() {
        let mut failures = Failures::default();
        for (s, count) in [(0, 1), (300, 2), (500, 3)] {
            assert_eq!(failures.note(&RETRIES, SHORT, at(s)), (count, true));
        }
        // The first has aged out, the others have not.
        assert_eq!(failures.note(&RETRIES, SHORT, at(600)), (3, true));
        assert_eq!(failures.note(&RETRIES, SHORT, at(700)), (4, false));
        // A failure that was one too many does not push the others out of the window.
        assert_eq!(failures.note(&RETRIES, SHORT, at(800)), (4, false));
        assert_eq!(failures.note(&RETRIES, SHORT, at(2000)), (1, true));
    }

    #[test]
    fn after_it_was_given_up_it_has_one_try_until_it_has_run_for_a_window() {
        let mut failures = Failures::default();
        failures.give_up(&RETRIES, at(0));
        assert_eq!(failures.note(&RETRIES, Duration::from_secs(599), at(5000)), (1, false));
        assert_eq!(failures.note(&RETRIES, Duration::from_secs(600), at(5100)), (2, true));
        assert_eq!(failures.note(&RETRIES, SHORT, at(5200)), (3, true));
    }

    #[test]
    fn without_retries_the_first_failure_is_one_too_many() {
        let none = Retries { count: 0, within: Duration::from_secs(600) };
        let mut failures = Failures::default();
        assert_eq!(failures.note(&none, SHORT, at(0)), (1, false));
        assert_eq!(failures.note(&none, SHORT, at(1)), (1, false));
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut failures = Failures::default();
        assert_eq!((failures.barred_until(&RETRIES), failures.tried_again_at(None, false)), (None, None));
        let mut now = at(1000);
        for wanted in [10, 20, 40, 80, 160, 320, 600, 600] {
            failures.give_up(&RETRIES, now);
            let next = failures.tried_again_at(None, false).unwrap();
            assert_eq!(next.since(now), Duration::from_secs(wanted));
            now = next;
        }
        assert_eq!(failures.barred_until(&RETRIES).unwrap().since(now), Duration::from_secs(600 * 64 - 600));
        assert_eq!(failures.tried_again_at(Some(now), true).unwrap().since(now), Duration::from_secs(1200));
        // Twice as long as it was barred without another failure: as if it had never failed.
        let quiet = now + Duration::from_secs(600 * 128);
        failures.give_up(&RETRIES, quiet);
        assert_eq!(failures.tried_again_at(None, false).unwrap().since(quiet), Duration::from_secs(10));
        failures.forget();
        assert_eq!(failures.barred_until(&RETRIES), None);
    }
}

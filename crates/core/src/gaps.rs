//! How long one peer's silences were, and how many of its frames were lost: the measure of an early verdict.
//! Not here: the time that follows from it (fastdead.rs); days and the disk (hands).

use crate::fastdead::Observed;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What was observed goes to hands this often, and at once when it is worse than all before, but no more often than that.
const REPORT_EVERY: Duration = Duration::from_secs(600);
const REPORT_PAUSE: Duration = Duration::from_secs(10);
/// A lost frame counts among so many.
const LOSS_OVER: u64 = 5000;
const BILLION: u64 = 1_000_000_000;

/// The book of one peer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Gaps {
    /// By hands, from disk; it has what was reported before.
    remembered: Observed,
    /// Not yet in there: the worst since it came, and since the last report.
    since: Duration,
    unreported: Duration,
    /// How long the peer was watched since the last report.
    watched: Duration,
    reported: Moment,
    /// Share of its frames that did not come by any link, in billionths.
    loss: u64,
    pub(crate) lost: u64,
    /// Silences of more than half the verdict time in force.
    pub(crate) near_misses: u64,
}

impl Gaps {
    /// A frame of a life that goes on came after so much silence, with so many missing before it. `limit`: the verdict
    /// time in force.
    pub(crate) fn note(&mut self, gap: Duration, lost: u64, limit: Duration) {
        self.since = self.since.max(gap);
        self.unreported = self.unreported.max(gap);
        self.watched = self.watched.saturating_add(gap);
        self.lost = self.lost.saturating_add(lost);
        self.near_misses = self.near_misses.saturating_add(u64::from(gap > limit / 2));
        for _ in 0..lost.min(LOSS_OVER) {
            self.loss += (BILLION - self.loss) / LOSS_OVER;
        }
        self.loss -= self.loss.div_ceil(LOSS_OVER).min(self.loss);
    }

    /// What hands has of the last seven days.
    pub(crate) fn remember(&mut self, observed: Observed) {
        self.remembered = observed;
        self.since = self.unreported;
    }

    /// The worst of seven days.
    pub(crate) fn observed(&self) -> Observed {
        let since_ms = u64::try_from(self.since.as_millis()).unwrap_or(u64::MAX);
        Observed { worst_ms: self.remembered.worst_ms.max(since_ms), ..self.remembered }
    }

    /// Of every frame and its answer so large a share may be lost: what was seen and half as much again, for a rare loss
    /// may have been missed.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn loss(&self) -> f64 {
        self.loss as f64 / BILLION as f64 * 1.5
    }

    /// What hands should add to its book now, if it is time.
    pub(crate) fn report(&mut self, now: Moment) -> Option<Observed> {
        let worst_ms = u64::try_from(self.unreported.as_millis()).unwrap_or(u64::MAX);
        let ago = now.since(self.reported);
        let news = worst_ms > self.remembered.worst_ms && ago >= REPORT_PAUSE;
        if self.watched.is_zero() || !(news || ago >= REPORT_EVERY) {
            return None;
        }
        let for_s = self.watched.as_secs();
        self.watched -= Duration::from_secs(for_s);
        (self.reported, self.unreported) = (now, Duration::ZERO);
        Some(Observed { worst_ms, for_s })
    }
}

#[cfg(test)]
mod tests;

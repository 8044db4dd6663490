//! The time of an early verdict (reference FD, R4), as arithmetic: what is known of a peer's gaps goes in, a time comes out.
//! Not here: whether a verdict may come early at all (cluster/early.rs), and measuring (gaps.rs).

use crate::timing::Timing;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `#@ fastdead`: may a verdict come before deadtime?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FastDead {
    /// Always at deadtime.
    Off,
    /// As early as what was observed allows, and never below a floor that a virtual machine needs.
    #[default]
    Auto,
    /// The same with a floor of the owner's own.
    AtLeast(Duration),
}

/// The floor of `auto`, and that of the fastest beats, of which nobody has any who has not a machine for it.
const FLOOR: Duration = Duration::from_millis(800);
const FLOOR_FAST: Duration = Duration::from_millis(250);
const FAST_KEEPALIVE: Duration = Duration::from_millis(50);
/// Before a day was observed nobody knows what is usual.
pub(crate) const LEARNT_S: u64 = 24 * 3600;
/// Questions to a silent node follow each other so closely, and at least so many are lost before that means anything.
pub(crate) const PROBE_PAUSE: Duration = Duration::from_millis(20);
const PROBES_MIN: u32 = 3;
const PROBES_MAX: u32 = 250;
/// A verdict against a living node by lost frames alone: once in a hundred years.
const CENTURY_S: f64 = 100.0 * 365.25 * 24.0 * 3600.0;

/// What is known of a peer's silences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Observed {
    /// The longest silence that it survived in the last seven days.
    pub worst_ms: u64,
    /// For how long of these it was watched, in seconds.
    pub for_s: u64,
}

impl Timing {
    /// From this silence on a node is suspected, and asked.
    pub(crate) fn suspicion(&self) -> Duration {
        self.keepalive() + self.keepalive() / 4 + Duration::from_millis(5)
    }

    /// The early verdict time; nothing while there is none below deadtime. `loss`: share of frames that do not come.
    pub fn early_verdict(&self, observed: Observed, loss: f64) -> Option<Duration> {
        let floor = match self.fastdead() {
            FastDead::Off => return None,
            FastDead::Auto if self.keepalive() <= FAST_KEEPALIVE => FLOOR_FAST,
            FastDead::Auto => FLOOR,
            FastDead::AtLeast(floor) => floor,
        };
        if observed.for_s < LEARNT_S {
            return None;
        }
        let asked = self.suspicion() + PROBE_PAUSE * self.probes(loss);
        // A stall that begins just before a beat shows as a gap of a keepalive and the stall: twice that stall survives.
        let worst = Duration::from_millis(observed.worst_ms);
        let twice = self.keepalive() + worst.saturating_sub(self.keepalive()) * 2;
        let early = floor.max(asked).max(twice);
        (early < self.deadtime()).then_some(early)
    }

    /// So many questions in a row get no answer by loss alone less than once in a hundred years.
    pub(crate) fn probes(&self, loss: f64) -> u32 {
        let come = (1.0 - loss.clamp(0.0, 1.0)) * (1.0 - loss.clamp(0.0, 1.0));
        let wanted = self.keepalive().as_secs_f64() / CENTURY_S;
        let mut chance = 1.0;
        for count in 1..PROBES_MAX {
            // Products only: the same on every machine.
            chance *= 1.0 - come;
            if chance <= wanted && count >= PROBES_MIN {
                return count;
            }
        }
        PROBES_MAX
    }

    /// What `deadtime` should rather be, when the one of the files is far from what was observed.
    pub fn better_deadtime(&self, observed: Observed) -> Option<Duration> {
        if observed.for_s < LEARNT_S {
            return None;
        }
        let worst = Duration::from_millis(observed.worst_ms);
        let least = (worst * 2).max(self.keepalive() * 5 / 2);
        let ample = (worst * 3).max(self.keepalive() * 5).max(Duration::from_secs(1));
        let far = self.deadtime() < least || self.deadtime() > ample * 4;
        far.then(|| Duration::from_millis(u64::try_from(ample.as_millis()).unwrap_or(u64::MAX).div_ceil(100) * 100))
    }
}

#[cfg(test)]
mod tests;

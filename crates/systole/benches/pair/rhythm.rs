//! From moments of arrival to lateness: beats have a grid, and extra beats after changes are told apart by it.
//! Not here: where the moments come from.

/// A regular beat may be so much before its time by the grid, whose origin is measured too.
const EARLY_NS: u64 = 200_000;
/// Width of the bundle of beats that shows the origin of the grid.
const BUNDLE_NS: u64 = 200_000;

/// The rhythm of one sender, learnt while nothing else went on.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    period_ns: u64,
    origin_ns: u64,
}

impl Rhythm {
    /// Finds the phase that most of these beats have. Nothing without beats.
    pub fn learn(beats: &[u64], period_ns: u64) -> Option<Rhythm> {
        let from = |origin_ns: u64| Rhythm { period_ns, origin_ns };
        let followers = |origin: &u64| beats.iter().filter(|at| from(*origin).behind(**at) < BUNDLE_NS).count();
        beats.iter().copied().max_by_key(followers).map(from)
    }

    /// How long after the last time by the grid.
    fn behind(&self, at_ns: u64) -> u64 {
        (at_ns % self.period_ns + self.period_ns - self.origin_ns % self.period_ns) % self.period_ns
    }

    /// For every slot of the grid from the first beat to the last: how long after its time the first beat came, in
    /// nanoseconds. A beat that is skipped counts as one that came with the next one. A sender that was late by more
    /// than a period begins a new grid, as ours does, and is followed.
    pub fn lateness(&self, beats: &[u64]) -> Vec<u64> {
        let (Some(first), Some(last)) = (beats.first(), beats.last()) else { return Vec::new() };
        // The first time by the grid that is not before the first beat.
        let mut due = first + (self.period_ns - self.behind(*first)) % self.period_ns;
        let mut late = Vec::new();
        let mut rest = beats;
        while due <= *last {
            let passed = rest.iter().take_while(|at| **at + EARLY_NS < due).count();
            rest = rest.get(passed..).unwrap_or_default();
            let Some(at) = rest.first() else { break };
            let behind = at.saturating_sub(due);
            late.push(behind);
            let mut missed = behind;
            while missed >= self.period_ns {
                missed -= self.period_ns;
                late.push(missed);
            }
            due = if behind >= self.period_ns { at + self.period_ns } else { due + self.period_ns };
        }
        late
    }
}

//! One group and the ping nodes: whether another node has reached more of them than this one for so long that the group
//! goes there (what Heartbeat's ipfail was for; decisions/0018).
//! Not here: which of them answer (cluster/pings.rs), to whom the group goes (placement.rs).

use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many beats a difference must last. Both nodes lose a host that dies, but not in the same moment.
const BEATS: u32 = 3;
/// A group that was moved for this is not moved for it again before a dead time has passed twice, then four times, up to
/// so many times.
const FACTOR_MAX: u32 = 64;

/// What one node knows of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// Since when somebody else reaches more.
    since: Option<Moment>,
    /// So much more was known when it came here all the same: an operator sent it, and is not contradicted.
    accepted: u16,
    /// How often it was moved for this lately, here or away, and when last.
    moves: u32,
    moved: Option<Moment>,
}

impl Reach {
    /// What the best other node reaches more than this one now.
    pub(crate) fn note(&mut self, more: u16, deadtime: Duration, now: Moment) {
        if more > 0 {
            self.goes_on(deadtime, now);
        }
        if more == 0 {
            (self.since, self.accepted) = (None, 0);
        } else {
            self.since = if more > self.accepted { self.since.or(Some(now)) } else { None };
        }
    }

    /// The nodes differ, whoever has the group: what goes on is not forgotten.
    pub(crate) fn goes_on(&mut self, deadtime: Duration, now: Moment) {
        if self.lately(deadtime, now) > 0 {
            self.moved = Some(now);
        }
    }

    /// It was released to this node by one that reaches so much more, knowing it.
    pub(crate) fn accept(&mut self, more: u16) {
        (self.since, self.accepted) = (None, more);
    }

    /// It was moved for this.
    pub(crate) fn note_move(&mut self, deadtime: Duration, now: Moment) {
        (self.moves, self.moved, self.since) = (self.lately(deadtime, now).saturating_add(1), Some(now), None);
    }

    fn lately(&self, deadtime: Duration, now: Moment) -> u32 {
        let lately = self.moved.is_some_and(|at| now.since(at) < deadtime * FACTOR_MAX * 2);
        if lately { self.moves } else { 0 }
    }

    /// So long a difference, or its end, must last.
    pub(crate) fn pause(&self, keepalive: Duration, deadtime: Duration, now: Moment) -> Duration {
        let usual = keepalive * BEATS;
        match self.lately(deadtime, now) {
            0 => usual,
            moves => usual.max(deadtime * 1_u32.checked_shl(moves).unwrap_or(FACTOR_MAX).min(FACTOR_MAX)),
        }
    }

    /// When the group is to go, if nothing changes.
    pub(crate) fn due_at(&self, keepalive: Duration, deadtime: Duration, now: Moment) -> Option<Moment> {
        self.since.map(|since| since + self.pause(keepalive, deadtime, now))
    }
}

#[cfg(test)]
mod tests {
    use super::Reach;
    use crate::time::Moment;
    use std::time::Duration;

    const KEEPALIVE: Duration = Duration::from_secs(2);
    const DEADTIME: Duration = Duration::from_secs(10);

    fn at(s: u64) -> Moment {
        Moment(s * 1_000_000_000)
    }

    fn due(reach: &Reach, now: u64) -> Option<Moment> {
        reach.due_at(KEEPALIVE, DEADTIME, at(now))
    }

    #[test]
    fn a_difference_must_last_and_one_that_ends_was_none() {
        let mut reach = Reach::default();
        reach.note(1, DEADTIME, at(10));
        reach.note(2, DEADTIME, at(12));
        assert_eq!(due(&reach, 12), Some(at(16)));
        reach.note(0, DEADTIME, at(13));
        assert_eq!(due(&reach, 13), None);
    }

    #[test]
    fn each_move_makes_the_next_one_wait_twice_as_long_and_quiet_times_forget_it() {
        let mut reach = Reach::default();
        let mut now = 0;
        for wanted in [6, 20, 40, 80, 160, 320, 640, 640] {
            assert_eq!(reach.pause(KEEPALIVE, DEADTIME, at(now)), Duration::from_secs(wanted));
            reach.note_move(DEADTIME, at(now));
            now += 100;
        }
        assert_eq!(reach.pause(KEEPALIVE, DEADTIME, at(now + 1300)), KEEPALIVE * 3);
    }

    #[test]
    fn what_was_accepted_counts_only_where_it_grows_or_ends() {
        let mut reach = Reach::default();
        reach.accept(1);
        reach.note(1, DEADTIME, at(10));
        assert_eq!(due(&reach, 10), None);
        reach.note(2, DEADTIME, at(20));
        assert_eq!(due(&reach, 20), Some(at(26)));
        reach.note(0, DEADTIME, at(30));
        reach.note(1, DEADTIME, at(40));
        assert_eq!(due(&reach, 40), Some(at(46)));
    }
}

//! Frames of a peer that arrive but cannot be believed: another key, another version. They move nothing by themselves, and
//! yet somebody is there who speaks: silence would be the wrong word for it (decisions/0016).
//! Not here: what follows for a takeover (safety.rs), whose frames they are (heart knows names and places).

use crate::names::LinkName;
use crate::peer::{Peer, Presence};
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many in a row, with nothing believed between, are no damaged beats any more.
const ROW: u32 = 3;
/// Who only bears the name of a peer, from a place where it was never heard, keeps groups from being taken for so long and
/// no longer: anybody on the network can write a name.
const STRANGE_PLACE_MAX: Duration = Duration::from_secs(600);

/// Why frames of a peer are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// The digest does not match, or its key number is not ours: nobody vouches for the sender.
    Key,
    /// The digest matches, but what the frame says cannot be read here: another version.
    Version,
}

/// The refused frames of a peer since the last one that was believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) why: Refusal,
    pub(crate) link: LinkName,
    count: u32,
    since: Moment,
    pub(crate) last: Moment,
    /// Newest one from where the peer is known to be, if any came from there.
    placed: Option<Moment>,
    pub(crate) told: bool,
}

impl Row {
    /// One more; `placed`: from where the peer is known to be.
    pub(crate) fn add(
        row: &mut Option<Row>,
        (why, link, placed): (Refusal, LinkName, bool),
        fresh: Duration,
        now: Moment,
    ) {
        let before = row.take().filter(|r| r.why == why && now.since(r.last) < fresh);
        let count = before.as_ref().map_or(0, |r| r.count).saturating_add(1);
        let since = before.as_ref().map_or(now, |r| r.since);
        let told = before.as_ref().is_some_and(|r| r.told);
        let placed = if placed { Some(now) } else { before.and_then(|r| r.placed) };
        *row = Some(Row { why, link, count, since, last: now, placed, told });
    }

    /// Until when it stands for a living sender, if it is a row; `fresh`: so long after each frame.
    pub(crate) fn until(&self, fresh: Duration) -> Option<Moment> {
        let strange = (self.last + fresh).min(self.since + STRANGE_PLACE_MAX);
        let until = self.placed.map_or(strange, |at| strange.max(at + fresh));
        (self.count >= ROW).then_some(until)
    }

    /// Is it a row, and has it not ended?
    pub(crate) fn lasts(&self, fresh: Duration, now: Moment) -> bool {
        self.count >= ROW && now.since(self.last) < fresh
    }
}

impl Peer {
    /// Its frames arrive and are refused: it counts as alive where nothing better is known.
    pub(crate) fn speaks_unread(&self, fresh: Duration, now: Moment) -> Option<Refusal> {
        let row = self.refused_row.as_ref().filter(|_| !self.is_alive())?;
        row.until(fresh).filter(|until| now < *until).map(|_| row.why)
    }

    /// The moment from which it does not any more.
    pub(crate) fn unread_until(&self, fresh: Duration) -> Option<Moment> {
        let gone = matches!(self.presence, Presence::Left | Presence::Dead);
        self.refused_row.as_ref().filter(|_| gone)?.until(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Row, STRANGE_PLACE_MAX};
    use crate::names::LinkName;
    use crate::time::Moment;
    use std::time::Duration;

    const FRESH: Duration = Duration::from_secs(10);

    fn at(s: u64) -> Moment {
        Moment(s * 1_000_000_000)
    }

    fn row(seconds: impl Iterator<Item = u64>, placed: bool) -> Row {
        let mut row = None;
        for s in seconds {
            Row::add(&mut row, (Refusal::Key, LinkName("eth0".into()), placed), FRESH, at(s));
        }
        row.unwrap_or_else(|| unreachable!())
    }

    #[test]
    fn two_damaged_frames_are_no_row() {
        let two = row(0..2, true);
        assert_eq!((two.until(FRESH), two.lasts(FRESH, at(2))), (None, false));
        let many = row(0..20, true);
        assert_eq!(
            (many.until(FRESH), many.lasts(FRESH, at(28)), many.lasts(FRESH, at(29))),
            (Some(at(29)), true, false)
        );
    }

    #[test]
    fn frames_far_apart_are_no_row() {
        assert_eq!(row((0..10).map(|n| n * 11), true).until(FRESH), None);
    }

    #[test]
    fn a_name_from_anywhere_counts_for_a_while_only_and_a_known_place_as_long_as_it_speaks() {
        let strange = row(0..2000, false);
        assert_eq!(strange.until(FRESH), Some(at(0) + STRANGE_PLACE_MAX));
        assert!(strange.lasts(FRESH, at(2001)), "it is still shown");
        assert_eq!(row(0..2000, true).until(FRESH), Some(at(2009)));
    }
}

//! What was agreed with a Heartbeat peer: its two-bit resource protocol as a state machine (spec/WIRE.md section 8).
//! Here is the book-keeping of one peer. Not here: groups, jobs and clocks (cluster/old.rs asks and tells).

mod halves;
mod standby;

pub(crate) use halves::Halves;
#[cfg(test)]
use standby::Refusal;
pub(crate) use standby::{Handover, Step};

use crate::message::{Body, Hold};
use crate::names::{Generation, GroupId, Sequence};
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long Heartbeat waits before it takes what nobody claims, and for the answer to a standby request (7.2).
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// So often a node that found its half held introduces itself again.
const INTRODUCTIONS: u8 = 3;

/// How far we have come in joining (8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Nothing said yet.
    Joining,
    /// `starting` is said; nobody told us yet what he holds.
    Starting { since: Moment },
    /// Somebody told.
    Received { since: Moment },
    /// Our own half is settled, by taking it or by finding it held.
    Stable,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Old {
    pub(crate) phase: Phase,
    /// What the peer says it holds.
    pub(crate) claimed: Halves,
    /// It says that its own half is settled.
    pub(crate) stable: bool,
    /// It gives everything up and goes.
    pub(crate) leaving: bool,
    pub(crate) handover: Handover,
    /// What we should hold, as agreed.
    pub(crate) right: Halves,
    /// The part of it that the peer released to us.
    pub(crate) received: Halves,
    /// The peer's half came to us because it was gone, so it goes back (8.2 e).
    pub(crate) due: bool,
    /// Our half went there because we could not run it, so we ask for it when we can.
    pub(crate) lent: bool,
    /// Not again before: what was asked for in vain is not asked for at every moment.
    pub(crate) pause_until: Option<Moment>,
    /// Offers in a row that nobody answered.
    unanswered: u32,
    /// `hb_takeover` is said, and not answered yet.
    pub(crate) requested: Option<Moment>,
    /// How often we may still introduce ourselves anew while the peer keeps our half, and when next: it drops our
    /// `starting` when that comes in the middle of its takeover, and then never thinks of giving anything back.
    pub(crate) introduce: Option<(u8, Moment)>,
    /// Since when we are known to reach fewer ping nodes than the peer.
    pub(crate) poor_since: Option<Moment>,
    /// That we give everything up was said.
    pub(crate) farewell_said: bool,
    /// Legacy mode: where each group stands.
    pub(crate) single: BTreeMap<GroupId, Single>,
    was_gone: bool,
    healing_until: Option<Moment>,
    /// The life of the peer that all this is about.
    life: Option<Generation>,
    /// Number of the newest report; an older one that was sent again must not set it back.
    newest_report: Sequence,
}

/// One group in legacy mode (8.5), where nothing but single groups is ever asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Single {
    /// We asked for it and wait.
    Asked { at: Moment },
    /// It is ours.
    Granted,
    /// The peer wants it; once nothing runs here any more we say so.
    Wanted { we_own: bool },
}

impl Old {
    /// A peer that is there while we begin, or that changed its program while we hold `right`.
    pub(crate) fn joining(right: Halves) -> Old {
        let phase = if right.is_empty() { Phase::Joining } else { Phase::Stable };
        Old {
            phase,
            claimed: Halves::NONE,
            stable: false,
            leaving: false,
            handover: Handover::None,
            right,
            received: Halves::NONE,
            due: right.theirs,
            lent: false,
            pause_until: None,
            unanswered: 0,
            requested: None,
            introduce: None,
            poor_since: None,
            farewell_said: false,
            single: BTreeMap::new(),
            was_gone: false,
            healing_until: None,
            life: None,
            newest_report: Sequence(0),
        }
    }

    /// The peer is dead or has left: everything is ours, and whatever was under way is over (8.3).
    pub(crate) fn gone(&mut self) {
        *self = Old { due: true, life: self.life, was_gone: true, ..Old::joining(Halves::ALL) };
    }

    /// The life that the peer lives now. In a new one that came without a death it holds nothing but what it has told
    /// of since. One that was dead to us and goes on in its old life was only out of reach: what we did not take meanwhile,
    /// because its address went on answering, it has still. `taken` are the halves that we have
    /// taken, or of which there is nothing.
    pub(crate) fn lives(&mut self, life: Option<Generation>, heal: Moment, taken: Halves) {
        if self.life.is_some() && self.life != life {
            *self = Old { due: self.due, lent: self.lent, ..Old::joining(self.right) };
        } else if self.was_gone && life.is_some() && self.life == life {
            self.healing_until = Some(heal);
            self.right = self.right.and(taken);
            self.claimed = Halves::ALL.minus(taken);
        }
        self.was_gone = false;
        self.life = life;
    }

    /// After a split a Heartbeat gives everything up by itself and starts anew (9.7). What it says of the time of the
    /// split is no reason to do anything until then.
    pub(crate) fn is_healing(&self, now: Moment) -> bool {
        self.healing_until.is_some_and(|at| now < at)
    }

    /// Everything that keeps a standby from beginning (8.4, guards).
    pub(crate) fn is_settled(&self) -> bool {
        self.phase == Phase::Stable && self.stable && !self.leaving && self.handover == Handover::None
    }

    /// A report of what we hold: `held` of our right is really there, or will be.
    pub(crate) fn report(&self, held: Halves, info: Option<&str>) -> Body {
        let stable = self.phase == Phase::Stable && !self.handover.unsettles() && info != Some("shutdown");
        Body::Resource { hold: held.in_our_words(), full: true, stable: Some(stable), info: info.map(str::to_owned) }
    }

    /// `resource` from the peer (8.1). True: it has become stable by it and wants to know how we stand.
    pub(crate) fn reported(&mut self, at: Sequence, report: &Report, now: Moment) -> bool {
        if at <= self.newest_report {
            return false;
        }
        self.newest_report = at;
        let said = Halves::as_they_say(report.hold);
        self.claimed = if report.full || said.is_empty() { said } else { self.claimed.or(said) };
        self.leaving |= report.leaving;
        if matches!(self.phase, Phase::Starting { .. }) {
            self.phase = Phase::Received { since: now };
        }
        let before = self.stable;
        self.stable = report.stable.unwrap_or(self.stable) && !self.leaving;
        self.stable && !before
    }

    /// Halves that the peer has just taken although we hold them and gave it no reason: it does not hear us and holds
    /// us for dead, so it will not let go; whoever took last has the clients (design, section 3).
    pub(crate) fn taken_from_us(&self, now: Moment) -> Halves {
        if self.handover == Handover::None && !self.is_healing(now) {
            self.claimed.and(self.right)
        } else {
            Halves::NONE
        }
    }

    /// We take our half if the peer does not claim it (8.2 f), and are stable.
    pub(crate) fn settle_down(&mut self, now: Moment) {
        self.phase = Phase::Stable;
        if self.claimed.ours {
            self.introduce = Some((INTRODUCTIONS, now + PATIENCE));
        } else {
            self.right.ours = true;
        }
    }

    /// True when we should say `starting` once more. It makes the peer look at us again; whether it gives anything is
    /// its own affair, as always.
    pub(crate) fn introduces_itself(&mut self, now: Moment) -> bool {
        let Some((left, at)) = self.introduce else { return false };
        if !self.claimed.ours || self.handover != Handover::None || left == 0 {
            self.introduce = None;
            return false;
        }
        if now < at {
            return false;
        }
        self.introduce = Some((left - 1, now + PATIENCE));
        self.stable = false;
        true
    }

    /// The next moment at which something is due by itself.
    pub(crate) fn next_deadline(&self, now: Moment) -> Option<Moment> {
        let phase = match self.phase {
            Phase::Starting { since } | Phase::Received { since } => Some(since + PATIENCE),
            Phase::Joining | Phase::Stable => None,
        };
        let single = self.single.values().filter_map(|s| match s {
            Single::Asked { at } => Some(*at + PATIENCE),
            Single::Granted | Single::Wanted { .. } => None,
        });
        let rest = [
            phase,
            self.handover.deadline(),
            self.pause_until,
            self.healing_until,
            self.requested.map(|at| at + PATIENCE),
        ];
        rest.into_iter().flatten().chain(single).filter(|at| *at > now).min()
    }
}

/// The fields of a `resource` message that count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) hold: Hold,
    pub(crate) full: bool,
    pub(crate) stable: Option<bool>,
    /// `info=shutdown`.
    pub(crate) leaving: bool,
}

#[cfg(test)]
mod tests;

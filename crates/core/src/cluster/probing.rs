//! When the wire is asked who has the addresses of a group: from the first suspicion on, in rounds that end about when the
//! verdict falls, so that asking costs the takeover nothing; and after the verdict as long as somebody answers.
//! Not here: asking (hands), what an answer means for the takeover (safety.rs).

use super::{Cluster, Hands, hearing::verdict_time, ms};
use crate::beat::{ClaimState, Fitness};
use crate::names::GroupId;
use crate::output::{Event, Output};
use crate::peer::Presence;
use crate::safety;
use crate::time::Moment;
use crate::wire::{Probing, Wire};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A round of three questions takes a quarter of the verdict time, and no longer than this.
const ROUND_MAX: Duration = Duration::from_millis(600);
/// After an answer the next round: soon while the address may just be expiring, later when that takes long.
const AGAIN: Duration = Duration::from_millis(200);
const AGAIN_LATER: Duration = Duration::from_secs(1);
/// After an answer that proves nothing.
const AGAIN_USELESS: Duration = Duration::from_secs(5);
/// Whoever asks for us is given this long beyond the round before it is asked anew.
const PATIENCE: Duration = Duration::from_secs(5);

/// What one group knows of the wire.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Question {
    /// A round is under way since then.
    asked: Option<Moment>,
    answer: Option<(Moment, Wire)>,
    /// Nobody answered in the last round, but in the one before it: asked once more at once, as a network that is slow for
    /// a moment looks the same.
    fell_silent: bool,
    /// The verdict of the node that is suspected, or its expected moment.
    since: Option<Moment>,
    told: Option<Wire>,
}

/// What is known now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// Nobody asks: by the files, or because the group has no address of ours.
    Unasked,
    /// No round has ended that could count.
    Asking,
    Said(&'a Wire),
}

impl Question {
    fn next_at(&self, span: Duration, now: Moment) -> Moment {
        if let Some(asked) = self.asked {
            return asked + span + PATIENCE;
        }
        match &self.answer {
            _ if self.fell_silent => now,
            None | Some((_, Wire::Silent)) => now,
            Some((at, Wire::Useless { .. })) => *at + AGAIN_USELESS,
            Some((at, Wire::Answered { .. })) => {
                let long = self.since.is_some_and(|since| now.since(since) > AGAIN_LATER * 10);
                *at + if long { AGAIN_LATER } else { AGAIN }
            }
        }
    }

    /// Whatever came before proves nothing now.
    pub(super) fn forget(&mut self) {
        *self = Question::default();
    }

    /// Hands is gone, and the round with it.
    pub(super) fn lose_round(&mut self) {
        self.asked = None;
    }
}

/// How long a round takes, and how long before the verdict the first one begins.
fn spans(limit: Duration) -> (Duration, Duration) {
    let span = ROUND_MAX.min(limit / 4);
    (span, span + span / 3)
}

impl Cluster {
    /// What the wire said about a group, as far as it counts now.
    pub(super) fn wire(&self, index: usize) -> Known<'_> {
        let Some(group) = self.groups.get(index).filter(|g| g.settings.probe != Probing::Off) else {
            return Known::Unasked;
        };
        let (span, _) = self.round();
        match &group.wire.answer {
            // Somebody may have taken it since.
            Some((at, Wire::Silent)) if self.now.since(*at) > span => Known::Asking,
            Some((_, wire)) => Known::Said(wire),
            None if group.settings.probe == Probing::Warn => Known::Unasked,
            None => Known::Asking,
        }
    }

    /// The round that ends about when the verdict falls.
    fn round(&self) -> (Duration, Duration) {
        let early = self.peers.values().find_map(|p| self.early_limit(p).ok());
        spans(early.unwrap_or(self.settings.timing.deadtime()))
    }

    /// Is this what keeps this node from taking the group?
    pub(super) fn is_kept_off_by_wire(&self, index: usize) -> bool {
        let heeds = self.groups.get(index).is_some_and(|g| g.settings.probe == Probing::On);
        heeds && matches!(self.wire(index), Known::Said(Wire::Answered { .. }))
    }

    /// Since when the only other node is suspected of being dead, if it is and this node would take that group.
    fn suspected_since(&self, index: usize) -> Option<Moment> {
        let group = self.groups.get(index)?;
        if self.asks_for_leftover(index) && group.settings.probe != Probing::Off && self.hands == Hands::Up {
            return Some(self.now);
        }
        let free = matches!(group.here, ClaimState::Idle | ClaimState::Want);
        // With more than two nodes silence is no ground, whatever the wire says.
        let peer = self.peers.values().next().filter(|_| self.peers.len() == 1)?;
        if group.settings.probe == Probing::Off || !free || self.hands == Hands::Down || self.draining {
            return None;
        }
        if self.fitness(index) != Fitness::Fit || group.settings.rank(&self.settings.me).is_none() {
            return None;
        }
        let timing = self.settings.timing;
        let doubted = || !safety::counts_alone(peer, timing.deadtime(), self.now);
        match (peer.presence, verdict_time(peer, timing.deadtime(), timing.initdead())) {
            (Presence::Left, _) if group.here == ClaimState::Want && doubted() => Some(self.now),
            (Presence::Dead, _) if group.here == ClaimState::Want => Some(self.now),
            (_, Some(limit)) => {
                let limit = self.early_limit(peer).unwrap_or(limit);
                Some(peer.silence.reaches(limit - spans(limit).1))
            }
            _ => None,
        }
    }

    /// Begins the rounds that are due.
    pub(super) fn ask_the_wire(&mut self) {
        let (now, (span, _)) = (self.now, self.round());
        for index in 0..self.groups.len() {
            let since = self.suspected_since(index).filter(|at| *at <= now);
            let Some(group) = self.groups.get_mut(index) else { continue };
            if since.is_none() {
                // A round that is still under way after the start says who else has the address then.
                if !matches!(group.here, ClaimState::Starting | ClaimState::Running) {
                    group.wire.forget();
                }
                continue;
            }
            group.wire.since = group.wire.since.or(Some(now));
            if group.wire.next_at(span, now) <= now {
                group.wire.asked = Some(now);
                self.out.push_back(Output::Probe { group: group.settings.id, span_ms: ms(span) });
            }
        }
    }

    /// A round has ended.
    pub(super) fn probed(&mut self, group: GroupId, wire: Wire) {
        let now = self.now;
        let Some(index) = self.index_of(group) else { return };
        let group = &mut self.groups[index];
        if group.wire.asked.take().is_none() {
            return;
        }
        let held = matches!(group.here, ClaimState::Starting | ClaimState::Running);
        let was_there = matches!(group.wire.answer, Some((_, Wire::Answered { .. })));
        let falls = wire == Wire::Silent && was_there && !held && !group.wire.fell_silent;
        group.wire.fell_silent = falls;
        if falls {
            return;
        }
        let news = wire != Wire::Silent && group.wire.told.as_ref() != Some(&wire);
        // Where it keeps this node from taking the group, the refusal tells it.
        let news = news && (held || group.settings.probe == Probing::Warn || matches!(wire, Wire::Useless { .. }));
        let (id, key) = (group.settings.id, group.settings.key.clone());
        if held {
            group.wire.forget();
        } else {
            group.wire.answer = Some((now, wire.clone()));
        }
        if news {
            group.wire.told = Some(wire.clone());
            self.tell(Event::Wire { group: id, key, wire, held });
        }
    }

    /// The next moment at which a round begins.
    pub(super) fn next_probe(&self) -> Option<Moment> {
        let (span, _) = self.round();
        let of = |index: usize| {
            let at = self.suspected_since(index)?;
            if at > self.now { Some(at) } else { Some(self.groups.get(index)?.wire.next_at(span, self.now)) }
        };
        (0..self.groups.len()).filter_map(of).min()
    }
}

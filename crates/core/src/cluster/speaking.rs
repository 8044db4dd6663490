//! What this node says and when: beats on time, at once after a change, faster while somebody must answer.
//! Not here: bytes and media.

use super::hearing::verdict_time;
use super::{Cluster, ms};
use crate::beat::{BEAT_VERSION, Beat, ClaimState, Hears};
use crate::message::{Body, Message};
use crate::names::{NodeName, Sequence};
use crate::output::{Event, Output};
use crate::time::Moment;
use std::sync::Arc;
use std::time::Duration;

/// A goodbye is not answered, so it is said more than once: one lost frame would cost the peer its deadtime.
pub(super) const GOODBYES: usize = 3;
/// While a wish or a release is open, beats go out this often at least, because one lost frame would otherwise
/// cost a keepalive; and for so long at most.
pub(super) const HURRY: Duration = Duration::from_millis(100);
const HURRY_FOR: Duration = Duration::from_secs(5);
/// Beats out of turn within a tenth of a second: more than any decision needs, and no more than a flood of changes or
/// of forged frames may make us send.
const OUT_OF_TURN_MAX: u32 = 20;
const OUT_OF_TURN_SPAN: Duration = Duration::from_millis(100);

impl Cluster {
    /// Says the beat when it is due or when something changed. After a stall nothing is said before everything that waited
    /// is known, an address that has expired above all: its beat would speak of the time before.
    pub(super) fn speak(&mut self) {
        if self.ended || self.draining {
            return;
        }
        let keepalive = self.settings.timing.keepalive();
        if self.now >= self.next_beat {
            // Keep the rhythm; beats that were missed are not made up for in a burst.
            let behind = self.now.since(self.next_beat).as_nanos() / keepalive.as_nanos().max(1);
            let steps = u32::try_from(behind).unwrap_or(u32::MAX).saturating_add(1);
            self.next_beat = self.next_beat + keepalive.saturating_mul(steps);
            self.say_status();
        } else if (self.say_now || self.hurry_at().is_some_and(|at| self.now >= at)) && self.has_a_turn() {
            self.say_status();
        }
    }

    /// When there is room for a beat out of turn.
    fn next_turn(&self) -> Moment {
        let (since, said) = self.out_of_turn;
        if said < OUT_OF_TURN_MAX { self.now } else { since + OUT_OF_TURN_SPAN }
    }

    /// Is there room for one more beat out of turn?
    fn has_a_turn(&mut self) -> bool {
        let (since, said) = self.out_of_turn;
        if self.now.since(since) >= OUT_OF_TURN_SPAN {
            self.out_of_turn = (self.now, 1);
            return true;
        }
        self.out_of_turn = (since, said.saturating_add(1).min(OUT_OF_TURN_MAX));
        said < OUT_OF_TURN_MAX
    }

    pub(super) fn say_status(&mut self) {
        self.say_now = false;
        self.last_said = self.now;
        let sequence = self.next_sequence();
        self.newest_beat = sequence;
        for group in self.groups.iter_mut().filter(|g| g.here == ClaimState::Want) {
            group.wished_at.get_or_insert(sequence);
        }
        for uncabled in self.groups.iter_mut().filter_map(|g| g.uncabled.as_mut()) {
            uncabled.said.get_or_insert(sequence);
        }
        self.note_hurried();
        let body = Body::Status {
            state: self.state,
            deadtime_ms: Some(ms(self.settings.timing.deadtime())),
            flow_control: true,
            beat: Some(Arc::new(self.beat())),
        };
        self.say(sequence, body);
    }

    pub(super) fn say_goodbye(&mut self) {
        // A Heartbeat asks for what it missed, and acts on each one that it gets.
        let goodbyes = if self.old_peer().is_some() { 1 } else { GOODBYES };
        for again in 0..goodbyes {
            if again > 0 {
                // Without the beat before it, which says that everything is released, a goodbye frees nothing.
                self.say_status();
            }
            let sequence = self.next_sequence();
            self.say(sequence, Body::ShutDone);
        }
        let peers: Vec<NodeName> = self.peers.keys().cloned().collect();
        for node in peers {
            self.remember_peer(&node, true);
        }
    }

    pub(super) fn beat(&self) -> Beat {
        let hears = self.peers.values().filter(|p| p.is_alive());
        Beat {
            version: BEAT_VERSION,
            configuration: self.settings.digest,
            stalled_ms: u32::try_from(ms(self.recent_stall())).unwrap_or(u32::MAX),
            leaving: self.leaving,
            // A life that was refused as too old is named too: that is how its node learns to step past it.
            hears: hears
                .filter_map(|p| {
                    Some(Hears { node: p.name.clone(), generation: p.generation?, sequence: p.heard_up_to() })
                })
                .chain(self.refused())
                .collect(),
            claims: self.groups.iter().enumerate().map(|(i, g)| g.claim(self.fitness(i))).collect(),
        }
    }

    fn refused(&self) -> impl Iterator<Item = Hears> + '_ {
        self.peers
            .values()
            .filter(|p| !p.is_alive() && p.refused_life.is_some())
            .filter_map(|p| Some(Hears { node: p.name.clone(), generation: p.generation?, sequence: p.heard_up_to() }))
    }

    pub(super) fn next_sequence(&mut self) -> Sequence {
        self.sequence = Sequence(self.sequence.0.saturating_add(1));
        self.sequence
    }

    pub(super) fn say(&mut self, sequence: Sequence, body: Body) {
        let message = self.message(None, Some(sequence), body);
        if self.peers.values().any(|p| p.systole != Some(true)) {
            self.history.keep(&message);
        } else {
            self.history.clear();
        }
        self.out.push_back(Output::Say(message));
    }

    /// Says something with a number, for one node; the others count it only.
    pub(super) fn say_to(&mut self, to: &NodeName, body: Body) {
        let sequence = self.next_sequence();
        let message = self.message(Some(to), Some(sequence), body);
        self.history.keep(&message);
        self.out.push_back(Output::Say(message));
    }

    /// Says something without a number (the types that begin with `NS_`), for one node.
    pub(super) fn say_aside(&mut self, to: &NodeName, body: Body) {
        let message = self.message(Some(to), None, body);
        self.out.push_back(Output::Say(message));
    }

    pub(super) fn message(&self, to: Option<&NodeName>, sequence: Option<Sequence>, body: Body) -> Message {
        Message {
            from: self.settings.me.clone(),
            uuid: Some(self.identity.uuid),
            to: to.cloned(),
            to_uuid: to.and_then(|to| self.peers.get(to)?.uuid),
            generation: Some(self.identity.generation),
            sequence,
            body,
        }
    }

    /// Asks old peers for what is missing.
    pub(super) fn ask_again(&mut self) {
        let now = self.now;
        let old = self.peers.values_mut().filter(|p| p.is_old());
        let due: Vec<_> = old.map(|p| (p.name.clone(), p.series.requests(now))).collect();
        for (node, requests) in due {
            for (first, last) in requests.lost {
                self.tell(Event::PacketsLost { node: node.clone(), first, last });
            }
            for sequence in requests.ask {
                self.say_aside(&node, Body::Rexmit { first: sequence, last: sequence });
            }
            for sequence in requests.gone {
                self.tell(Event::PacketGone { node: node.clone(), sequence });
            }
            self.acknowledge(&node);
        }
    }

    /// When to say it again although nothing changed, because somebody has to answer.
    fn hurry_at(&self) -> Option<Moment> {
        let open = self.groups.iter().any(|g| {
            let waiting = match g.here {
                ClaimState::Want => true,
                ClaimState::Idle => g.to.as_ref().is_some_and(|to| {
                    self.peers.get(to).is_some_and(|p| p.is_fit(g.settings.id) && !p.holds(g.settings.id))
                }),
                _ => false,
            };
            waiting && self.now.since(g.since) < HURRY_FOR
        });
        let someone = self.peers.values().any(|p| p.is_alive());
        let pause = HURRY.min(self.settings.timing.keepalive());
        if open && someone { Some(self.last_said + pause) } else { self.next_hurried() }
    }

    /// The next moment at which something changes by itself.
    pub(super) fn next_deadline(&self) -> Moment {
        let timing = self.settings.timing;
        let verdicts = self.peers.values().filter_map(|p| {
            verdict_time(p, timing.deadtime(), timing.initdead()).map(|limit| p.silence.reaches(limit))
        });
        let links = self.peers.values().filter_map(|p| p.next_link_deadline(timing.deadtime()));
        let listened = self.connected_since.map(|since| since + timing.deadtime()).filter(|at| *at > self.now);
        let uncabled = self.groups.iter().filter_map(|g| g.uncabled).map(|u| u.until);
        let asks = self.asks.iter().map(|a| a.deadline);
        let missing = self.peers.values().filter(|p| p.is_old()).filter_map(|p| p.series.next_request());
        verdicts
            .chain(links)
            .chain(listened)
            .chain(Some(self.heard_by_now()).filter(|at| *at > self.now))
            .chain(uncabled.filter(|at| *at > self.now))
            .chain(asks)
            .chain(missing)
            .chain(self.peers.values().filter_map(|p| self.candidate_deadline(p)))
            .chain(self.hurry_at().map(|at| at.max(self.next_turn())))
            .chain(self.say_now.then(|| self.next_turn()))
            .chain(self.next_old_deadline())
            .chain(self.next_ping_deadline())
            .chain(self.next_probe())
            .chain(self.next_standing())
            .chain(self.farewell_at)
            .fold(self.next_beat, Moment::min)
    }
}

//! Lives of a peer: which frames may open one, and which are too far ahead to be believed at once.
//! Not here: numbers within a life (series.rs).

use crate::cluster::speaking::HURRY;
use crate::cluster::{Cluster, hearing, ms};
use crate::message::{Body, Message};
use crate::names::{GroupId, LinkName, NodeName};
use crate::output::{Event, Output};
use crate::peer::{Peer, Presence};
use crate::series::{Candidate, Place};
use crate::settings::Failback;
use std::time::Duration;

/// Numbers heard until the place is written to disk again.
const REMEMBER_EVERY: u64 = 1000;

/// Older lives are told of once in so long, as anybody can invent any number of them.
const REFUSED_PAUSE: Duration = Duration::from_secs(10);

/// How a message stands to what was heard before (spec/WIRE.md 6.1, 6.4).
pub(super) enum Freshness {
    /// Of an older life, or not above what was heard before this node was started.
    Old,
    /// Seen already, or overtaken; says only that the link works.
    Repeated,
    /// It was missing until now; later ones have been acted on before it.
    Late,
    New,
    /// Of a newer life, or far ahead: one frame alone is not believed of a living peer.
    Doubtful,
}

impl Cluster {
    pub(super) fn freshness(&self, message: &Message) -> Freshness {
        let Some(peer) = self.peers.get(&message.from) else { return Freshness::Old };
        let (Some(generation), Some(sequence)) = (message.generation, message.sequence) else {
            return Freshness::Old;
        };
        match peer.generation {
            Some(known) if generation < known => Freshness::Old,
            Some(known) if generation == known && peer.series.has_begun() => match peer.series.place(sequence) {
                Place::Repeated => Freshness::Repeated,
                Place::Late => Freshness::Late,
                Place::Next if peer.is_alive() && !self.has_missed(peer) && peer.series.is_far(sequence) => {
                    Freshness::Doubtful
                }
                Place::Next => Freshness::New,
            },
            Some(known) if generation == known && sequence <= peer.floor => Freshness::Old,
            _ => Freshness::Doubtful,
        }
    }

    /// It spoke while this node did not run, and nothing of that is left to be heard: any number may be its next one.
    fn has_missed(&self, peer: &Peer) -> bool {
        let before = |woke| peer.last_heard.is_none_or(|heard| heard < woke);
        !self.draining && self.woke.is_some_and(|(woke, _)| before(woke))
    }

    pub(super) fn refuse_old(&mut self, message: &Message) {
        // Two nodes that both lost their state refuse each other. What the other one knows of us is never newer than
        // the truth, in a recording neither, so it is safe to learn from.
        if let Body::Status { beat: Some(beat), .. } = &message.body
            && let Some(hears) = beat.hears.iter().find(|h| h.node == self.settings.me).cloned()
        {
            self.outlive(&hears);
        }
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&message.from) else { return };
        let (Some(heard), Some(known)) = (message.generation, peer.generation) else { return };
        if heard <= known && peer.refused_life < Some(heard) {
            peer.refused_life = Some(heard);
            if peer.refused_at.is_some_and(|at| now.since(at) < REFUSED_PAUSE) {
                return;
            }
            peer.refused_at = Some(now);
            // Our next beat shows that node which life of it we know, so it can step past it.
            self.say_now = true;
            self.tell(Event::OldGeneration { node: message.from.clone(), heard, known });
        }
    }

    /// A peer that is dead to us speaks below the last number that we took for its own: somebody else may have said that
    /// one, who has the key. Our beats name it, so that its node steps past it.
    pub(super) fn refuse_overtaken(&mut self, message: &Message) {
        let Some(peer) = self.peers.get_mut(&message.from) else { return };
        if peer.presence == Presence::Dead && peer.refused_life < peer.generation {
            peer.refused_life = peer.generation;
            self.say_now = true;
        }
    }

    pub(super) fn heard_doubtful(&mut self, link: &LinkName, message: Message) {
        let from = message.from.clone();
        let Some(peer) = self.peers.get_mut(&from) else { return };
        let grew = Candidate::offer(&mut peer.candidate, link, message);
        // A node that was started anew wants to hear us, whoever spoke in its name.
        self.say_now |= grew && self.now.since(self.last_said) >= HURRY;
        self.try_candidate(&from);
    }

    /// Lives that have waited long enough.
    pub(super) fn try_candidates(&mut self) {
        let waiting: Vec<_> = self.peers.values().filter(|p| p.candidate.is_some()).map(|p| p.name.clone()).collect();
        for node in waiting {
            self.try_candidate(&node);
        }
    }

    /// Believes the candidate when there is nobody it could be confused with: the peer is not alive, or the known life
    /// has been silent for longer than a living node is. After a whole dead time of silence a single frame of a newer
    /// life, or far ahead in the known one, will do: its node is not dead, and may hold what it held before.
    fn try_candidate(&mut self, from: &NodeName) {
        let (patience, deadtime) = (patience(self.settings.timing.keepalive()), self.settings.timing.deadtime());
        let Some(peer) = self.peers.get_mut(from) else { return };
        let Some(candidate) = &peer.candidate else { return };
        // A stall of ours excuses nobody here: a known life that goes on has frames among those that waited for us.
        let known_is_silent = !self.draining && peer.last_heard.is_none_or(|at| self.now.since(at) >= patience);
        let is_dead = peer.silence.lasting(self.now) >= deadtime;
        let followed = candidate.is_rising() && known_is_silent || is_dead;
        if !candidate.has_status() || (peer.is_alive() && !followed) {
            return;
        }
        let Some(candidate) = peer.candidate.take() else { return };
        self.begin_life(from, &candidate);
        for (link, newest) in candidate.links() {
            self.seen_on(from, link, Some(newest));
        }
        for message in candidate.into_messages() {
            self.accept(message);
        }
    }

    fn begin_life(&mut self, from: &NodeName, candidate: &Candidate) {
        let Some(peer) = self.peers.get_mut(from) else { return };
        let (generation, restarted) = (candidate.generation(), peer.generation != Some(candidate.generation()));
        let heard_before = peer.last_heard.is_some();
        let held: Vec<GroupId> = peer.beat.iter().filter(|_| restarted).flat_map(|beat| beat.ended_with()).collect();
        peer.begin_life(generation, self.sequence);
        if matches!(peer.presence, Presence::Left | Presence::Dead) {
            peer.presence = Presence::NeverHeard;
        }
        hearing::owed_home(&mut self.groups, from);
        if restarted && heard_before {
            self.tell(Event::PeerRestarted { node: from.clone(), generation });
        }
        self.note_crash(from, &held);
    }

    /// The former life of that node has ended while it held these groups.
    fn note_crash(&mut self, node: &NodeName, held: &[GroupId]) {
        let (now, stable, failback) = (self.now, self.settings.timing.deadtime(), self.settings.failback);
        let mut events = Vec::new();
        for group in &mut self.groups {
            group.elders.remove(node);
            if !held.contains(&group.settings.id) {
                continue;
            }
            let crashes = group.crashes.note(node, stable, now);
            if crashes > 1 && failback != Failback::Off && group.settings.home() == Some(node) {
                let for_ms = ms(group.crashes.pause(node, stable, now));
                let (group, key) = (group.settings.id, group.settings.key.clone());
                events.push(Event::HeldDown { group, key, node: node.clone(), crashes, for_ms });
            }
        }
        self.out.extend(events.into_iter().map(Output::Tell));
    }

    /// When a candidate may be believed.
    pub(in crate::cluster) fn candidate_deadline(&self, peer: &Peer) -> Option<crate::time::Moment> {
        let candidate = peer.candidate.as_ref()?;
        let waits = peer.is_alive() && candidate.has_status() && candidate.is_rising();
        waits.then(|| peer.last_heard.map_or(self.now, |at| at + patience(self.settings.timing.keepalive())))
    }

    /// Has it written to disk how far the peer was heard, when it is worth a write.
    pub(in crate::cluster) fn remember_peer(&mut self, node: &NodeName, at_once: bool) {
        let Some(peer) = self.peers.get_mut(node) else { return };
        let (Some(generation), sequence) = (peer.generation, peer.series.last()) else { return };
        let due = match peer.remembered {
            Some(last) => sequence.0.saturating_sub(last.0) >= REMEMBER_EVERY || (at_once && sequence > last),
            None => true,
        };
        if due && peer.series.has_begun() {
            peer.remembered = Some(sequence);
            self.out.push_back(Output::RememberPeer { node: node.clone(), generation, sequence });
        }
    }
}

/// Longer than this no living node is silent, but for lost beats.
pub(in crate::cluster) fn patience(keepalive: Duration) -> Duration {
    keepalive.saturating_mul(3) / 2
}

//! Proof that an old peer lives now and hears us: until then nothing but its beats is acted on (SECURITY F11 to F13).
//! Not here: what the messages mean.

use crate::cluster::Cluster;
use crate::message::{Body, Message};
use crate::names::{NodeName, Sequence};
use crate::peer::{Peer, Presence};
use crate::time::Moment;
use std::time::Duration;

/// Messages kept of a peer that has not proved itself; the oldest ones make room.
const KEPT_MAX: usize = 16;
/// A peer acknowledges each tenth message, so as many beats are said faster until one is acknowledged, and a few more
/// in case of loss.
const HURRIED_MAX: u8 = 25;
/// Bounds of the pause between them.
const FASTEST: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_millis(200);
/// Without flow control nothing is acknowledged; so many beats with rising numbers must do.
const BEATS_ENOUGH: u8 = 2;

impl Cluster {
    /// Acts on what an unproven peer may say, and keeps the rest. Gives back what may be acted on.
    pub(super) fn sift(&mut self, message: Message) -> Option<Message> {
        let peer = self.peers.get_mut(&message.from)?;
        if peer.is_proven() || matches!(message.body, Body::Status { .. } | Body::ReqNodes) {
            return Some(message);
        }
        if peer.unproven.len() >= KEPT_MAX {
            peer.unproven.pop_front();
        }
        peer.unproven.push_back(message);
        None
    }

    /// An acknowledgement addressed to us is a proof when it names a number that only this life of ours has said, and
    /// that was said since the peer was last gone.
    pub(super) fn heard_ack(&mut self, message: &Message, acknowledged: Sequence) {
        let addressed = message.to.is_some() || message.to_uuid.is_some();
        let Some(peer) = self.peers.get(&message.from) else { return };
        if addressed && acknowledged > self.proof_above(peer) && acknowledged <= self.sequence {
            self.prove(&message.from);
        }
    }

    /// What the beat just heard proves.
    pub(super) fn weigh_beat(&mut self, from: &NodeName) {
        let Some(peer) = self.peers.get_mut(from) else { return };
        peer.beats = peer.beats.saturating_add(1);
        let (enough, old) = (peer.beats >= BEATS_ENOUGH && !peer.flow_control, peer.is_old());
        let Some(peer) = self.peers.get(from) else { return };
        let newer = Sequence(self.proof_above(peer).0.saturating_add(1));
        if (old && enough) || peer.has_heard(&self.settings.me, self.identity.generation, newer) {
            self.prove(from);
        }
    }

    fn proof_above(&self, peer: &Peer) -> Sequence {
        self.before_first.max(peer.proof_above)
    }

    fn prove(&mut self, from: &NodeName) {
        let Some(peer) = self.peers.get_mut(from) else { return };
        peer.prove();
        for message in std::mem::take(&mut peer.unproven) {
            if self.peers.get(from).is_some_and(|p| p.presence != Presence::Left) {
                self.act_on(message);
            }
        }
    }

    /// Peers whose acknowledgement we wait for, and for whom we say beats faster.
    pub(in crate::cluster) fn waits_for_ack(peer: &Peer) -> bool {
        peer.is_old() && peer.flow_control && !peer.is_proven() && peer.hurried < HURRIED_MAX
    }

    pub(in crate::cluster) fn note_hurried(&mut self) {
        for peer in self.peers.values_mut().filter(|p| Self::waits_for_ack(p)) {
            peer.hurried += 1;
        }
    }

    /// When the next of those beats is due. An old peer reacts only around its own keepalive (spec/QUIRKS.md 26), so
    /// haste beyond that gains nothing; a serial line carries about six beats a second.
    pub(in crate::cluster) fn next_hurried(&self) -> Option<Moment> {
        let keepalive = self.settings.timing.keepalive();
        let pause = (keepalive / 5).clamp(FASTEST, SLOWEST).min(keepalive);
        self.peers.values().any(Self::waits_for_ack).then(|| self.last_said + pause)
    }
}

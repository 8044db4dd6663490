//! Heartbeat's traffic about messages: acknowledgements, requests to send again, the question for the nodes.
//! Not here: numbers and windows (series.rs), what is kept of our own messages (history.rs).

use crate::cluster::Cluster;
use crate::history::Again;
use crate::message::{Body, Message};
use crate::names::{LinkName, NodeName, Sequence};
use crate::output::{Event, Output};

impl Cluster {
    /// A message without a number. Only those of the peer's present life count, so that a recording of an old one
    /// does nothing.
    pub(super) fn heard_aside(&mut self, link: &LinkName, message: &Message) {
        let from = &message.from;
        let Some(peer) = self.peers.get(from) else { return };
        if !peer.is_alive() || message.generation != peer.generation {
            return;
        }
        self.seen_on(from, link, None);
        if !self.is_for_us(message) {
            return;
        }
        match message.body {
            Body::Ack { sequence } => self.heard_ack(message, sequence),
            Body::Rexmit { first, last } => self.say_again(from, first, last),
            Body::RexmitRefused { first, .. } => self.lost_for_good(from, first),
            _ => {}
        }
    }

    /// Addressed to this node or to all (spec/WIRE.md 6.4, rule 9: the uuid decides where there is one).
    pub(super) fn is_for_us(&self, message: &Message) -> bool {
        match (message.to_uuid.filter(|uuid| !uuid.is_nil()), &message.to) {
            (Some(uuid), _) => uuid == self.identity.uuid,
            (None, Some(name)) => *name == self.settings.me,
            (None, None) => true,
        }
    }

    fn say_again(&mut self, to: &NodeName, first: Sequence, last: Sequence) {
        let said = (Sequence(self.before_first.0.saturating_add(1)), self.sequence);
        for answer in self.history.again(first, last, said, self.now) {
            match answer {
                Again::Say(message) => self.out.push_back(Output::Say(*message)),
                Again::Gone(first, info) => self.say_aside(to, Body::RexmitRefused { first, info: info.to_owned() }),
            }
        }
    }

    fn lost_for_good(&mut self, from: &NodeName, sequence: Sequence) {
        if self.peers.get_mut(from).is_some_and(|p| p.series.give_up(sequence)) {
            self.tell(Event::PacketGone { node: from.clone(), sequence });
            self.acknowledge(from);
        }
    }

    /// Acknowledges what is due to a peer that expects it. Which of ten numbers is ours follows from our generation,
    /// so that several nodes do not all speak at once.
    pub(in crate::cluster) fn acknowledge(&mut self, to: &NodeName) {
        let trigger = self.identity.generation.0 % 10;
        let Some(peer) = self.peers.get_mut(to).filter(|p| p.is_old()) else { return };
        let complete = peer.series.became_complete();
        let due = if peer.flow_control { peer.series.due_ack(trigger) } else { None };
        if complete {
            self.tell(Event::PacketsComplete { node: to.clone() });
        }
        if let Some(sequence) = due {
            self.say_aside(to, Body::Ack { sequence });
        }
    }

    /// Without this answer a Heartbeat does not become active (spec/WIRE.md 7.3); it drops whom we do not name.
    /// One of ours that asks misses our beats.
    pub(super) fn answer_nodes(&mut self, question: &Message) {
        let Some(peer) = self.peers.get(&question.from) else { return };
        self.say_now |= peer.systole == Some(true);
        if peer.is_old() {
            let nodes = self.settings.nodes.clone();
            self.say_to(&question.from, Body::RepNodes { nodes, deleted: Vec::new() });
        }
    }
}

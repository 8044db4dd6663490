//! What an attacker does: recordings, and frames made with the key. Not here: what must come of it (oracle.rs).

use crate::clock::{MS, SECOND};
use crate::network::Recorded;
use crate::run::nanos;
use crate::world::{Happening, World};
use systole_core::{Body, Generation, Input, Message, Sequence, Uuid};
use systole_wire::{Stamp, encode_net, encode_text, message};

/// Recordings played at once.
const AT_ONCE: usize = 20;

impl World {
    pub(crate) fn keepalive_ns(&self) -> u64 {
        nanos(self.plan.timing().keepalive())
    }

    /// Old frames, as they were, on the link that they came from. None of them may lead to a deed.
    pub(crate) fn replay(&mut self, to: usize, unheard: bool) {
        self.tell(|w| format!("{}: old frames are played to it again", w.nodes[to].name));
        // What is due at this moment is no work of theirs.
        self.input(to, Input::Tick);
        for _ in 0..AT_ONCE {
            let place = self.random.index(self.recorded.len());
            let wanted = |r: &&Recorded| r.from != to && (!unheard || r.unheard);
            let Some(recorded) = self.recorded.get(place).filter(wanted).cloned() else { continue };
            self.arrive(recorded.from, to, recorded.link, recorded.bytes);
        }
    }

    /// Heart is killed, and old frames are the first that it hears.
    pub(crate) fn replay_newborn(&mut self, to: usize) {
        self.kill_heart(to);
        for turn in 1..12 {
            self.push(self.now + turn * 500 * MS, Happening::Replayed { to });
        }
    }

    /// Somebody who has the key says the newest word of a node as if it came from its future.
    pub(crate) fn forge(&mut self, from: usize, to: usize, life: bool) {
        let Some(mut forged) = self.said_last[from].clone() else { return };
        self.tell(|w| format!("{}: hears a forged word in the name of {}", w.nodes[to].name, w.nodes[from].name));
        if life {
            forged.generation = forged.generation.map(|g| Generation(g.0 + 1_000_000));
        } else {
            forged.sequence = forged.sequence.map(|s| Sequence(s.0.saturating_add(1_000_000)));
        }
        self.oracle.forged(to, from, &forged, self.now);
        self.slip_in(from, to, &forged);
    }

    /// A clone of a machine with an identity of its own says a beat to all.
    pub(crate) fn clone_speaks(&mut self, node: usize) {
        let Some(mut said) = self.said_last[node].clone().filter(|m| matches!(m.body, Body::Status { .. })) else {
            return;
        };
        said.uuid = Some(Uuid([0xee; 16]));
        said.generation = said.generation.map(|g| Generation(g.0 - 1));
        said.sequence = Some(Sequence(self.now / MS + 1));
        for to in 0..self.nodes.len() {
            self.slip_in(node, to, &said);
        }
    }

    fn slip_in(&mut self, from: usize, to: usize, said: &Message) {
        let stamp = Stamp { sent_at_s: self.wall_s(from), load: "0.00 0.00 0.00 1/100 1000".into(), ttl: 3 };
        let Ok(frame) = message::encode(said, &stamp) else { return };
        let link = self.random.index(self.links.len());
        let bytes = match self.links[link].1 {
            crate::network::Medium::Lan => encode_net(&frame, &self.keys),
            crate::network::Medium::Serial { .. } => encode_text(&frame, &self.keys),
        };
        self.push(self.now + SECOND / 1000, Happening::Arrive { from, to, link, bytes: bytes.into() });
    }
}

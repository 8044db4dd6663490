//! What an attacker does: recordings, and frames made with the key. Not here: what must come of it (oracle.rs).

use crate::clock::{MS, SECOND};
use crate::network::{Recorded, strange_keys};
use crate::run::nanos;
use crate::world::{Happening, World};
use std::sync::Arc;
use systole_core::message::Hold;
use systole_core::{Body, Generation, Input, Message, NodeState, Sequence, Uuid};
use systole_wire::{Keys, Stamp, encode_net, encode_text, message};

/// Recordings played at once.
const AT_ONCE: usize = 20;

impl World {
    pub(crate) fn keepalive_ns(&self) -> u64 {
        nanos(self.plan.timing().keepalive())
    }

    /// Old frames, as they were, on the link that they came from. None of them may lead to a deed.
    pub(crate) fn replay(&mut self, to: usize, unheard: bool) {
        self.tell(|w| format!("{}: old frames are played to it again", w.nodes[to].name));
        // Nor can the guard tell what it never heard from what is new (M3).
        self.oracle.forged_at[to] = Some(self.now);
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
        self.oracle.cloned_at[node] = Some(self.now);
        said.uuid = Some(Uuid([0xee; 16]));
        said.generation = said.generation.map(|g| Generation(g.0 - 1));
        said.sequence = Some(Sequence(self.now / MS + 1));
        for to in 0..self.nodes.len() {
            self.slip_in(node, to, &said);
        }
    }

    /// Words that would end or take everything, under another key: not one of them may be believed.
    pub(crate) fn forge_keyless(&mut self, from: usize, to: usize) {
        let Some(said) = self.said_last[from].clone() else { return };
        self.tell(|w| format!("{}: hears {} from somebody without the key", w.nodes[to].name, w.nodes[from].name));
        let key = self.plan.groups().first().map(|group| group.key.clone()).unwrap_or_default();
        let bodies = [
            Body::ShutDone,
            Body::AskResources { hold: Hold::All, info: "me".into() },
            Body::Takeover { hold: Hold::All },
            Body::IpRequest { key },
            Body::YouAreDead,
            Body::Status { state: NodeState::Dead, deadtime_ms: Some(1), flow_control: true, beat: None },
            Body::Starting,
        ];
        let keys = strange_keys();
        for body in bodies {
            let sequence = said.sequence.map(|s| Sequence(s.0.saturating_add(1 + self.random.below(10))));
            self.slip_in_with(&keys, from, to, &Message { sequence, body, ..said.clone() });
        }
    }

    /// Frames as nobody sends them.
    pub(crate) fn malform(&mut self, to: usize) {
        self.tell(|w| format!("{}: hears malformed frames", w.nodes[to].name));
        for _ in 0..AT_ONCE {
            let place = self.random.index(self.recorded.len());
            let Some(recorded) = self.recorded.get(place).filter(|r| r.from != to).cloned() else { continue };
            let mut bytes = recorded.bytes.to_vec();
            let cut = self.random.index(bytes.len());
            match self.random.below(4) {
                0 => bytes.truncate(cut),
                1 => drop(bytes.drain(..cut)),
                2 => bytes.extend_from_within(..cut),
                _ => bytes.iter_mut().skip(cut).for_each(|byte| *byte = byte.rotate_left(3)),
            }
            self.arrive(recorded.from, to, recorded.link, bytes.into());
        }
    }

    /// A node has another key from now on, or again the right one.
    pub(crate) fn change_key(&mut self, index: usize, wrong: bool) {
        super::count_cause(&mut self.nodes[index].wrong_key, wrong);
        for (from, to) in super::pairs(self.nodes.len()).filter(|(from, to)| *from == index || *to == index) {
            for link in 0..self.links.len() {
                self.wire(from, to, link).cut_at = Some(self.now);
            }
        }
    }

    /// The keys that a node has.
    pub(crate) fn keys_of(&self, index: usize) -> Arc<Keys> {
        if self.nodes[index].wrong_key > 0 { self.wrong_keys.clone() } else { self.keys.clone() }
    }

    /// Can one node authenticate what another one says?
    pub(crate) fn shares_key(&self, one: usize, other: usize) -> bool {
        (self.nodes[one].wrong_key > 0) == (self.nodes[other].wrong_key > 0)
    }

    fn slip_in(&mut self, from: usize, to: usize, said: &Message) {
        let keys = self.keys.clone();
        self.slip_in_with(&keys, from, to, said);
    }

    fn slip_in_with(&mut self, keys: &Keys, from: usize, to: usize, said: &Message) {
        let stamp = Stamp { sent_at_s: self.wall_s(from), load: "0.00 0.00 0.00 1/100 1000".into(), ttl: 3 };
        let Ok(frame) = message::encode(said, &stamp) else { return };
        let link = self.random.index(self.links.len());
        let bytes = match self.links[link].1 {
            crate::network::Medium::Lan => encode_net(&frame, keys),
            crate::network::Medium::Serial { .. } => encode_text(&frame, keys),
        };
        self.push(self.now + SECOND / 1000, Happening::Arrive { from, to, link, bytes: bytes.into() });
    }
}

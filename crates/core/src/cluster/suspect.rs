//! Questions to a node that is late (reference FD, R3): whoever asks waits for no beat, and loss needs many in a row.
//! Not here: verdicts (hearing.rs, early.rs).

use super::Cluster;
use crate::fastdead::{FastDead, PROBE_PAUSE};
use crate::message::Body;
use crate::names::NodeName;
use crate::peer::Peer;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many follow each other closely; then it asks less often, and at most fifty times until deadtime: a serial line holds
/// no more, and numbers that run far ahead while nobody hears them are doubted.
const CLOSE: u32 = 10;
const LATER: Duration = Duration::from_millis(100);
/// A Heartbeat answers each with a list of nodes to all: it is asked three times, each a tenth of a second apart.
const OLD: u32 = 3;

/// What a peer was asked since it was heard last.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    count: u32,
    at: Moment,
}

impl Cluster {
    /// When that peer is to be asked next.
    fn next_question(&self, peer: &Peer) -> Option<Moment> {
        let off = self.settings.timing.fastdead() == FastDead::Off;
        if off || self.peers.len() != 1 || !peer.is_alive() || peer.is_leaving() {
            return None;
        }
        let suspected = peer.silence.reaches(self.settings.timing.suspicion());
        match peer.asked.count {
            0 => Some(suspected),
            OLD.. if peer.is_old() => None,
            1..CLOSE if !peer.is_old() => Some(suspected.max(peer.asked.at + PROBE_PAUSE)),
            _ => Some(suspected.max(peer.asked.at + LATER.max(self.settings.timing.deadtime() / 50))),
        }
    }

    /// Asks whoever is late.
    pub(super) fn ask_suspects(&mut self) {
        if self.ended || self.draining {
            return;
        }
        let now = self.now;
        let due = |p: &&Peer| self.next_question(p).is_some_and(|at| at <= now);
        let due: Vec<NodeName> = self.peers.values().filter(due).map(|p| p.name.clone()).collect();
        for node in due {
            if let Some(peer) = self.peers.get_mut(&node) {
                peer.asked = Asked { count: peer.asked.count.saturating_add(1), at: now };
            }
            self.say_to(&node, Body::ReqNodes);
        }
    }

    pub(super) fn next_suspicion(&self) -> Option<Moment> {
        self.peers.values().filter_map(|p| self.next_question(p)).min()
    }
}

//! Hosts outside the cluster that answer pings: how many of them this node reaches.
//! Not here: sending and hearing them (heart), what a difference between two nodes moves.

use super::Cluster;
use crate::message::NodeState;
use crate::names::NodeName;
use crate::output::Event;
use crate::time::Moment;

/// One of them, as seen from here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ping {
    /// Its last answer; none yet, or none for `deadping`: dead.
    last: Option<Moment>,
    pub(super) alive: bool,
}

impl Cluster {
    pub(super) fn pinged(&mut self, node: &NodeName) {
        let now = self.now;
        let Some(ping) = self.pings.get_mut(node) else { return };
        ping.last = Some(now);
        if !std::mem::replace(&mut ping.alive, true) {
            self.tell(Event::PeerState { node: node.clone(), state: NodeState::Ping });
        }
    }

    /// Declares those dead that have not answered. A stall of ours is excused as for peers: what was not heard then
    /// proves nothing.
    pub(super) fn detect_pings(&mut self) {
        let (now, limit) = (self.now, self.settings.deadping);
        let mut dead = Vec::new();
        for (node, ping) in self.pings.iter_mut().filter(|(_, p)| p.alive) {
            if ping.last.is_none_or(|at| now.since(at) >= limit) {
                ping.alive = false;
                dead.push(node.clone());
            }
        }
        for node in dead {
            self.tell(Event::PingDead { node });
            self.pings_changed = true;
        }
    }

    pub(super) fn excuse_pings(&mut self) {
        let now = self.now;
        for ping in self.pings.values_mut().filter(|p| p.alive) {
            ping.last = Some(now);
        }
    }

    /// How many answer now.
    pub(super) fn reached_pings(&self) -> usize {
        self.pings.values().filter(|p| p.alive).count()
    }

    pub(super) fn next_ping_deadline(&self) -> Option<Moment> {
        let limit = self.settings.deadping;
        self.pings.values().filter(|p| p.alive).filter_map(|p| Some(p.last? + limit)).min()
    }
}

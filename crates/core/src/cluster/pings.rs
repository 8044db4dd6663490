//! Hosts outside the cluster that answer pings: how many of them this node reaches.
//! Not here: sending and hearing them (heart), what a difference between two nodes moves.

use super::{Cluster, ms};
use crate::message::NodeState;
use crate::names::NodeName;
use crate::output::Event;
use crate::peer::Silence;
use crate::status::PingStatus;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One of them, as seen from here.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Ping {
    last: Option<Moment>,
    silence: Silence,
    sight: Sight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Sight {
    /// We have just begun.
    Waiting,
    Alive,
    /// No answer for `deadping`.
    Dead,
}

impl Ping {
    pub(super) fn starting(now: Moment) -> Ping {
        Ping { last: None, silence: Silence::starting(now), sight: Sight::Waiting }
    }
}

impl Cluster {
    pub(super) fn pinged(&mut self, node: &NodeName) {
        let now = self.now;
        let Some(ping) = self.pings.get_mut(node) else { return };
        ping.last = Some(now);
        ping.silence = Silence::starting(now);
        if std::mem::replace(&mut ping.sight, Sight::Alive) != Sight::Alive {
            self.tell(Event::PeerState { node: node.clone(), state: NodeState::Ping });
        }
    }

    /// Declares those dead that have not answered. A stall of ours is excused as for peers: what was not heard then
    /// proves nothing.
    pub(super) fn detect_pings(&mut self) {
        let (now, limit) = (self.now, self.settings.deadping);
        let mut dead = Vec::new();
        for (node, ping) in self.pings.iter_mut().filter(|(_, p)| p.sight != Sight::Dead) {
            if ping.silence.lasting(now) >= limit {
                ping.sight = Sight::Dead;
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
        for ping in self.pings.values_mut() {
            ping.silence = Silence::starting(now);
        }
    }

    /// How many answer now.
    pub(super) fn reached_pings(&self) -> usize {
        self.pings.values().filter(|p| p.sight == Sight::Alive).count()
    }

    /// Has one answered within that time?
    pub(super) fn pinged_within(&self, span: Duration) -> bool {
        self.pings.values().any(|p| p.last.is_some_and(|at| self.now.since(at) <= span))
    }

    pub(super) fn ping_status(&self, node: &NodeName) -> Option<PingStatus> {
        let ping = self.pings.get(node)?;
        let last_answer_ms = ping.last.map(|at| ms(self.now.since(at)));
        Some(PingStatus { name: node.clone(), alive: ping.sight == Sight::Alive, last_answer_ms })
    }

    pub(super) fn next_ping_deadline(&self) -> Option<Moment> {
        let limit = self.settings.deadping;
        self.pings.values().filter(|p| p.sight != Sight::Dead).map(|p| p.silence.reaches(limit)).min()
    }
}

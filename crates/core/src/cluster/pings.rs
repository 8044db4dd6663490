//! Hosts outside the cluster that answer pings: how many of them this node reaches.
//! Not here: sending and hearing them (heart), what a difference between two nodes moves.

use super::{Cluster, ms};
use crate::beat::ClaimState;
use crate::group::Group;
use crate::message::NodeState;
use crate::names::NodeName;
use crate::output::Event;
use crate::peer::Silence;
use crate::placement;
use crate::safety::SafeToTake;
use crate::status::PingStatus;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
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

    /// The same, where it is known: every one of them has answered once or had the time to.
    pub(super) fn reached(&self) -> Option<u16> {
        let known = !self.pings.is_empty() && self.pings.values().all(|p| p.sight != Sight::Waiting);
        known.then(|| u16::try_from(self.reached_pings()).unwrap_or(u16::MAX))
    }

    /// What the best other node that would take a group reaches beyond this one.
    pub(super) fn watch_reach(&mut self, index: usize) {
        let (now, deadtime, scene) = (self.now, self.settings.timing.deadtime(), self.scene());
        let more = placement::ahead(&self.groups[index], &scene).map_or(0, |(_, more)| more);
        let group = &mut self.groups[index];
        if group.here == ClaimState::Running {
            group.reach.note(more, deadtime, now);
        }
    }

    /// A group is about to come here: from a node that reaches fewer, as that one gave it for this, or from one that
    /// reaches more and gave it all the same. True when its home gave it for this, and is owed it.
    pub(super) fn note_reach_of(&mut self, index: usize, proof: &SafeToTake) -> bool {
        let (now, deadtime) = (self.now, self.settings.timing.deadtime());
        let releaser = proof.releaser().and_then(|node| self.peers.get(node));
        let (Some(ours), Some((by, theirs))) = (self.reached(), releaser.and_then(|p| Some((&p.name, p.reached()?))))
        else {
            return false;
        };
        let group = &mut self.groups[index];
        match ours.cmp(&theirs) {
            Ordering::Greater => group.reach.note_move(deadtime, now),
            Ordering::Less => group.reach.accept(theirs - ours),
            Ordering::Equal => {}
        }
        ours > theirs && group.settings.home() == Some(by)
    }

    /// The next moment at which a group goes to a node that reaches more.
    pub(super) fn next_reach(&self) -> Option<Moment> {
        let timing = self.settings.timing;
        let due = |g: &Group| g.reach.due_at(timing.keepalive(), timing.deadtime(), self.now);
        self.groups.iter().filter(|g| g.here == ClaimState::Running).filter_map(due).filter(|at| *at > self.now).min()
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

//! When a silent node is dead before deadtime (reference FD, R4 to R6). Everything here must hold at once: a day was
//! observed, two independent media were up and are both silent, this node is not the isolated one, it would take something,
//! and no machine answers for the addresses of what the other one holds. Otherwise deadtime stands.
//! Not here: the arithmetic (fastdead.rs); questions to a suspect (suspect.rs).

use super::probing::Known;
use super::{Cluster, Hands};
use crate::fastdead::{FastDead, LEARNT_S};
use crate::names::{LinkName, NodeName};
use crate::peer::{Peer, Presence, Silence};
use crate::status::Verdict;
use crate::time::Moment;
use crate::wire::{Probing, Wire};
use std::time::Duration;

/// A link counts when it had been up for so long.
const STEADY: Duration = Duration::from_secs(60);
/// A serial line is that much behind a network.
const SLOWER: Duration = Duration::from_millis(400);

impl Cluster {
    /// The verdict time in force for a living peer, or why it is deadtime.
    pub(super) fn early_limit(&self, peer: &Peer) -> Result<Duration, Verdict> {
        if self.settings.timing.fastdead() == FastDead::Off {
            return Err(Verdict::Off);
        }
        // With more than two nodes silence is no ground for anything, so nothing is won.
        if self.peers.len() != 1 || !matches!(peer.presence, Presence::Alive { .. }) {
            return Err(Verdict::NoUse);
        }
        // Somebody speaks in its name who cannot be believed: that may be itself (decisions/0016).
        if peer.refused_row.is_some() {
            return Err(Verdict::Unread);
        }
        let observed = peer.gaps.observed();
        if observed.for_s < LEARNT_S {
            return Err(Verdict::Learning);
        }
        let Some(limit) = self.settings.timing.early_verdict(observed, peer.gaps.loss()) else {
            return Err(Verdict::NotEarlier);
        };
        let steady = self.steady_links(peer);
        if steady.len() < 2 {
            return Err(Verdict::OneLink);
        }
        // A serial cable does not hang on the switch that the network hangs on; else somebody else has to answer us.
        let apart = steady.iter().any(|l| is_line(l)) && steady.iter().any(|l| !is_line(l));
        if !apart && !self.pinged_within(limit) {
            return Err(Verdict::Unwitnessed);
        }
        Ok(limit)
    }

    /// Links that had been up for a minute and brought the peer's last beats.
    fn steady_links<'a>(&self, peer: &'a Peer) -> Vec<&'a LinkName> {
        let Some(last) = peer.last_heard else { return Vec::new() };
        let patience = self.settings.timing.keepalive() * 2 + SLOWER;
        let works = |link: &LinkName| {
            self.media.get(link).is_some_and(|m| m.open) && self.carriers.get(&*link.0) != Some(&false)
        };
        let links = peer.links.iter().filter(|(link, sight)| {
            let brought = sight.last.is_some_and(|at| last.since(at) <= patience);
            let long = sight.up_since.is_some_and(|at| last.since(at) >= STEADY);
            sight.up && brought && long && works(link)
        });
        links.map(|(link, _)| link).collect()
    }

    /// The only other node, if it is dead by an early verdict now.
    pub(super) fn early_verdict(&self) -> Option<NodeName> {
        let peer = self.peers.values().next()?;
        let limit = self.early_limit(peer).ok()?;
        // Whoever speaks of a newer life is not silent.
        let silent = peer.candidate.is_none() && self.silent_from(peer).lasting(self.now) >= limit;
        let due = silent && !self.draining && self.hands == Hands::Up;
        (due && self.wire_is_empty(peer)).then(|| peer.name.clone())
    }

    /// The shortest silence of its steady links: a serial line with much to carry is behind, and has to miss its own next
    /// beat before it says the same as the network (seed 8163 of the simulator).
    fn silent_from(&self, peer: &Peer) -> Silence {
        let steady = self.steady_links(peer).into_iter();
        steady.filter_map(|link| Some(peer.links.get(link)?.silence)).fold(peer.silence, Silence::shorter)
    }

    /// When that may be; what else it waits for comes as an input.
    pub(super) fn next_early_verdict(&self) -> Option<Moment> {
        let peer = self.peers.values().next()?;
        let limit = self.early_limit(peer).ok()?;
        let at = self.silent_from(peer).reaches(limit);
        (at > self.now).then_some(at)
    }

    /// It holds something that could be taken, and no machine answers for any address of that.
    fn wire_is_empty(&self, peer: &Peer) -> bool {
        let old = peer.is_old();
        let held = |index: &usize| peer.holds(self.groups[*index].settings.id) || old && self.peer_has(*index);
        let silent = |index: usize| {
            self.groups[index].settings.probe == Probing::On && matches!(self.wire(index), Known::Said(Wire::Silent))
        };
        let mut held = (0..self.groups.len()).filter(held).peekable();
        held.peek().is_some() && held.all(silent)
    }
}

/// By its name: serial ports are paths.
fn is_line(link: &LinkName) -> bool {
    link.0.starts_with('/')
}

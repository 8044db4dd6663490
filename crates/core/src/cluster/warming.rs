//! When the warm services of a group are started and stopped on a node that does not hold it.
//! Not here: what follows from their jobs and failures (warm.rs), failures of what is held (failing.rs).

use super::{Cluster, Hands};
use crate::beat::{ClaimState, Fitness};
use crate::group::Group;
use crate::job::JobKind;
use crate::names::NodeName;
use crate::status::WarmStatus;
use crate::warm::Warmth;

impl Cluster {
    /// One step of the warm services here. A group that is held has them by its own start.
    pub(super) fn settle_warm(&mut self, index: usize) {
        let group = &self.groups[index];
        let aside = matches!(group.here, ClaimState::Idle | ClaimState::Want);
        if !group.settings.warm || !aside || self.hands == Hands::Down {
            return;
        }
        let listed = group.settings.rank(&self.settings.me).is_some();
        let wanted = listed && !self.leaving && group.failed.is_none();
        let busy = group.job.map(|(_, kind)| kind);
        let step = match (group.warmth, busy) {
            (Warmth::Unknown | Warmth::Cold | Warmth::Stuck, None) if wanted => self.groups[index].warm_up(),
            (Warmth::Unknown | Warmth::Warm, None) if !wanted => self.groups[index].cool_down(),
            // A start may take long, and what follows is waited for.
            (Warmth::Warming, Some(JobKind::Warm)) if !wanted => self.groups[index].cool_down(),
            _ => return,
        };
        self.carry_out(index, step);
    }

    /// Nothing of it runs here any more, as far as that can be reached.
    pub(super) fn is_cold(group: &Group) -> bool {
        !group.settings.warm || matches!(group.warmth, Warmth::Cold | Warmth::Stuck)
    }

    /// How far the warm services are on each node, for `status`.
    pub(super) fn warm_status(&self, index: usize) -> Option<WarmStatus> {
        let group = self.groups.get(index).filter(|g| g.settings.warm)?;
        let id = group.settings.id;
        let ready = |name: &NodeName| {
            let peer = self.peers.get(name).filter(|p| p.is_alive())?;
            let claim = peer.claim(id)?;
            Some((name.clone(), claim.state.runs() || claim.fitness == Fitness::Fit))
        };
        let others = group.settings.nodes.iter().filter_map(ready).collect();
        Some(WarmStatus { here: group.warmth, others })
    }
}

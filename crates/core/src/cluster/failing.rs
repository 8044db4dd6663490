//! Resources that fail while they run, and groups that failed: restart here, then move, then try again later.
//! Not here: how a failure is noticed (hands), the counting (failures.rs), where the group goes then (placement.rs).

use super::{Cluster, Hands, ms};
use crate::beat::{ClaimState, Fitness};
use crate::names::GroupId;
use crate::peer::{Peer, Presence};
use crate::placement;
use crate::time::Moment;
use crate::warm::Warmth;

impl Cluster {
    /// Something of a group that runs here has failed. A group that is being started or stopped anyway is mended by that.
    pub(super) fn resource_failed(&mut self, id: GroupId, why: &str) {
        let Some(index) = self.index_of(id) else { return };
        if self.groups[index].leftover.is_some() {
            // It was to be kept while it ran.
            let step = self.groups[index].give_up_leftover(why, self.now);
            return self.carry_out(index, step);
        }
        if self.hands == Hands::Down {
            return;
        }
        let group = &self.groups[index];
        if matches!(group.here, ClaimState::Idle | ClaimState::Want) {
            // While its warm services are being started or stopped, that mends it.
            if group.failed.is_none() && (!group.settings.warm || group.warmth == Warmth::Warm) {
                let step = self.groups[index].fail_aside(why, self.now);
                self.carry_out(index, step);
            }
            return;
        }
        if group.here == ClaimState::Stopping && group.settings.warm {
            self.groups[index].lose_warmth(self.now);
        }
        if self.groups[index].here != ClaimState::Running {
            return;
        }
        let successor = placement::successor(&self.groups[index], &self.scene());
        let now = self.now;
        let step = self.groups[index].fail(why, successor, now);
        self.carry_out(index, step);
    }

    /// Lets a group that failed here be tried again, when its time has come.
    pub(super) fn age_failures(&mut self, index: usize) {
        if self.groups[index].failed.is_none() || self.draining {
            return;
        }
        let id = self.groups[index].settings.id;
        let failed_there = |p: &Peer| p.claim(id).is_some_and(|c| c.fitness == Fitness::Failed);
        let everywhere = self.is_nobody_else_able(index) && self.peers.values().any(failed_there);
        let since = self.groups[index].down_everywhere.filter(|_| everywhere).or(everywhere.then_some(self.now));
        self.groups[index].down_everywhere = since;
        let due = self.tried_again_at(index).is_some_and(|at| at <= self.now);
        if due && matches!(self.groups[index].here, ClaimState::Idle | ClaimState::Want) {
            let why = if self.is_nobody_else_able(index) {
                "no other node can run it, so it is tried here again"
            } else {
                "its failure here is long ago: it may run here again"
            };
            let step = self.groups[index].try_again(why);
            self.carry_out(index, step);
        }
    }

    /// When it may be tried here again; nothing unless it failed here.
    fn tried_again_at(&self, index: usize) -> Option<Moment> {
        let group = &self.groups[index];
        group.failed.as_ref()?;
        let barred = group.failures.barred_until(&group.settings.retries)?;
        if !self.is_nobody_else_able(index) {
            return Some(barred);
        }
        let elsewhere = group.epoch > group.held_epoch;
        let again = group.failures.tried_again_at(group.down_everywhere, elsewhere);
        Some(again.map_or(barred, |again| again.min(barred)))
    }

    /// The next moment at which a group may be tried again.
    pub(super) fn next_try(&self) -> Option<Moment> {
        let due = (0..self.groups.len()).filter_map(|index| self.tried_again_at(index));
        due.filter(|at| *at > self.now).min()
    }

    /// Has every other node said, or lost its voice, that it will not run the group?
    pub(super) fn is_nobody_else_able(&self, index: usize) -> bool {
        let id = self.groups[index].settings.id;
        let may_serve = |p: &Peer| {
            let unknown = matches!(p.presence, Presence::NeverHeard) || p.is_alive() && p.beat.is_none();
            unknown || p.holds(id) || p.is_fit(id)
        };
        !self.peers.values().any(may_serve)
    }

    /// Why the group is as it is, for `status`.
    pub(super) fn why_so(&self, index: usize) -> String {
        let group = &self.groups[index];
        let why = group.refusal.clone().unwrap_or_else(|| group.why.clone());
        match self.tried_again_at(index).filter(|at| *at > self.now && !group.here.is_held()) {
            Some(at) => format!("{why} (tried here again in {} s)", ms(at.since(self.now)).div_ceil(1000)),
            None => why,
        }
    }
}

//! Warm services (W1): a node that knows that its own one is dead takes nothing, and one that ends in good order stops it.
//! Not here: what becomes of the failure itself (services.rs).

use super::Invariant;
use crate::world::World;
use systole_core::{Job, JobKind};

impl World {
    /// Do services of the group run on every node?
    pub(crate) fn is_warm(&self, group: usize) -> bool {
        self.plan.groups().get(group).is_some_and(|g| g.warm)
    }

    /// A start of what the node does not hold yet.
    pub(super) fn judge_warm_start(&mut self, index: usize, group: usize, job: &Job) {
        let resource = &self.nodes[index].resources[group];
        // What came while it did not run it reads in its turn, after what came before.
        let wakes = self.nodes[index].away_at == Some(self.now);
        let told = resource.down.is_some() && resource.down == resource.told && !wakes;
        // What it says that it holds it takes from nobody, even if somebody has removed the address.
        let said =
            self.oracle.watches[index].beat.as_ref().and_then(|b| b.claims.iter().find(|c| c.group == job.group));
        let holds = resource.holds || said.is_some_and(|claim| claim.state.runs());
        if job.kind == JobKind::Start && self.is_warm(group) && !holds && told {
            let what =
                format!("{} takes {}, and knows that its service there is dead", self.nodes[index].name, job.group);
            self.oracle.break_rule(Invariant::W1, self.now, what);
        }
    }

    /// The node has ended in good order.
    pub(super) fn judge_warm_exit(&mut self, index: usize) {
        let node = &self.nodes[index];
        let watch = &self.oracle.watches[index];
        let stuck = |group: usize| watch.stuck.contains_key(&group) || watch.warm_stuck.contains(&group);
        let left = (0..node.resources.len()).find(|g| self.is_warm(*g) && node.resources[*g].warm && !stuck(*g));
        if let Some(group) = left {
            let what = format!("{} ends, and its warm service of group {group} runs on", node.name);
            self.oracle.break_rule(Invariant::W1, self.now, what);
        }
    }
}

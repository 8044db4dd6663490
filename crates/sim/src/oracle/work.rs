//! The work on groups: nothing is started after it failed or where a stop failed (S8), a failed stop is shown (S9), what
//! is not held is not announced (L5), and who ends holds nothing (S7). Not here: who else holds it (oracle.rs).

use super::Invariant;
use crate::clock::SECOND;
use crate::world::World;
use systole_core::{Ask, Beat, ClaimState, Condition, Input, Job, JobKind, Outcome};

/// A failed stop is visible within this time.
const SHOWN_NS: u64 = SECOND;
/// What failed is tried again after ten seconds at the earliest; clocks may be fast by a percent.
const PAUSE_NS: u64 = 10 * SECOND / 100 * 97;

impl World {
    /// A node wants a job done.
    pub(crate) fn judge_job(&mut self, index: usize, job: &Job) {
        let Some(group) = self.plan.groups().iter().position(|g| g.id == job.group) else { return };
        if self.nodes[index].old {
            return;
        }
        let resource = &self.nodes[index].resources[group];
        // What somebody takes away by hand is noticed within a second.
        let (name, holds) = (&self.nodes[index].name, resource.holds || resource.taken_away);
        let watch = &mut self.oracle.watches[index];
        let broken = match job.kind {
            JobKind::Start if watch.stuck.contains_key(&group) => {
                Some((Invariant::S8, format!("{name} starts {} on what it could not stop", job.group)))
            }
            JobKind::Start | JobKind::Warm if watch.failed.get(&group).is_some_and(|at| self.now - at < PAUSE_NS) => {
                Some((Invariant::S8, format!("{name} starts {} again, and nobody asked after it failed", job.group)))
            }
            JobKind::Announce if !holds => {
                Some((Invariant::L5, format!("{name} announces the addresses of {}, and has none", job.group)))
            }
            _ => None,
        };
        match job.kind {
            JobKind::Start => drop(watch.lapsed.remove(&group)),
            JobKind::Stop | JobKind::Yield => drop(watch.stuck.remove(&group)),
            JobKind::Warm | JobKind::Cool => {
                watch.warm_jobs.insert(job.id);
                watch.warm_stuck.remove(&group);
            }
            JobKind::Announce => drop(watch.sleepers.remove(&group)),
            JobKind::Inspect => {}
        }
        // What becomes of a start that was given up says nothing about the next one.
        watch.jobs.retain(|_, of| *of != group);
        watch.jobs.insert(job.id, group);
        self.judge_warm_start(index, group, job);
        if let Some((rule, what)) = broken {
            self.oracle.break_rule(rule, self.now, what);
        }
    }

    /// A node is told something about the work.
    pub(crate) fn note_work(&mut self, index: usize, input: &Input) {
        let now = self.now;
        let watch = &mut self.oracle.watches[index];
        match input {
            Input::HandsDown => watch.jobs.clear(),
            Input::HandsUp { found } => {
                watch.failed.clear();
                watch.jobs.clear();
                for (id, _) in found.iter().filter(|(_, c)| *c == Condition::Stopped) {
                    let group = self.plan.groups().iter().position(|g| g.id == *id);
                    group.map(|group| watch.stuck.remove(&group));
                }
            }
            Input::JobDone { id, outcome, .. } => {
                let Some(group) = watch.jobs.remove(id) else { return };
                let aside = watch.warm_jobs.remove(id);
                match outcome {
                    Outcome::Failed { .. } => drop(watch.failed.insert(group, now)),
                    Outcome::Stuck { .. } if aside => {
                        watch.failed.insert(group, now);
                        watch.warm_stuck.insert(group);
                    }
                    Outcome::Stuck { .. } => drop(watch.stuck.insert(group, now)),
                    Outcome::Found(Condition::Stopped) => drop(watch.stuck.remove(&group)),
                    _ => {}
                }
            }
            Input::Asked { ask: Ask::Cleanup { .. }, .. } => watch.failed.clear(),
            _ => {}
        }
    }

    /// Was it told that it could not stop the group?
    pub(crate) fn is_stuck(&self, index: usize, group: usize) -> bool {
        self.oracle.watches[index].stuck.contains_key(&group)
    }

    /// S9: where a stop failed the node says so.
    pub(super) fn judge_stuck(&mut self, index: usize, beat: &Beat) {
        let own = self.plan.groups().iter().enumerate();
        let shown = |group: usize, id| {
            let claim = beat.claims.iter().find(|claim| claim.group == id);
            let since = self.oracle.watches[index].stuck.get(&group);
            since.is_none_or(|at| self.now - at <= SHOWN_NS)
                || claim.is_none_or(|c| matches!(c.state, ClaimState::Blocked | ClaimState::Stopping))
        };
        if let Some((_, settings)) = own.rev().find(|(group, g)| !shown(*group, g.id)) {
            let what = format!("{} could not stop {}, and does not say so", self.nodes[index].name, settings.id);
            self.oracle.break_rule(Invariant::S9, self.now, what);
        }
    }

    /// S7: a node that ends in good order holds nothing but what could not be stopped.
    pub(crate) fn judge_exit(&mut self, index: usize) {
        let node = &self.nodes[index];
        if node.old || !node.hands_up {
            return;
        }
        self.judge_warm_exit(index);
        let node = &self.nodes[index];
        let watch = &self.oracle.watches[index];
        let left = (0..node.resources.len()).find(|g| node.resources[*g].holds && !watch.stuck.contains_key(g));
        if let Some(group) = left {
            let what = format!("{} ends, and holds group {group}", node.name);
            self.oracle.break_rule(Invariant::S7, self.now, what);
        }
    }
}

//! Who takes a group because its holder is silent announces it once more when that one is heard again and has let go: it may
//! only have slept, and the neighbours may have its hardware address (L5). Not here: two that hold it at once (oracle.rs).

use super::Invariant;
use crate::clock::SECOND;
use crate::world::World;
use systole_core::output::GroupChange;
use systole_core::{Beat, ClaimState, Event, Generation};

/// So long after the sleeper was heard, at the latest.
const ANNOUNCED_NS: u64 = SECOND;
/// The reason of the core, in its sentence.
const SILENCE: &str = "is silent on all links";

/// Whose silence a group was taken for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sleeper {
    node: usize,
    life: Generation,
    /// The taker's own running time then.
    taken_own: u64,
    /// Since when it is known to be awake without the group.
    awake: Option<u64>,
}

impl World {
    /// A node tells that it takes, or no longer has, a group.
    pub(super) fn note_taking(&mut self, index: usize, event: &Event) {
        let Event::Group { group, change, why, .. } = event else { return };
        let Some(group) = self.plan.groups().iter().position(|g| g.id == *group) else { return };
        if matches!(change, GroupChange::Acquired | GroupChange::Refused) {
            return;
        }
        let (taken_own, other) = (self.nodes[index].own_time(self.now), 1 - index.min(1));
        let watch = &mut self.oracle.watches[index];
        watch.sleepers.remove(&group);
        if *change == GroupChange::Acquiring && why.contains(SILENCE) && self.nodes.len() == 2 && !self.nodes[other].old
        {
            let life = watch.named.get(&other).map(|(life, _)| *life);
            life.map(|life| watch.sleepers.insert(group, Sleeper { node: other, life, taken_own, awake: None }));
        }
    }

    /// A node says a beat.
    pub(super) fn judge_sleepers(&mut self, index: usize, beat: &Beat) {
        for (group, sleeper) in self.oracle.watches[index].sleepers.clone() {
            let hears = beat.hears.iter().find(|hears| hears.node == self.nodes[sleeper.node].name);
            let heard = self.oracle.last_heard_own(index, sleeper.node).is_some_and(|own| own > sleeper.taken_own);
            let (Some(hears), true) = (hears, heard) else { continue };
            let id = self.plan.groups()[group].id;
            let holds = self.oracle.words[index].last_said(sleeper.node, id).is_none_or(|claim| claim.state.is_held());
            let serves = beat.claims.iter().any(|claim| claim.group == id && claim.state == ClaimState::Running);
            let doubtful = self.oracle.doubtful(sleeper.node) || self.oracle.forged_at[index].is_some();
            let newest = self.oracle.heard[index][sleeper.node].as_ref().map(|heard| heard.number.0);
            let lives = [Some(hears.generation), newest];
            let watch = &mut self.oracle.watches[index];
            if lives != [Some(sleeper.life); 2] || !serves || doubtful {
                // In a new life, believed or not yet, it has never had it, and a start announces by itself.
                watch.sleepers.remove(&group);
                continue;
            }
            let awake = if holds { None } else { sleeper.awake.or(Some(self.now)) };
            watch.sleepers.insert(group, Sleeper { awake, ..sleeper });
            if awake.is_some_and(|since| self.now - since > ANNOUNCED_NS) {
                let (name, other) = (&self.nodes[index].name, &self.nodes[sleeper.node].name);
                let what = format!("{other} has slept and let go of group {group}, and {name} does not announce it");
                self.oracle.break_rule(Invariant::L5, self.now, what);
            }
        }
    }
}

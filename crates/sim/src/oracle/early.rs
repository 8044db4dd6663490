//! S5 before deadtime: the least silence after which a node may take another one for dead, by the rule of the reference (FD,
//! R4 to R6) written anew and from the truth. Not here: what is taken although a machine answers (asking.rs).

use super::Invariant;
use crate::clock::{MS, SECOND};
use crate::network::Medium;
use crate::run::nanos;
use crate::world::World;
use systole_core::{FastDead, Input, Observed};

/// The floor of `auto`; none of the times drawn has beats for the lower one.
const FLOOR_NS: u64 = 800 * MS;
const DAY_S: u64 = 24 * 3600;

impl World {
    /// Hands tells what a week says, as it does at each start.
    pub(crate) fn tell_gaps(&mut self, index: usize) {
        let Some(worst_ms) = self.plan.worst_gap_ms.filter(|_| !self.nodes[index].old) else { return };
        self.oracle.watches[index].known_gap_ms = Some(worst_ms);
        for other in (0..self.nodes.len()).filter(|other| *other != index) {
            let node = self.nodes[other].name.clone();
            self.input(index, Input::Gaps { node, observed: Observed { worst_ms, for_s: 3 * DAY_S } });
        }
    }

    /// In nanoseconds of the node's own running time.
    pub(crate) fn least_silence(&self, index: usize, other: usize) -> u64 {
        let timing = self.nodes[index].settings.timing;
        let (keepalive, dead) = (nanos(timing.keepalive()), nanos(timing.deadtime()));
        let known = self.oracle.watches[index].known_gap_ms.filter(|_| timing.fastdead() == FastDead::Auto);
        let Some(worst) = known.filter(|_| self.nodes.len() == 2 && self.had_two_media(index, other)) else {
            return dead;
        };
        let asked = keepalive + keepalive / 4 + 5 * MS + 3 * 20 * MS;
        let twice = keepalive + 2 * (worst * MS).saturating_sub(keepalive);
        FLOOR_NS.max(asked).max(twice).min(dead)
    }

    /// S5: what is called dead before its dead time has no address that answers.
    pub(super) fn judge_early(&mut self, index: usize, other: usize, silence: u64) {
        let (node, watch) = (&self.nodes[index], &self.oracle.watches[index]);
        let early = silence < nanos(node.settings.timing.deadtime()) / 100 * 99;
        let held = |id| self.oracle.words[index].last_said(other, id).is_some_and(|claim| claim.state.is_held());
        let groups = self.plan.groups().iter().enumerate();
        let answers = groups.filter(|(_, g)| held(g.id)).find(|(group, _)| !watch.silent_wire.contains(group));
        if let (true, Some((_, group))) = (early, answers) {
            let other = &self.nodes[other].name;
            let what =
                format!("{} takes {other} for dead early, and the wire is not silent for {}", node.name, group.id);
            self.oracle.break_rule(Invariant::S5, self.now, what);
        }
    }

    /// A LAN and a serial line had both brought something when the last sign of it came.
    fn had_two_media(&self, index: usize, other: usize) -> bool {
        let brought = &self.oracle.watches[index].brought;
        let newest = |lan: bool| {
            let links = (0..self.links.len()).filter(|link| (self.links[*link].1 == Medium::Lan) == lan);
            links.filter_map(|link| brought.get(&(other, link))).max().copied()
        };
        let patience = 3 * nanos(self.plan.timing().keepalive()) + SECOND;
        newest(true).zip(newest(false)).is_some_and(|(lan, line)| lan.abs_diff(line) <= patience)
    }
}

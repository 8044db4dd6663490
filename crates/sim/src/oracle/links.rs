//! Media: no link is dead before its dead time (S5), and nobody keeps serving without carrier what another node could
//! serve with one (L2). Not here: what is heard (beats.rs).

use super::Invariant;
use crate::brain::Brain;
use crate::clock::{MS, SECOND};
use crate::network::Weather;
use crate::run::nanos;
use crate::world::World;
use systole_core::{Fitness, LinkName, NodeName};

impl World {
    /// A node takes a link for dead.
    pub(super) fn judge_link(&mut self, index: usize, peer: &NodeName, link: &LinkName) {
        let other = self.nodes.iter().position(|n| n.name == *peer);
        let link = self.links.iter().position(|(name, _)| name == link);
        let (Some(other), Some(link)) = (other, link) else { return };
        let node = &self.nodes[index];
        let Some((_, last)) = self.oracle.watches[index].links.get(&(other, link)) else { return };
        let silent = node.own_time(self.now).saturating_sub(*last);
        // Words of a life that is over, never heard and played now, keep the present one waiting (M3).
        let dead = nanos(node.settings.timing.deadtime());
        if self.oracle.forged_at[index].is_some_and(|at| self.now - at <= dead) {
            return;
        }
        if silent < nanos(node.settings.timing.deadtime()) / 100 * 99 {
            let what = format!("{} takes a link to {peer} for dead after {} ms", node.name, silent / MS);
            self.oracle.break_rule(Invariant::S5, self.now, what);
        }
    }

    /// Is a group served where its cable is out, and another node with a cable hears that it is?
    pub(crate) fn judge_cables(&mut self) {
        if self.nodes.iter().all(|n| n.pulled.iter().all(|causes| *causes == 0)) {
            return self.oracle.watches.iter_mut().for_each(|watch| watch.uncabled.clear());
        }
        for group in 0..self.plan.groups().len() {
            for index in 0..self.nodes.len() {
                let stays = self.is_cut_off(index, group) && self.nodes[index].resources[group].job.is_none();
                let could = |other: usize| other != index && self.could_relieve(other, index, group);
                let wanted = stays && self.nodes[index].runs() && (0..self.nodes.len()).any(could);
                let watch = &mut self.oracle.watches[index];
                if !wanted {
                    watch.uncabled.remove(&group);
                    continue;
                }
                let since = *watch.uncabled.entry(group).or_insert(self.now);
                let allowed = 2 * nanos(self.plan.timing().keepalive()) + 2 * SECOND;
                if self.now - since > allowed {
                    let ms = (self.now - since) / MS;
                    let name = &self.nodes[index].name;
                    let what = format!("{name} keeps group {group} without carrier for {ms} ms, another could take it");
                    self.oracle.break_rule(Invariant::L2, self.now, what);
                }
            }
        }
    }

    /// Does it hold the group without a cable for it?
    fn is_cut_off(&self, index: usize, group: usize) -> bool {
        let node = &self.nodes[index];
        let needed = &node.settings.groups[group].interfaces;
        let out = self
            .links
            .iter()
            .zip(&node.pulled)
            .any(|((l, _), causes)| *causes > 0 && needed.iter().any(|i| **i == *l.0));
        let stuck = self.is_stuck(index, group);
        out && node.resources[group].holds && node.hands_up && !node.old && !stuck
    }

    /// Could that node take it: it says so, it is whole, and the two hear each other?
    fn could_relieve(&self, other: usize, holder: usize, group: usize) -> bool {
        let node = &self.nodes[other];
        let id = node.settings.groups[group].id;
        let patience = nanos(self.plan.timing().keepalive()) * 3 / 2;
        let hears = |to: usize, from: usize| self.oracle.last_heard(to, from).is_some_and(|a| self.now - a < patience);
        let beat = self.oracle.watches[other].beat.as_ref().filter(|beat| !beat.leaving);
        let claim = beat.and_then(|beat| beat.claims.iter().find(|claim| claim.group == id));
        let calm = self.weather == Weather::default() && self.lossy_at.is_none_or(|at| at < self.now);
        let whole = node.runs() && node.hands_up && node.pulled.iter().all(|causes| *causes == 0) && !node.old;
        let fit = claim.is_some_and(|c| c.fitness == Fitness::Fit && !c.state.is_held());
        calm && whole && fit && hears(other, holder) && hears(holder, other)
    }

    /// Does every node that runs say that it hears the present life of every other one?
    pub(crate) fn one_view(&self, nodes: &[usize]) -> Result<(), String> {
        for (one, other) in nodes.iter().flat_map(|one| nodes.iter().map(move |other| (*one, *other))) {
            let (name, peer) = (&self.nodes[one].name, &self.nodes[other].name);
            let Some(beat) = &self.oracle.watches[one].beat else { return Err(format!("{name} says nothing")) };
            let Some(generation) = self.nodes[other].core.as_ref().and_then(Brain::generation) else { continue };
            if one != other && !beat.hears.iter().any(|h| h.node == *peer && h.generation == generation) {
                let said = beat.hears.iter().find(|h| h.node == *peer).map(|h| h.generation.0);
                return Err(format!("{name} does not say that it hears {peer} in {}: {said:?}", generation.0));
            }
        }
        Ok(())
    }

    /// Demands it of those nodes.
    pub(crate) fn demand_one_view(&mut self, nodes: &[usize], rule: Invariant) {
        if let Err(what) = self.one_view(nodes) {
            self.oracle.break_rule(rule, self.now, what);
        }
    }
}

//! Beats and what is heard: a node that runs speaks in time (L9), one that slept does not speak as if it had not (S6),
//! and nothing is heard that nobody said (S13). Not here: what claims say (words.rs).

use super::Invariant;
use crate::clock::MS;
use crate::run::nanos;
use crate::world::World;
use systole_core::{Body, ClaimState, Message};

/// Heart may be woken so late without having stalled.
const LATE_NS: u64 = 100 * MS;

impl World {
    /// A node says its newest beat.
    pub(super) fn judge_beat(&mut self, index: usize, message: &Message) {
        let Body::Status { beat: Some(beat), .. } = &message.body else { return };
        let node = &self.nodes[index];
        if node.old || node.core.as_ref().is_none_or(|core| core.newest_beat() != message.sequence) {
            return;
        }
        let own = node.own_time(self.now);
        let watch = &mut self.oracle.watches[index];
        let before = watch.beat_own.replace(own);
        watch.beat = Some(beat.clone());
        for (other, node) in self.nodes.iter().enumerate() {
            let heard = beat.hears.iter().find(|hears| hears.node == node.name);
            heard.map(|hears| watch.named.insert(other, (hears.generation, hears.sequence)));
        }
        self.judge_rhythm(index, before, own);
        for group in 0..self.plan.groups().len() {
            let id = self.plan.groups()[group].id;
            let Some(claim) = beat.claims.iter().find(|claim| claim.group == id) else { continue };
            if claim.state == ClaimState::Want && claim.to.is_some() {
                self.judge_wish(index, group, id);
            }
            let node = &self.nodes[index];
            let lapsed = self.oracle.watches[index].lapsed.contains(&group) && !node.resources[group].holds;
            if lapsed && claim.state == ClaimState::Running {
                let what = format!("{} says that {} runs, after its right to it has run out", node.name, claim.group);
                self.oracle.break_rule(Invariant::S6, self.now, what);
            }
        }
        self.judge_stuck(index, beat);
        self.judge_sleepers(index, beat);
    }

    /// L9: whatever its agents do, a node that runs says a beat each keepalive, and a quarter of it later at most.
    fn judge_rhythm(&mut self, index: usize, before: Option<u64>, own: u64) {
        let node = &self.nodes[index];
        let keepalive = nanos(node.settings.timing.keepalive());
        let Some(gap) = before.map(|before| own.saturating_sub(before)) else { return };
        if gap > keepalive + (keepalive / 4).max(LATE_NS + MS) {
            let what = format!("{} says nothing for {} ms of its own running time", node.name, gap / MS);
            self.oracle.break_rule(Invariant::L9, self.now, what);
        }
    }

    /// The kernel has taken addresses away from a node that did not run.
    pub(crate) fn note_lapse(&mut self, index: usize) {
        let resources = self.nodes[index].resources.iter().enumerate();
        let held: Vec<usize> = resources.filter(|(_, r)| r.holds).map(|(group, _)| group).collect();
        self.oracle.watches[index].lapsed.extend(held);
    }

    /// A node has heard a message under the name of another one.
    pub(crate) fn judge_hearing(&mut self, to: usize, from: usize, link: usize, message: &Message, arrived: u64) {
        let own = self.nodes[to].own_time(self.now);
        let (Some(generation), Some(sequence)) = (message.generation, message.sequence) else { return };
        let number = (generation, sequence);
        // What begins a life is not believed at once, nor at its second message while there are words of the one before.
        let doubt = 2 * nanos(self.plan.timing().keepalive());
        let watch = &self.oracle.watches[to];
        let followed = watch.heard_before(from, number)
            && self.oracle.life_heard_for(to, from, self.now).is_some_and(|span| span > doubt);
        let (newest, last) = watch.links.get(&(from, link)).copied().unwrap_or_default();
        // A recording is no sign of life, nor is what others say in that name.
        let fresh = self.oracle.is_fresh(from, number, arrived);
        let true_sign = fresh && !self.oracle.doubtful(from);
        // What a slow line still brings of a life that is over is none either.
        let over = watch.newest.get(&from).is_some_and(|(life, _)| generation < *life);
        let new = newest < number && !over;
        let sign = followed && true_sign && number > self.oracle.doubted[to][from] && new;
        let watch = &mut self.oracle.watches[to];
        // A number that was forged far ahead makes none of the true ones after it old.
        if new || fresh && !over {
            watch.brought.insert((from, link), own);
        }
        watch.links.insert((from, link), (newest.max(number), if sign { own } else { last }));
        watch.number(from, number);
        // Who has the key, or the name, says what it likes.
        let forged = number <= self.oracle.doubted[to][from] || self.oracle.doubtful(from);
        if !forged && self.oracle.never_said(from, number) {
            let what = format!("{} hears of {} what it never said: {number:?}", self.nodes[to].name, message.from);
            self.oracle.break_rule(Invariant::S13, self.now, what);
        }
    }
}

//! What is given away is given to somebody who can take it, by the last that was heard of him; and for want of a cable
//! nothing is let go that nobody else could serve (L12). Not here: homes (words.rs), the place of wishes (oracle.rs).

use super::Invariant;
use crate::run::nanos;
use crate::world::World;
use systole_core::{ClaimState, Fitness, GroupId};

/// The reason of the core, by the beginning of its sentence.
const NO_CARRIER: &str = "no carrier on the interface of its address";

impl World {
    /// A node lets go of what it has, and says why and for whom. (Of two holders one gives way, whatever the other can.)
    pub(super) fn judge_gift(&mut self, index: usize, group: GroupId, why: &str) {
        // A stop that had begun goes on after a start of hands; that is no new decision.
        if self.oracle.words[index].says(group).is_some_and(|claim| claim.state == ClaimState::Stopping) {
            return;
        }
        let named = why.rsplit_once(", to ").and_then(|(_, to)| self.nodes.iter().position(|n| n.name.as_str() == to));
        let others: Vec<usize> = match named {
            Some(other) => vec![other],
            None if why.starts_with(NO_CARRIER) => (0..self.nodes.len()).filter(|other| *other != index).collect(),
            None => return,
        };
        // Of whom nothing is known that counts anything may be true.
        if others.iter().all(|other| self.could_take(index, *other, group) == Some(false)) {
            let name = &self.nodes[index].name;
            let what =
                format!("{name} lets go of {group} ({why}), and whom that is for said last that it cannot take it");
            self.oracle.break_rule(Invariant::L12, self.now, what);
        }
    }

    /// By its last word; nothing where that need not be believed.
    fn could_take(&self, index: usize, other: usize, group: GroupId) -> Option<bool> {
        // A life that has only begun to speak is not believed at once.
        let doubt = 2 * nanos(self.plan.timing().keepalive());
        let known = self.oracle.life_heard_for(index, other, self.now).is_some_and(|span| span > doubt);
        if self.nodes[other].old || self.oracle.doubtful(other) || !known {
            return None;
        }
        let words = &self.oracle.words[index];
        let said = words.last_said(other, group)?;
        let able = said.fitness == Fitness::Fit && said.state != ClaimState::Blocked && !words.is_leaving(other);
        Some(able)
    }
}

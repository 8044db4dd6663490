//! The operator: who asks how things are is told at once (L10), and what was refused does not happen later by itself (O6
//! of the fault catalogue). Not here: what the questions set in motion.

use super::Invariant;
use crate::world::World;
use std::collections::BTreeSet;
use systole_core::{Answer, Ask, AskId, GroupId, Input, Which};

/// Questions of the judge have numbers from here on.
const OURS: u64 = 1 << 40;

impl World {
    /// L10: any node that runs answers at once how things are.
    pub(crate) fn ask_status(&mut self, index: usize) {
        let node = &self.nodes[index];
        if node.old || !node.runs() {
            return;
        }
        let id = OURS + self.oracle.statuses;
        self.oracle.statuses += 1;
        let before = self.oracle.answered;
        self.input(index, Input::Asked { id: AskId(id), ask: Ask::Status });
        self.judge_told(index, before);
    }

    /// Has it answered, where there were so many answers before?
    pub(super) fn judge_told(&mut self, index: usize, before: u64) {
        if self.nodes[index].runs() && self.oracle.answered == before {
            let what = format!("{} does not say how things are", self.nodes[index].name);
            self.oracle.break_rule(Invariant::L10, self.now, what);
        }
    }

    /// An operator has asked.
    pub(crate) fn note_ask(&mut self, index: usize, id: AskId, ask: &Ask) {
        let node = &self.nodes[index];
        let me = Some(&node.name);
        let groups = node.settings.groups.iter().enumerate();
        let here: BTreeSet<usize> = match ask {
            Ask::Takeover { which } => groups.filter(|(_, g)| meant(*which, g.home() == me)).map(|(i, _)| i).collect(),
            Ask::Move { group, node } if Some(node) == me => {
                groups.filter(|(_, g)| g.key == *group).map(|(i, _)| i).collect()
            }
            _ => return,
        };
        let watch = &mut self.oracle.watches[index];
        watch.refused.retain(|group| !here.contains(group));
        watch.asked.insert(id.0, here);
    }

    /// A node answers.
    pub(crate) fn judge_answer(&mut self, index: usize, id: AskId, answer: &Answer) {
        match answer {
            Answer::Status(_) => self.oracle.answered += 1,
            Answer::Refused { why } => self.tell(|w| format!("{}: answers no: {why}", w.nodes[index].name)),
            Answer::Done { .. } => {}
        }
        let resources = &self.nodes[index].resources;
        let watch = &mut self.oracle.watches[index];
        let Some(groups) = watch.asked.remove(&id.0) else { return };
        let waits = |group: &usize| watch.asked.values().any(|groups| groups.contains(group));
        if matches!(answer, Answer::Refused { .. }) {
            let gone: Vec<usize> = groups.into_iter().filter(|g| !waits(g) && !resources[*g].holds).collect();
            watch.refused.extend(gone);
        }
    }

    /// A node says a wish that asks another one to give: somebody must have asked for it.
    pub(super) fn judge_wish(&mut self, index: usize, group: usize, id: GroupId) {
        if self.oracle.watches[index].refused.contains(&group) {
            let what = format!("{} asks for {id}, which it refused to the operator", self.nodes[index].name);
            self.oracle.break_rule(Invariant::S7, self.now, what);
        }
    }
}

fn meant(which: Which, home: bool) -> bool {
    match which {
        Which::All => true,
        Which::Local => home,
        Which::Foreign | Which::Failback => !home,
    }
}

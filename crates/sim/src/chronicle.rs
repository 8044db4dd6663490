//! What happened, as values: what nodes told, and what was true. Figures are computed from the truth alone.
//! Not here: sentences (scenario/telling.rs), and what is judged (oracle.rs).

use crate::world::World;
use systole_core::{Answer, Condition, Event, JobKind, Output};

/// Everything of a run that matters to a person, in the order of its times.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    pub noted: Vec<Noted>,
    /// How each group stands now, where it has stood any way yet.
    standing: Vec<Option<Standing>>,
}

/// Something, and when, in nanoseconds of the world.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    pub at: u64,
    pub what: What,
}

/// What there is to note.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A node says so in its log.
    Told { node: usize, event: Event },
    /// A node answers its operator.
    Answered { node: usize, answer: Answer },
    /// The truth about a group changed.
    Stands { group: usize, standing: Standing },
}

/// Where a group is, in truth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The nodes on which its address is up.
    pub holders: Vec<usize>,
    /// Those of them on which all of it runs, no stop is under way, and whose interface for it has carrier.
    pub servers: Vec<usize>,
}

/// Figures of one group over a whole run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// When it was served for the first time.
    pub first_ns: Option<u64>,
    /// For how long nobody served it after that.
    pub outage_ns: u64,
    /// For how long more than one node held it.
    pub doubled_ns: u64,
    /// How often another node served it than before.
    pub moves: u32,
    /// How it stands in the end.
    pub last: Standing,
}

impl Chronicle {
    /// The figures of a group in a run that ended at that time.
    pub fn figures(&self, group: usize, end: u64) -> Figures {
        let mut figures = Figures::default();
        let mut since = 0;
        let mut server = None;
        for (at, standing) in self.standings(group) {
            figures.pass(at - since);
            since = at;
            if let Some(first) = standing.servers.first() {
                figures.first_ns.get_or_insert(at);
                let before = server.filter(|before| !standing.servers.contains(before));
                figures.moves += u32::from(before.is_some());
                if before.is_some() || server.is_none() {
                    server = Some(*first);
                }
            }
            figures.last = standing.clone();
        }
        figures.pass(end.saturating_sub(since));
        figures
    }

    /// Every change of where a group is, in truth.
    pub fn standings(&self, group: usize) -> impl Iterator<Item = (u64, &Standing)> {
        self.noted.iter().filter_map(move |noted| match &noted.what {
            What::Stands { group: g, standing } if *g == group => Some((noted.at, standing)),
            _ => None,
        })
    }
}

impl Figures {
    fn pass(&mut self, span: u64) {
        if self.first_ns.is_some() && self.last.servers.is_empty() {
            self.outage_ns += span;
        }
        if self.last.holders.len() > 1 {
            self.doubled_ns += span;
        }
    }
}

impl World {
    /// Keeps what a node says to people.
    pub(crate) fn note(&mut self, node: usize, output: &Output) {
        let Some(chronicle) = &mut self.chronicle else { return };
        let what = match output {
            Output::Tell(event) => What::Told { node, event: event.clone() },
            Output::Answer { answer, .. } => What::Answered { node, answer: answer.clone() },
            _ => return,
        };
        chronicle.noted.push(Noted { at: self.now, what });
    }

    /// Keeps where every group is, when that has changed.
    pub(crate) fn note_standing(&mut self) {
        let Some(mut chronicle) = self.chronicle.take() else { return };
        chronicle.standing.resize(self.plan.groups().len(), None);
        for (group, known) in chronicle.standing.iter_mut().enumerate() {
            let standing = self.standing(group);
            if known.as_ref() != Some(&standing) {
                *known = Some(standing.clone());
                chronicle.noted.push(Noted { at: self.now, what: What::Stands { group, standing } });
            }
        }
        self.chronicle = Some(chronicle);
    }

    /// Where a group is now.
    pub(crate) fn standing(&self, group: usize) -> Standing {
        // A machine that stands still answers nobody.
        let up = |node: &usize| self.nodes[*node].frozen.is_none();
        let holds = |node: &usize| self.nodes[*node].resources[group].holds && up(node);
        let holders: Vec<usize> = (0..self.nodes.len()).filter(holds).collect();
        let serves = |node: &usize| {
            let node = &self.nodes[*node];
            let needed = &node.settings.groups[group].interfaces;
            let mut cables = self.links.iter().zip(&node.pulled);
            let pulled = cables.any(|((link, _), causes)| *causes > 0 && needed.iter().any(|i| **i == *link.0));
            let resource = &node.resources[group];
            let stops = matches!(resource.job, Some((_, JobKind::Stop | JobKind::Yield)));
            resource.found == Condition::Running && !stops && !pulled
        };
        Standing { servers: holders.iter().copied().filter(serves).collect(), holders }
    }
}

#[cfg(test)]
mod tests;

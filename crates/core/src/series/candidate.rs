//! Messages of a life, or of a place far ahead in a life, that nobody has vouched for yet: kept until it is clear
//! whether their sender was started anew or somebody speaks in its name (reference/SECURITY F6, F7).
//! Not here: the decision, which needs to know how long the known life has been silent.

use crate::message::{Body, Message};
use crate::names::{Generation, LinkName, Sequence};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number further ahead than this of a living peer's last one is not believed at once. A real peer cannot say so much
/// within its deadtime.
pub(crate) const JUMP_MAX: u64 = 500;
/// Messages kept. What is dropped beyond is missing later, and asked for.
const KEPT_MAX: usize = 16;

/// The messages by number, and how far each link has brought them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Candidate {
    generation: Generation,
    kept: BTreeMap<u64, Message>,
    links: BTreeMap<LinkName, Sequence>,
}

impl Candidate {
    /// Adds a message to the candidate, or makes it the first one of a new candidate if it does not fit. False when
    /// the message has no number or was there already.
    pub(crate) fn offer(candidate: &mut Option<Candidate>, link: &LinkName, message: Message) -> bool {
        let (Some(generation), Some(number)) = (message.generation, message.sequence) else { return false };
        let fitting = candidate.take().filter(|c| c.fits(generation, number.0));
        let chosen = candidate.insert(fitting.unwrap_or_else(|| Candidate::of(generation)));
        let newest = chosen.links.entry(link.clone()).or_insert(number);
        *newest = number.max(*newest);
        if chosen.kept.contains_key(&number.0) {
            return false;
        }
        chosen.kept.insert(number.0, message);
        chosen.make_room();
        true
    }

    fn of(generation: Generation) -> Candidate {
        Candidate { generation, kept: BTreeMap::new(), links: BTreeMap::new() }
    }

    fn fits(&self, generation: Generation, number: u64) -> bool {
        let near = self.kept.keys().all(|n| n.abs_diff(number) <= JUMP_MAX);
        generation == self.generation && near
    }

    /// Of beats only the newest says anything that matters, so an older one goes first.
    fn make_room(&mut self) {
        if self.kept.len() <= KEPT_MAX {
            return;
        }
        let newest = self.kept.keys().next_back().copied();
        let beat = self.kept.iter().find(|(n, m)| Some(**n) != newest && is_status(m)).map(|(n, _)| *n);
        match beat {
            Some(number) => drop(self.kept.remove(&number)),
            None => drop(self.kept.pop_first()),
        }
    }

    /// Only a status may open a life (spec/WIRE.md 6.1).
    pub(crate) fn has_status(&self) -> bool {
        self.kept.values().any(is_status)
    }

    /// More than one message: one frame alone proves nothing.
    pub(crate) fn is_rising(&self) -> bool {
        self.kept.len() >= 2
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    /// How far each link has brought it, also of what was dropped.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&LinkName, Sequence)> {
        self.links.iter().map(|(link, newest)| (link, *newest))
    }

    /// What was kept, in order.
    pub(crate) fn into_messages(self) -> impl Iterator<Item = Message> {
        self.kept.into_values()
    }
}

fn is_status(message: &Message) -> bool {
    matches!(message.body, Body::Status { .. })
}

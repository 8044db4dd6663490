//! Numbers of an old node: its own, kept for those who missed one, and those of the other node (spec/WIRE.md section 6).
//! Not here: what the messages mean.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use systole_core::{Body, Generation, Message, Output, Sequence};

/// So many of its own messages are kept.
const KEPT_MAX: usize = 500;
/// A hole that is larger is not asked for.
const HOLE_MAX: u64 = 250;
/// It acknowledges each tenth message; which one, the original throws dice for.
const ACKNOWLEDGED: u64 = 3;

#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    own: u64,
    kept: BTreeMap<u64, Message>,
    /// Life and newest number of the other node.
    known: Option<(Generation, u64)>,
    missing: BTreeSet<u64>,
    /// To be acknowledged as soon as nothing before it is missing.
    owed: Option<u64>,
}

impl Numbers {
    /// The number of the next message; the aside ones have none.
    pub(super) fn next(&mut self, body: &Body) -> Option<Sequence> {
        if matches!(body, Body::Ack { .. } | Body::Rexmit { .. } | Body::RexmitRefused { .. }) {
            return None;
        }
        self.own += 1;
        Some(Sequence(self.own))
    }

    pub(super) fn keep(&mut self, message: &Message) {
        if let Some(number) = message.sequence {
            self.kept.insert(number.0, message.clone());
            while self.kept.len() > KEPT_MAX {
                self.kept.pop_first();
            }
        }
    }

    /// Is that a message of the life that is known already, and a new one?
    pub(super) fn goes_on(&self, message: &Message) -> bool {
        let number = message.generation.zip(message.sequence);
        self.known.is_some_and(|(life, last)| number.is_some_and(|(g, s)| g == life && s.0 > last))
    }

    /// Counts it; true when it is to be acted on (6.4). What the other node missed is said again.
    pub(super) fn accept(&mut self, message: &Message, out: &mut VecDeque<Output>) -> bool {
        let (Some(life), Some(Sequence(number))) = (message.generation, message.sequence) else {
            if let Body::Rexmit { first, last } = message.body {
                let wanted = self.kept.range(first.0..=last.0.max(first.0));
                out.extend(wanted.map(|(_, kept)| Output::Say(kept.clone())));
            }
            return false;
        };
        let status = matches!(message.body, Body::Status { .. });
        match self.known {
            Some((known, _)) if life < known => false,
            Some((known, last)) if life == known => self.count(last, number, life),
            // A new life begins with a status.
            _ if status => {
                self.known = Some((life, number));
                self.missing.clear();
                self.owed = None;
                true
            }
            _ => false,
        }
    }

    fn count(&mut self, last: u64, number: u64, life: Generation) -> bool {
        if number > last {
            self.known = Some((life, number));
            if number - last > HOLE_MAX {
                self.missing.clear();
            } else {
                self.missing.extend(last + 1..number);
            }
            return true;
        }
        self.missing.remove(&number)
    }

    /// The number to acknowledge now.
    pub(super) fn acknowledges(&mut self, message: &Message) -> Option<Sequence> {
        let number = message.sequence?.0;
        if number % 10 == ACKNOWLEDGED {
            self.owed = self.owed.max(Some(number));
        }
        let owed = self.owed.filter(|owed| self.missing.first().is_none_or(|first| first > owed))?;
        self.owed = None;
        Some(Sequence(owed))
    }

    pub(super) fn missing(&self) -> Vec<Sequence> {
        self.missing.iter().take(50).map(|number| Sequence(*number)).collect()
    }

    pub(super) fn forget_missing(&mut self) {
        self.missing.clear();
    }
}

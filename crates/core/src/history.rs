//! What this node has said, kept so that a peer that lost a message can have it again (spec/WIRE.md 6.5).
//! Not here: who may ask, and the sending itself, which stamps and signs afresh.

use crate::message::{Body, Message};
use crate::names::Sequence;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Messages kept, as in Heartbeat.
const KEPT_MAX: usize = 500;
/// Beats of a cluster with very many groups are long; so many claims and names in all are kept at most (about 2 MB).
const WEIGHT_MAX: usize = 20_000;
/// The same number is not said again sooner.
const AGAIN: Duration = Duration::from_millis(240);
/// One request gets so many messages at most.
const PER_REQUEST: u64 = 50;
/// All requests of all peers together get so many in each [`WINDOW`]: a flood of requests must not become a flood of
/// answers. The window is the time after which Heartbeat asks again.
const PER_WINDOW: u32 = 50;
const WINDOW: Duration = Duration::from_millis(250);

/// The answer to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Say it as it was.
    Say(Box<Message>),
    /// It is no longer here; the word of Heartbeat for it.
    Gone(Sequence, &'static str),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    number: u64,
    message: Message,
    said_again: Option<Moment>,
}

/// The newest messages of this life, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct History {
    kept: VecDeque<Kept>,
    weight: usize,
    window: Moment,
    given: u32,
}

impl History {
    /// Keeps a message that has a number; the oldest ones make room.
    pub(crate) fn keep(&mut self, message: &Message) {
        let Some(number) = message.sequence else { return };
        self.weight += weight(message);
        self.kept.push_back(Kept { number: number.0, message: message.clone(), said_again: None });
        while self.kept.len() > KEPT_MAX || (self.weight > WEIGHT_MAX && self.kept.len() > 1) {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.weight = self.weight.saturating_sub(weight(&oldest.message));
        }
    }

    /// Nobody will ask, or a new life begins.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        self.weight = 0;
    }

    /// What to send for a request. `said` are the first and the last number of this life.
    pub(crate) fn again(
        &mut self,
        from: Sequence,
        to: Sequence,
        said: (Sequence, Sequence),
        now: Moment,
    ) -> Vec<Again> {
        if now.since(self.window) >= WINDOW {
            self.window = now;
            self.given = 0;
        }
        let to = to.0.min(said.1.0).min(from.0.saturating_add(PER_REQUEST - 1));
        let mut answers = Vec::new();
        for number in from.0..=to {
            if self.given >= PER_WINDOW {
                break;
            }
            if let Some(answer) = self.one_again(number, said.0, now) {
                self.given += 1;
                answers.push(answer);
            }
        }
        answers
    }

    fn one_again(&mut self, number: u64, first: Sequence, now: Moment) -> Option<Again> {
        let oldest = self.kept.front().map(|k| k.number);
        let found = self.kept.binary_search_by_key(&number, |k| k.number).ok();
        match found.and_then(|index| self.kept.get_mut(index)) {
            Some(kept) if kept.said_again.is_some_and(|at| now.since(at) < AGAIN) => None,
            Some(kept) => {
                kept.said_again = Some(now);
                Some(Again::Say(Box::new(kept.message.clone())))
            }
            None if number < first.0 || oldest.is_none_or(|oldest| number < oldest) => {
                Some(Again::Gone(Sequence(number), "seqno too low"))
            }
            None => Some(Again::Gone(Sequence(number), "seqno not found")),
        }
    }
}

fn weight(message: &Message) -> usize {
    match &message.body {
        Body::Status { beat: Some(beat), .. } => 1 + beat.claims.len() + beat.hears.len(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests;

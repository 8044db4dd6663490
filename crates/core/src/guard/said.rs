//! What this node has said: its numbers, and what each of the last ones said.
//! Not here: the messages themselves, which history.rs keeps for peers that lost them.

use super::{Assertion, Broken};
use crate::message::Message;
use crate::names::{Generation, Sequence};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// More than can be asked for again.
const KEPT_MAX: usize = 512;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Said {
    /// The number before the first of this life; absent before anything was said.
    before_first: Option<Sequence>,
    newest: (Generation, Sequence),
    /// Numbers of this life with the digests of what they said, oldest first.
    kept: VecDeque<(Sequence, u64)>,
}

impl Said {
    /// Numbers that an honest answer to this life of ours can name: above the first, up to the second.
    pub(super) fn newest_in_this_life(&self) -> Option<(Sequence, Sequence)> {
        Some((self.before_first?, self.newest.1))
    }

    /// Is its number not above all that were said?
    pub(super) fn has_said(&self, message: &Message) -> bool {
        let number = message.sequence.map(|sequence| (message.generation.unwrap_or_default(), sequence));
        self.before_first.is_some() && number.is_some_and(|number| number <= self.newest)
    }

    /// Counts a message that is about to leave.
    pub(super) fn check(&mut self, message: &Message) -> Option<Broken> {
        let sequence = message.sequence?;
        let number = (message.generation.unwrap_or_default(), sequence);
        let digest = digest(message);
        if self.before_first.is_none() || number > self.newest {
            if self.before_first.is_none() || number.0 != self.newest.0 {
                self.before_first = Some(Sequence(sequence.0.saturating_sub(1)));
                self.kept.clear();
            }
            self.newest = number;
            if self.kept.len() >= KEPT_MAX {
                self.kept.pop_front();
            }
            self.kept.push_back((sequence, digest));
            return None;
        }
        let place = self.kept.binary_search_by_key(&sequence, |(kept, _)| *kept).ok();
        let before = place.and_then(|place| self.kept.get(place));
        let what = match before {
            Some((_, same)) if number.0 == self.newest.0 && *same == digest => return None,
            Some(_) if number.0 == self.newest.0 => "says other words under that number",
            _ => "does not go on from there",
        };
        let (life, last) = (number.0.0, sequence.0);
        let (newest_life, newest) = (self.newest.0.0, self.newest.1.0);
        let what = format!(
            "{} says number {last} of generation {life} after number {newest} of generation {newest_life}, and {what}",
            message.from
        );
        Some(Broken { rule: Assertion::S11, what, about: 0, withhold: true })
    }
}

fn digest(message: &Message) -> u64 {
    let mut folding = Folding(0xcbf2_9ce4_8422_2325);
    message.hash(&mut folding);
    folding.finish()
}

/// FNV-1a over words of eight bytes. It need not resist anybody: both messages are ours.
struct Folding(u64);

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

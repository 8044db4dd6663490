//! One peer as the guard hears it: its present life, what may be its next one, and how far we said that we hear it.
//! Not here: what it says (word.rs).

use super::word::Word;
use crate::beat::ClaimState;
use crate::message::{Body, Message};
use crate::names::{Generation, GroupId, NodeName, Sequence};
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One frame so far ahead of a living peer's last number does not set its word aside.
const FAR: u64 = 500;
/// Newer lives heard at once; more are forged.
const LIVES_MAX: usize = 4;

type Number = (Generation, Sequence);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Witness {
    pub(super) name: NodeName,
    /// Heard before this life of ours.
    floor: Number,
    highest: Number,
    word: Option<Word>,
    /// Of newer lives, or far ahead, while the known one was heard lately; one for each, as some may be recorded or forged.
    next: Vec<Word>,
    /// Our beats have named its newest number since it began its life.
    settled: bool,
    named: Number,
    remembered: Number,
    /// The earliest verdict that what was observed allows.
    pub(super) early: Option<Duration>,
}

impl Witness {
    pub(super) fn new(name: NodeName, floor: Number) -> Witness {
        let nothing = Number::default();
        Witness {
            name,
            floor,
            highest: floor,
            word: None,
            next: Vec::new(),
            settled: false,
            named: nothing,
            remembered: nothing,
            early: None,
        }
    }

    /// Counts a message. True: it must change nothing. `said`: our numbers that it can acknowledge.
    pub(super) fn hear(
        &mut self,
        message: &Message,
        now: Moment,
        deadtime: Duration,
        said: Option<(Sequence, Sequence)>,
    ) -> bool {
        let Some(generation) = message.generation else { return false };
        let Some(sequence) = message.sequence else {
            self.hear_aside(message, generation, said);
            return false;
        };
        let number = (generation, sequence);
        if number <= self.floor {
            return true;
        }
        self.highest = self.highest.max(number);
        let Some(word) = &mut self.word else {
            self.word = Word::begun(message, number, now);
            return false;
        };
        if generation < word.life {
            return true;
        }
        if generation == word.life && sequence.0 <= word.top {
            if word.was_heard(sequence.0) {
                return true;
            }
            word.supplement(message, sequence.0);
            return false;
        }
        let fresh = now.since(word.at) < deadtime;
        if generation == word.life && (!fresh || sequence.0 - word.top <= FAR) {
            word.advance(message, sequence.0, now);
            // The known life goes on.
            self.next.clear();
            return false;
        }
        self.settled = false;
        self.hear_next(message, number, now);
        if !fresh {
            self.go_on_in(generation);
        }
        false
    }

    /// That life of it is the present one, if it has begun.
    fn go_on_in(&mut self, life: Generation) {
        if let Some(place) = self.next.iter().position(|next| next.life == life) {
            self.word = Some(self.next.swap_remove(place));
            self.next.retain(|next| next.life > life);
        }
    }

    fn hear_next(&mut self, message: &Message, number: Number, now: Moment) {
        let (generation, sequence) = (number.0, number.1.0);
        if let Some(next) = self.next.iter_mut().find(|next| next.life == generation) {
            if sequence > next.top {
                next.advance(message, sequence, now);
            }
        } else if let Some(begun) = Word::begun(message, number, now) {
            self.next.push(begun);
            if self.next.len() > LIVES_MAX {
                self.next.remove(0);
            }
        }
    }

    fn hear_aside(&mut self, message: &Message, generation: Generation, said: Option<(Sequence, Sequence)>) {
        let addressed = message.to.is_some() || message.to_uuid.is_some();
        let (Body::Ack { sequence }, Some((above, up_to))) = (&message.body, said) else { return };
        if let Some(word) = self.word.as_mut().filter(|w| w.life == generation)
            && addressed
            && *sequence > above
            && *sequence <= up_to
        {
            word.answers();
        }
    }

    /// This node did not run for so long, and could not have heard anything.
    pub(super) fn excuse(&mut self, now: Moment, stall: Duration) {
        for word in self.word.iter_mut().chain(&mut self.next) {
            word.at = (word.at + stall).min(now);
        }
    }

    /// What it said of a group within the last dead time of our own running time, and how long ago. While newer lives
    /// have begun to speak, all of them must hold it.
    pub(super) fn claim(
        &self,
        group: GroupId,
        at_home: bool,
        judges_halves: bool,
        now: Moment,
        deadtime: Duration,
    ) -> Option<(ClaimState, Duration)> {
        let ago = |word: &Word| Some(now.since(word.at)).filter(|ago| *ago < deadtime);
        let says = |word: &Word| Some((word.state(group, at_home, judges_halves), ago(word)?));
        let known = self.word.as_ref().and_then(says);
        let mut next = self.next.iter().filter_map(says);
        match known {
            Some((state, _)) if !state.is_held() => known,
            _ => next.clone().find(|(state, _)| !state.is_held()).or(known).or_else(|| next.next()),
        }
    }

    /// Does nothing of it wait to be believed?
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    /// A beat of ours says that we heard it so far.
    ///
    /// # Errors
    /// It is more than was heard, or less than was said before.
    pub(super) fn is_named(&mut self, number: Number) -> Result<(), String> {
        let before = std::mem::replace(&mut self.named, number);
        if self.next.iter().any(|next| (next.life, Sequence(next.top)) == number) {
            self.go_on_in(number.0);
        }
        self.settled |= number == self.highest && self.next.is_empty();
        self.in_order(before, number, "our beat names it as heard")
    }

    /// How far it was heard is about to be written to disk.
    ///
    /// # Errors
    /// As [`Witness::is_named`].
    pub(super) fn is_remembered(&mut self, number: Number) -> Result<(), String> {
        let before = self.remembered.max(self.floor);
        self.remembered = before.max(number);
        self.in_order(before, number, "it would go to disk as heard")
    }

    fn in_order(&self, before: Number, number: Number, how: &str) -> Result<(), String> {
        let against = match () {
            () if number < before => ("it was already", before),
            () if number > self.highest => ("the highest that came is", self.highest),
            () => return Ok(()),
        };
        let ((life, last), (why, (other_life, other))) = (number, against);
        Err(format!(
            "number {} of generation {} of {}: {how}, but {why} number {} of generation {}",
            last.0, life.0, self.name, other.0, other_life.0
        ))
    }
}

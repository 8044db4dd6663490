//! One peer's numbers within one life: what has come, what is missing, what is to be acknowledged (spec/WIRE.md 6.4).
//! Not here: lives and who may begin one, what the messages say, sending.

mod candidate;
mod start;

pub(crate) use candidate::Candidate;
use candidate::JUMP_MAX;
pub(crate) use start::before_first;

use crate::names::Sequence;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// More than this lost at once is not asked for; the count begins anew, as in Heartbeat.
pub(crate) const MISSING_MAX: u64 = 250;
/// A missing number is asked for after so long: Heartbeat sends some frames in inverted order, and on a serial line
/// the next frame is a tenth of a second behind (spec/WIRE.md 6.5 allows nothing below 50 ms).
const FIRST_ASK: Duration = Duration::from_millis(100);
/// And again each time after so long.
const ASK_AGAIN: Duration = Duration::from_millis(250);
/// So many requests leave together at most; the next ones go [`ASK_PAUSE`] later.
const ASKS_AT_ONCE: usize = 32;
const ASK_PAUSE: Duration = Duration::from_millis(100);
/// After ten seconds without an answer a number is given up. The original asks for ever (spec/QUIRKS.md 33).
const ASKS_MAX: u32 = 40;
/// Every tenth message is acknowledged.
const ACK_EVERY: u64 = 10;

/// How a number stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It has come already, or is too old to matter.
    Repeated,
    /// It was missing, and fills the hole.
    Late,
    /// Above everything so far.
    Next,
}

/// A number that has not come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Missing {
    asks: u32,
    next_ask: Moment,
}

/// What to ask for now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Requests {
    /// One request each.
    pub(crate) ask: Vec<Sequence>,
    /// Runs of numbers that are asked for the first time, first and last.
    pub(crate) lost: Vec<(Sequence, Sequence)>,
    /// Given up just now.
    pub(crate) gone: Vec<Sequence>,
}

/// The numbers of one life. At most [`MISSING_MAX`] holes are remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Series {
    /// The highest number so far; `None` until the life's first message.
    last: Option<u64>,
    missing: BTreeMap<u64, Missing>,
    acknowledged: u64,
    /// No request before this moment.
    pause_until: Moment,
    /// Something was asked for and is not answered yet.
    asked: bool,
}

impl Series {
    /// Where the number stands. Changes nothing.
    pub(crate) fn place(&self, number: Sequence) -> Place {
        match self.last {
            Some(last) if number.0 <= last && self.missing.contains_key(&number.0) => Place::Late,
            Some(last) if number.0 <= last => Place::Repeated,
            _ => Place::Next,
        }
    }

    /// Is it further ahead than a living peer can have come unheard?
    pub(crate) fn is_far(&self, number: Sequence) -> bool {
        number.0.saturating_sub(self.last().0) > JUMP_MAX
    }

    /// Counts the number; a repeated one changes nothing. The first number of a life may be any.
    pub(crate) fn count(&mut self, number: Sequence, now: Moment) -> Place {
        let place = self.place(number);
        match (place, self.last) {
            (Place::Repeated, _) => {}
            (Place::Late, _) => drop(self.missing.remove(&number.0)),
            (Place::Next, None) => {
                self.last = Some(number.0);
                self.acknowledged = number.0.saturating_sub(1);
            }
            (Place::Next, Some(last)) => {
                self.note_hole(last, number.0, now);
                self.last = Some(number.0);
            }
        }
        place
    }

    fn note_hole(&mut self, last: u64, number: u64, now: Moment) {
        let lost = number.saturating_sub(last).saturating_sub(1);
        if lost > MISSING_MAX {
            self.forget_missing();
            self.acknowledged = number.saturating_sub(1);
            return;
        }
        let unasked = Missing { asks: 0, next_ask: now + FIRST_ASK };
        self.missing.extend((last.saturating_add(1)..number).map(|n| (n, unasked)));
        while self.missing.len() > usize::try_from(MISSING_MAX).unwrap_or(usize::MAX) {
            self.missing.pop_first();
        }
    }

    /// The highest number that has come; zero before the first.
    pub(crate) fn last(&self) -> Sequence {
        Sequence(self.last.unwrap_or(0))
    }

    /// Has a message of this life come?
    pub(crate) fn has_begun(&self) -> bool {
        self.last.is_some()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// That number will never come. True when it was missing.
    pub(crate) fn give_up(&mut self, number: Sequence) -> bool {
        self.missing.remove(&number.0).is_some()
    }

    /// The peer is gone: nobody is there to be asked.
    pub(crate) fn forget_missing(&mut self) {
        self.missing.clear();
        self.asked = false;
    }

    /// The number to acknowledge now, if one has become due. `trigger` (0 to 9) spreads the acknowledgements of several
    /// nodes. An acknowledgement says that nothing up to its number is missing, so the highest one stands for all.
    pub(crate) fn due_ack(&mut self, trigger: u64) -> Option<Sequence> {
        let whole = match self.missing.first_key_value() {
            Some((first, _)) => first.saturating_sub(1),
            None => self.last?,
        };
        let back = (whole % ACK_EVERY + ACK_EVERY - trigger % ACK_EVERY) % ACK_EVERY;
        let number = whole.checked_sub(back)?;
        if number <= self.acknowledged {
            return None;
        }
        self.acknowledged = number;
        Some(Sequence(number))
    }

    /// What is to be asked for at this moment; counts it as asked.
    pub(crate) fn requests(&mut self, now: Moment) -> Requests {
        let mut requests = Requests::default();
        if now < self.pause_until {
            return requests;
        }
        for (number, missing) in self.missing.iter_mut().filter(|(_, m)| m.next_ask <= now) {
            if missing.asks >= ASKS_MAX {
                requests.gone.push(Sequence(*number));
                continue;
            }
            if requests.ask.len() >= ASKS_AT_ONCE {
                break;
            }
            if missing.asks == 0 {
                note_run(&mut requests.lost, *number);
            }
            missing.asks += 1;
            missing.next_ask = now + ASK_AGAIN;
            requests.ask.push(Sequence(*number));
        }
        for number in &requests.gone {
            self.missing.remove(&number.0);
        }
        if !requests.ask.is_empty() {
            self.asked = true;
            self.pause_until = now + ASK_PAUSE;
        }
        requests
    }

    /// True once after everything that was asked for has come or was given up.
    pub(crate) fn became_complete(&mut self) -> bool {
        self.is_complete() && std::mem::take(&mut self.asked)
    }

    /// When the next request is due.
    pub(crate) fn next_request(&self) -> Option<Moment> {
        self.missing.values().map(|m| m.next_ask).min().map(|at| at.max(self.pause_until))
    }
}

fn note_run(runs: &mut Vec<(Sequence, Sequence)>, number: u64) {
    match runs.last_mut() {
        Some((_, last)) if last.0.saturating_add(1) == number => *last = Sequence(number),
        _ => runs.push((Sequence(number), Sequence(number))),
    }
}

#[cfg(test)]
mod tests;

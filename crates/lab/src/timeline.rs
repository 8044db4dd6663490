//! What the client saw, as a list of answers, and the questions asked of it: gaps, moves, who answers.
//! Not here: the asking; that is prober.rs.

use std::time::{Duration, Instant};

/// One request. `who` is the name on the page, or nothing if no good page came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub asked: Instant,
    /// When the page was complete, or when the request was given up.
    pub done: Instant,
    pub who: Option<String>,
}

/// A time without a good page: from one good page to the next, or to the end of the observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub length: Duration,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// All answers so far, in the order in which they were done.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    pub answers: Vec<Answer>,
}

impl Timeline {
    fn good(&self) -> impl DoubleEndedIterator<Item = (Instant, &str)> {
        self.answers.iter().filter_map(|answer| Some((answer.done, answer.who.as_deref()?)))
    }

    /// The longest time without a good page between the two moments. A gap that began before `from` counts from the
    /// good page before it; one that lasts at `until` counts up to there.
    pub fn longest_gap(&self, from: Instant, until: Instant) -> Gap {
        let last = self.good().rev().find(|(at, _)| *at <= from).map_or((from, None), |(at, who)| (at, Some(who)));
        self.longest(last, from, until)
    }

    /// The same for what came after `from` alone: a gap that began before it counts from `from`.
    pub fn longest_gap_after(&self, from: Instant, until: Instant) -> Gap {
        self.longest((from, None), from, until)
    }

    fn longest<'s>(&'s self, mut last: (Instant, Option<&'s str>), from: Instant, until: Instant) -> Gap {
        let mut longest = Gap { length: Duration::ZERO, before: None, after: None };
        let within = self.good().filter(|(at, _)| *at > from && *at <= until).map(|(at, who)| (at, Some(who)));
        for (at, who) in within.chain([(until, None)]) {
            let length = at.saturating_duration_since(last.0);
            if length > longest.length {
                longest = Gap { length, before: last.1.map(str::to_owned), after: who.map(str::to_owned) };
            }
            last = (at, who);
        }
        longest
    }

    /// From the last good page of anybody else to the first good page of `new`, looking from `from` on; nothing while
    /// `new` has not answered.
    pub fn moved(&self, from: Instant, new: &str) -> Option<Duration> {
        let first = self.good().find(|(at, who)| *at > from && *who == new)?.0;
        let last = self.good().rev().find(|(at, who)| *at <= first && *who != new).map_or(from, |(at, _)| at);
        Some(first.saturating_duration_since(last))
    }

    /// The first good page of `new` after `from`.
    pub fn first(&self, from: Instant, new: &str) -> Option<Instant> {
        self.good().find(|(at, who)| *at > from && *who == new).map(|(at, _)| at)
    }

    /// The last `count` requests since `from` were all answered well, and by `who`.
    pub fn steady(&self, from: Instant, who: &str, count: usize) -> bool {
        let recent = self.answers.iter().rev().take_while(|answer| answer.done > from).take(count);
        recent.filter(|answer| answer.who.as_deref() == Some(who)).count() == count
    }

    /// How many requests done between the two moments got no good page.
    pub fn failed(&self, from: Instant, until: Instant) -> usize {
        self.answers.iter().filter(|a| a.done > from && a.done <= until && a.who.is_none()).count()
    }

    /// Who gave the newest good page.
    pub fn newest(&self) -> Option<&str> {
        self.good().next_back().map(|(_, who)| who)
    }
}

#[cfg(test)]
mod tests;

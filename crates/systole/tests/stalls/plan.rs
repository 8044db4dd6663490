//! What is stopped in one random stop, and when: all of it from a seed and a number, so that it can be done again.
//! Not here: the stopping, and what must not come of it.

use std::fmt;
use std::time::Duration;

const SPAN_MIN: f64 = 0.2;
const SPAN_MAX: f64 = 30.0;

/// A small generator: the seed is all that is needed to do it again.
pub struct Dice(u64);

impl Dice {
    /// Of stop `number`, whoever makes it and whatever was made before.
    pub fn new(seed: u64, number: u32) -> Dice {
        let mut dice = Dice((seed ^ (u64::from(number) << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1));
        // The first few still look like the seed.
        for _ in 0..8 {
            dice.next();
        }
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0.2 to 30 s, each order of magnitude as likely as any other.
    fn span(&mut self) -> Duration {
        Duration::from_secs_f64(SPAN_MIN * (SPAN_MAX / SPAN_MIN).powf(self.share()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Owner,
    Standby,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Heart,
    Hands,
    Both,
}

/// From `begin` to `end` after the start, these processes of one node stand still.
#[derive(Debug, Clone, Copy)]
pub struct Standstill {
    pub who: Who,
    pub part: Part,
    pub begin: Duration,
    pub end: Duration,
}

/// One node, or both: at once, or one some time after the other.
#[derive(Debug)]
pub struct Plan(pub Vec<Standstill>);

impl Plan {
    pub fn roll(dice: &mut Dice) -> Plan {
        let whom: &[Who] = [&[Who::Owner][..], &[Who::Standby], &[Who::Owner, Who::Standby]]
            [usize::try_from(dice.next() % 3).unwrap()];
        let mut stops: Vec<Standstill> = whom
            .iter()
            .map(|who| {
                let part = [Part::Heart, Part::Both, Part::Heart, Part::Both, Part::Hands];
                let part = part[usize::try_from(dice.next() % 5).unwrap()];
                Standstill { who: *who, part, begin: Duration::ZERO, end: dice.span() }
            })
            .collect();
        if let [one, other] = &mut stops[..] {
            let (first, second) = if dice.next().is_multiple_of(2) { (one, other) } else { (other, one) };
            if dice.next().is_multiple_of(2) {
                second.begin = first.end.mul_f64(dice.share());
                second.end += second.begin;
            }
        }
        Plan(stops)
    }

    /// Which kind it is, for the table.
    pub fn kind(&self) -> &'static str {
        match &self.0[..] {
            [one] if one.who == Who::Owner => "the owner",
            [_] => "the standby",
            [one, other] if one.begin == other.begin => "both at once",
            _ => "one, then the other",
        }
    }

    /// For how long no node could serve.
    pub fn nobody(&self) -> Duration {
        let begin = self.0.iter().map(|stop| stop.begin).max().unwrap();
        let end = self.0.iter().map(|stop| stop.end).min().unwrap();
        if self.0.len() < 2 { Duration::ZERO } else { end.saturating_sub(begin) }
    }

    /// How long the heart of the owner stood still.
    pub fn owners_heart(&self) -> Duration {
        let heart = self.0.iter().find(|stop| stop.who == Who::Owner && stop.part != Part::Hands);
        heart.map_or(Duration::ZERO, |stop| stop.end - stop.begin)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, stop) in self.0.iter().enumerate() {
            let who = if stop.who == Who::Owner { "owner" } else { "standby" };
            let part = match stop.part {
                Part::Heart => "heart",
                Part::Hands => "hands",
                Part::Both => "heart and hands",
            };
            let (begin, end) = (stop.begin.as_secs_f64(), stop.end.as_secs_f64());
            write!(f, "{}{who}'s {part} {begin:.1} to {end:.1} s", if number == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

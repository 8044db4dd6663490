//! That nothing has happened: the service where it was, both nodes active, and no word of the contrary in either log.
//! Not here: what was done to them meanwhile.

use crate::pair::{Member, Pair};
use std::time::Instant;

/// What a log says when a peer is judged or a group moves. A node that hears of a number which it never said steps
/// past it with a new life; that moves nothing and is no alarm.
const ALARMS: [&str; 9] = [
    "is dead",
    "Late heartbeat",
    "returning after partition",
    "Both machines own",
    "shutdown notice",
    "Releasing resource group",
    "Acquiring resource group",
    "status dead",
    "panicked",
];

/// A moment from which on all is to stay as it is.
pub struct Calm {
    pub from: Instant,
    said: [usize; 2],
}

impl Calm {
    pub fn from_now(pair: &Pair) -> Calm {
        Calm { from: Instant::now(), said: members(pair).map(|member| member.said().len()) }
    }

    /// Nothing has moved since; `owner` serves.
    pub fn holds(&self, pair: &Pair, owner: &str, what: &str) {
        pair.settled(owner);
        pair.undisturbed(owner, self.from);
        for (member, other) in members(pair).into_iter().zip(["beta", "alpha"]) {
            assert_eq!(member.sees(other), "active", "{what}\n{}", pair.logs());
        }
        for line in self.lines(pair) {
            assert!(!ALARMS.iter().any(|alarm| line.contains(alarm)), "{what}: {line}\n{}", pair.logs());
        }
    }

    /// What both logs have said since.
    pub fn lines(&self, pair: &Pair) -> Vec<String> {
        let mut all = Vec::new();
        for (member, known) in members(pair).into_iter().zip(self.said) {
            all.extend(member.said().get(known..).unwrap_or_default().lines().map(str::to_owned));
        }
        all
    }

    /// How many frames were refused for that reason since, by the lines of both logs, and in how many lines.
    pub fn refused(&self, pair: &Pair, reason: &str) -> (u64, usize) {
        let lines = self.lines(pair);
        let told = lines.iter().filter(|line| line.contains(&format!("frame(s) refused ({reason})")));
        let count = |line: &String| line.split(" frame(s)").next()?.rsplit(' ').next()?.parse::<u64>().ok();
        let counts: Vec<u64> = told.map(|line| count(line).unwrap_or_else(|| panic!("no count in {line}"))).collect();
        (counts.iter().sum(), counts.len())
    }
}

fn members(pair: &Pair) -> [&Member; 2] {
    [&pair.alpha, &pair.beta]
}

//! Holds back a line that repeats: three within ten seconds pass, the rest are counted and told once.
//! Not here: clocks; the caller says what time it is.

use crate::bridge::Level;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a line is watched for repeats.
pub const WINDOW: Duration = Duration::from_secs(10);
/// How many equal lines pass within it.
const FREE: u64 = 3;
/// How many different lines are watched at once; the oldest is forgotten first.
const WATCHED: usize = 64;

/// The lines seen lately.
#[derive(Debug, Default)]
pub struct Limit {
    seen: BTreeMap<(Level, String), Seen>,
}

#[derive(Debug)]
struct Seen {
    since: Instant,
    times: u64,
}

impl Limit {
    /// May this line be written?
    pub fn pass(&mut self, now: Instant, level: Level, text: &str) -> bool {
        let key = (level, text.to_owned());
        if let Some(seen) = self.seen.get_mut(&key) {
            seen.times += 1;
            return seen.times <= FREE;
        }
        if self.seen.len() >= WATCHED {
            // Only lines that hold nothing back may be forgotten; if all do, this one simply passes unwatched.
            let oldest = self.seen.iter().filter(|(_, s)| s.times <= FREE).min_by_key(|(_, s)| s.since);
            match oldest.map(|(key, _)| key.clone()) {
                Some(oldest) => self.seen.remove(&oldest),
                None => return true,
            };
        }
        self.seen.insert(key, Seen { since: now, times: 1 });
        true
    }

    /// The lines whose window is over and that held something back, with the count in the text. Their windows end.
    pub fn due(&mut self, now: Instant) -> Vec<(Level, String)> {
        let mut told = Vec::new();
        self.seen.retain(|(level, text), seen| {
            let over = now.saturating_duration_since(seen.since) >= WINDOW;
            if over && seen.times > FREE {
                let more = seen.times - FREE;
                told.push((*level, format!("(repeated {more} more time{}) {text}", if more == 1 { "" } else { "s" })));
            }
            !over
        });
        told
    }

    /// When [`Limit::due`] will have something to tell.
    pub fn next_due(&self) -> Option<Instant> {
        self.seen.values().filter(|seen| seen.times > FREE).map(|seen| seen.since + WINDOW).min()
    }
}

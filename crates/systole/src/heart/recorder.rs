//! What goes into the recording, and when a new file of it begins. Costs a copy and a line of JSON a turn, only if on.
//! Not here: files; hands writes them (hands/record.rs).

use super::hands::Hands;
use crate::bridge::Level;
use systole_core::record::{Entry, FORMAT, Head, Origin, Turn};
use systole_core::{Cluster, Identity, Input, Moment, Output, Settings};
use systole_sys::wait;

/// Bytes of one file; the next begins with a picture of everything the core knows.
const SEGMENT_MAX: usize = 16 << 20;
/// More than this unread by hands: turns are left out and counted. Jobs and answers must get through before them.
const UNREAD_MAX: usize = 1 << 20;

pub struct Recorder {
    on: bool,
    /// The first head, until it is said.
    start: Option<Origin>,
    /// A new file is wanted, because turns are missing or the present one is full.
    afresh: bool,
    lost: u64,
    bytes: usize,
    /// The hands that has the head.
    hands_life: u64,
}

impl Recorder {
    pub fn new(on: bool, settings: &Settings, identity: &Identity, at: Moment) -> Recorder {
        let origin = || Origin::Start { settings: Box::new(settings.clone()), identity: identity.clone(), at };
        Recorder { on, start: on.then(origin), afresh: true, lost: 0, bytes: 0, hands_life: 0 }
    }

    /// Before the core takes an input: the turn to be filled, or nothing when it is not recorded.
    pub fn begin(&mut self, core: &Cluster, hands: &mut Hands, at: Moment, input: &Input) -> Option<Turn> {
        if !self.on {
            return None;
        }
        let room = if self.afresh { UNREAD_MAX / 2 } else { UNREAD_MAX };
        if hands.unread().is_none_or(|unread| unread > room) {
            self.afresh = true;
            self.lost += 1;
            self.start = None;
            return None;
        }
        if self.afresh || self.bytes > SEGMENT_MAX || self.hands_life != hands.life() {
            self.head(core, hands);
        }
        self.on.then(|| Turn { at, input: input.clone(), outputs: Vec::with_capacity(2) })
    }

    /// After the last output of the turn.
    pub fn end(&mut self, hands: &mut Hands, turn: Turn) {
        self.say(hands, &Entry::Turn(turn));
    }

    /// Hands could not write, and left out so many lines.
    pub fn again(&mut self, lost: u64) {
        self.afresh = true;
        self.lost += lost;
    }

    fn head(&mut self, core: &Cluster, hands: &mut Hands) {
        if self.lost > 0 && self.hands_life == hands.life() {
            let why = format!("a gap of {} inputs or more follows; the next file begins behind it", self.lost);
            self.say(hands, &Entry::End { why });
        }
        let again = self.hands_life != 0 && self.hands_life != hands.life();
        let middle = || {
            // What an earlier hands had not yet written when it ended, nobody knows; it is at least this.
            Origin::Middle { lost: self.lost.max(u64::from(again)), cluster: Box::new(core.clone()) }
        };
        let origin = self.start.take().unwrap_or_else(middle);
        let program = env!("CARGO_PKG_VERSION").to_owned();
        (self.afresh, self.lost, self.bytes, self.hands_life) = (false, 0, 0, hands.life());
        self.say(hands, &Entry::Head(Box::new(Head { format: FORMAT, program, at_ms: wait::wall_ms(), origin })));
    }

    fn say(&mut self, hands: &mut Hands, entry: &Entry) {
        match hands.record(entry) {
            Ok(bytes) => self.bytes += bytes,
            Err(why) => {
                self.on = false;
                hands.log(Level::Warn, format!("Recording ends, the node runs on: {why}."));
            }
        }
    }
}

/// Keeps an output of a turn that is recorded.
pub fn keep(turn: &mut Option<Turn>, output: &Output) {
    if let Some(turn) = turn {
        turn.outputs.push(output.clone());
    }
}

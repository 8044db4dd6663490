//! Troubles that come and go by turns: bursts, flapping cables, a starved or flooded heart, a clone that goes on speaking.
//! Not here: troubles that are simply there (acting.rs).

use crate::clock::MS;
use crate::script::Trouble;
use crate::world::{Happening, World};

/// A trouble with turns that goes on.
#[derive(Debug, Clone)]
pub(crate) struct Rhythm {
    pub(crate) id: u64,
    trouble: Trouble,
    /// Its bad half is on.
    on: bool,
}

impl World {
    pub(crate) fn rhythm_begins(&mut self, trouble: Trouble) {
        let id = self.rhythms.iter().map(|r| r.id).max().unwrap_or(0).max(self.rhythms_begun) + 1;
        self.rhythms_begun = id;
        self.rhythms.push(Rhythm { id, trouble, on: false });
        self.turn(id);
    }

    pub(crate) fn rhythm_ends(&mut self, trouble: Trouble) {
        if let Some(place) = self.rhythms.iter().position(|r| r.trouble == trouble) {
            let rhythm = self.rhythms.remove(place);
            if rhythm.on {
                self.swing(trouble, false);
            }
        }
    }

    /// All of them end at once.
    pub(crate) fn rhythms_end(&mut self) {
        while let Some(rhythm) = self.rhythms.first() {
            self.rhythm_ends(rhythm.trouble);
        }
    }

    /// The next turn of a rhythm, if it still goes on.
    pub(crate) fn turn(&mut self, id: u64) {
        let Some(rhythm) = self.rhythms.iter_mut().find(|r| r.id == id) else { return };
        rhythm.on = !rhythm.on;
        let (trouble, on) = (rhythm.trouble, rhythm.on);
        let span = self.swing(trouble, on);
        self.push(self.now + span, Happening::Turn { id });
    }

    /// One half of a rhythm begins; gives its length.
    fn swing(&mut self, trouble: Trouble, on: bool) -> u64 {
        match trouble {
            Trouble::Bursts { link } => {
                for (from, to) in super::pairs(self.nodes.len()) {
                    self.cut(from, to, link, on);
                }
                if on { self.random.span(300, 2000) } else { self.random.span(300, 10_000) }
            }
            Trouble::Flapping { node, link, ms } => {
                self.pull(node, link, on);
                (ms * MS / 2).max(MS)
            }
            Trouble::Starved { node } => {
                let span = if on { self.random.span(100, 2000) } else { self.random.span(20, 500) };
                if on {
                    self.pause(node, span);
                }
                span
            }
            // Always below what heart itself calls a stall.
            Trouble::Flood { node } => {
                let span = if on { self.random.span(20, 90) } else { self.random.span(1, 20) };
                if on {
                    self.pause(node, span);
                }
                span
            }
            Trouble::OutOfMemory { node } => {
                let span = self.random.span(20, 600);
                if on {
                    self.pause(node, span);
                } else if self.nodes[node].frozen.is_none() && self.random.chance(60) {
                    if self.random.chance(500) { self.kill_heart(node) } else { self.kill_hands(node) }
                }
                span
            }
            Trouble::Clone { node } => {
                self.clone_speaks(node);
                self.keepalive_ns()
            }
            _ => crate::clock::SECOND,
        }
    }
}

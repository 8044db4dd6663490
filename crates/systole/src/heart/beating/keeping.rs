//! The right of this node to its service addresses: it counts from our last beat, because from there the others count
//! our silence, and hands hears of it in time to tell the kernel. A heart that does not run renews nothing.
//! Not here: the kernel's side (hands, native/address/lifetime.rs).

use super::Heart;
use crate::bridge::ToHands;

const SECOND_NS: u64 = 1_000_000_000;

/// When the right was renewed, and when it ends.
#[derive(Debug)]
pub struct Keeping {
    lifetime_ns: Option<u64>,
    /// Moment of our last beat.
    said_ns: u64,
    /// Moment up to which hands was told.
    told_ns: u64,
}

impl Keeping {
    pub fn new(lifetime_s: Option<u32>) -> Keeping {
        let lifetime_ns = lifetime_s.map(|s| u64::from(s) * SECOND_NS);
        Keeping { lifetime_ns, said_ns: 0, told_ns: 0 }
    }

    /// A beat was said.
    pub fn said(&mut self, now_ns: u64) {
        self.said_ns = now_ns;
    }

    /// Something is about to be started.
    pub fn begin(&mut self, now_ns: u64) {
        (self.said_ns, self.told_ns) = (now_ns, 0);
    }

    /// Another hands is there, which knows of no right.
    pub fn renew(&mut self) {
        self.told_ns = 0;
    }

    /// The kernel has taken the addresses away by now, or is about to.
    pub fn lapsed(&self, now_ns: u64) -> bool {
        self.lifetime_ns.is_some_and(|lifetime| self.told_ns > 0 && now_ns >= self.told_ns + lifetime)
    }

    /// Is it time to tell hands? A quarter of a lifetime is early enough for a hands that is busy. Where nothing expires it
    /// is told once, so that one that was started anew knows what it found to be ours.
    fn is_due(&self) -> bool {
        self.told_ns == 0 || self.lifetime_ns.is_some_and(|lifetime| self.said_ns >= self.told_ns + lifetime / 4)
    }
}

impl Heart {
    /// Tells hands what may stay, if that is due and there is anything.
    pub(super) fn keep_addresses(&mut self) {
        if !self.keeping.is_due() {
            return;
        }
        let groups: Vec<_> = self.core.entitled().collect();
        if groups.is_empty() {
            return;
        }
        self.keeping.told_ns = self.keeping.said_ns;
        self.hands.say(&ToHands::Keep { groups, since_ns: self.keeping.said_ns });
    }
}

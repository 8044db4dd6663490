//! Chance from a seed: the same numbers on every machine and in every build.
//! Not here: what is done with it.

use crate::clock::MS;

/// A small generator (splitmix64). Good enough for misfortune, of no use for secrets.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
    steady: bool,
}

impl Random {
    /// Every seed gives its own sequence, also those next to each other.
    pub fn new(seed: u64) -> Random {
        Random { state: seed ^ 0x5359_5354_4f4c_4531, steady: false }
    }

    /// Spans are no longer thrown: each is the middle of what it may be, above a tenth of a second in whole tenths.
    /// Stories then stay the same when something else begins to throw dice.
    pub fn steady(&mut self) {
        self.steady = true;
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end - 1`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number().checked_rem(end).unwrap_or(0)
    }

    /// A place in something of that length.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A span in nanoseconds from milliseconds `from` to `to`, not always whole ones.
    pub fn span(&mut self, from: u64, to: u64) -> u64 {
        if self.steady {
            let middle = u64::midpoint(from * MS, to * MS);
            return if middle > 100 * MS { middle - middle % (100 * MS) } else { middle };
        }
        from * MS + self.below(to.saturating_sub(from) * MS + 1)
    }
}

//! The monotonic clock of a node: begins somewhere, and runs a little too fast or too slow.
//! Not here: the world's own time, which is nanoseconds from zero.

use systole_core::Moment;

/// A millisecond in nanoseconds.
pub const MS: u64 = 1_000_000;
/// A second in nanoseconds.
pub const SECOND: u64 = 1000 * MS;
const BILLION: u64 = 1_000_000_000;

/// How a node's clock stands to the world's time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Its moment when the world begins, in nanoseconds.
    pub offset: u64,
    /// Its rate error in parts per billion.
    pub error: i64,
    /// For how long it stood still, in nanoseconds of its own.
    pub stood: u64,
}

impl Clock {
    /// What the clock shows at a time of the world.
    pub fn shows(&self, world: u64) -> Moment {
        // Whole seconds and the rest apart, so that no product needs more than 64 bits: clocks are read all the time.
        let (seconds, rest) = ((world / BILLION) as i64, (world % BILLION) as i64);
        let ahead = seconds * self.error + rest * self.error / BILLION as i64;
        Moment((self.offset + world.saturating_add_signed(ahead)).saturating_sub(self.stood))
    }

    /// How much it counts in a span of the world.
    pub(crate) fn length_of(&self, span: u64) -> u64 {
        let length = i128::from(span) + i128::from(span) * i128::from(self.error) / i128::from(BILLION);
        u64::try_from(length).unwrap_or(0)
    }

    /// The first time of the world at which the clock shows that moment.
    pub fn reaches(&self, moment: Moment) -> u64 {
        let span = (moment.0 + self.stood).saturating_sub(self.offset);
        if self.error == 0 {
            return span;
        }
        // In two parts, so that no product needs more than 64 bits.
        let rate = BILLION.saturating_add_signed(self.error);
        let guess = span / rate * BILLION + span % rate * BILLION / rate;
        (guess.saturating_sub(2)..guess.saturating_add(4)).find(|at| self.shows(*at) >= moment).unwrap_or(guess)
    }
}

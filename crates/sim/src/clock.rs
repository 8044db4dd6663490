//! The monotonic clock of a node: begins somewhere, and runs a little too fast or too slow.
//! Not here: the world's own time, which is nanoseconds from zero.

use systole_core::Moment;

/// A millisecond in nanoseconds.
pub const MS: u64 = 1_000_000;
/// A second in nanoseconds.
pub const SECOND: u64 = 1000 * MS;
const BILLION: i128 = 1_000_000_000;

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
        let shown = i128::from(world) + i128::from(world) * i128::from(self.error) / BILLION;
        Moment((self.offset + u64::try_from(shown).unwrap_or(0)).saturating_sub(self.stood))
    }

    /// How much it counts in a span of the world.
    pub(crate) fn length_of(&self, span: u64) -> u64 {
        let length = i128::from(span) + i128::from(span) * i128::from(self.error) / BILLION;
        u64::try_from(length).unwrap_or(0)
    }

    /// The first time of the world at which the clock shows that moment.
    pub fn reaches(&self, moment: Moment) -> u64 {
        let span = i128::from((moment.0 + self.stood).saturating_sub(self.offset));
        let guess = u64::try_from(span * BILLION / (BILLION + i128::from(self.error))).unwrap_or(u64::MAX / 2);
        (guess.saturating_sub(2)..guess.saturating_add(4)).find(|at| self.shows(*at) >= moment).unwrap_or(guess)
    }
}

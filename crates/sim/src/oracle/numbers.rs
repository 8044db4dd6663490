//! Numbers of messages in their order, the newest thousand of a node, with something to each.
//! Not here: what is judged by them.

use std::collections::VecDeque;
use systole_core::{Generation, Sequence};

/// So many are kept.
const NUMBERS_MAX: usize = 1000;

/// Nearly all come in their order, and nearly all questions are about the newest ones.
#[derive(Debug, Clone)]
pub(crate) struct Numbers<T>(VecDeque<((Generation, Sequence), T)>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Numbers(VecDeque::new())
    }
}

impl<T> Numbers<T> {
    /// Where that number is, or belongs.
    fn place(&self, number: (Generation, Sequence)) -> Result<usize, usize> {
        match self.0.back() {
            Some((newest, _)) if *newest == number => Ok(self.0.len() - 1),
            Some((newest, _)) if *newest > number => self.0.binary_search_by(|(known, _)| known.cmp(&number)),
            _ => Err(self.0.len()),
        }
    }

    /// Notes it, unless it is known.
    pub(crate) fn note(&mut self, number: (Generation, Sequence), value: T) {
        let Err(place) = self.place(number) else { return };
        self.0.insert(place, (number, value));
        if self.0.len() > NUMBERS_MAX {
            self.0.pop_front();
        }
    }

    /// Notes it, whatever was known of it.
    pub(crate) fn overwrite(&mut self, number: (Generation, Sequence), value: T) {
        if let Ok(place) = self.place(number) {
            self.0.remove(place);
        }
        self.note(number, value);
    }

    pub(crate) fn get(&self, number: (Generation, Sequence)) -> Option<&T> {
        self.place(number).ok().map(|place| &self.0[place].1)
    }

    /// The oldest one that is known.
    pub(crate) fn first(&self) -> Option<(Generation, Sequence)> {
        self.0.front().map(|(number, _)| *number)
    }

    /// The one before it in the same life.
    pub(crate) fn before(&self, number: (Generation, Sequence)) -> Option<(Generation, Sequence)> {
        let place = self.place(number).unwrap_or_else(|place| place);
        let (before, _) = self.0.get(place.checked_sub(1)?)?;
        Some(*before).filter(|before| before.0 == number.0)
    }
}

#[cfg(test)]
mod tests;

//! Heartbeat's two bits, turned so that nobody has to ask whose view they are in.
//! Not here: what is done with them.

use crate::message::Hold;
use serde::{Deserialize, Serialize};

/// A set of the two halves of haresources, named by whose home they are. The peer's `local` is our `theirs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Halves {
    /// Groups whose home is this node.
    pub(crate) ours: bool,
    /// All other groups.
    pub(crate) theirs: bool,
}

impl Halves {
    pub(crate) const NONE: Halves = Halves { ours: false, theirs: false };
    pub(crate) const OURS: Halves = Halves { ours: true, theirs: false };
    pub(crate) const THEIRS: Halves = Halves { ours: false, theirs: true };
    pub(crate) const ALL: Halves = Halves { ours: true, theirs: true };

    /// What we mean by the word.
    pub(crate) fn as_we_say(hold: Hold) -> Halves {
        match hold {
            Hold::None => Halves::NONE,
            Hold::Local => Halves::OURS,
            Hold::Foreign => Halves::THEIRS,
            Hold::All => Halves::ALL,
        }
    }

    /// What the peer means by the word.
    pub(crate) fn as_they_say(hold: Hold) -> Halves {
        Halves::as_we_say(hold).mirrored()
    }

    fn mirrored(self) -> Halves {
        Halves { ours: self.theirs, theirs: self.ours }
    }

    /// The word, as we say it.
    pub(crate) fn in_our_words(self) -> Hold {
        match (self.ours, self.theirs) {
            (false, false) => Hold::None,
            (true, false) => Hold::Local,
            (false, true) => Hold::Foreign,
            (true, true) => Hold::All,
        }
    }

    /// The word, as the peer says it.
    pub(crate) fn in_their_words(self) -> Hold {
        self.mirrored().in_our_words()
    }

    pub(crate) fn and(self, other: Halves) -> Halves {
        Halves { ours: self.ours && other.ours, theirs: self.theirs && other.theirs }
    }

    pub(crate) fn or(self, other: Halves) -> Halves {
        Halves { ours: self.ours || other.ours, theirs: self.theirs || other.theirs }
    }

    pub(crate) fn minus(self, other: Halves) -> Halves {
        Halves { ours: self.ours && !other.ours, theirs: self.theirs && !other.theirs }
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Halves::NONE
    }

    /// Is the half of a group in it? `is_ours`: its home is this node.
    pub(crate) fn has(self, is_ours: bool) -> bool {
        if is_ours { self.ours } else { self.theirs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peers_local_is_our_foreign() {
        assert_eq!(Halves::as_they_say(Hold::Local), Halves::as_we_say(Hold::Foreign));
        assert_eq!(Halves::as_they_say(Hold::All), Halves::ALL);
        for hold in [Hold::None, Hold::Local, Hold::Foreign, Hold::All] {
            assert_eq!(Halves::as_we_say(hold).in_our_words(), hold);
            assert_eq!(Halves::as_they_say(hold).in_their_words(), hold);
        }
    }

    #[test]
    fn sets_behave_like_sets() {
        assert_eq!(Halves::ALL.minus(Halves::OURS), Halves::THEIRS);
        assert_eq!(Halves::OURS.or(Halves::THEIRS), Halves::ALL);
        assert!(Halves::OURS.and(Halves::THEIRS).is_empty());
        assert!(Halves::OURS.has(true) && !Halves::OURS.has(false));
    }
}

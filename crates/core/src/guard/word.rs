//! The word of one peer in one life of it: how far it was heard, and what it said last of each group.
//! Not here: which life counts (witness.rs).

use crate::beat::{Beat, ClaimState};
use crate::message::{Body, Hold, Message};
use crate::names::{Generation, GroupId, Sequence};
use crate::time::Moment;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Word {
    pub(super) life: Generation,
    /// The highest number heard.
    pub(super) top: u64,
    /// Which of the numbers up to it were heard: bit `n` stands for `top - n`.
    seen: u128,
    /// When its newest beat came; moved on by stalls of ours.
    pub(super) at: Moment,
    /// Number of the newest beat.
    said: u64,
    claims: Vec<(GroupId, ClaimState)>,
    halves: Halves,
}

/// What a Heartbeat says that it holds: groups whose home is this node, and all others.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Halves {
    ours: bool,
    theirs: bool,
    /// It offered these and has not yet let go.
    offered: Option<Hold>,
    /// It answers to what we say now, so it is no recording.
    answers: bool,
}

impl Word {
    /// A life begins with a beat.
    pub(super) fn begun(message: &Message, number: (Generation, Sequence), now: Moment) -> Option<Word> {
        if !matches!(message.body, Body::Status { .. }) {
            return None;
        }
        let (life, top) = (number.0, number.1.0);
        let mut word = Word { life, top, seen: 0, at: now, said: top, claims: Vec::new(), halves: Halves::default() };
        word.advance(message, top, now);
        Some(word)
    }

    /// Its newest message.
    pub(super) fn advance(&mut self, message: &Message, number: u64, now: Moment) {
        let steps = u32::try_from(number.saturating_sub(self.top)).unwrap_or(u32::MAX);
        self.seen = self.seen.checked_shl(steps).unwrap_or(0) | 1;
        self.top = number;
        match &message.body {
            Body::Status { beat, .. } => {
                self.at = now;
                self.said = number;
                self.claim(beat.as_deref());
            }
            Body::Resource { hold, full, .. } => self.halves.report(*hold, *full),
            Body::AskResources { hold, info } => self.halves.hand_over(*hold, info),
            _ => {}
        }
    }

    fn claim(&mut self, beat: Option<&Beat>) {
        self.claims.clear();
        if let Some(beat) = beat {
            self.claims.extend(beat.claims.iter().map(|c| (c.group, c.state)));
        }
    }

    /// It was overtaken, but not by a beat: what it claims is still the newest word. It is no sign of life.
    pub(super) fn supplement(&mut self, message: &Message, number: u64) {
        if let Body::Status { beat: Some(beat), .. } = &message.body
            && number > self.said
        {
            self.said = number;
            self.claim(Some(beat));
        }
    }

    /// A number that is not above the highest: was it heard before? One too far back to be known counts as new.
    pub(super) fn was_heard(&mut self, number: u64) -> bool {
        let back = u32::try_from(self.top.saturating_sub(number)).unwrap_or(u32::MAX);
        let Some(bit) = 1_u128.checked_shl(back) else { return false };
        let before = self.seen & bit != 0;
        self.seen |= bit;
        before
    }

    /// It acknowledged something that only this life of ours has said.
    pub(super) fn answers(&mut self) {
        self.halves.answers = true;
    }

    /// Its standing towards a group, by its own last word.
    pub(super) fn state(&self, group: GroupId, at_home: bool, judges_halves: bool) -> ClaimState {
        if let Some((_, state)) = self.claims.iter().find(|(g, _)| *g == group) {
            return *state;
        }
        let half = if at_home { self.halves.ours } else { self.halves.theirs };
        let told = judges_halves && self.claims.is_empty() && self.halves.answers && half;
        if told { ClaimState::Running } else { ClaimState::Idle }
    }
}

impl Halves {
    fn report(&mut self, hold: Hold, full: bool) {
        // Its `local` are the groups at home there.
        let (theirs, ours) = (matches!(hold, Hold::Local | Hold::All), matches!(hold, Hold::Foreign | Hold::All));
        let all = full || hold == Hold::None;
        (self.ours, self.theirs) = if all { (ours, theirs) } else { (self.ours || ours, self.theirs || theirs) };
    }

    fn hand_over(&mut self, hold: Hold, info: &str) {
        match info {
            "me" => self.offered = Some(hold),
            "done" => match self.offered.take() {
                Some(Hold::All) => (self.ours, self.theirs) = (false, false),
                Some(Hold::Local) => self.theirs = false,
                Some(Hold::Foreign) => self.ours = false,
                Some(Hold::None) | None => {}
            },
            _ => {}
        }
    }
}

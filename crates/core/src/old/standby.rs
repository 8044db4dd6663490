//! The three-phase standby (spec/WIRE.md 8.4), from both sides.
//! Not here: releasing and acquiring, which take their time between the steps.

use super::{Halves, Old, PATIENCE};
use crate::message::Body;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long Heartbeat grants the scripts of a standby (7.2).
const SCRIPTS: Duration = Duration::from_secs(3600);

/// What nobody answers is asked for after ever longer pauses, from ten seconds to ten minutes.
const PAUSE_DOUBLINGS: u32 = 6;

/// How far a handover has come. The halves are those that change hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Handover {
    None,
    /// We said `me` and wait for `other`.
    Asked {
        halves: Halves,
        at: Moment,
    },
    /// It said `other`; we release.
    Giving {
        halves: Halves,
    },
    /// We said `done`; it acquires.
    Given {
        halves: Halves,
        at: Moment,
    },
    /// It said `me`, we said `other`; it releases.
    Taking {
        halves: Halves,
        at: Moment,
    },
    /// It said `done`; we acquire.
    Acquiring {
        halves: Halves,
    },
}

impl Handover {
    /// While we give, what we hold changes.
    pub(super) fn unsettles(self) -> bool {
        matches!(self, Handover::Giving { .. })
    }

    pub(super) fn deadline(self) -> Option<Moment> {
        match self {
            Handover::Asked { at, .. } => Some(at + PATIENCE),
            Handover::Given { at, .. } | Handover::Taking { at, .. } => Some(at + SCRIPTS),
            Handover::None | Handover::Giving { .. } | Handover::Acquiring { .. } => None,
        }
    }
}

/// Why a handover cannot begin now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    PeerInFlux,
    WeInFlux,
    UnderWay,
    PeerLeaving,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::PeerInFlux => "the other side has not settled yet; try again when it has",
            Refusal::WeInFlux => "this node has not settled yet; try again when it has",
            Refusal::UnderWay => "another handover is under way; try again when it is over",
            Refusal::PeerLeaving => "the other side is shutting down",
        })
    }
}

impl Old {
    /// May a handover begin?
    ///
    /// # Errors
    /// The guard that says no.
    pub(crate) fn guard(&self, now: Moment) -> Result<(), Refusal> {
        if self.leaving {
            Err(Refusal::PeerLeaving)
        } else if self.phase != super::Phase::Stable {
            Err(Refusal::WeInFlux)
        } else if self.handover != Handover::None {
            Err(Refusal::UnderWay)
        } else if !self.stable || self.is_healing(now) {
            Err(Refusal::PeerInFlux)
        } else {
            Ok(())
        }
    }

    /// We want to give: what to say.
    ///
    /// # Errors
    /// As [`Old::guard`].
    pub(crate) fn offer(&mut self, halves: Halves, now: Moment) -> Result<Body, Refusal> {
        self.guard(now)?;
        self.handover = Handover::Asked { halves, at: now };
        self.pause_until = Some(now + PATIENCE.saturating_mul(1 << self.unanswered.min(PAUSE_DOUBLINGS)));
        Ok(ask(halves.in_our_words(), "me"))
    }

    /// The peer wants to give (`me`): the answer, or silence, which it takes for a no.
    pub(crate) fn accept(&mut self, halves: Halves, now: Moment) -> Option<Body> {
        self.guard(now).ok()?;
        self.requested = None;
        self.handover = Handover::Taking { halves, at: now };
        Some(ask(halves.in_their_words(), "other"))
    }

    /// The peer takes what we offered (`other`). True: release now.
    pub(crate) fn accepted(&mut self) -> Option<Halves> {
        let Handover::Asked { halves, .. } = self.handover else { return None };
        self.handover = Handover::Giving { halves };
        self.right = self.right.minus(halves);
        self.received = self.received.minus(halves);
        if halves.theirs {
            self.due = false;
        }
        Some(halves)
    }

    /// Nothing of it runs here any more: what to say.
    pub(crate) fn released(&mut self, now: Moment) -> Option<Body> {
        let Handover::Giving { halves } = self.handover else { return None };
        self.handover = Handover::Given { halves, at: now };
        Some(ask(halves.in_our_words(), "done"))
    }

    /// `done` from the peer: the halves that it released to us, or that it has taken from us.
    pub(crate) fn done(&mut self) -> Option<Step> {
        match self.handover {
            Handover::Taking { halves, .. } => {
                self.handover = Handover::Acquiring { halves };
                self.claimed = self.claimed.minus(halves);
                self.right = self.right.or(halves);
                self.received = self.received.or(halves);
                if halves.theirs {
                    self.due = false;
                }
                if halves.ours {
                    self.lent = false;
                }
                Some(Step::Acquire(halves))
            }
            Handover::Given { halves, .. } => {
                self.handover = Handover::None;
                self.claimed = self.claimed.or(halves);
                self.pause_until = None;
                self.unanswered = 0;
                Some(Step::Completed(halves))
            }
            _ => None,
        }
    }

    /// What the peer released runs here: what to say.
    pub(crate) fn acquired(&mut self) -> Option<Body> {
        let Handover::Acquiring { halves } = self.handover else { return None };
        self.handover = Handover::None;
        Some(ask(halves.in_their_words(), "done"))
    }

    /// What was waited for did not come in time. The halves of a standby request that nobody answered.
    pub(crate) fn expired(&mut self, now: Moment) -> Option<Halves> {
        if self.handover.deadline().is_none_or(|at| now < at) {
            return None;
        }
        let asked = match self.handover {
            Handover::Asked { halves, .. } => Some(halves),
            _ => None,
        };
        self.unanswered += u32::from(asked.is_some());
        self.handover = Handover::None;
        asked
    }
}

/// What `done` means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Acquire(Halves),
    Completed(Halves),
}

fn ask(hold: crate::message::Hold, info: &str) -> Body {
    Body::AskResources { hold, info: info.to_owned() }
}

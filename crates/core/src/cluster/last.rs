//! What hands may say in this node's name when heart has died without a word and everything is released: a beat with
//! nothing held, and the goodbye, so that nobody has to wait for the dead time.
//! Not here: whether everything is released, keys, sending.

use super::speaking::GOODBYES;
use super::{Cluster, ms};
use crate::beat::{Beat, ClaimState, Fitness};
use crate::message::{Body, Message};
use crate::names::Sequence;

/// So far above our newest number: more than heart says until it gives out the next last words, and so little that
/// nobody takes it for a leap ([`crate::series::JUMP_MAX`]).
const AHEAD: u64 = 64;

impl Cluster {
    /// The goodbye of a heart that dies now. Nothing when there is none to say: a failed stop left something here, or
    /// the goodbye is said already. They hold for
    /// [`Cluster::LAST_WORDS_HOLD`] more messages.
    pub fn last_words(&self) -> Vec<Message> {
        if self.ended || self.farewell_at.is_some() || self.groups.iter().any(|g| g.here == ClaimState::Blocked) {
            return Vec::new();
        }
        let goodbyes = if self.old_peer().is_some() { 1 } else { GOODBYES };
        let first = self.sequence.0.saturating_add(AHEAD);
        let numbers = (0..).map(|step| Sequence(first.saturating_add(step)));
        let bodies = (0..goodbyes).flat_map(|_| [self.last_status(), Body::ShutDone]);
        numbers.zip(bodies).map(|(number, body)| self.message(None, Some(number), body)).collect()
    }

    /// After so many messages the last words have to be made anew.
    pub const LAST_WORDS_HOLD: u64 = AHEAD / 4;

    fn last_status(&self) -> Body {
        let mut claims: Vec<_> = self.groups.iter().map(|g| g.claim(Fitness::Unable)).collect();
        for claim in claims.iter_mut().filter(|claim| claim.state != ClaimState::Idle) {
            // Not an orderly end: who restarts and dies again and again with a group shall not get it each time.
            if claim.state.runs() {
                claim.fitness = Fitness::Failed;
            }
            (claim.state, claim.to) = (ClaimState::Idle, None);
        }
        Body::Status {
            state: self.state,
            deadtime_ms: Some(ms(self.settings.timing.deadtime())),
            flow_control: true,
            beat: Some(std::sync::Arc::new(Beat { leaving: true, claims, ..self.beat() })),
        }
    }
}

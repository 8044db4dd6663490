//! The last words of this node, left with hands: what it says when heart has died without one and all is released.
//! Not here: what they are (core, cluster/last.rs), saying them (hands, last.rs).

use super::Heart;
use crate::bridge::ToHands;
use systole_core::{Beat, Body, Claim, Cluster, Generation, Message};

/// What was left with hands.
#[derive(Debug, Default)]
pub struct Words {
    told: Option<Vec<Message>>,
}

impl Words {
    /// Another hands is there, which knows of none.
    pub fn renew(&mut self) {
        self.told = None;
    }

    /// Would hands say something else, or with numbers that are no longer the newest?
    fn is_stale(&self, new: &[Message]) -> bool {
        let Some(told) = &self.told else { return true };
        if told.len() != new.len() {
            return true;
        }
        let (Some(old), Some(new)) = (told.first(), new.first()) else { return false };
        let passed = new.sequence.unwrap_or_default().0.saturating_sub(old.sequence.unwrap_or_default().0);
        said(old) != said(new) || passed >= Cluster::LAST_WORDS_HOLD
    }
}

fn said(message: &Message) -> Option<(Option<Generation>, &[Claim])> {
    let Body::Status { beat: Some(beat), .. } = &message.body else { return None };
    let Beat { claims, .. } = beat.as_ref();
    Some((message.generation, claims))
}

impl Heart {
    /// Leaves other last words with hands, if the ones before do not hold any more.
    pub(super) fn leave_last_words(&mut self) {
        if self.farewell_ns.is_some() {
            return;
        }
        let messages = self.core.last_words();
        if self.words.is_stale(&messages) {
            self.hands.say(&ToHands::LastWords { messages: messages.clone() });
            self.words.told = Some(messages);
        }
    }
}

//! Messages between the hands of two nodes: passed on after they were authenticated, few enough to cost the beats nothing.
//! Not here: what they mean (hands, comparing.rs; decisions/0020). The core never sees them.

use super::Heart;
use crate::bridge::{Level, ToHands};
use std::collections::BTreeMap;
use systole_core::{Body, Message, NodeName};
use systole_sys::wait;
use systole_wire::{Stamp, message};

/// Of each node no more than one question and one answer in so long. What comes over a second medium is the same again.
const PAUSE_NS: u64 = 10_000_000;

/// When something was last passed on.
#[derive(Debug, Default)]
pub struct Relay {
    /// By node, questions and answers apart. Only nodes of ha.cf stand here.
    passed_ns: BTreeMap<(NodeName, bool), u64>,
    said_ns: [u64; 2],
}

impl Relay {
    fn passes(&mut self, from: &NodeName, asks: bool, now_ns: u64) -> bool {
        let last = self.passed_ns.entry((from.clone(), asks)).or_default();
        let passes = now_ns >= *last + PAUSE_NS;
        if passes {
            *last = now_ns;
        }
        passes
    }
}

impl Heart {
    /// True when that message is for hands, or for the hands of another node, and nothing for the core.
    pub(super) fn relayed(&mut self, message: &Message) -> bool {
        let asks = match message.body {
            Body::AskLines { .. } => true,
            Body::Lines { .. } => false,
            _ => return false,
        };
        let core = &self.configuration.core;
        let ours =
            message.to.as_ref() == Some(&core.me) && message.from != core.me && core.nodes.contains(&message.from);
        if ours && self.relay.passes(&message.from, asks, wait::monotonic_ns()) {
            self.hands.say(&ToHands::Lines { from: message.from.clone(), body: message.body.clone() });
        }
        true
    }

    /// Says something of hands to the hands of another node. Only on networks: on a serial line it would hold up the beats.
    pub(super) fn say_lines(&mut self, to: NodeName, body: Body) {
        let now_ns = wait::monotonic_ns();
        let last = &mut self.relay.said_ns[usize::from(matches!(body, Body::AskLines { .. }))];
        if !matches!(body, Body::AskLines { .. } | Body::Lines { .. }) || now_ns < *last + PAUSE_NS / 2 {
            return;
        }
        *last = now_ns;
        let message = Message {
            from: self.configuration.core.me.clone(),
            uuid: Some(self.uuid),
            to: Some(to),
            to_uuid: None,
            generation: Some(self.core.generation()),
            sequence: None,
            body,
        };
        let stamp = Stamp { sent_at_s: (wait::wall_ms() / 1000).max(1), load: String::new(), ttl: self.ttl() };
        match message::encode(&message, &stamp) {
            Ok(frame) => {
                let changes = self.media.send_datagrams(&frame, &self.keys);
                self.changes.extend(changes);
            }
            Err(e) => self.hands.log(Level::Error, e.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_flood_and_a_second_copy_pass_once_in_ten_milliseconds() {
        let (mut relay, beta) = (Relay::default(), NodeName::new("beta").unwrap());
        let start = 1_000_000_000;
        let passed = (0..1000).filter(|n| relay.passes(&beta, true, start + n * 100_000)).count();
        assert_eq!(passed, 10);
        assert!(relay.passes(&beta, false, start), "answers are counted apart");
        assert!(relay.passes(&NodeName::new("gamma").unwrap(), true, start));
    }
}

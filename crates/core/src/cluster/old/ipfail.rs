//! What Heartbeat's ipfail does, beside a Heartbeat: of two nodes the one that reaches fewer ping nodes gives up
//! (spec/WIRE.md section 10). Not here: the pings themselves (pings.rs).

use super::super::Cluster;
use crate::message::Body;
use crate::names::NodeName;
use crate::old::{Halves, Old};
use std::time::Duration;

/// The name of the program, whose part we play.
const IPFAIL: &str = "ipfail";
/// ipfail's own delay between being told and giving up; the other side may find out meanwhile that it is no better off.
const DELAY: Duration = Duration::from_secs(1);

impl Cluster {
    /// ipfail asks whether it has a counterpart before it says anything.
    pub(super) fn answer_client(&mut self, from: &NodeName, client: String, asker: String) {
        let online = client == IPFAIL && !self.settings.pings.is_empty();
        self.say_to(from, Body::RespondClient { client, asker, online });
    }

    /// The other side says how many it reaches. Without ping nodes of our own we know nothing and say nothing.
    pub(super) fn compare_pings(&mut self, old: &mut Old, from: &NodeName, theirs: u64) {
        let ours = u64::try_from(self.reached_pings()).unwrap_or(u64::MAX);
        if self.settings.pings.is_empty() {
            return;
        }
        if ours > theirs {
            self.say_to(from, Body::YouAreDead);
        } else if ours == theirs {
            old.poor_since = None;
            self.say_to(from, Body::AbortGiveup);
        } else {
            old.poor_since = old.poor_since.or(Some(self.now));
        }
    }

    /// Tells a change, and gives up once we have been the poorer side for the delay.
    pub(super) fn weigh_pings(&mut self, old: &mut Old) {
        if std::mem::take(&mut self.pings_changed)
            && let Some(peer) = self.old_peer().cloned()
        {
            let count = u64::try_from(self.reached_pings()).unwrap_or(u64::MAX);
            self.say_to(&peer, Body::PingCount { count });
        }
        if self.reached_pings() == self.settings.pings.len() {
            old.poor_since = None;
        }
        let due = old.poor_since.is_some_and(|since| self.now.since(since) >= DELAY);
        if due && old.guard(self.now).is_ok() && !old.right.is_empty() {
            old.poor_since = None;
            old.lent |= old.right.ours;
            self.offer(old, Halves::ALL);
        }
    }
}

impl Old {
    pub(super) fn gives_up_at(&self) -> Option<crate::time::Moment> {
        self.poor_since.map(|since| since + DELAY)
    }
}

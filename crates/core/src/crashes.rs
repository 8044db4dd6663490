//! Nodes that went down while they held a group, and came back: how often, and what that costs them.
//! Not here: how a crash is noticed (cluster/hearing/lives.rs), who takes the group instead (placement.rs).

use crate::names::NodeName;
use crate::settings::Failback;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The pause doubles with each crash, up to so many times the usual one.
const FACTOR_MAX: u32 = 64;

/// The crashes of other nodes with one group, as seen in this life; at most one entry for each node.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Crashes(BTreeMap<NodeName, Crash>);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Crash {
    count: u32,
    last: Moment,
}

impl Crashes {
    /// The node is back from one. Gives how many there were lately. `stable`: how long a home must have been there before
    /// its group goes back to it.
    pub(crate) fn note(&mut self, node: &NodeName, stable: Duration, now: Moment) -> u32 {
        let count = self.lately(node, stable, now).saturating_add(1);
        self.0.insert(node.clone(), Crash { count, last: now });
        count
    }

    /// After twice the longest pause without another one they are forgotten.
    fn lately(&self, node: &NodeName, stable: Duration, now: Moment) -> u32 {
        let lately = self.0.get(node).filter(|crash| now.since(crash.last) < stable * FACTOR_MAX * 2);
        lately.map_or(0, |crash| crash.count)
    }

    /// Has it ever?
    pub(crate) fn knows(&self, node: &NodeName) -> bool {
        self.0.contains_key(node)
    }

    /// How long it has to be there, fit, before the group goes back to it: `stable` after the first crash, then more.
    pub(crate) fn pause(&self, node: &NodeName, stable: Duration, now: Moment) -> Duration {
        let again = self.lately(node, stable, now).saturating_sub(1);
        stable * 1_u32.checked_shl(again).unwrap_or(FACTOR_MAX).min(FACTOR_MAX)
    }

    /// Should another node rather take the group? With `auto_failback off` after each crash, so that it does not move
    /// back by itself; otherwise from the second one on.
    pub(crate) fn hold_down(&self, node: &NodeName, failback: Failback, stable: Duration, now: Moment) -> bool {
        let enough = if failback == Failback::Off { 1 } else { 2 };
        self.lately(node, stable, now) >= enough
    }

    /// The operator says that it is mended. Gives how many nodes were held down.
    pub(crate) fn forget(&mut self) -> usize {
        std::mem::take(&mut self.0).values().filter(|crash| crash.count > 1).count()
    }
}

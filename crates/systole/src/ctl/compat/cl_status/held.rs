//! What `rscstatus` says: Heartbeat's one word for what a node holds, taken from what really runs here.
//! Not here: single groups (`systole status` names them).

use systole_core::status::GroupStatus;
use systole_core::{ClaimState, NodeState, Status};

/// `none`, `local`, `foreign`, `all` or `transition`.
///
/// A half (the groups that are at home here, and the others) counts when every group of it runs here; one that could
/// not be stopped counts too, as something of it may run. A half of which only a part runs here has no word of
/// Heartbeat's; that is `transition`, like a start or a stop. A group that failed is not held by anybody's wish.
pub fn held(status: &Status) -> &'static str {
    let moving = |group: &GroupStatus| matches!(group.here, ClaimState::Starting | ClaimState::Stopping);
    if !status.hands || status.groups.iter().any(moving) {
        return "transition";
    }
    let (own, others): (Vec<_>, Vec<_>) = status.groups.iter().partition(|group| group.home == status.node);
    match (Half::of(&own), Half::of(&others)) {
        (Half::Part, _) | (_, Half::Part) => "transition",
        (Half::Empty | Half::Free, Half::Empty | Half::Free) => "none",
        (Half::Whole, Half::Whole) | (Half::Empty, Half::Whole) => "all",
        (Half::Free, Half::Whole) => "foreign",
        (Half::Whole, Half::Free) => "local",
        // Everything there is runs here, and it is at home here: both words are true. Heartbeat says `all` when it is
        // alone.
        (Half::Whole, Half::Empty) => {
            let alive = |state| matches!(state, NodeState::Up | NodeState::Active);
            if status.nodes.iter().any(|node| !node.me && alive(node.state)) { "local" } else { "all" }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    /// No group belongs to it.
    Empty,
    /// Nothing of it runs here.
    Free,
    Part,
    Whole,
}

impl Half {
    fn of(groups: &[&GroupStatus]) -> Half {
        let held = groups.iter().filter(|g| matches!(g.here, ClaimState::Running | ClaimState::Blocked)).count();
        match (groups.len(), held) {
            (0, _) => Half::Empty,
            (_, 0) => Half::Free,
            (all, held) if all == held => Half::Whole,
            _ => Half::Part,
        }
    }
}

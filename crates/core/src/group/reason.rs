//! Why a group leaves a node.
//! Not here: whether it does (placement.rs).

use crate::names::NodeName;

/// Why a group is to leave this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Move {
    /// `standby`, `takeover` or `move`.
    Operator,
    /// Its home is back and stable.
    Failback,
    /// An interface of its addresses lost its carrier here.
    NoCarrier,
    /// Fewer ping nodes answer this node than that one, for long enough.
    Unreached { ours: u16, theirs: u16 },
    /// This node is leaving.
    Leaving,
    /// This node did not run for so long that its addresses went away by themselves.
    Lapsed,
    /// Another node holds it too and has the better claim.
    Conflict,
    /// It failed here once too often; how.
    Failed(String),
}

impl Move {
    pub(crate) fn sentence(&self, to: Option<&NodeName>) -> String {
        let to = to.map_or_else(String::new, |n| format!(", to {n}"));
        match self {
            Move::Operator => format!("asked for by the operator{to}"),
            Move::Failback => format!("auto_failback: its home is back and stable{to}"),
            Move::NoCarrier => format!("no carrier on the interface of its address{to}"),
            Move::Unreached { ours, theirs } => {
                format!("{ours} ping node(s) answer this node, {theirs} the other one{to}")
            }
            Move::Leaving => format!("this node is shutting down{to}"),
            Move::Lapsed => format!("this node did not run, and its address has expired{to}"),
            Move::Conflict => format!("held twice after a split, the other side has the better claim{to}"),
            Move::Failed(why) if to.is_empty() => format!("{why}; no other node can take it, so it stops here"),
            Move::Failed(why) => format!("{why}{to}"),
        }
    }
}

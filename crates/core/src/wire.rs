//! What the wire says when it is asked who has a service address (design section 5).
//! Not here: asking it (systole, hands), when to ask (cluster/probing.rs), what follows (safety.rs).

use serde::{Deserialize, Serialize};

/// Whether the wire is asked before a group is taken because of silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Probing {
    /// Nobody is asked: `#@ probe off`, or a group without an address of ours.
    #[default]
    Off,
    /// It is asked and told what it says, and nothing follows.
    Warn,
    /// As long as a machine answers for an address of the group, silence is no ground to take it.
    On,
}

/// What came of asking for all addresses of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// Asked three times, and no machine has answered.
    Silent,
    /// A machine has this address.
    Answered {
        address: String,
        /// Its hardware address, for people.
        by: String,
        /// Does the service answer through the address? Not known where nobody knows how to ask it.
        serves: Option<bool>,
    },
    /// An answer would prove nothing, or none can be had; `why` is for people.
    Useless { why: String },
}

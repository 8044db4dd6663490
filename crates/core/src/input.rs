//! Everything that can happen to the core. One input, then drain the outputs until `SleepUntil`.
//! Not here: what follows from it.

use crate::fastdead::Observed;
use crate::job::{Condition, JobId, Outcome};
use crate::message::Message;
use crate::names::{GroupId, LinkName, NodeName};
use crate::refused::Refusal;
use crate::status::Status;
use crate::wire::Wire;
use serde::{Deserialize, Serialize};

/// One thing that happened. Can be written as one JSON line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// An authentic message arrived. The caller vouches for the authenticity.
    Heard { link: LinkName, message: Message },
    /// A frame that bears the name of a peer, or comes from where it is known to be (`placed`), was refused. It says nothing,
    /// but somebody sent it.
    Refused { link: LinkName, node: NodeName, why: Refusal, placed: bool },
    /// A medium of this node opened or failed; `why` is for people.
    LinkChanged { link: LinkName, open: bool, why: String },
    /// Carrier of a network interface of this node, by kernel event.
    CarrierChanged { interface: String, carrier: bool },
    /// A watched host outside the cluster answered (`ping`), or one of its group did (`ping_group`).
    Pinged { node: NodeName },
    /// Hands is there (again) and has looked at every group.
    HandsUp { found: Vec<(GroupId, Condition)> },
    /// Hands is gone; heart is starting it again.
    HandsDown,
    /// The wire was asked who has the addresses of a group ([`Output::Probe`]), and this came of it.
    ///
    /// [`Output::Probe`]: crate::Output::Probe
    Probed { group: GroupId, wire: Wire },
    /// What hands has on disk of that peer's silences in the last seven days, this life's reports included.
    Gaps { node: NodeName, observed: Observed },
    /// A resource of a group that runs here has failed, by kernel event or by a check; `why` names it. Hands watches the
    /// group no more until it was started again. Of a group that does not run here: one of its warm services, or something
    /// of it comes back here again and again.
    ResourceFailed { group: GroupId, why: String },
    /// A job ended.
    JobDone { id: JobId, group: GroupId, outcome: Outcome },
    /// Somebody asks, by command or signal.
    Asked { id: AskId, ask: Ask },
    /// This process did not run for so long; whatever arrived meanwhile follows before the next `Tick`, and nothing is
    /// taken until then.
    Stalled { for_ms: u64 },
    /// Nobody refreshed the service addresses of this node in time, because it did not run: the kernel has taken them
    /// away, and another node may have what ran here. Follows `Stalled`.
    Lapsed,
    /// The moment of the last `SleepUntil` has come, or any other reason to look at the clock.
    Tick,
}

/// Number of a question, chosen by the asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AskId(pub u64);

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The whole picture.
    Status,
    /// Give these groups to the other side (`hb_standby`).
    Standby { which: Which },
    /// Take these groups from the other side (`hb_takeover`).
    Takeover { which: Which },
    /// Move one group, named by its key, to a node.
    Move { group: String, node: NodeName },
    /// Forget the failures of a group, or of all.
    Cleanup { group: Option<String> },
    /// Release everything, say goodbye, end.
    Shutdown,
}

/// The four words of `hb_standby` and `hb_takeover`, seen from the node that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    All,
    /// Groups whose home is this node.
    Local,
    /// Groups whose home is another node.
    Foreign,
    /// As `Foreign`, said by somebody who wants things back home.
    Failback,
}

/// The answer to an [`Ask`], given when the work is done, not when it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Status(Box<Status>),
    /// It is done; `said` is a sentence for people.
    Done {
        said: String,
    },
    /// It was not done; `why` is a sentence for people.
    Refused {
        why: String,
    },
}

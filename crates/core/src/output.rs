//! Everything the core can want. Heart carries it out; the core never asks twice whether it happened.
//! Not here: log texts (systole, hands/log).

use crate::fastdead::Observed;
use crate::guard::Assertion;
use crate::input::{Answer, AskId};
use crate::job::{Job, JobId};
use crate::message::{Hold, Message, NodeState};
use crate::names::{Generation, GroupId, LinkName, NodeName, Sequence};
use crate::refused::Refusal;
use crate::time::Moment;
use crate::wire::Wire;
use serde::{Deserialize, Serialize};

/// One thing to do. Can be written as one JSON line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// Send on all open media.
    Say(Message),
    /// Have hands do it.
    Do(Job),
    /// Have hands give it up; a `JobDone` with `Cancelled` may follow.
    Cancel(JobId),
    /// Have hands ask the wire three times within `span_ms` who has the addresses of a group; [`Input::Probed`] follows.
    ///
    /// [`Input::Probed`]: crate::Input::Probed
    Probe { group: GroupId, span_ms: u64 },
    /// For the log, the history and the alerts.
    Tell(Event),
    /// The answer to a question.
    Answer { id: AskId, answer: Answer },
    /// Keep this generation on disk before the next start; the core already uses it.
    Remember { generation: Generation },
    /// Keep on disk how far this peer was heard, so that a recording of before is refused after a restart.
    RememberPeer { node: NodeName, generation: Generation, sequence: Sequence },
    /// Keep on disk, by days, how long that peer's silences were since the last such word; [`Input::Gaps`] follows.
    ///
    /// [`Input::Gaps`]: crate::Input::Gaps
    RememberGaps { node: NodeName, observed: Observed },
    /// Everything is released and said; the process may end.
    Exit,
    /// Nothing more to do before this moment unless something happens.
    SleepUntil(Moment),
}

/// Something worth telling people. Fields are facts; the sentence is made where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// This node's own status changed.
    LocalState {
        state: NodeState,
    },
    /// A peer says a new status.
    PeerState {
        node: NodeName,
        state: NodeState,
    },
    /// A peer is dead by our verdict; `silent_ms` of merged silence.
    PeerDead {
        node: NodeName,
        silent_ms: u64,
    },
    /// A peer said goodbye.
    PeerLeft {
        node: NodeName,
    },
    /// A peer began a new life.
    PeerRestarted {
        node: NodeName,
        generation: Generation,
    },
    /// A peer that we held for dead, or that held us for dead, is heard again in the same life.
    PeerReturned {
        node: NodeName,
    },
    /// A watched host outside the cluster does not answer any more.
    PingDead {
        node: NodeName,
    },
    /// Silence beyond warntime, told when the beat finally came.
    LateBeat {
        node: NodeName,
        interval_ms: u64,
    },
    /// Frames of a peer arrive and are refused; it counts as alive where nothing better is known.
    PeerRefused {
        node: NodeName,
        link: LinkName,
        why: Refusal,
    },
    /// A peer that is heard does not hear us, for longer than a beat may be on its way; or it does again.
    PeerDeaf {
        node: NodeName,
        deaf: bool,
    },
    /// A peer's files differ from ours.
    ConfigurationDiffers {
        node: NodeName,
    },
    /// A frame of an older life of a peer was refused.
    OldGeneration {
        node: NodeName,
        heard: Generation,
        known: Generation,
    },
    /// A frame named a node that is not in ha.cf, or this node's own name with another identity.
    UnknownNode {
        node: NodeName,
    },
    /// A peer knew a newer life of ours than we did (lost state, wrong clock); we jumped past it.
    GenerationRaised {
        generation: Generation,
    },
    /// Messages of an old peer did not come; they are asked for. First and last missing number.
    PacketsLost {
        node: NodeName,
        first: Sequence,
        last: Sequence,
    },
    /// All that was asked for has come, or was given up.
    PacketsComplete {
        node: NodeName,
    },
    /// A message of an old peer is lost for good.
    PacketGone {
        node: NodeName,
        sequence: Sequence,
    },
    /// A link of ours towards a peer.
    LinkUp {
        node: NodeName,
        link: LinkName,
    },
    LinkDead {
        node: NodeName,
        link: LinkName,
    },
    /// A medium of ours.
    MediumOpen {
        link: LinkName,
    },
    MediumFailed {
        link: LinkName,
        why: String,
    },
    Carrier {
        interface: String,
        carrier: bool,
    },
    /// This process did not run.
    Stalled {
        for_ms: u64,
    },
    HandsDown,
    HandsUp,
    /// Our hold on a group changed; the decision record of it.
    Group {
        group: GroupId,
        key: String,
        change: GroupChange,
        why: String,
    },
    /// A step of Heartbeat's three-phase standby; `hold` in the words of `from`.
    Standby {
        from: NodeName,
        to: NodeName,
        hold: Hold,
        step: StandbyStep,
    },
    /// A node has gone down again and again while it held a group: it has to be there for so long, in milliseconds,
    /// before the group goes back to it.
    HeldDown {
        group: GroupId,
        key: String,
        node: NodeName,
        crashes: u32,
        for_ms: u64,
    },
    /// Two nodes held a group at once.
    BothHold {
        group: GroupId,
        key: String,
        node: NodeName,
        we_keep: bool,
    },
    /// What the wire said where nothing else tells of it; `held`: while this node had the group, or was taking it.
    Wire {
        group: GroupId,
        key: String,
        wire: Wire,
        held: bool,
    },
    /// Another machine answers for an address that this node holds, or says that it has it; `over`: it has not for some time.
    /// Told by hands, which listens; nothing follows from it in the core.
    AlsoAnswers {
        address: String,
        /// Its hardware address, for people.
        by: String,
        over: bool,
    },
    /// A machine on the wire answers for addresses that nobody has (proxy ARP), so its answers prove nothing.
    AnswersForAll {
        interface: String,
        by: String,
    },
    /// The core was about to break one of its own assertions. What was to be started or said then is held back.
    AssertionFailed {
        rule: Assertion,
        what: String,
    },
    /// Shutdown asked for, and done.
    ShutdownBegun,
    ShutdownDone,
    /// The end, but these groups, by their keys, could not be stopped: something of them is left here.
    ShutdownIncomplete {
        left: Vec<String>,
    },
}

/// What happened to a group here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupChange {
    /// We start it.
    Acquiring,
    /// It runs here.
    Acquired,
    /// It ran here before this daemon did, and stays.
    Kept,
    /// We stop it.
    Releasing,
    /// Nothing of it runs here any more.
    Released,
    /// Something of it failed here while it ran, and is started again.
    Restarting,
    /// Its warm services run here: this node may take it.
    Ready,
    /// This node does not hold it, and cannot take it for now.
    Unfit,
    /// It failed here some time ago, and may be tried here again.
    Retried,
    /// It could not be started here.
    Failed,
    /// It could not be stopped here.
    Blocked,
    /// Nobody may run it now.
    Refused,
}

/// How far a handover to or from a Heartbeat has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandbyStep {
    /// `from` wants to give.
    Asked,
    /// `to` is ready to take.
    Agreed,
    /// `from` has released everything; `to`, this node, acquires.
    Acquiring,
    /// This node has acquired it.
    Acquired,
    /// The other node has acquired it.
    Completed,
    /// Nobody answered; nothing changes.
    NoReply,
}

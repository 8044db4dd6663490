//! systole-core decides: membership, detection, groups, grounds for takeover.
//! Here live pure state machines. Not here: clocks, sockets, files, threads, randomness, bytes on a wire.
//! Same inputs at the same moments give the same outputs, on every machine.
#![forbid(unsafe_code)]

pub mod beat;
pub mod cluster;
mod crashes;
mod failures;
mod fastdead;
mod gaps;
mod group;
mod guard;
mod history;
pub mod input;
pub mod job;
pub mod message;
pub mod names;
mod old;
pub mod output;
mod peer;
mod placement;
mod reach;
pub mod record;
mod refused;
mod safety;
mod series;
pub mod settings;
pub mod status;
pub mod time;
pub mod timing;
pub mod warm;
mod wire;

pub use beat::{Beat, Claim, ClaimState, Fitness, Hears};
pub use cluster::{Cluster, Identity};
pub use fastdead::{FastDead, Observed};
pub use guard::Assertion;
pub use input::{Answer, Ask, AskId, Input, Which};
pub use job::{Condition, Job, JobId, JobKind, Outcome};
pub use message::{Body, Message, NodeState};
pub use names::{Generation, GroupId, LinkName, NameError, NodeName, Sequence, Uuid};
pub use output::{Event, Output};
pub use refused::Refusal;
pub use settings::{Failback, GroupSettings, Retries, Settings};
pub use status::{Elsewhere, Named, Status, WarmStatus};
pub use time::Moment;
pub use timing::{Timing, TimingError};
pub use warm::Warmth;
pub use wire::{Probing, Wire};

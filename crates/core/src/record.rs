//! The recording of a node: what its core was told and what it wanted, in lines that can be played again.
//! Here are the lines. Not here: files (systole, hands/record.rs) and reading them back (systole-sim, replay.rs).

use crate::cluster::{Cluster, Identity};
use crate::input::Input;
use crate::output::Output;
use crate::settings::Settings;
use crate::time::Moment;
use serde::{Deserialize, Serialize};

/// Version of these lines.
pub const FORMAT: u32 = 1;
/// More outputs than this for one input are a circle.
const OUTPUTS_MAX: usize = 10_000;

/// One line of a recording. A file is one `Head`, then turns; nothing is left out between them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Head(Box<Head>),
    Turn(Turn),
    /// The recording ends here although the node may have run on; `why` is for people.
    End {
        why: String,
    },
}

/// What is needed to play what follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// Version of the program; another one may decide otherwise.
    pub program: String,
    /// Wall clock in milliseconds since 1970, for people.
    pub at_ms: u64,
    pub origin: Origin,
}

/// Where a recording begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// At the start of the node.
    Start { settings: Box<Settings>, identity: Identity, at: Moment },
    /// In the middle of its life, with everything it knew; `lost` turns before this are in no file.
    Middle { lost: u64, cluster: Box<Cluster> },
}

/// One input at its moment, and all outputs until and with `SleepUntil`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub at: Moment,
    #[serde(rename = "in")]
    pub input: Input,
    #[serde(rename = "out")]
    pub outputs: Vec<Output>,
}

impl Origin {
    /// The node as it was at the beginning of the recording.
    pub fn cluster(self) -> Cluster {
        match self {
            Origin::Start { settings, identity, at } => Cluster::new(*settings, identity, at),
            Origin::Middle { cluster, .. } => *cluster,
        }
    }
}

impl Turn {
    /// Has a core take the input and gives the turn as it went.
    pub fn take(cluster: &mut Cluster, at: Moment, input: Input) -> Turn {
        cluster.handle(at, input.clone());
        let mut outputs = Vec::new();
        while outputs.len() < OUTPUTS_MAX {
            let output = cluster.poll();
            let last = matches!(output, Output::SleepUntil(_));
            outputs.push(output);
            if last {
                break;
            }
        }
        Turn { at, input, outputs }
    }
}

//! One machine: its disk, its clock, heart with the shipped core, hands with the agents.
//! Not here: what happens to it (world.rs, jobs.rs, network.rs).

use crate::agents::Resource;
use crate::brain::Brain;
use crate::clock::Clock;
use crate::refused::Places;
use std::collections::BTreeMap;
use std::sync::Arc;
use systole_core::{Generation, Input, Message, NodeName, Sequence, Settings};
use systole_wire::TextStream;

/// What survives a power cut.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    /// Byte of which the identity is made.
    pub identity: u8,
    pub generation: u64,
    pub peers: BTreeMap<NodeName, (Generation, Sequence)>,
}

/// How its disk behaves; so many causes each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DiskManners {
    pub(crate) full: u32,
    pub(crate) unreadable: u32,
    pub(crate) hangs: u32,
    /// So many writes to come fail.
    pub(crate) sync_fails: u32,
    /// The present life could not be written at its start.
    pub(crate) unwritten: bool,
}

/// What waits for a heart that does not run.
#[derive(Debug, Clone)]
pub(crate) enum Waiting {
    Input(Input),
    /// With the time at which they reached the machine.
    Bytes {
        at: u64,
        from: usize,
        link: usize,
        bytes: Arc<[u8]>,
    },
}

/// A node of the simulated cluster.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: NodeName,
    pub settings: Settings,
    /// Heart; absent while the machine is off or heart is dead.
    pub core: Option<Brain>,
    /// A Heartbeat runs here, not ours; it is part of the story and not judged.
    pub old: bool,
    pub disk: Disk,
    /// Its disk as it was after its first start.
    pub backup: Disk,
    /// The wall clock is wrong by so many seconds.
    pub wall_error_s: i64,
    pub clock: Clock,
    /// The truth, a group each.
    pub resources: Vec<Resource>,
    /// Number of heart's present life; what was meant for an earlier one is lost.
    pub(crate) life: u64,
    pub(crate) hands_up: bool,
    pub(crate) hands_life: u64,
    /// An older hands still releases what ran here; the next one waits for it.
    pub(crate) releasing_until: u64,
    /// What it says when all is released, and until when that is of use.
    pub(crate) last_words: (Vec<Message>, u64),
    /// When the core wants to be woken, in the world's time.
    pub(crate) wake: u64,
    /// Heart does not run until then.
    pub(crate) paused_until: Option<u64>,
    /// The whole machine stands still since then; and whether it will know.
    pub(crate) frozen: Option<(u64, bool)>,
    /// Writes under way.
    pub(crate) keeping: u32,
    /// A life was to be written while no hands was there; the next one is told when heart hears of it.
    pub(crate) unkept: bool,
    pub(crate) disk_manners: DiskManners,
    /// Its key is another one than everywhere else; so many causes.
    pub(crate) wrong_key: u32,
    /// When hands was last told to keep the addresses.
    pub(crate) kept_at: u64,
    /// While it does not run: when its right to the addresses ends, by its own clock.
    pub(crate) right_until: u64,
    pub(crate) waiting: Vec<Waiting>,
    /// What its serial lines have brought, a link each.
    pub(crate) streams: Vec<TextStream>,
    /// From where others were believed in this life.
    pub(crate) places: Places,
    /// Cables that are out, a link each; several causes may pull one.
    pub(crate) pulled: Vec<u32>,
    /// When the last moment was at which all of them were out; for the judge.
    pub(crate) uncabled_at: Option<u64>,
    /// Time of the last moment at which it did not run; for the judge.
    pub(crate) away_at: Option<u64>,
    /// Nanoseconds for which this heart was paused.
    pub(crate) paused_ns: u64,
    pub(crate) booted_at: u64,
}

impl Node {
    /// Is heart there and running?
    pub fn runs(&self) -> bool {
        self.core.is_some() && self.paused_until.is_none()
    }

    /// Its present life by its own word.
    pub(crate) fn generation_in_force(&self) -> Option<u64> {
        self.core.as_ref().and_then(Brain::generation).map(|generation| generation.0)
    }

    /// Own running time of heart at a time of the world, in nanoseconds of its own clock.
    pub(crate) fn own_time(&self, now: u64) -> u64 {
        self.clock.shows(now).0.saturating_sub(self.paused_ns)
    }
}

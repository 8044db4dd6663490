//! What really runs on a node, and how its agents behave. This is the truth; what nodes believe is in their cores.
//! Not here: jobs and their outcomes (jobs.rs).

pub(crate) mod warm;

use systole_core::{Condition, JobId, JobKind};

/// One group on one node.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its address is up here: clients may be served from this node.
    pub holds: bool,
    /// What hands would find.
    pub found: Condition,
    /// Since when it holds it.
    pub(crate) held_since: u64,
    /// Its node asks the wire for it until then.
    pub(crate) asked_until: u64,
    /// The job under way.
    pub job: Option<(JobId, JobKind)>,
    pub manners: Manners,
    /// A start said that it worked and did not.
    pub lied: bool,
    /// The service is dead or hangs under a held address, and that for the so many-th time here.
    pub down: Option<u64>,
    pub(crate) downs: u64,
    /// Its warm service runs here.
    pub warm: bool,
    /// Hands has told its heart of that failure.
    pub(crate) told: Option<u64>,
    /// Taken away by an administrator; nothing was done to it since.
    pub taken_away: bool,
}

/// How the agents of a group behave on a node.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    /// So many causes make a start fail.
    pub start_fails: u32,
    /// A stop fails and leaves everything as it is.
    pub stop_fails: u32,
    /// An agent never ends by itself; hands kills it at its limit.
    pub hangs: u32,
    /// Agents take most of their limit.
    pub slow: u32,
    /// A start says that it worked, and the service does not run.
    pub start_lies: u32,
    /// A look says that nothing runs.
    pub status_lies: u32,
    /// An agent dies in the middle of its work, every second time.
    pub dies: u32,
    /// The service dies as soon as it runs, and hands sees that at once.
    pub service_dies: u32,
    /// The service hangs as soon as it runs, and hands sees that when its deadline and one repeat are over.
    pub service_hangs: u32,
    /// A stop says that it worked, and nothing has stopped. No seed asks for it: it breaks what the cluster stands on,
    /// and is there to show that the judge sees it.
    pub stop_lies: bool,
}

impl Resource {
    pub(crate) fn nothing() -> Resource {
        Resource {
            holds: false,
            found: Condition::Stopped,
            held_since: 0,
            asked_until: 0,
            job: None,
            manners: Manners::default(),
            lied: false,
            down: None,
            downs: 0,
            warm: false,
            told: None,
            taken_away: false,
        }
    }

    /// Its service runs and is well.
    pub(crate) fn is_ready(&self) -> bool {
        self.warm && self.down.is_none()
    }

    /// Its address went away by itself.
    pub(crate) fn expire(&mut self) {
        self.taken_away = false;
        if self.holds {
            self.holds = false;
            self.found = if self.found == Condition::Stopped { Condition::Stopped } else { Condition::Partial };
        }
    }

    /// The machine lost power.
    pub(crate) fn vanish(&mut self) {
        (self.holds, self.found, self.job) = (false, Condition::Stopped, None);
        (self.lied, self.taken_away, self.down) = (false, false, None);
        (self.warm, self.told) = (false, None);
    }
}

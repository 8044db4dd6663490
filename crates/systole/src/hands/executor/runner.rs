//! One group with what is known of it: what runs, what was left behind, who repeats its announcements.
//! Not here: the steps of a start or a stop.

use super::Shared;
use super::member::Member;
use super::stop::Part;
use crate::bridge::Level;
use crate::hands::agent::Agent;
use crate::hands::agent::family::Leftover;
use crate::hands::agent::process::Turn;
use crate::hands::native::address::{AddressSpec, service};
use crate::hands::watching::{self, Question};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use systole_config::Group;
use systole_core::{GroupId, JobKind, Outcome, Wire};
use tokio::task::JoinHandle;

/// Does anything of the group run here?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Knowledge {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// No, and that was verified.
    Nothing,
    /// Yes, or a start was begun, or a stop failed.
    Something,
}

/// What the jobs of a group remember.
#[derive(Debug, Default)]
pub struct Memory {
    pub knowledge: Knowledge,
    /// Members that were started by us and not stopped since, by their place.
    pub started: BTreeSet<usize>,
    /// Process groups that starts left running, by the place of the member.
    pub left: BTreeMap<usize, Leftover>,
    /// The member whose failure was reported last, until it is stopped.
    pub failed: Option<usize>,
    /// The warm members were started here, or found running by a start, and not stopped since.
    pub ready: bool,
    /// Nothing of the warm members runs here, and that was verified.
    pub cold: bool,
    /// Members whose page was answered since this program began.
    pub answered: BTreeSet<usize>,
    /// Found running; heart has not said yet that it may.
    pub adopted: bool,
    announcing: Option<JoinHandle<()>>,
    watching: Option<JoinHandle<()>>,
}

/// One group.
#[derive(Debug)]
pub struct Runner {
    pub id: GroupId,
    pub key: String,
    pub members: Vec<Member>,
    pub turn: Turn,
    pub(super) shared: Arc<Shared>,
    memory: Mutex<Memory>,
}

impl Runner {
    pub(super) fn new(group: &Group, members: Vec<Member>, shared: Arc<Shared>) -> Runner {
        let (turn, memory) = (Turn::default(), Mutex::default());
        Runner { id: group.id, key: group.key.clone(), members, turn, shared, memory }
    }

    /// Does a job to its end.
    pub async fn work(&self, kind: JobKind) -> Outcome {
        match kind {
            JobKind::Start => self.start().await,
            JobKind::Stop => self.stop(Part::All).await,
            JobKind::Yield => self.stop(Part::Moving).await,
            JobKind::Cool => self.stop(Part::Warm).await,
            JobKind::Warm => self.warm().await,
            JobKind::Inspect => Outcome::Found(self.look().await),
            JobKind::Announce => match self.shared.addresses.announce(&self.specs()) {
                Ok(()) => Outcome::Done,
                Err(why) => Outcome::Failed { why },
            },
        }
    }

    /// Reads ahead what is slow to read.
    pub async fn prepare(&self) {
        self.shared.addresses.prepare(&self.specs());
        for member in &self.members {
            if let Member::Agent(agent) = member {
                agent.prepare().await;
            }
        }
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note(&self, level: Level, text: String) {
        self.shared.note(level, text);
    }

    /// Unless it was verified that nothing of it does.
    pub fn may_run(&self) -> bool {
        let memory = self.memory();
        memory.knowledge != Knowledge::Nothing || self.is_warm() && !memory.cold
    }

    /// Has it members that run on every node?
    pub fn is_warm(&self) -> bool {
        self.members.iter().any(Member::is_warm)
    }

    /// The group is held here, or its hold is being taken or given up.
    pub fn is_held(&self) -> bool {
        self.memory().knowledge != Knowledge::Nothing
    }

    /// Every address of the group.
    pub fn specs(&self) -> Vec<AddressSpec> {
        let of = |member: &Member| match member {
            Member::Addresses { specs, .. } => specs.clone(),
            _ => Vec::new(),
        };
        self.members.iter().flat_map(of).collect()
    }

    /// Off with all addresses, at once; what fails here is tried again by the stop that follows.
    pub fn drop_addresses(&self) {
        let specs = self.specs();
        self.stop_announcing();
        if !specs.is_empty()
            && let Err(why) = self.shared.addresses.release(&specs)
        {
            self.note(Level::Error, why);
        }
    }

    /// They may stay for a lifetime after that moment of the monotonic clock.
    pub fn keep_addresses(&self, since_ns: u64) {
        let specs = self.specs();
        if !specs.is_empty()
            && let Err(why) = self.shared.addresses.keep_on(&specs, since_ns)
        {
            self.note(Level::Error, why);
        }
        // What another life of this program announced is announced by this one, from the moment that it is ours.
        if self.memory().adopted && !specs.is_empty() {
            self.shared.addresses.repair(&|level, text| self.note(level, text));
            if let Err(why) = self.shared.addresses.announce(&specs) {
                self.note(Level::Warn, why);
            }
            self.go_on_announcing();
        }
    }

    /// Who has its addresses now, and whether a service answers through a living one. `known`: those of all groups.
    pub async fn ask_the_wire(&self, known: &[IpAddr], span: Duration) -> Wire {
        let (addresses, specs) = (&self.shared.addresses, self.specs());
        match self.web_port().await {
            Some(port) => addresses.ask_graded(&specs, known, span, |ip| service::answers(ip, port, span)).await,
            None => addresses.ask(&specs, known, span).await.told(None),
        }
    }

    async fn web_port(&self) -> Option<u16> {
        for member in &self.members {
            if let Member::Agent(agent) = member
                && let Some(port) = agent.web_port().await
            {
                return Some(port);
            }
        }
        None
    }

    /// The member at that place, if it is one that can be asked.
    pub fn agent(&self, at: usize) -> Option<&Agent> {
        match self.members.get(at) {
            Some(Member::Agent(agent)) => Some(agent),
            _ => None,
        }
    }

    /// What is asked of a member besides its own word, and whether silence counts before it has answered once. Where the
    /// group is not held its addresses are somewhere else: a warm service is asked at this node's own.
    pub async fn question(&self, agent: &Agent) -> Option<(Question, bool)> {
        let (check, expect) = agent.check();
        let held = self.is_held();
        if let Some(check) = check {
            let question = Question::of(check, expect)?;
            let elsewhere: Vec<IpAddr> = self.specs().iter().map(|spec| spec.ip).filter(|_| !held).collect();
            return Some((question.asked_here(&elsewhere), true));
        }
        let (bound, port) = agent.web().await?;
        let service = self.specs().first().map(|spec| spec.ip).filter(|_| held);
        let ip = bound.or(service).unwrap_or(Ipv4Addr::LOCALHOST.into());
        Some((Question::page(SocketAddr::new(ip, port), expect), false))
    }

    /// Watches what runs until [`Runner::stop_watching`], or until something has failed and was reported.
    pub fn watch(self: &Arc<Self>) {
        let runner = Arc::clone(self);
        let task = tokio::spawn(async move {
            let (at, why) = watching::group(&runner).await;
            runner.memory().failed = Some(at);
            runner.shared.failed(runner.id, why);
        });
        if let Some(old) = self.memory().watching.replace(task) {
            old.abort();
        }
    }

    pub fn stop_watching(&self) {
        if let Some(task) = self.memory().watching.take() {
            task.abort();
        }
    }

    /// Repeats the announcements of all addresses of the group until [`Runner::stop_announcing`].
    pub fn go_on_announcing(&self) {
        let (specs, shared) = (self.specs(), Arc::clone(&self.shared));
        if specs.is_empty() {
            return;
        }
        let task = tokio::spawn(async move {
            let tell = |level, text| shared.note(level, text);
            shared.addresses.announce_on(&specs, &tell).await;
        });
        let mut memory = self.memory();
        memory.adopted = false;
        if let Some(old) = memory.announcing.replace(task) {
            old.abort();
        }
    }

    /// Is somebody at it?
    pub fn announces(&self) -> bool {
        self.memory().announcing.is_some()
    }

    pub fn stop_announcing(&self) {
        let mut memory = self.memory();
        memory.adopted = false;
        if let Some(task) = memory.announcing.take() {
            task.abort();
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop_announcing();
    }
}

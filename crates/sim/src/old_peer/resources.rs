//! Resources of an old node: two bits and a handover in three phases (spec/WIRE.md section 8).
//! Not here: when it hears anything, and numbers.

use super::OldPeer;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use systole_core::message::Hold;
use systole_core::output::GroupChange;
use systole_core::{Body, Event, GroupId, Job, JobId, JobKind, Moment, NodeState, Output, Settings, Which};

/// It waits so long before it takes what nobody claims, and for the answer to `me`.
const PATIENCE: Duration = Duration::from_secs(10);

/// Its own half and the other one, as it sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bits {
    local: bool,
    foreign: bool,
}

impl Bits {
    const NONE: Bits = Bits { local: false, foreign: false };
    const LOCAL: Bits = Bits { local: true, foreign: false };
    const FOREIGN: Bits = Bits { local: false, foreign: true };
    const ALL: Bits = Bits { local: true, foreign: true };

    pub(super) fn of(which: Which) -> Bits {
        match which {
            Which::All => Bits::ALL,
            Which::Local => Bits::LOCAL,
            Which::Foreign | Which::Failback => Bits::FOREIGN,
        }
    }

    pub(super) fn hold(self) -> Hold {
        match (self.local, self.foreign) {
            (false, false) => Hold::None,
            (true, false) => Hold::Local,
            (false, true) => Hold::Foreign,
            (true, true) => Hold::All,
        }
    }

    /// What the other node means by the word.
    fn of_theirs(hold: Hold) -> Bits {
        match hold {
            Hold::None => Bits::NONE,
            Hold::Local => Bits::FOREIGN,
            Hold::Foreign => Bits::LOCAL,
            Hold::All => Bits::ALL,
        }
    }

    /// The word that the other node would use for it.
    fn mirrored(self) -> Bits {
        Bits { local: self.foreign, foreign: self.local }
    }

    fn or(self, other: Bits) -> Bits {
        Bits { local: self.local || other.local, foreign: self.foreign || other.foreign }
    }

    fn minus(self, other: Bits) -> Bits {
        Bits { local: self.local && !other.local, foreign: self.foreign && !other.foreign }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Init,
    Starting,
    Received { since: Moment },
    Stable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standby {
    Not,
    /// It said `me`.
    Asked {
        bits: Bits,
        at: Moment,
    },
    /// It has said `done`, or will when its scripts have ended.
    Giving {
        bits: Bits,
    },
    /// It said `other`.
    Taking {
        bits: Bits,
    },
}

/// What follows when its scripts have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It has taken its half, or everything.
    Report,
    /// It has released.
    Released { bits: Bits },
    /// It has acquired what was given.
    Acquired { bits: Bits },
}

#[derive(Debug, Clone)]
pub(super) struct Books {
    /// Each group, its key, and whether it is of its own half.
    groups: Vec<(GroupId, String, bool)>,
    held: Bits,
    claimed: Bits,
    other_stable: bool,
    phase: Phase,
    standby: Standby,
    due: bool,
    /// The other node has said that it is stable, so failback is thought of until it is asked for.
    thinks_of_failback: bool,
    jobs: BTreeMap<JobId, GroupId>,
    then: VecDeque<Then>,
    number: u64,
}

impl Books {
    pub(super) fn new(settings: &Settings) -> Books {
        let of = |g: &systole_core::GroupSettings| (g.id, g.key.clone(), g.home() == Some(&settings.me));
        Books {
            groups: settings.groups.iter().map(of).collect(),
            held: Bits::NONE,
            claimed: Bits::NONE,
            other_stable: false,
            phase: Phase::Init,
            standby: Standby::Not,
            due: false,
            thinks_of_failback: false,
            jobs: BTreeMap::new(),
            then: VecDeque::new(),
            number: 0,
        }
    }

    pub(super) fn done(&mut self, id: JobId) {
        self.jobs.remove(&id);
    }

    /// No script runs.
    pub(super) fn is_quiet(&self) -> bool {
        self.jobs.is_empty()
    }

    fn is_settled(&self) -> bool {
        self.standby == Standby::Not && self.other_stable && self.phase == Phase::Stable && self.then.is_empty()
    }
}

impl OldPeer {
    /// It is active now (8.2 a).
    pub(super) fn start(&mut self) {
        self.books.phase = Phase::Starting;
        self.say(None, Body::Starting);
    }

    /// What the other node says about resources.
    pub(super) fn agree(&mut self, body: &Body) {
        match body {
            Body::Starting => {
                self.books.other_stable = false;
                self.report(None);
                self.received();
            }
            Body::Resource { hold, full, stable, info } => {
                let said = Bits::of_theirs(*hold);
                self.books.claimed = if *full || said == Bits::NONE { said } else { self.books.claimed.or(said) };
                self.received();
                let before = self.books.other_stable;
                self.books.other_stable = stable.unwrap_or(before) && info.as_deref() != Some("shutdown");
                if self.books.other_stable && !before {
                    self.books.thinks_of_failback = true;
                    if self.books.phase == Phase::Stable { self.report(None) } else { self.settle_down() }
                }
            }
            Body::AskResources { hold, info } => self.hand_over(*hold, info),
            // The other node wants to have it: this one goes standby with the word turned.
            Body::Takeover { hold } => self.give(Bits::of_theirs(*hold)),
            Body::ShutDone => {
                self.out.push_back(Output::Tell(Event::PeerLeft { node: self.other.clone() }));
                self.take_everything("the other node has left");
            }
            _ => {}
        }
    }

    /// Timers (8.2 e and g, 8.4).
    pub(super) fn settle(&mut self) {
        if let Phase::Received { since } = self.books.phase
            && self.now.since(since) >= PATIENCE
        {
            self.settle_down();
        }
        if let Standby::Asked { at, .. } = self.books.standby
            && self.now.since(at) >= PATIENCE
        {
            self.books.standby = Standby::Not;
        }
        let due = self.fails_back() && self.books.due && self.books.thinks_of_failback;
        if due && self.books.held.foreign && self.books.is_settled() {
            self.books.thinks_of_failback = false;
            self.give(Bits::FOREIGN);
        }
    }

    /// The other node is dead (8.3).
    pub(super) fn survive(&mut self) {
        let left = self.books.held == Bits::ALL;
        let result = if left { "unneeded" } else { "n_stnth" };
        self.say(None, Body::Stonith { node: self.other.to_string(), result: result.into() });
        if !left {
            self.take_everything("the other node is dead");
        }
    }

    /// Wants to give (8.4); not while anything is in flux.
    pub(super) fn give(&mut self, bits: Bits) {
        if self.state == NodeState::Active && self.books.is_settled() {
            self.books.standby = Standby::Asked { bits, at: self.now };
            self.say(None, Body::AskResources { hold: bits.hold(), info: "me".into() });
        }
    }

    /// It goes: everything is released, and that is said first (7.4).
    pub(super) fn release_all(&mut self) {
        self.books.then.clear();
        let held = std::mem::replace(&mut self.books.held, Bits::NONE);
        self.books.standby = Standby::Not;
        self.books.phase = Phase::Init;
        self.report(Some("shutdown"));
        self.run(JobKind::Stop, held, "it gives everything up");
    }

    /// What follows when all scripts have ended.
    pub(super) fn go_on(&mut self) {
        while self.books.is_quiet() {
            let Some(then) = self.books.then.pop_front() else { return };
            match then {
                Then::Report => self.report(Some("req_our_resources()")),
                Then::Released { bits } => {
                    self.say(None, Body::AskResources { hold: bits.hold(), info: "done".into() });
                }
                Then::Acquired { bits } => {
                    let hold = bits.mirrored().hold();
                    self.say(None, Body::AskResources { hold, info: "done".into() });
                    self.books.standby = Standby::Not;
                    self.report(None);
                }
            }
        }
    }

    fn hand_over(&mut self, hold: Hold, info: &str) {
        let theirs = Bits::of_theirs(hold);
        match (info, self.books.standby) {
            ("me", _) if self.books.is_settled() => {
                self.books.standby = Standby::Taking { bits: theirs };
                self.say(None, Body::AskResources { hold, info: "other".into() });
            }
            ("other", Standby::Asked { bits, .. }) => {
                self.books.standby = Standby::Giving { bits };
                let held = self.books.held;
                self.books.held = held.minus(bits);
                self.books.due &= !bits.foreign;
                let body = Body::Resource {
                    hold: self.books.held.hold(),
                    full: true,
                    stable: Some(false),
                    info: Some("standby".into()),
                };
                self.say(None, body);
                self.run(JobKind::Stop, held.minus(self.books.held), "standby");
                self.books.then.push_back(Then::Released { bits });
            }
            ("done", Standby::Taking { bits }) => {
                let lacking = bits.minus(self.books.held);
                self.books.held = self.books.held.or(bits);
                self.books.claimed = self.books.claimed.minus(bits);
                self.run(JobKind::Start, lacking, "standby of the other node");
                self.books.then.push_back(Then::Acquired { bits });
            }
            ("done", Standby::Giving { .. }) => {
                self.books.standby = Standby::Not;
                self.report(None);
                self.report(None);
            }
            _ => {}
        }
    }

    fn received(&mut self) {
        if self.books.phase == Phase::Starting {
            self.books.phase = Phase::Received { since: self.now };
        }
    }

    /// Takes its own half unless the other node has it (8.2 f).
    fn settle_down(&mut self) {
        self.books.phase = Phase::Stable;
        self.report(None);
        if !self.books.claimed.local && !self.books.held.local {
            self.books.held.local = true;
            self.run(JobKind::Start, Bits::LOCAL, "its own half");
            self.books.then.push_back(Then::Report);
        }
    }

    fn take_everything(&mut self, why: &str) {
        let lacking = Bits::ALL.minus(self.books.held);
        self.books.held = Bits::ALL;
        self.books.claimed = Bits::NONE;
        (self.books.other_stable, self.books.phase) = (true, Phase::Stable);
        (self.books.standby, self.books.due, self.books.thinks_of_failback) = (Standby::Not, true, false);
        self.books.then.clear();
        self.run(JobKind::Start, lacking, why);
        self.books.then.push_back(Then::Report);
        let body = Body::Resource { hold: Hold::Foreign, full: false, stable: None, info: Some("mach_down".into()) };
        self.say(None, body);
    }

    fn report(&mut self, info: Option<&str>) {
        let body = Body::Resource {
            hold: self.books.held.hold(),
            full: true,
            stable: Some(self.books.phase == Phase::Stable),
            info: info.map(str::to_owned),
        };
        self.say(None, body);
    }

    fn run(&mut self, kind: JobKind, bits: Bits, why: &str) {
        let change = if kind == JobKind::Start { GroupChange::Acquiring } else { GroupChange::Releasing };
        for (group, key, own) in self.books.groups.clone() {
            if !(if own { bits.local } else { bits.foreign }) {
                continue;
            }
            self.books.number += 1;
            let id = JobId(self.books.number);
            self.books.jobs.insert(id, group);
            self.out.push_back(Output::Tell(Event::Group { group, key, change, why: why.into() }));
            self.out.push_back(Output::Do(Job { id, group, kind }));
        }
    }
}

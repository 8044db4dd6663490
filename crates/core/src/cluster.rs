//! The face of the core: one input in, outputs out until `SleepUntil`.
//! Here is the order in which things are settled; the rules themselves live in the modules named below.

mod asks;
mod early;
mod failing;
mod hearing;
mod last;
pub(crate) mod leftover;
mod media;
mod old;
mod pings;
pub(crate) mod probing;
mod report;
mod settle;
mod speaking;
mod standing;
pub(crate) mod suspect;
mod warming;

use crate::beat::ClaimState;
use crate::group::{Group, Move, Step};
use crate::guard::{Broken, Guard};
use crate::history::History;
use crate::input::{Ask, AskId, Input};
use crate::job::{Condition, Job, JobId, JobKind};
use crate::message::NodeState;
use crate::names::{Generation, GroupId, LinkName, NodeName, Sequence, Uuid};
use crate::old::Old;
use crate::output::{Event, GroupChange, Output};
use crate::peer::Peer;
use crate::series;
use crate::settings::Settings;
use crate::time::Moment;
use pings::Ping;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// A stall of this node at least this long costs every peer's silence its count so far (reference R2).
const LONG_STALL: Duration = Duration::from_millis(250);

/// Who this node is in this life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub uuid: Uuid,
    pub generation: Generation,
    /// How far each peer was heard before: its life, and a number of that life. Frames from before that are
    /// recordings, and refused. Names that are not in ha.cf are passed over.
    pub known: Vec<(NodeName, Generation, Sequence)>,
}

/// One node's view of its cluster, and all it decides. A copy is another world in which the same has happened so far:
/// the simulator branches there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cluster {
    settings: Settings,
    identity: Identity,
    now: Moment,
    started: Moment,
    state: NodeState,
    peers: BTreeMap<NodeName, Peer>,
    media: BTreeMap<LinkName, Medium>,
    /// Interfaces of media and of service addresses whose carrier is known; the others are believed to have one.
    carriers: BTreeMap<String, bool>,
    /// Since when at least one medium has been open, with carrier.
    connected_since: Option<Moment>,
    /// When a medium was opened last, or got its carrier back.
    reconnected: Moment,
    hands: Hands,
    groups: Vec<Group>,
    sequence: Sequence,
    /// This life is later than the one that was read from disk; every new hands is told, as the one before may have died
    /// before it wrote that down.
    outlived: bool,
    /// The number before the first one of this life.
    before_first: Sequence,
    newest_beat: Sequence,
    /// What old peers may ask for again.
    history: History,
    next_beat: Moment,
    /// Something changed that the others must know now.
    say_now: bool,
    last_said: Moment,
    /// Since when, and how many beats were said out of turn.
    out_of_turn: (Moment, u32),
    leaving: bool,
    ended: bool,
    pings: BTreeMap<NodeName, Ping>,
    /// One of them died; the other side's ipfail has not been told how many we reach.
    pings_changed: bool,
    /// What is agreed with a Heartbeat peer.
    old: Option<Old>,
    /// Since when every group of our own could run here; looked at only while our half is lent.
    own_fit_since: Option<Moment>,
    /// The goodbye is said; the process ends then.
    farewell_at: Option<Moment>,
    asks: Vec<asks::Pending>,
    next_job: u64,
    /// Strangers and rivals for our name that were already told of; bounded.
    strangers: BTreeSet<NodeName>,
    last_stall: Option<(Moment, Duration)>,
    /// How many there were in this life, and the longest.
    #[serde(default)]
    stalls: (u64, Duration),
    /// End of the last stall that was long enough to be held for dead in, and the number of our first message since.
    woke: Option<(Moment, Sequence)>,
    /// After a stall, until all that waited meanwhile is heard: what was said first may be overtaken by what follows.
    draining: bool,
    guard: Guard,
    /// What was computed since the last thing that could change it; a frame that comes again on another link cannot.
    #[serde(default)]
    sleep_until: Option<Moment>,
    out: VecDeque<Output>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Medium {
    open: bool,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Hands {
    /// Never there yet, or gone: nothing can be started or stopped.
    Down,
    Up,
}

impl Cluster {
    /// A node that has just started: nothing heard, nothing looked at.
    pub fn new(settings: Settings, identity: Identity, now: Moment) -> Self {
        let others = settings.nodes.iter().filter(|n| **n != settings.me);
        let known =
            |n: &NodeName| identity.known.iter().find(|(k, ..)| k == n).map(|(_, life, number)| (*life, *number));
        let peers = others.map(|n| (n.clone(), Peer::new(n.clone(), &settings.links, known(n), now))).collect();
        let unopened = |l: &LinkName| (l.clone(), Medium { open: false, detail: "not opened yet".into() });
        let media = settings.links.iter().map(unopened).collect();
        let pings = settings.pings.iter().map(|n| (n.clone(), Ping::starting(now))).collect();
        let guard = Guard::new(&settings, &identity.known);
        let groups = settings.groups.iter().map(|g| Group::new(g.clone(), now)).collect();
        let before_first = series::before_first(identity.uuid, identity.generation);
        let mut cluster = Cluster {
            settings,
            identity,
            now,
            started: now,
            state: NodeState::Up,
            peers,
            media,
            carriers: BTreeMap::new(),
            connected_since: None,
            reconnected: now,
            hands: Hands::Down,
            groups,
            sequence: before_first,
            outlived: false,
            before_first,
            newest_beat: Sequence(0),
            history: History::default(),
            next_beat: now,
            say_now: true,
            last_said: now,
            out_of_turn: (now, 0),
            leaving: false,
            ended: false,
            pings,
            pings_changed: false,
            old: None,
            own_fit_since: None,
            farewell_at: None,
            asks: Vec::new(),
            next_job: 0,
            strangers: BTreeSet::new(),
            last_stall: None,
            stalls: (0, Duration::ZERO),
            woke: None,
            draining: false,
            guard,
            sleep_until: None,
            out: VecDeque::new(),
        };
        cluster.tell(Event::LocalState { state: NodeState::Up });
        cluster
    }

    /// Takes one input. Drain [`Cluster::poll`] before the next one.
    /// Moments must not go backwards; one that does counts as the last one seen.
    pub fn handle(&mut self, now: Moment, input: Input) {
        self.now = self.now.max(now);
        if self.ended {
            return;
        }
        self.guard.note(self.now, &input);
        match input {
            Input::Heard { link, message } => {
                if !self.heard(&link, message) {
                    return;
                }
            }
            Input::Refused { link, node, why, placed } => self.heard_refused(link, &node, why, placed),
            Input::LinkChanged { link, open, why } => self.medium_changed(link, open, why),
            Input::CarrierChanged { interface, carrier } => self.carrier_changed(interface, carrier),
            Input::Pinged { node } => self.pinged(&node),
            Input::HandsUp { found } => self.hands_up(&found),
            Input::HandsDown => self.hands_down(),
            Input::ResourceFailed { group, why } => self.resource_failed(group, &why),
            Input::JobDone { id, group, outcome } => self.job_done(id, group, outcome),
            Input::Asked { id, ask } => self.asked(id, ask),
            Input::Stalled { for_ms } => self.stalled(Duration::from_millis(for_ms)),
            Input::Probed { group, wire } => self.probed(group, wire),
            Input::Gaps { node, observed } => self.remember_gaps(&node, observed),
            Input::Lapsed => self.lapsed(),
            Input::Tick => self.draining = false,
        }
        self.settle();
        self.sleep_until = None;
    }

    /// The next thing to do; `SleepUntil` when there is nothing before that moment.
    pub fn poll(&mut self) -> Output {
        while let Some(output) = self.out.pop_front() {
            let Some(broken) = self.guard.look(&output) else { return output };
            let withhold = broken.withhold;
            self.tell_broken(broken);
            if !withhold {
                return output;
            }
        }
        let at = self.sleep_until.unwrap_or_else(|| self.next_deadline());
        self.sleep_until = Some(at);
        Output::SleepUntil(at)
    }

    fn tell_broken(&mut self, broken: Broken) {
        if self.guard.is_news(&broken, self.now) {
            self.tell(Event::AssertionFailed { rule: broken.rule, what: broken.what });
        }
    }

    /// The groups whose addresses belong on this node now, and may be kept there.
    pub fn entitled(&self) -> impl Iterator<Item = GroupId> {
        let kept = |here: ClaimState| matches!(here, ClaimState::Starting | ClaimState::Running);
        self.groups.iter().filter(move |g| kept(g.here)).map(|g| g.settings.id)
    }

    /// Generation in force; grows when a peer knew a newer life of ours.
    pub fn generation(&self) -> Generation {
        self.identity.generation
    }

    /// Number of the newest beat said. An older one in [`Output::Say`] is said again for a peer that lost it, and must
    /// not take the newest one's place in a queue.
    pub fn newest_beat(&self) -> Sequence {
        self.newest_beat
    }

    /// Every other node is a Systole; none of them misses a message that it did not get.
    pub fn all_speak_claims(&self) -> bool {
        self.peers.values().all(|p| p.systole == Some(true))
    }

    fn tell(&mut self, event: Event) {
        self.out.push_back(Output::Tell(event));
    }

    fn hands_up(&mut self, found: &[(GroupId, Condition)]) {
        self.hands = Hands::Up;
        self.say_now = true;
        self.tell(Event::HandsUp);
        if self.outlived {
            self.out.push_back(Output::Remember { generation: self.identity.generation });
        }
        for peer in self.peers.values_mut() {
            peer.remembered = None;
        }
        for index in 0..self.groups.len() {
            let id = self.groups[index].settings.id;
            // A group that could not be looked at may have anything running.
            let condition = found.iter().find(|(g, _)| *g == id).map_or(Condition::Partial, |(_, c)| *c);
            // How long it lasts was true before the stall (seed 412 of the simulator).
            let stale = self.draining && self.groups[index].here == ClaimState::Stopping;
            let condition = if stale && condition != Condition::Stopped { Condition::Partial } else { condition };
            let step = self.groups[index].found(condition, self.now);
            self.carry_out(index, step);
        }
    }

    fn hands_down(&mut self) {
        if self.hands == Hands::Up {
            self.tell(Event::HandsDown);
        }
        self.hands = Hands::Down;
        self.say_now = true;
        for group in &mut self.groups {
            group.job = None;
            group.forget_warmth();
            group.wire.lose_round();
        }
    }

    fn stalled(&mut self, stall: Duration) {
        let long = stall >= LONG_STALL.max(self.settings.timing.keepalive());
        for peer in self.peers.values_mut() {
            peer.excuse(self.now, stall, long);
        }
        self.draining = true;
        // The clock of the machine may have stood still too, the addresses of a leftover did not wait for it.
        let leftovers = self.groups.iter_mut().filter_map(|group| group.leftover.as_mut());
        leftovers.for_each(|leftover| leftover.until = leftover.until - stall);
        self.stalls = (self.stalls.0.saturating_add(1), self.stalls.1.max(stall));
        if long {
            self.woke = Some((self.now, Sequence(self.sequence.0 + 1)));
            self.excuse_pings();
            self.groups.iter_mut().for_each(|group| group.wire.forget());
            // Nobody looked whether the home was there all the time.
            self.groups.iter_mut().for_each(|group| group.home_fit_since = None);
            self.tell(Event::Stalled { for_ms: ms(stall) });
        }
        if self.recent_stall() <= stall {
            self.last_stall = Some((self.now, stall));
        }
        self.say_now = true;
    }

    /// The right to the addresses has ended unused. Whoever took over may serve by now, so everything is stopped before
    /// anything is said that could sound like "running".
    fn lapsed(&mut self) {
        for index in 0..self.groups.len() {
            if matches!(self.groups[index].here, ClaimState::Starting | ClaimState::Running) {
                let step = self.groups[index].release(&Move::Lapsed, None, self.now);
                self.carry_out(index, step);
            }
        }
    }

    /// Longest stall of the last minute.
    fn recent_stall(&self) -> Duration {
        match self.last_stall {
            Some((at, stall)) if self.now.since(at) < Duration::from_secs(60) => stall,
            _ => Duration::ZERO,
        }
    }

    fn index_of(&self, id: GroupId) -> Option<usize> {
        self.groups.iter().position(|g| g.settings.id == id)
    }

    /// Turns a step of a group into outputs, and makes the others hear of it.
    fn carry_out(&mut self, index: usize, step: Step) {
        let Some(group) = self.groups.get_mut(index) else { return };
        let (id, key) = (group.settings.id, group.settings.key.clone());
        let keeps = step.change.as_ref().is_some_and(|(change, _)| *change == GroupChange::Kept);
        if let Some(broken) = keeps.then(|| self.guard.keep(id, self.now).err()).flatten() {
            let step = group.give_up_leftover(&broken.what, self.now);
            self.tell_broken(broken);
            return self.carry_out(index, step);
        }
        let job = step.job.map(|kind| Job { id: JobId(self.next_job), group: id, kind });
        if let Some(broken) = job.as_ref().and_then(|job| self.guard.allow(job, self.now).err()) {
            // Nothing of it was said or given out yet.
            group.hold_back(&broken.what, self.now);
            self.tell_broken(broken);
            return;
        }
        if job.is_some() || step.change.is_some() {
            self.say_now = true;
        }
        if let Some((change, why)) = step.change {
            self.out.push_back(Output::Tell(Event::Group { group: id, key, change, why }));
        }
        if let Some(job) = job {
            self.next_job += 1;
            // Announcements go beside whatever else is under way and change nothing.
            if job.kind != JobKind::Announce {
                group.job = Some((job.id, job.kind));
            }
            self.out.push_back(Output::Do(job));
        }
    }

    fn asked(&mut self, id: AskId, ask: Ask) {
        asks::begin(self, id, ask);
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

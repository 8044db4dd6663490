//! One other node as it is heard here: presence, silence, links, its last beat.
//! Not here: what follows for groups (placement.rs, safety.rs).

use crate::beat::{Beat, Claim, ClaimState, Fitness};
use crate::cluster::suspect::Asked;
use crate::gaps::Gaps;
use crate::message::{Message, NodeState};
use crate::names::{Generation, GroupId, LinkName, NodeName, Sequence, Uuid};
use crate::refused::Row;
use crate::series::{Candidate, Series};
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How a peer stands towards us. Silence has kinds (design, principle 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Presence {
    /// Not heard since this node started.
    NeverHeard,
    /// Heard within its deadtime.
    Alive { since: Moment },
    /// It said that everything is released and it goes down.
    Left,
    /// Silent on all links for its dead time.
    Dead,
}

/// Silence counted in our own running time only (reference R2): while we sleep we cannot hear.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Silence {
    counted_from: Moment,
}

impl Silence {
    pub(crate) fn starting(now: Moment) -> Self {
        Silence { counted_from: now }
    }

    pub(crate) fn lasting(&self, now: Moment) -> Duration {
        now.since(self.counted_from)
    }

    /// The one that began later.
    pub(crate) fn shorter(self, other: Silence) -> Silence {
        Silence { counted_from: self.counted_from.max(other.counted_from) }
    }

    /// The moment at which the silence will have lasted `span`.
    pub(crate) fn reaches(&self, span: Duration) -> Moment {
        self.counted_from + span
    }

    /// A stall of ours does not count; a long one starts the count anew, because frames may have been lost
    /// meanwhile and a peer must get a full verdict time of our attention.
    pub(crate) fn excuse(&mut self, now: Moment, stall: Duration, long: bool) {
        self.counted_from = if long { now } else { (self.counted_from + stall).min(now) };
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sight {
    pub(crate) up: bool,
    pub(crate) last: Option<Moment>,
    /// Since when it is up without a break.
    #[serde(default)]
    pub(crate) up_since: Option<Moment>,
    /// The highest number that it brought in the peer's present life.
    #[serde(default)]
    newest: Option<Sequence>,
    pub(crate) silence: Silence,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Peer {
    pub(crate) name: NodeName,
    pub(crate) uuid: Option<Uuid>,
    pub(crate) generation: Option<Generation>,
    /// Its numbers in this life.
    pub(crate) series: Series,
    /// How far it was heard before this node was started, in the life that `generation` first names.
    pub(crate) floor: Sequence,
    /// How far the disk knows it in this life.
    pub(crate) remembered: Option<Sequence>,
    /// What may be its next life.
    pub(crate) candidate: Option<Candidate>,
    /// What it says of itself, or `dead` by our verdict.
    pub(crate) state: NodeState,
    pub(crate) presence: Presence,
    pub(crate) last_heard: Option<Moment>,
    pub(crate) silence: Silence,
    /// Speaks claims; `None` until heard.
    pub(crate) systole: Option<bool>,
    /// Counts, acknowledges and asks again; known from its status (`protocol`).
    pub(crate) flow_control: bool,
    /// It has shown that it hears this life of ours.
    pub(crate) proven: bool,
    /// The proof must name a number of ours above this one: older answers may be recordings.
    pub(crate) proof_above: Sequence,
    /// What it said before it had shown that.
    pub(crate) unproven: VecDeque<Message>,
    /// Its beats in this life, and ours that were said faster to get its proof; both stop at a small number.
    pub(crate) beats: u8,
    pub(crate) hurried: u8,
    pub(crate) beat: Option<Arc<Beat>>,
    /// Number of the message with that beat.
    pub(crate) beat_number: Sequence,
    /// Number of a goodbye that came before the beat that frees everything.
    pub(crate) goodbye: Option<Sequence>,
    /// What it could not stop in earlier lives. A recording of a newer life must not make that go away, so it counts
    /// until the new life is proven.
    blocked_before: BTreeSet<GroupId>,
    pub(crate) links: BTreeMap<LinkName, Sight>,
    /// The newest life of it that was refused as too old; each is told once.
    pub(crate) refused_life: Option<Generation>,
    /// When that was last told.
    pub(crate) refused_at: Option<Moment>,
    pub(crate) difference_told: bool,
    /// How long its silences were.
    #[serde(default)]
    pub(crate) gaps: Gaps,
    /// Questions since it was heard last.
    #[serde(default)]
    pub(crate) asked: Asked,
    /// Refused frames since the last one that was believed.
    pub(crate) refused_row: Option<Row>,
    /// Since when it is heard and does not hear us, and whether that was told.
    pub(crate) deaf: Option<(Moment, bool)>,
}

impl Peer {
    /// `known`: its life and number as the disk has them.
    pub(crate) fn new(name: NodeName, links: &[LinkName], known: Option<(Generation, Sequence)>, now: Moment) -> Self {
        let unseen = Sight { up: false, last: None, up_since: None, newest: None, silence: Silence::starting(now) };
        Peer {
            name,
            uuid: None,
            generation: known.map(|(life, _)| life),
            series: Series::default(),
            floor: known.map_or(Sequence(0), |(_, number)| number),
            remembered: None,
            candidate: None,
            state: NodeState::Init,
            presence: Presence::NeverHeard,
            last_heard: None,
            silence: Silence::starting(now),
            systole: None,
            flow_control: false,
            proven: false,
            proof_above: Sequence(0),
            unproven: VecDeque::new(),
            beats: 0,
            hurried: 0,
            beat: None,
            beat_number: Sequence(0),
            goodbye: None,
            blocked_before: BTreeSet::new(),
            links: links.iter().map(|l| (l.clone(), unseen.clone())).collect(),
            refused_life: None,
            refused_at: None,
            difference_told: false,
            gaps: Gaps::default(),
            asked: Asked::default(),
            refused_row: None,
            deaf: None,
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.presence, Presence::Alive { .. })
    }

    /// The newest number that counts as heard, in this life of ours or before.
    pub(crate) fn heard_up_to(&self) -> Sequence {
        if self.series.has_begun() { self.series.last() } else { self.floor }
    }

    /// Alive, and speaks Heartbeat's own protocol only.
    pub(crate) fn is_old(&self) -> bool {
        self.is_alive() && self.systole == Some(false)
    }

    /// Has it shown, in its present life, that it hears us in ours? What is said by one that has not may be a
    /// recording; nothing but beats is acted on before.
    pub(crate) fn is_proven(&self) -> bool {
        self.proven
    }

    /// It has shown that it hears us: its present word counts, and replaces that of its earlier lives.
    pub(crate) fn prove(&mut self) {
        self.proven = true;
        self.blocked_before.clear();
    }

    /// It is gone: nobody is there to be asked, and when it comes back it has to show anew that it hears us. `said` is
    /// our newest number.
    pub(crate) fn forget_proof(&mut self, said: Sequence) {
        self.series.forget_missing();
        self.proven = false;
        self.proof_above = said;
        self.unproven.clear();
        self.beats = 0;
        self.hurried = 0;
    }

    /// Its newest claim on a group, if it is alive and speaks claims.
    pub(crate) fn claim(&self, group: GroupId) -> Option<&Claim> {
        if self.is_alive() { self.last_claim(group) } else { None }
    }

    /// Its newest claim, dead or alive.
    pub(crate) fn last_claim(&self, group: GroupId) -> Option<&Claim> {
        self.beat.as_ref()?.claims.iter().find(|c| c.group == group)
    }

    /// Does it hold, or may something of the group still run there?
    pub(crate) fn holds(&self, group: GroupId) -> bool {
        self.claim(group).is_some_and(|c| c.state.is_held())
    }

    /// May something be left there that it could not stop?
    pub(crate) fn is_blocked(&self, group: GroupId) -> bool {
        self.last_claim(group).is_some_and(|c| c.state == ClaimState::Blocked) || self.blocked_before.contains(&group)
    }

    /// Alive, fit for the group, not about to leave, and able to start it: not while an old stop of it failed there.
    pub(crate) fn is_fit(&self, group: GroupId) -> bool {
        let able = |c: &Claim| c.fitness == Fitness::Fit && c.state != ClaimState::Blocked;
        self.claim(group).is_some_and(able) && !self.is_leaving()
    }

    /// Fit, and it hears us: what we let go it would take. A recording of a dead node is fit for ever and takes nothing.
    pub(crate) fn would_take(&self, group: GroupId) -> bool {
        self.proven && self.is_fit(group)
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.beat.as_ref().is_some_and(|b| b.leaving)
    }

    /// How many ping nodes answer it, as far as that compares with ours.
    pub(crate) fn reached(&self) -> Option<u16> {
        let beat = self.beat.as_ref().filter(|_| self.is_alive() && !self.files_differ())?;
        beat.pings
    }

    /// It says that its configuration is not ours.
    pub(crate) fn files_differ(&self) -> bool {
        self.difference_told
    }

    /// Has our message with this number (or a later one) reached it?
    pub(crate) fn has_heard(&self, me: &NodeName, generation: Generation, sequence: Sequence) -> bool {
        let Some(beat) = &self.beat else { return false };
        beat.hears.iter().any(|h| h.node == *me && h.generation == generation && h.sequence >= sequence)
    }

    /// Notes a frame on a link; true when the link comes up by it. What this link has brought before, or may have brought
    /// before this node was started, as a recording that is played again, says nothing about it.
    pub(crate) fn see(&mut self, link: &LinkName, number: Option<Sequence>, now: Moment) -> bool {
        let Some(sight) = self.links.get_mut(link) else { return false };
        if number.is_some() && number <= sight.newest.max(Some(self.floor).filter(|floor| floor.0 > 0)) {
            return false;
        }
        sight.newest = sight.newest.max(number);
        sight.last = Some(now);
        sight.silence = Silence::starting(now);
        sight.up_since = sight.up_since.filter(|_| sight.up).or(Some(now));
        !std::mem::replace(&mut sight.up, true)
    }

    /// Links that have been silent for `span` and were up; they are down afterwards.
    pub(crate) fn drop_silent_links(&mut self, now: Moment, span: Duration) -> Vec<LinkName> {
        let mut dropped = Vec::new();
        for (name, sight) in &mut self.links {
            if sight.up && sight.silence.lasting(now) >= span {
                sight.up = false;
                dropped.push(name.clone());
            }
        }
        dropped
    }

    /// The next moment at which a link could go down.
    pub(crate) fn next_link_deadline(&self, span: Duration) -> Option<Moment> {
        self.links.values().filter(|s| s.up).map(|s| s.silence.reaches(span)).min()
    }

    pub(crate) fn excuse(&mut self, now: Moment, stall: Duration, long: bool) {
        self.silence.excuse(now, stall, long);
        for sight in self.links.values_mut() {
            sight.silence.excuse(now, stall, long);
        }
    }

    /// Everything that belonged to its former life is void. `said` is our newest number.
    pub(crate) fn begin_life(&mut self, generation: Generation, said: Sequence) {
        let claims = self.beat.iter().flat_map(|beat| &beat.claims);
        self.blocked_before.extend(claims.filter(|c| c.state == ClaimState::Blocked).map(|c| c.group));
        if self.generation.replace(generation) != Some(generation) {
            self.floor = Sequence(0);
            self.links.values_mut().for_each(|sight| sight.newest = None);
        }
        self.uuid = None;
        self.remembered = None;
        self.series = Series::default();
        self.flow_control = false;
        self.forget_proof(said);
        self.beat = None;
        (self.beat_number, self.goodbye) = (Sequence(0), None);
        self.difference_told = false;
    }
}

//! What a message changes: presence, generations, sequence, the peer's newest beat.
//! Not here: decisions; `settle` follows every message.

mod aside;
mod lives;
mod proof;

use super::{Cluster, ms};
use crate::beat::{Beat, ClaimState, Hears};
use crate::cluster::suspect::Asked;
use crate::fastdead::Observed;
use crate::group::Uncabled;
use crate::message::{Body, Message, NodeState};
use crate::names::{Generation, LinkName, NodeName, Sequence};
use crate::output::{Event, Output};
use crate::peer::{Peer, Presence, Silence};
use crate::series;
use lives::Freshness;
pub(super) use lives::patience;
use std::sync::Arc;
use std::time::Duration;

/// So many different unknown names are told of; a flood of names must not fill the log or the memory.
const STRANGERS_MAX: usize = 16;

impl Cluster {
    /// False when it changes nothing that could be decided: what one link has brought comes again on all others.
    pub(super) fn heard(&mut self, link: &LinkName, message: Message) -> bool {
        if message.from == self.settings.me {
            self.heard_own_name(&message);
            return true;
        }
        if !self.peers.contains_key(&message.from) {
            self.told_stranger(message.from);
            return true;
        }
        if message.sequence.is_none() {
            self.heard_aside(link, &message);
            return true;
        }
        match self.freshness(&message) {
            Freshness::Old => self.refuse_old(&message),
            Freshness::Repeated => {
                self.seen_on(&message.from, link, message.sequence);
                self.refuse_overtaken(&message);
                return self.say_now;
            }
            Freshness::Late => {
                self.seen_on(&message.from, link, message.sequence);
                self.accept_late(message);
            }
            Freshness::Doubtful => self.heard_doubtful(link, message),
            Freshness::New => {
                self.seen_on(&message.from, link, message.sequence);
                if let Some(peer) = self.peers.get_mut(&message.from) {
                    // The known life goes on: whoever spoke of another one is somebody else.
                    peer.candidate = None;
                }
                self.accept(message);
            }
        }
        true
    }

    /// Broadcast media bring our own frames back; another identity under our name is a clone.
    fn heard_own_name(&mut self, message: &Message) {
        if message.uuid.is_some_and(|uuid| uuid != self.identity.uuid) {
            self.told_stranger(message.from.clone());
        }
    }

    fn told_stranger(&mut self, node: NodeName) {
        if self.strangers.len() < STRANGERS_MAX && self.strangers.insert(node.clone()) {
            self.tell(Event::UnknownNode { node });
        }
    }

    fn seen_on(&mut self, from: &NodeName, link: &LinkName, number: Option<Sequence>) {
        let now = self.now;
        if self.peers.get_mut(from).is_some_and(|p| p.see(link, number, now)) {
            self.tell(Event::LinkUp { node: from.clone(), link: link.clone() });
        }
    }

    fn accept(&mut self, message: Message) {
        let now = self.now;
        let warntime = self.settings.timing.warntime();
        let known = self.peers.get(&message.from);
        let limit = known.and_then(|p| self.early_limit(p).ok()).unwrap_or(self.settings.timing.deadtime());
        let Some(peer) = self.peers.get_mut(&message.from) else { return };
        let mut events = Vec::new();
        peer.uuid = message.uuid.or(peer.uuid);
        let number = message.sequence.unwrap_or_default();
        let (goes_on, before) = (peer.series.has_begun(), peer.series.last());
        peer.series.count(number, now);
        // Who said goodbye stays gone in this life, and late frames change nothing. But a node whose disk was full began the
        // same life once more (seed 11731 of the simulator): that hears what was said since.
        if peer.presence == Presence::Left && !answers_now(peer, &message, &self.settings.me, self.identity.generation)
        {
            return;
        }
        let gap = peer.last_heard.map(|at| now.since(at));
        if let Some(gap) = gap.filter(|gap| peer.is_alive() && *gap > warntime) {
            events.push(Event::LateBeat { node: peer.name.clone(), interval_ms: ms(gap) });
        }
        if goes_on && peer.is_alive() {
            let lost = number.0.saturating_sub(before.0).saturating_sub(1);
            peer.gaps.note(peer.silence.lasting(now), lost, limit);
        }
        peer.asked = Asked::default();
        peer.last_heard = Some(now);
        peer.refused_row = None;
        peer.silence = Silence::starting(now);
        if !peer.is_alive() {
            if matches!(peer.presence, Presence::Dead | Presence::Left) && gap.is_some() {
                events.push(Event::PeerReturned { node: peer.name.clone() });
            }
            peer.presence = Presence::Alive { since: now };
            self.say_now = true;
        }
        self.out.extend(events.into_iter().map(Output::Tell));
        let from = message.from.clone();
        self.remember_peer(&from, false);
        self.report_gaps(&from);
        if self.is_for_us(&message) {
            self.act_on(message);
        }
        self.acknowledge(&from);
    }

    /// It fills a hole. Being late, it is no sign that the sender lives now, and a beat in it is history already, unless
    /// what overtook it was no beat: a last word before a goodbye may come by the slower medium only.
    fn accept_late(&mut self, message: Message) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&message.from) else { return };
        peer.series.count(message.sequence.unwrap_or_default(), now);
        let from = message.from.clone();
        let history = match &message.body {
            Body::Status { beat, .. } => beat.is_none() || message.sequence.unwrap_or_default() <= peer.beat_number,
            _ => false,
        };
        if peer.is_alive() && !history && self.is_for_us(&message) {
            self.act_on(message);
        }
        self.acknowledge(&from);
    }

    fn act_on(&mut self, message: Message) {
        let Some(message) = self.sift(message) else { return };
        match message.body {
            Body::Status { state, beat, flow_control, .. } => {
                if let Some(peer) = self.peers.get_mut(&message.from) {
                    peer.flow_control |= flow_control && beat.is_none();
                }
                let number = message.sequence.unwrap_or_default();
                self.heard_status(&message.from, number, state, beat);
                self.weigh_beat(&message.from);
                self.recall_goodbye(&message.from, number);
            }
            Body::ShutDone => self.heard_goodbye(&message.from, message.sequence.unwrap_or_default()),
            Body::ReqNodes => self.answer_nodes(&message),
            body => self.heard_old(&message.from, message.sequence.unwrap_or_default(), body),
        }
    }

    fn heard_status(&mut self, from: &NodeName, number: Sequence, state: NodeState, beat: Option<Arc<Beat>>) {
        let Some(peer) = self.peers.get_mut(from) else { return };
        let changed = std::mem::replace(&mut peer.state, state) != state;
        peer.systole = Some(beat.is_some());
        let differs = beat.as_ref().is_some_and(|b| b.configuration != self.settings.digest);
        // A Heartbeat's beats say nothing of its files; its other words do (old.rs).
        let told = peer.difference_told;
        peer.difference_told = if beat.is_some() { differs } else { told };
        // Whoever wishes or lets go waits for our answer; a regular beat would cost a keepalive.
        let again = self.now.since(self.last_said) >= self.settings.timing.keepalive() / 4;
        let urgent = beat.as_ref().is_some_and(|new| calls_for_answer(peer, new, again));
        let about_us = beat.as_ref().and_then(|b| b.hears.iter().find(|h| h.node == self.settings.me).cloned());
        (peer.beat, peer.beat_number) = (beat, number);
        self.say_now |= urgent;
        if changed {
            self.tell(Event::PeerState { node: from.clone(), state });
        }
        if differs && !told {
            self.tell(Event::ConfigurationDiffers { node: from.clone() });
        }
        self.learn_epochs(from);
        if let Some(hears) = about_us {
            self.outlive(&hears);
        }
    }

    /// A node that does not hold a group remembers the highest epoch anybody used. A later epoch than ours voids
    /// what we once released and to whom: it was taken since, and our old word must not contradict the new owner's.
    fn learn_epochs(&mut self, from: &NodeName) {
        let Some(beat) = self.peers.get(from).and_then(|p| p.beat.as_ref()) else { return };
        for group in self.groups.iter_mut().filter(|g| !g.here.is_held()) {
            let heard = beat.claims.iter().find(|c| c.group == group.settings.id).map_or(0, |c| c.epoch);
            if group.epoch == 0 && heard > 0 {
                group.elders.insert(from.clone());
            }
            if heard > group.epoch {
                group.epoch = heard;
                group.to = group.to.take().filter(|_| group.here == ClaimState::Want);
            }
        }
    }

    /// A peer knows a later life of ours than we do: our state was lost or the clock is wrong, and it would refuse
    /// everything we say. We step past what it knows.
    fn outlive(&mut self, hears: &Hears) {
        let ours = (self.identity.generation, self.sequence);
        if (hears.generation, hears.sequence) <= ours {
            return;
        }
        // Behind the last of all numbers there is no newer life, and numbers must not be said twice in one.
        let Some(generation) = hears.generation.0.checked_add(1).map(Generation) else { return };
        self.identity.generation = generation;
        self.outlived = true;
        self.before_first = series::before_first(self.identity.uuid, generation);
        self.sequence = self.before_first;
        self.woke = self.woke.map(|(at, _)| (at, Sequence(self.sequence.0 + 1)));
        self.history.clear();
        for peer in self.peers.values_mut() {
            // Numbers of the former life, which the new one's may be below.
            peer.proof_above = Sequence(0);
        }
        for group in &mut self.groups {
            group.wished_at = None;
            group.uncabled = group.uncabled.map(|u| Uncabled { said: None, ..u });
        }
        self.say_now = true;
        self.out.push_back(Output::Remember { generation });
        self.tell(Event::GenerationRaised { generation });
    }

    /// A goodbye that has overtaken the word that everything is released counts when that word has come.
    fn recall_goodbye(&mut self, from: &NodeName, number: Sequence) {
        let goodbye = self.peers.get(from).and_then(|peer| peer.goodbye).filter(|goodbye| *goodbye > number);
        if let Some(goodbye) = goodbye {
            self.heard_goodbye(from, goodbye);
        }
    }

    fn heard_goodbye(&mut self, from: &NodeName, number: Sequence) {
        let Some(peer) = self.peers.get_mut(from) else { return };
        // A goodbye frees only what the node itself said is released.
        let held = |b: &Beat| b.claims.iter().any(|c| c.state.is_held());
        // A node that speaks claims says that it leaves before it says goodbye; without that somebody else said it.
        let stays = |b: &Beat| !b.leaving || held(b);
        if peer.beat.as_deref().is_some_and(stays) {
            // Several are said, and the latest one may come first (seed 10475 of the simulator).
            peer.goodbye = peer.goodbye.max(Some(number));
            return;
        }
        peer.presence = Presence::Left;
        peer.forget_proof(self.sequence);
        peer.state = NodeState::Dead;
        owed_home(&mut self.groups, from);
        self.remember_peer(from, true);
        self.tell(Event::PeerLeft { node: from.clone() });
    }

    pub(super) fn remember_gaps(&mut self, node: &NodeName, observed: Observed) {
        if let Some(peer) = self.peers.get_mut(node) {
            peer.gaps.remember(observed);
        }
    }

    fn report_gaps(&mut self, node: &NodeName) {
        let now = self.now;
        if let Some(observed) = self.peers.get_mut(node).and_then(|p| p.gaps.report(now)) {
            self.out.push_back(Output::RememberGaps { node: node.clone(), observed });
        }
    }

    /// Verdicts of silence, for peers and for their links.
    pub(super) fn detect(&mut self) {
        self.try_candidates();
        let (timing, early) = (self.settings.timing, self.early_verdict());
        let mut events = Vec::new();
        for peer in self.peers.values_mut() {
            let links = peer.drop_silent_links(self.now, timing.deadtime());
            events.extend(links.into_iter().map(|link| Event::LinkDead { node: peer.name.clone(), link }));
            let Some(limit) = verdict_time(peer, timing.deadtime(), timing.initdead()) else { continue };
            let silence = peer.silence.lasting(self.now);
            if silence >= limit || early.as_ref() == Some(&peer.name) {
                peer.presence = Presence::Dead;
                peer.forget_proof(self.sequence);
                peer.state = NodeState::Dead;
                owed_home(&mut self.groups, &peer.name);
                events.push(Event::PeerDead { node: peer.name.clone(), silent_ms: ms(silence) });
            }
        }
        let dead = |e: &Event| if let Event::PeerDead { node, .. } = e { Some(node.clone()) } else { None };
        let dead: Vec<_> = events.iter().filter_map(dead).collect();
        for node in &dead {
            self.say_now = true;
            self.remember_peer(node, true);
        }
        self.out.extend(events.into_iter().map(Output::Tell));
        if !dead.is_empty() {
            // The known life is over; a next one that has been speaking for itself counts before anything is taken.
            self.try_candidates();
        }
    }
}

/// How long a peer may be silent; `None` when it is gone already.
pub(super) fn verdict_time(peer: &Peer, deadtime: Duration, initdead: Duration) -> Option<Duration> {
    match peer.presence {
        Presence::Alive { .. } => Some(deadtime),
        Presence::NeverHeard => Some(initdead),
        Presence::Left | Presence::Dead => None,
    }
}

/// A node that was gone gets its own groups back, whoever moved them before, once it has been there for long enough.
fn owed_home(groups: &mut [crate::group::Group], node: &NodeName) {
    for group in groups.iter_mut().filter(|g| g.settings.home() == Some(node)) {
        group.failback_due |= group.here.is_held();
        group.home_fit_since = None;
    }
}

/// Does this beat of it name something that was said here since it was held for gone?
fn answers_now(peer: &Peer, message: &Message, me: &NodeName, ours: Generation) -> bool {
    let Body::Status { beat: Some(beat), .. } = &message.body else { return false };
    let now = |h: &Hears| h.node == *me && h.generation == ours && h.sequence > peer.proof_above;
    !beat.leaving && beat.hears.iter().any(now)
}

/// `again`: a wish that was answered before may be answered once more; two that wish and answer at once would otherwise
/// do nothing else for as long as nobody may have it.
fn calls_for_answer(peer: &Peer, new: &Beat, again: bool) -> bool {
    let wishes = new.claims.iter().any(|c| c.state == ClaimState::Want);
    wishes && again || peer.beat.as_ref().is_none_or(|old| old.claims != new.claims || old.leaving != new.leaving)
}

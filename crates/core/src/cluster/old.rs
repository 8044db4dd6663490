//! Beside a Heartbeat: its resource protocol (spec/WIRE.md section 8), spoken to a peer that knows no claims.
//! Here protocol and groups meet. Not here: the book-keeping (old.rs), numbering, acknowledging and asking again.

mod heard;
mod ipfail;
mod legacy;
mod operator;

pub(super) use operator::{give, has_it, may_come, stays, take};

use super::Cluster;
use crate::beat::{ClaimState, Fitness};
use crate::group::Move;
use crate::message::{Body, NodeState};
use crate::names::NodeName;
use crate::old::{Halves, Handover, Old, PATIENCE, Phase};
use crate::output::{Event, StandbyStep};
use crate::peer::Presence;
use crate::placement::{Keep, Reach};
use crate::safety::{Because, Doubt, Ground};
use crate::settings::Failback;
use crate::time::Moment;

impl Cluster {
    /// The peer, if this is a pair and the other one is alive and a Heartbeat.
    pub(super) fn old_peer(&self) -> Option<&NodeName> {
        let mut peers = self.peers.values();
        match (peers.next(), peers.next()) {
            (Some(peer), None) if peer.is_alive() && peer.systole == Some(false) => Some(&peer.name),
            _ => None,
        }
    }

    /// Brings the protocol forward as far as peer, groups and clock allow.
    pub(super) fn settle_old(&mut self) {
        let Some(peer) = self.peers.values().next().filter(|_| self.peers.len() == 1) else { return };
        match peer.presence {
            Presence::NeverHeard => return,
            Presence::Dead | Presence::Left => {
                self.old.get_or_insert_with(|| Old::joining(Halves::NONE)).gone();
                return;
            }
            Presence::Alive { .. } if peer.systole == Some(true) => {
                self.old = None;
                return;
            }
            Presence::Alive { .. } if peer.systole.is_none() => return,
            Presence::Alive { .. } => {}
        }
        let (state, life) = (peer.state, peer.generation);
        let held = self.held_now();
        let mut old = self.old.take().unwrap_or_else(|| Old::joining(held));
        old.lives(life, self.heal(), self.taken());
        if self.leaving {
            self.say_farewell(&mut old);
        } else if self.settings.failback == Failback::Legacy {
            self.settle_singles(&mut old, state);
        } else if self.state == NodeState::Active {
            self.join(&mut old, state);
            self.hand_over(&mut old);
            self.weigh_pings(&mut old);
            self.think_of_moving(&mut old);
        }
        self.old = Some(old);
    }

    /// Until when a Heartbeat that comes back after a split may take to give up and go: it waits two seconds, and its
    /// scripts take their time.
    pub(super) fn heal(&self) -> Moment {
        self.now + self.settings.timing.deadtime() + PATIENCE
    }

    fn say_farewell(&mut self, old: &mut Old) {
        if !std::mem::replace(&mut old.farewell_said, true) && self.settings.failback != Failback::Legacy {
            old.handover = Handover::None;
            self.say_old(old.report(Halves::NONE, Some("shutdown")));
        }
    }

    /// From `starting` to a settled half (8.2 a to g).
    fn join(&mut self, old: &mut Old, peer: NodeState) {
        let now = self.now;
        if old.phase == Phase::Stable && old.introduces_itself(now) {
            self.say_old(Body::Starting);
        }
        match old.phase {
            Phase::Joining if matches!(peer, NodeState::Up | NodeState::Active) => {
                old.phase = Phase::Starting { since: now };
                self.say_old(Body::Starting);
            }
            // Nobody answered: the peer may have been busy joining itself.
            Phase::Starting { since } if now >= since + PATIENCE => {
                old.phase = Phase::Starting { since: now };
                self.say_old(Body::Starting);
            }
            // Heartbeat waits ten seconds here, because it cannot know whether more is to come. We know as soon as
            // the peer is active and has told what it holds.
            Phase::Received { since } if peer == NodeState::Active || now >= since + PATIENCE => {
                self.become_stable(old);
            }
            _ => {}
        }
    }

    pub(super) fn become_stable(&mut self, old: &mut Old) {
        old.settle_down(self.now);
        self.report_old(old, None);
    }

    /// The steps of a handover that wait for groups or for the clock (8.4).
    fn hand_over(&mut self, old: &mut Old) {
        let now = self.now;
        match old.handover {
            Handover::Giving { halves } if self.is_quiet(halves) => {
                if let Some(body) = old.released(now) {
                    self.say_old(body);
                }
            }
            Handover::Acquiring { halves } if self.is_up(halves) => {
                if let Some(body) = old.acquired() {
                    // Heartbeat expects the word before the report.
                    self.say_old(body);
                    self.report_old(old, None);
                    self.tell_standby(halves.in_their_words(), StandbyStep::Acquired, true);
                }
            }
            _ => {}
        }
        if let Some(halves) = old.expired(now) {
            self.tell_standby(halves.in_our_words(), StandbyStep::NoReply, false);
        }
        if old.requested.is_some_and(|at| now >= at + PATIENCE) {
            old.requested = None;
        }
    }

    /// Everything that makes a half move by itself.
    fn think_of_moving(&mut self, old: &mut Old) {
        let now = self.now;
        let lost = old.taken_from_us(now);
        if !lost.is_empty() {
            // It took over while we were alive: it does not hear us. We let go, or two would serve for ever.
            old.right = old.right.minus(lost);
            old.lent |= lost.ours;
            self.report_old(old, None);
        }
        if old.guard(now).is_err() || old.pause_until.is_some_and(|at| now < at) {
            return;
        }
        let unable = self.halves_where(|c, i| matches!(c.fitness(i), Fitness::NoCarrier | Fitness::Failed));
        let giving = unable.and(old.right).minus(old.claimed);
        if !giving.is_empty() {
            old.lent |= giving.ours;
            self.offer(old, giving);
        } else if self.settings.failback == Failback::On && old.due && old.right.theirs {
            self.offer(old, Halves::THEIRS);
        } else if self.settings.failback == Failback::On && old.lent && self.own_half_is_fit() {
            old.pause_until = Some(now + PATIENCE);
            old.requested = Some(now);
            self.say_old(Body::Takeover { hold: Halves::OURS.in_our_words() });
        }
    }

    /// Our own half could run here, and has been able to for a whole deadtime: no ping-pong with a loose plug.
    fn own_half_is_fit(&mut self) -> bool {
        let fit = (0..self.groups.len()).filter(|i| self.is_ours(*i)).all(|i| self.fitness(i) == Fitness::Fit);
        let fit = fit && self.reached_pings() == self.settings.pings.len();
        let now = self.now;
        self.own_fit_since = if fit { self.own_fit_since.or(Some(now)) } else { None };
        self.own_fit_since.is_some_and(|since| now.since(since) >= self.settings.timing.deadtime())
    }

    pub(super) fn offer(&mut self, old: &mut Old, halves: Halves) {
        if let Ok(body) = old.offer(halves, self.now) {
            self.say_old(body);
            self.tell_standby(halves.in_our_words(), StandbyStep::Asked, false);
        }
    }

    /// May this node hold the group beside that Heartbeat?
    pub(super) fn may_hold(&self, index: usize) -> bool {
        match (&self.old, self.groups.get(index)) {
            (Some(old), Some(group)) if self.settings.failback == Failback::Legacy => old.grants(group.settings.id),
            (Some(old), Some(_)) => old.right.has(self.is_ours(index)),
            _ => false,
        }
    }

    /// Does that Heartbeat hold the group by its own word? In legacy mode it says nothing; then it has what is its own
    /// and not here, because it takes that first of all.
    pub(super) fn peer_has(&self, index: usize) -> bool {
        let Some(group) = self.groups.get(index) else { return false };
        if self.settings.failback == Failback::Legacy {
            return !self.is_ours(index) && matches!(group.here, ClaimState::Idle | ClaimState::Want);
        }
        self.old.as_ref().is_some_and(|old| old.claimed.has(self.is_ours(index)))
    }

    /// What to do about a group that we hold beside a Heartbeat.
    pub(super) fn keep_old(&self, index: usize) -> Keep {
        let to = self.old_peer().cloned();
        if self.leaving {
            return Keep::Go { reason: Move::Leaving, to };
        }
        if self.may_hold(index) {
            return Keep::Stay;
        }
        let failed = self.fitness(index) == Fitness::NoCarrier;
        let taken = self.old.as_ref().is_some_and(|o| o.claimed.has(self.is_ours(index)));
        let reason = match self.settings.failback {
            _ if failed => Move::NoCarrier,
            _ if taken => Move::Conflict,
            Failback::On if !self.is_ours(index) => Move::Failback,
            Failback::Legacy if !self.is_ours(index) => Move::Failback,
            _ => Move::Operator,
        };
        Keep::Go { reason, to }
    }

    /// What to do about a group that we do not hold beside a Heartbeat.
    pub(super) fn reach_old(&self, index: usize, fitness: Fitness) -> Reach {
        let wanted = !self.leaving && fitness == Fitness::Fit && self.may_hold(index);
        if wanted { Reach::Wish { of: None } } else { Reach::Leave }
    }

    /// Why a Heartbeat that is alive lets us take a group.
    pub(super) fn ground_old(&self, index: usize) -> Option<Result<Ground, Doubt>> {
        let peer = self.old_peer()?.clone();
        if !self.may_hold(index) {
            return Some(Err(Doubt::NotAgreed { with: peer }));
        }
        let received = self.old.as_ref().is_some_and(|o| o.received.has(self.is_ours(index)));
        let ground = if received { Ground::Released { by: peer, because: Because::Planned } } else { Ground::Free };
        Some(Ok(ground))
    }

    pub(super) fn is_ours(&self, index: usize) -> bool {
        self.groups.get(index).is_some_and(|g| g.settings.home() == Some(&self.settings.me))
    }

    fn halves_where(&self, fits: impl Fn(&Cluster, usize) -> bool) -> Halves {
        let mut halves = Halves::NONE;
        for index in (0..self.groups.len()).filter(|i| fits(self, *i)) {
            halves = halves.or(if self.is_ours(index) { Halves::OURS } else { Halves::THEIRS });
        }
        halves
    }

    /// Halves of which something is here to stay.
    fn held_now(&self) -> Halves {
        self.halves_where(|c, i| c.groups[i].here.is_held() && c.groups[i].here != ClaimState::Stopping)
    }

    /// Those, and halves without any group.
    pub(super) fn taken(&self) -> Halves {
        Halves::ALL.minus(self.halves_where(|_, _| true).minus(self.held_now()))
    }

    /// Nothing of these halves runs here.
    fn is_quiet(&self, halves: Halves) -> bool {
        let quiet = |i: usize| matches!(self.groups[i].here, ClaimState::Idle | ClaimState::Want);
        (0..self.groups.len()).filter(|i| halves.has(self.is_ours(*i))).all(quiet)
    }

    /// Everything of these halves that can run here does.
    fn is_up(&self, halves: Halves) -> bool {
        let up = |i: usize| match self.groups[i].here {
            ClaimState::Running | ClaimState::Blocked => true,
            ClaimState::Idle => self.fitness(i) != Fitness::Fit,
            _ => false,
        };
        (0..self.groups.len()).filter(|i| halves.has(self.is_ours(*i))).all(up)
    }

    /// What of our right is there or on its way; a half of which every group failed is not claimed (QUIRKS 8).
    fn held_halves(&self, old: &Old) -> Halves {
        let alive = |ours: bool| {
            let mut groups = (0..self.groups.len()).filter(|i| self.is_ours(*i) == ours).peekable();
            groups.peek().is_none() || groups.any(|i| self.groups[i].here.is_held() || self.fitness(i) == Fitness::Fit)
        };
        old.right.and(Halves { ours: alive(true), theirs: alive(false) })
    }

    pub(super) fn report_old(&mut self, old: &Old, info: Option<&str>) {
        let held = self.held_halves(old);
        self.say_old(old.report(held, info));
    }

    fn tell_standby(&mut self, hold: crate::message::Hold, step: StandbyStep, by_peer: bool) {
        let Some(peer) = self.old_peer().cloned() else { return };
        let (from, to) = if by_peer { (peer, self.settings.me.clone()) } else { (self.settings.me.clone(), peer) };
        self.tell(Event::Standby { from, to, hold, step });
    }

    fn say_old(&mut self, body: Body) {
        let sequence = self.next_sequence();
        self.say(sequence, body);
    }

    pub(super) fn next_old_deadline(&self) -> Option<Moment> {
        self.old_peer()?;
        let owed = self.own_fit_since.map(|at| at + self.settings.timing.deadtime());
        let old = self.old.as_ref()?;
        let owed = owed.filter(|at| old.lent && *at > self.now);
        let poor = old.gives_up_at().filter(|at| *at > self.now);
        old.next_deadline(self.now).into_iter().chain(owed).chain(poor).min()
    }
}

//! After every input: verdicts, groups, questions, farewell, beat, in this order, until nothing changes.
//! Not here: the rules (placement.rs, safety.rs), only their application.

use super::speaking::HURRY;
use super::{Cluster, Hands, asks};
use crate::beat::{ClaimState, Fitness};
use crate::group::{Group, Move, Uncabled};
use crate::job::{JobId, JobKind, Outcome};
use crate::message::NodeState;
use crate::names::{GroupId, LinkName, NodeName, Sequence};
use crate::output::{Event, GroupChange, Output};
use crate::peer::{Peer, Presence};
use crate::placement::{self, Keep, Reach, Scene};
use crate::safety::{self, Facts};
use crate::time::Moment;
use crate::warm::Warmth;
use crate::wire::Probing;
use std::time::Duration;

/// A group can take a few steps within one moment (wish, proof, start); more would be a circle.
const STEPS_MAX: usize = 4;

/// How long a node that has said goodbye to a Heartbeat stays to repeat it: that one asks within a quarter of a second,
/// but acts only every keepalive or two (QUIRKS 26). The original stays for two seconds.
const LINGER_MIN: Duration = Duration::from_secs(1);
const LINGER_MAX: Duration = Duration::from_secs(4);

impl Cluster {
    pub(super) fn settle(&mut self) {
        self.connected_since = if self.is_connected() { self.connected_since.or(Some(self.now)) } else { None };
        self.detect();
        self.detect_pings();
        self.note_deaf();
        self.note_refused();
        self.know_own_state();
        self.settle_old();
        self.settle_groups();
        if self.old_peer().is_some() {
            // What has been released or acquired by now may be the next word, and that word may move groups.
            self.settle_old();
            self.settle_groups();
        }
        self.ask_the_wire();
        if asks::settle(self) {
            // What was refused to the operator is not asked of anybody in the next beat either.
            self.settle_groups();
        }
        self.farewell();
        self.ask_again();
        self.ask_suspects();
        self.speak();
    }

    fn settle_groups(&mut self) {
        for index in 0..self.groups.len() {
            self.watch_home(index);
            self.age_failures(index);
            self.watch_reach(index);
            self.settle_warm(index);
            for _ in 0..STEPS_MAX {
                if !self.settle_group(index) {
                    break;
                }
            }
        }
    }

    pub(super) fn job_done(&mut self, id: JobId, group: GroupId, outcome: Outcome) {
        let Some(index) = self.index_of(group) else { return };
        let successor = placement::successor(&self.groups[index], &self.scene());
        let now = self.now;
        let step = self.groups[index].done(id, outcome, successor, now);
        self.carry_out(index, step);
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            me: &self.settings.me,
            generation: self.identity.generation,
            digest: self.settings.digest,
            peers: &self.peers,
            failback: self.settings.failback,
            stable: self.settings.timing.deadtime(),
            patience: super::hearing::patience(self.settings.timing.keepalive()),
            leaving: self.leaving,
            reached: self.reached(),
            keepalive: self.settings.timing.keepalive(),
            now: self.now,
        }
    }

    /// From then on whoever lives on a medium that came back last was heard, but for lost beats.
    pub(super) fn heard_by_now(&self) -> Moment {
        self.reconnected + super::hearing::patience(self.settings.timing.keepalive())
    }

    /// Until when a group that has just lost its carrier waits for an answer. While another medium works that costs its
    /// clients time, so not long; else nobody hears us, and it is down before anybody may take us for dead.
    fn answer_awaited(&self) -> Moment {
        let timing = self.settings.timing;
        let works = |link: &LinkName| {
            self.media.get(link).is_some_and(|m| m.open) && self.carriers.get(&*link.0) != Some(&false)
        };
        let mut links = self.peers.values().flat_map(|p| &p.links);
        let respite = timing.deadtime().saturating_sub(timing.keepalive()) * 3 / 4;
        self.now + if links.any(|(link, sight)| sight.up && works(link)) { HURRY.min(respite) } else { respite }
    }

    /// May a group run here now?
    pub(super) fn fitness(&self, index: usize) -> Fitness {
        let Some(group) = self.groups.get(index) else { return Fitness::Unable };
        if self.hands == Hands::Down || self.leaving {
            Fitness::Unable
        } else if group.failed.is_some() {
            Fitness::Failed
        } else if group.settings.interfaces.iter().any(|i| self.carriers.get(i) == Some(&false)) {
            Fitness::NoCarrier
        } else if group.lacks_warmth() {
            Fitness::Unable
        } else {
            Fitness::Fit
        }
    }

    /// Active as soon as every other node is accounted for (spec/WIRE.md 7.3).
    fn know_own_state(&mut self) {
        let accounted = self.peers.values().all(|p| p.presence != Presence::NeverHeard);
        if self.state == NodeState::Up && accounted {
            self.state = NodeState::Active;
            self.say_now = true;
            self.tell(Event::LocalState { state: NodeState::Active });
        }
    }

    fn watch_home(&mut self, index: usize) {
        let (now, reached, deadtime) = (self.now, self.reached(), self.settings.timing.deadtime());
        let group = &mut self.groups[index];
        let id = group.settings.id;
        // A home that reaches fewer ping nodes than this node would only give it back.
        let home = group.settings.home().and_then(|h| self.peers.get(h));
        let behind = home.is_some_and(|p| reached.zip(p.reached()).is_some_and(|(ours, theirs)| theirs < ours));
        if behind {
            group.reach.goes_on(deadtime, now);
        }
        let fit = home.is_some_and(|p| p.would_take(id) && !behind);
        group.home_fit_since = if fit { group.home_fit_since.or(Some(now)) } else { None };
    }

    /// One step of one group; true when there was one.
    fn settle_group(&mut self, index: usize) -> bool {
        match self.groups[index].here {
            ClaimState::Running | ClaimState::Starting => self.settle_held(index),
            ClaimState::Idle | ClaimState::Want => self.settle_free(index),
            ClaimState::Stopping => self.settle_leftover(index),
            ClaimState::Blocked => false,
        }
    }

    fn settle_held(&mut self, index: usize) -> bool {
        if self.hands == Hands::Down {
            return false;
        }
        let fitness = self.fitness(index);
        let starting = || Uncabled { said: None, until: self.answer_awaited() };
        let uncabled = (fitness == Fitness::NoCarrier).then(|| self.groups[index].uncabled.unwrap_or_else(starting));
        self.groups[index].uncabled = uncabled;
        let (decision, rival) = {
            let (scene, group) = (self.scene(), &self.groups[index]);
            let old = self.old_peer().map(|_| self.keep_old(index));
            (old.unwrap_or_else(|| placement::keep(group, fitness, &scene)), placement::rival(group, &scene))
        };
        self.note_rival(index, rival, &decision);
        self.note_sleeper(index);
        match decision {
            Keep::Stay => false,
            Keep::Go { reason, to } => {
                let now = self.now;
                if matches!(reason, Move::Unreached { .. }) {
                    self.groups[index].reach.note_move(self.settings.timing.deadtime(), now);
                }
                let step = self.groups[index].release(&reason, to, now);
                self.carry_out(index, step);
                true
            }
        }
    }

    /// Tells of a second holder once; after it has let go, announces again, because the neighbours may still
    /// have its hardware address.
    fn note_rival(&mut self, index: usize, rival: Option<NodeName>, decision: &Keep) {
        let group = &mut self.groups[index];
        let before = std::mem::replace(&mut group.rival, rival.clone());
        match (before, rival) {
            (None, Some(node)) => {
                let (group, key) = (group.settings.id, group.settings.key.clone());
                let we_keep = *decision == Keep::Stay;
                self.tell(Event::BothHold { group, key, node, we_keep });
            }
            (Some(_), None) if group.here == ClaimState::Running => {
                let step = crate::group::Step { job: Some(JobKind::Announce), change: None };
                self.carry_out(index, step);
            }
            _ => {}
        }
    }

    /// A node whose silence was taken for its death wakes, and lets go: the neighbours may have its hardware address.
    /// (What held the group, and shows it, is a rival.)
    fn note_sleeper(&mut self, index: usize) {
        let group = &self.groups[index];
        let Some((name, generation)) = &group.taken_from else { return };
        let peer = self.peers.get(name).filter(|p| p.generation == *generation && group.rival.is_none());
        let over = peer.is_none_or(|p| p.is_alive() && !p.holds(group.settings.id));
        let announces = peer.is_some() && group.here == ClaimState::Running;
        if over {
            self.groups[index].taken_from = None;
        }
        if over && announces {
            self.carry_out(index, crate::group::Step { job: Some(JobKind::Announce), change: None });
        }
    }

    fn settle_free(&mut self, index: usize) -> bool {
        let fitness = self.fitness(index);
        let now = self.now;
        if placement::word_is_void(&self.groups[index], fitness, &self.scene()) {
            self.groups[index].withdraw_word();
            self.say_now = true;
        }
        let decision = match self.old_peer() {
            Some(_) => self.reach_old(index, fitness),
            None => placement::reach(&self.groups[index], fitness, &self.scene()),
        };
        let group = &mut self.groups[index];
        match decision {
            Reach::Leave if group.here == ClaimState::Want => {
                group.withdraw(now);
                self.say_now = true;
                true
            }
            Reach::Leave => {
                match self.why_not_here(index, fitness) {
                    Some(why) => self.tell_refusal(index, why),
                    None => self.groups[index].refusal = None,
                }
                false
            }
            Reach::Wish { of } if group.here != ClaimState::Want || group.to != of => {
                group.wish(of, now);
                self.say_now = true;
                true
            }
            Reach::Wish { of: Some(_) } => false,
            Reach::Wish { of: None } => self.try_to_take(index),
        }
    }

    fn try_to_take(&mut self, index: usize) -> bool {
        // An old release that waited while we slept was taken back since, for all we know.
        if self.draining {
            return false;
        }
        let id = self.groups[index].settings.id;
        let examined = self.examined(index, self.groups[index].wished_at, |facts| safety::examine(id, facts));
        let now = self.now;
        match examined {
            Ok(proof) => {
                let due = placement::failback_due(&self.groups[index], &self.scene());
                let highest = self.highest_epoch(id);
                // (An old peer makes no claims; it restarts itself after such a heal.)
                let silent = proof.silent().and_then(|node| self.peers.get(node)).filter(|p| p.beat.is_some());
                let silent = silent.map(|p| (p.name.clone(), p.generation));
                let due = self.note_reach_of(index, &proof) || due;
                let step = self.groups[index].take(proof, highest, due, now);
                self.groups[index].taken_from = silent;
                self.carry_out(index, step);
                true
            }
            Err(doubt) => {
                if !doubt.is_passing() {
                    self.tell_refusal(index, doubt.to_string());
                }
                false
            }
        }
    }

    /// Examines with all that this node knows; `wished_at`: the number of our message that the others must have heard.
    pub(super) fn examined<T>(
        &self,
        index: usize,
        wished_at: Option<Sequence>,
        examine: impl FnOnce(&Facts<'_>) -> T,
    ) -> T {
        let settings = &self.groups[index].settings;
        let scene = self.scene();
        let goes_first = |peer: &Peer| placement::goes_first(settings, &scene, peer);
        let listened = |since: Moment| self.now.since(since) >= self.settings.timing.deadtime();
        let facts = Facts {
            me: &self.settings.me,
            generation: self.identity.generation,
            wished_at,
            peers: &self.peers,
            goes_first: &goes_first,
            just_woken: self.woke.is_some_and(|(at, _)| self.now.since(at) < self.settings.timing.deadtime()),
            woke_at: self.woke.map(|(_, first)| first),
            connected: self.connected_since.is_some_and(listened),
            just_reconnected: self.now < self.heard_by_now(),
            agreed: self.ground_old(index),
            wire: self.wire(index),
            heeds_wire: settings.probe == Probing::On,
            reached: self.reached(),
            fresh: self.settings.timing.deadtime(),
            now: self.now,
            vouched: self.groups[index].ordered_here,
            given: self.groups[index].given,
        };
        examine(&facts)
    }

    /// Why a group that this node would take for want of anybody else stays down; nothing while somebody may still take
    /// it, or while that passes by itself.
    fn why_not_here(&self, index: usize, fitness: Fitness) -> Option<String> {
        let own = match fitness {
            Fitness::NoCarrier => "no carrier on the interface of its address here",
            Fitness::Failed => "it failed here, and is tried again later (after mending it: `systole cleanup`)",
            Fitness::Fit | Fitness::Unable => return None,
        };
        let alone = self.state == NodeState::Active && !self.draining && self.is_nobody_else_able(index);
        let listed = self.groups[index].settings.rank(&self.settings.me).is_some();
        (alone && listed && !self.leaving).then(|| format!("{own}, and {}", asks::why_not_there(self, index)))
    }

    fn tell_refusal(&mut self, index: usize, why: String) {
        let group = &mut self.groups[index];
        if group.refusal.as_ref() != Some(&why) {
            group.refusal = Some(why.clone());
            let (group, key) = (group.settings.id, group.settings.key.clone());
            self.tell(Event::Group { group, key, change: GroupChange::Refused, why });
        }
    }

    pub(super) fn highest_epoch(&self, id: GroupId) -> u64 {
        self.peers.values().filter_map(|p| p.last_claim(id)).map(|c| c.epoch).max().unwrap_or(0)
    }

    /// At least one medium is open and its interface, if it has one, is not known to be without carrier.
    fn is_connected(&self) -> bool {
        self.media.iter().any(|(link, m)| m.open && self.carriers.get(&*link.0) != Some(&false))
    }

    /// When everything is released: goodbye, and the end.
    fn farewell(&mut self) {
        let waiting =
            |state: ClaimState| matches!(state, ClaimState::Starting | ClaimState::Running | ClaimState::Stopping);
        if !self.leaving || self.ended || self.groups.iter().any(|g| waiting(g.here) || !Cluster::is_cold(g)) {
            return;
        }
        match self.farewell_at {
            Some(at) if self.now < at => return,
            Some(_) => {}
            None => {
                self.say_status();
                if self.groups.iter().all(|g| g.here != ClaimState::Blocked) {
                    self.say_goodbye();
                    if self.old_peer().is_some() {
                        // Our beats of the next moments show it a lost goodbye, and it can ask for it again.
                        let patience = self.settings.timing.keepalive().saturating_mul(2);
                        self.farewell_at = Some(self.now + patience.clamp(LINGER_MIN, LINGER_MAX));
                        return;
                    }
                }
            }
        }
        asks::finish_all(self, "this node is shutting down");
        let stuck = |g: &&Group| g.here == ClaimState::Blocked || g.settings.warm && g.warmth == Warmth::Stuck;
        let blocked = self.groups.iter().filter(stuck);
        let left: Vec<String> = blocked.map(|g| g.settings.key.clone()).collect();
        self.tell(if left.is_empty() { Event::ShutdownDone } else { Event::ShutdownIncomplete { left } });
        self.out.push_back(Output::Exit);
        self.ended = true;
    }
}

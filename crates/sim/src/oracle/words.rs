//! What nodes say, held against the truth: who says that he holds nothing has let go, who says that he runs it does, and
//! epochs order the holders. Not here: starts and holders themselves (oracle.rs).

use super::Invariant;
use crate::clock::{MS, SECOND};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use systole_core::output::GroupChange;
use systole_core::{Beat, Body, Claim, ClaimState, Condition, Event, Failback, GroupId, Message, NodeName};

/// A group is said to be started or stopped, and no job does it, for no longer than this.
const WORKLESS_NS: u64 = 3 * SECOND;
/// Reasons of the core, by the beginning of their sentences.
const FAILBACK: &str = "auto_failback";
const CONFLICT: &str = "held twice";

/// What one node said last, and what it knows, since it was booted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    said: BTreeMap<GroupId, Claim>,
    /// What it heard last of each other node.
    heard: BTreeMap<(usize, GroupId), Claim>,
    /// Those that said last that they leave.
    leaving: BTreeSet<usize>,
    /// The latest hold it ever heard of each other node, recordings too: what was never delivered cannot be told from
    /// what is new (M3).
    held: BTreeMap<(usize, GroupId), Claim>,
    /// The files of other nodes by every beat of them, recordings too.
    digests: BTreeSet<(usize, u32)>,
    /// Its own running time at the end of its last long stall.
    woke_own: Option<u64>,
    /// Since when no job does what is said to be under way.
    workless: BTreeMap<GroupId, u64>,
}

impl Words {
    /// A beat of another node reached it, authentic, of whatever age.
    pub(super) fn heard_ever(&mut self, from: usize, beat: &Beat) {
        self.digests.insert((from, beat.configuration));
        for claim in beat.claims.iter().filter(|claim| claim.state.runs()) {
            let held = self.held.entry((from, claim.group)).or_insert_with(|| claim.clone());
            if claim.epoch > held.epoch {
                held.clone_from(claim);
            }
        }
    }

    /// What that one says need not be believed.
    pub(super) fn doubt(&mut self, from: usize) {
        self.heard.retain(|(who, _), _| *who != from);
    }

    /// What it said last itself.
    pub(super) fn says(&self, group: GroupId) -> Option<&Claim> {
        self.said.get(&group)
    }

    /// What that one said last of a group.
    pub(super) fn last_said(&self, from: usize, group: GroupId) -> Option<&Claim> {
        self.heard.get(&(from, group))
    }

    pub(super) fn is_leaving(&self, node: usize) -> bool {
        self.leaving.contains(&node)
    }

    /// A fresh and newer beat of another node reached it.
    pub(super) fn heard(&mut self, from: usize, beat: &Beat) {
        if beat.leaving {
            self.leaving.insert(from);
        } else {
            self.leaving.remove(&from);
        }
        for claim in &beat.claims {
            self.heard.insert((from, claim.group), claim.clone());
        }
    }
}

impl World {
    /// A node says its newest beat.
    pub(crate) fn judge_words(&mut self, index: usize, message: &Message) {
        self.judge_beat(index, message);
        let Body::Status { beat: Some(beat), .. } = &message.body else { return };
        if self.nodes[index].old {
            return;
        }
        let core = self.nodes[index].core.as_ref();
        if message.sequence.is_none() || core.is_none_or(|core| core.newest_beat() != message.sequence) {
            return;
        }
        for claim in &beat.claims {
            let Some(group) = self.plan.groups().iter().position(|g| g.id == claim.group) else { continue };
            let before = self.oracle.words[index].said.insert(claim.group, claim.clone());
            if before.as_ref().map(|b| b.state) != Some(claim.state) {
                self.judge_change(index, group, before.as_ref(), claim);
            }
            self.judge_work(index, group, claim);
        }
    }

    fn judge_change(&mut self, index: usize, group: usize, before: Option<&Claim>, claim: &Claim) {
        let resource = &self.nodes[index].resources[group];
        let (name, key) = (&self.nodes[index].name, claim.group);
        let heard = self.oracle.words[index].heard.iter().filter(|((_, id), _)| *id == key);
        let highest = heard.map(|(_, c)| c.epoch).chain(before.map(|b| b.epoch)).max().unwrap_or(0);
        let broken = match claim.state {
            ClaimState::Idle | ClaimState::Want if resource.holds => {
                Some((Invariant::S7, format!("{name} says that it does not hold {key}, and does")))
            }
            // An agent that lies is believed (A6), and that a service is down is seen later (L11).
            ClaimState::Running
                if resource.found != Condition::Running && !resource.lied && resource.down.is_none() =>
            {
                Some((Invariant::L2, format!("{name} says that {key} runs, and it does not")))
            }
            ClaimState::Starting if !before.is_some_and(|b| b.state.runs()) && claim.epoch <= highest => {
                let what = format!("{name} starts {key} with epoch {}, and knows epoch {highest}", claim.epoch);
                Some((Invariant::S3, what))
            }
            _ => None,
        };
        if let Some((rule, what)) = broken {
            self.oracle.break_rule(rule, self.now, what);
        }
    }

    /// What is said to be under way is being done.
    fn judge_work(&mut self, index: usize, group: usize, claim: &Claim) {
        let node = &self.nodes[index];
        let under_way = matches!(claim.state, ClaimState::Starting | ClaimState::Stopping);
        // What a daemon of before left is neither kept nor stopped while its right lasts and the others are asked.
        let asks = claim.state == ClaimState::Stopping && {
            let until = self.oracle.watches[index].leftovers.get(&claim.group);
            until.is_some_and(|until| node.clock.shows(self.now).0 < *until)
        };
        let words = &mut self.oracle.words[index];
        if !under_way || asks || !node.hands_up || node.resources[group].job.is_some() {
            words.workless.remove(&claim.group);
            return;
        }
        let since = *words.workless.entry(claim.group).or_insert(self.now);
        if self.now - since > WORKLESS_NS {
            let ms = (self.now - since) / MS;
            let what = format!("{} is {:?} {} for {ms} ms, and no job does it", node.name, claim.state, claim.group);
            self.oracle.break_rule(Invariant::L2, self.now, what);
        }
    }

    /// A node tells something that must be so.
    pub(crate) fn judge_event(&mut self, index: usize, event: &Event) {
        self.note_taking(index, event);
        match event {
            // A Heartbeat goes by rules of its own.
            _ if self.nodes[index].old => {}
            Event::Stalled { .. } => {
                let own = self.nodes[index].own_time(self.now);
                self.oracle.words[index].woke_own = Some(own);
            }
            Event::PeerDead { node, .. } => self.judge_death(index, node),
            Event::LinkDead { node, link } => self.judge_link(index, node, link),
            event => self.judge_release(index, event),
        }
    }

    /// S5: a verdict needs a dead time (or what the early rule asks for, early.rs) of own running time since the last word, and since the last long stall.
    fn judge_death(&mut self, index: usize, peer: &NodeName) {
        let Some(other) = self.nodes.iter().position(|n| n.name == *peer) else { return };
        let node = &self.nodes[index];
        let own = node.own_time(self.now);
        let dead = crate::run::nanos(node.settings.timing.deadtime());
        // Of two machines under one name neither can be told from the other.
        if self.oracle.cloned_at[other].is_some_and(|at| self.now - at <= 2 * dead) {
            return;
        }
        let needed = self.least_silence(index, other) / 100 * 99;
        let heard = self.oracle.last_heard_own(index, other);
        let since = heard.into_iter().chain(self.oracle.words[index].woke_own).max();
        if let Some(since) = since.filter(|since| own.saturating_sub(*since) < needed) {
            let ms = own.saturating_sub(since) / MS;
            let least = needed / MS;
            let what = format!(
                "{} takes {peer} for dead after {ms} ms of its own running time, {least} are needed",
                node.name
            );
            self.oracle.break_rule(Invariant::S5, self.now, what);
        }
        if let Some(since) = since {
            self.judge_early(index, other, own.saturating_sub(since));
        }
    }

    /// A node tells why it lets a group go.
    fn judge_release(&mut self, index: usize, event: &Event) {
        let Event::Group { group, change: GroupChange::Releasing, why, .. } = event else { return };
        if why.starts_with(FAILBACK) {
            self.judge_failback(index, *group);
        } else if why.starts_with(CONFLICT) {
            self.judge_conflict(index, *group);
        } else {
            self.judge_gift(index, *group, why);
        }
    }

    /// S10: only where it is wanted, and only to a home that has been there for a dead time.
    fn judge_failback(&mut self, index: usize, id: GroupId) {
        // A stop that had begun goes on after a start of hands; that is no new decision.
        if self.oracle.words[index].says(id).is_some_and(|claim| claim.state == ClaimState::Stopping) {
            return;
        }
        let Some(home) = self.plan.groups().iter().find(|g| g.id == id).and_then(|g| g.home().cloned()) else { return };
        let Some(home) = self.nodes.iter().position(|n| n.name == home) else { return };
        let settings = &self.nodes[index].settings;
        let there = self.now - self.nodes[home].booted_at;
        // Both clocks may be wrong by a percent.
        let needed = crate::run::nanos(settings.timing.deadtime()) / 100 * 97;
        let why = if settings.failback == Failback::Off {
            "although auto_failback is off".to_owned()
        } else if there < needed && !self.nodes[home].old {
            format!("{} ms after it was booted", there / MS)
        } else {
            return;
        };
        let what = format!("{} gives {id} back to {} {why}", self.nodes[index].name, self.nodes[home].name);
        self.oracle.break_rule(Invariant::S10, self.now, what);
    }

    /// S3: the other one has the later epoch, or the same one and the better place.
    fn judge_conflict(&mut self, index: usize, id: GroupId) {
        let words = &self.oracle.words[index];
        let Some(ours) = words.said.get(&id).map(|claim| claim.epoch) else { return };
        let files = &self.nodes[index].settings;
        let settings = files.groups.iter().find(|g| g.id == id);
        // Nodes with different files know no common order of preference, but each other's digest.
        let rank = |name: &NodeName| settings.and_then(|g| g.rank(name)).unwrap_or(usize::MAX);
        let me = (files.digest, rank(&self.nodes[index].name));
        // Its files now, and those that a recording of it named.
        let digests =
            |node: usize| words.digests.iter().filter(move |(who, _)| *who == node).map(|(_, digest)| *digest);
        let first = |node: usize| {
            let (now, rank) = (self.nodes[node].settings.digest, rank(&self.nodes[node].name));
            digests(node).chain([now]).any(|digest| (digest, rank) < me)
        };
        let better = |other: usize| {
            // What it heard, now or in a recording, or what the other one says by now: a late frame may have told it.
            let of = (other, id);
            let claims = [words.heard.get(&of), words.held.get(&of), self.oracle.words[other].said.get(&id)];
            let mut claims = claims.into_iter().flatten().filter(|claim| claim.state.runs());
            claims.any(|c| c.epoch > ours || c.epoch == ours && first(other))
        };
        if !(0..self.nodes.len()).any(|other| other != index && better(other)) {
            let what = format!("{} gives way with {id}, and no other holder goes before it", self.nodes[index].name);
            self.oracle.break_rule(Invariant::S3, self.now, what);
        }
    }
}

//! Asking the wire: who has a service address up answers, whatever becomes of beats and daemons. Questions and answers
//! can be lost and late; a machine that stands still answers nobody. And the judge of who took what still answered.
//! Not here: what a node makes of it (systole-core), frames (the program's own).

use crate::clock::MS;
use crate::oracle::Invariant;
use crate::run::nanos;
use crate::world::{Happening, World};
use systole_core::{Condition, GroupId, Input, Probing, Wire};

/// Questions in a round, as the program does it.
const TIMES: u32 = 3;
/// Whoever has put up the address so shortly before may not have been heard.
const RACE_NS: u64 = 1500 * MS;

/// A round under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) node: usize,
    pub(crate) hands_life: u64,
    pub(crate) group: usize,
    pub(crate) turn: u32,
    /// Nanoseconds from one question to the next.
    pub(crate) step: u64,
    /// When the first answer is here, and whose it is.
    pub(crate) answer: Option<(u64, usize)>,
}

impl World {
    /// A node wants to know.
    pub(crate) fn begin_probe(&mut self, index: usize, group: GroupId, span_ms: u64) {
        let node = &mut self.nodes[index];
        let Some(group) = node.settings.groups.iter().position(|g| g.id == group).filter(|_| node.hands_up) else {
            return;
        };
        let step = span_ms * MS / u64::from(TIMES);
        node.resources[group].asked_until = self.now + span_ms * MS;
        let hands_life = node.hands_life;
        let round = Round { node: index, hands_life, group, turn: 0, step, answer: None };
        self.push(self.now, Happening::Asks(round));
    }

    /// A question, or the end of the round.
    pub(crate) fn go_on_asking(&mut self, mut round: Round) {
        let Round { node: index, group, .. } = round;
        if self.nodes[index].hands_life != round.hands_life {
            return;
        }
        if let Some((_, by)) = round.answer.filter(|(at, _)| *at <= self.now) {
            let resource = &self.nodes[by].resources[group];
            let serves = Some(resource.holds && resource.found == Condition::Running);
            let wire = Wire::Answered { address: self.address(group), by: self.nodes[by].name.to_string(), serves };
            return self.end_round(&round, wire);
        }
        if round.turn == TIMES {
            return self.end_round(&round, Wire::Silent);
        }
        for other in (0..self.nodes.len()).filter(|other| *other != index) {
            if self.answers(index, other, group) {
                // There and back.
                let late = 2 * self.random.below(self.weather.delay_ms * MS + MS);
                let lost = self.random.chance(self.weather.loss) || self.random.chance(self.weather.loss);
                let at = self.now + late;
                if !lost && round.answer.is_none_or(|(known, _)| at < known) {
                    round.answer = Some((at, other));
                }
            }
        }
        round.turn += 1;
        self.push(self.now + round.step, Happening::Asks(round));
    }

    fn end_round(&mut self, round: &Round, wire: Wire) {
        let silent = &mut self.oracle.watches[round.node].silent_wire;
        if wire == Wire::Silent {
            silent.insert(round.group);
        } else {
            silent.remove(&round.group);
        }
        let node = &mut self.nodes[round.node];
        node.resources[round.group].asked_until = 0;
        let group = node.settings.groups[round.group].id;
        self.tell(|w| format!("{}: asked the wire for group {}: {wire:?}", w.nodes[round.node].name, round.group));
        self.input(round.node, Input::Probed { group, wire });
    }

    /// Would that machine answer a question of this one now? Of two that ask at once, the first one in order has the lower
    /// hardware address.
    fn answers(&mut self, index: usize, other: usize, group: usize) -> bool {
        let now = self.now;
        let node = &self.nodes[other];
        let awake = node.frozen.is_none();
        let asks = node.core.is_some() && node.resources[group].asked_until > now && other < index;
        awake && (node.resources[group].holds || asks) && self.segment_passes(index, other, group)
    }

    /// Do frames pass both ways between two machines on the interface of a group's address?
    fn segment_passes(&mut self, one: usize, other: usize, group: usize) -> bool {
        let interfaces = self.nodes[one].settings.groups[group].interfaces.clone();
        let links: Vec<usize> =
            (0..self.links.len()).filter(|link| interfaces.iter().any(|i| **i == *self.links[*link].0.0)).collect();
        links.into_iter().all(|link| {
            let plugged = self.nodes[one].pulled[link] == 0 && self.nodes[other].pulled[link] == 0;
            plugged && self.wire(one, other, link).cut == 0 && self.wire(other, one, link).cut == 0
        })
    }

    fn address(&self, group: usize) -> String {
        let key = self.plan.groups().get(group).map_or("", |g| g.key.as_str());
        key.trim_start_matches("IPaddr2::").trim_start_matches("IPaddr::").split('/').next().unwrap_or(key).to_owned()
    }

    /// A node takes a group because another one is silent. That may be; but not while the address answers on a wire on which
    /// nothing was wrong for as long as asking takes (S1, on the wire).
    pub(crate) fn judge_wire(&mut self, index: usize, other: usize, group: usize) {
        let asked = self.nodes[index].settings.groups[group].probe == Probing::On;
        if !asked || self.nodes.len() != 2 {
            return;
        }
        let since = self.now.saturating_sub(RACE_NS);
        let lossy = self.lossy_at.is_some_and(|at| at >= since) || self.weather.loss > 0 || self.weather.delay_ms > 20;
        // Answers of before may have been lost, or later than their round.
        let lossy = lossy || self.weather_at >= since && since > 0;
        let calm = |at: Option<u64>| at.is_none_or(|at| at < since);
        let wires = (0..self.links.len())
            .all(|link| calm(self.wire(index, other, link).broken_at) && calm(self.wire(other, index, link).broken_at));
        let (here, there) = (&self.nodes[index], &self.nodes[other]);
        // A machine whose clock stood still too takes an answer of before for a new one (P3).
        let lossy = lossy || here.clock.stood > 0 && here.away_at.is_some_and(|at| at >= since);
        let settled = there.away_at.is_none_or(|at| at < since) && there.resources[group].held_since < since;
        if !lossy && wires && settled && self.answers(index, other, group) {
            let (me, holder) = (self.nodes[index].name.clone(), self.nodes[other].name.clone());
            let address = self.address(group);
            let silent = nanos(self.plan.timing().deadtime()) / MS;
            let what =
                format!("{me} starts what {holder} holds: no beat for {silent} ms, but {address} answers on the wire");
            self.oracle.break_rule(Invariant::S1, self.now, what);
        }
    }
}

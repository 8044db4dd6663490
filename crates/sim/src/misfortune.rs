//! What goes wrong, and when: chance chooses among the faults that this seed allows.
//! Not here: what a fault means for bytes (network.rs) or agents (jobs.rs).

use crate::clock::{MS, SECOND};
use crate::fault::Fault;
use crate::network::{Medium, Weather};
use crate::world::{Happening, World};
use systole_core::{Ask, Input, Which};

const WORDS: [Which; 4] = [Which::All, Which::Local, Which::Foreign, Which::Failback];

/// A fault that lasts and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Weather(Fault),
    Burst { link: usize },
    Alone { node: usize },
    OneWay { from: usize, to: usize },
    Pair { one: usize, other: usize },
    Carrier { node: usize, link: usize },
    Agent { fault: Fault, node: usize, group: usize },
}

impl World {
    /// One misfortune out of those allowed.
    pub(crate) fn misfortune(&mut self, allowed: &[Fault]) {
        let place = self.random.index(allowed.len());
        let Some(fault) = allowed.get(place).copied() else { return };
        let count = self.nodes.len();
        let node = self.random.index(count);
        let other = (node + 1 + self.random.index(count - 1)) % count;
        let group = self.random.index(self.plan.groups);
        let link = self.random.index(self.links.len());
        let trouble = match fault {
            Fault::Loss | Fault::Delay | Fault::Duplicate | Fault::Corrupt | Fault::SerialNoise => {
                Trouble::Weather(fault)
            }
            Fault::Burst => Trouble::Burst { link },
            Fault::Partition => Trouble::Alone { node },
            Fault::OneWay => Trouble::OneWay { from: node, to: other },
            Fault::Partial => Trouble::Pair { one: node, other },
            Fault::Carrier if self.links[link].1 == Medium::Lan => Trouble::Carrier { node, link },
            Fault::StartFails | Fault::StopFails | Fault::Hang | Fault::Slow => Trouble::Agent { fault, node, group },
            _ => return self.blow(fault, node, other, group),
        };
        self.inject(fault);
        self.trouble(trouble, true);
        let span = match fault {
            Fault::Burst => self.random.span(300, 2000),
            Fault::Carrier => self.random.span(10, 20_000),
            _ => self.random.span(200, 40_000),
        };
        self.push(self.now + span, Happening::Ends { trouble, era: self.era });
    }

    /// A fault that happens at one moment.
    fn blow(&mut self, fault: Fault, node: usize, other: usize, group: usize) {
        match fault {
            Fault::HeartKilled => self.kill_heart(node),
            Fault::HandsKilled => self.kill_hands(node),
            Fault::Pause => {
                let span = self.random.span(50, 30_000);
                self.pause(node, span);
            }
            Fault::PowerCut => {
                let span = self.random.span(1000, 60_000);
                self.power_cut(node, span);
            }
            Fault::Operator => {
                let ask = self.question(other, group);
                self.ask(node, ask);
            }
            Fault::Replay => self.replay(node),
            _ => return,
        }
        self.inject(fault);
    }

    fn question(&mut self, other: usize, group: usize) -> Ask {
        let place = self.random.index(WORDS.len());
        let which = WORDS.get(place).copied().unwrap_or(Which::All);
        match self.random.below(6) {
            0 | 1 => Ask::Standby { which },
            2 => Ask::Takeover { which },
            3 => {
                let key = self.nodes[other].settings.groups[group].key.clone();
                Ask::Move { group: key, node: self.nodes[other].name.clone() }
            }
            4 => Ask::Cleanup { group: None },
            _ => Ask::Shutdown,
        }
    }

    /// An attacker without the key sends what he has recorded, as it was, on the link that it came from.
    fn replay(&mut self, to: usize) {
        for _ in 0..20 {
            let place = self.random.index(self.recorded.len());
            let Some(recorded) = self.recorded.get(place).filter(|r| r.from != to).cloned() else { continue };
            self.arrive(recorded.from, to, recorded.link, recorded.bytes);
        }
        self.tell(|w| format!("{}: old frames are played to it again", w.nodes[to].name));
    }

    /// A trouble begins or ends.
    pub(crate) fn trouble(&mut self, trouble: Trouble, on: bool) {
        let word = if on { "begins" } else { "ends" };
        self.tell(|_| format!("{trouble:?} {word}"));
        let count = self.nodes.len();
        let all = 0..self.links.len();
        match trouble {
            Trouble::Weather(fault) => self.weather_turns(fault, on),
            Trouble::Burst { link } => {
                for (from, to) in pairs(count) {
                    self.cut(from, to, link, on);
                }
            }
            Trouble::Alone { node } => {
                for (from, to) in pairs(count).filter(|(from, to)| *from == node || *to == node) {
                    all.clone().for_each(|link| self.cut(from, to, link, on));
                }
            }
            Trouble::OneWay { from, to } => all.for_each(|link| self.cut(from, to, link, on)),
            Trouble::Pair { one, other } => {
                for (from, to) in [(one, other), (other, one)] {
                    all.clone().for_each(|link| self.cut(from, to, link, on));
                }
            }
            Trouble::Carrier { node, link } => self.pull(node, link, on),
            Trouble::Agent { fault, node, group } => {
                let manners = &mut self.nodes[node].resources[group].manners;
                let cause = match fault {
                    Fault::StartFails => &mut manners.start_fails,
                    Fault::StopFails => &mut manners.stop_fails,
                    Fault::Hang => &mut manners.hangs,
                    _ => &mut manners.slow,
                };
                *cause = if on { *cause + 1 } else { cause.saturating_sub(1) };
            }
        }
    }

    fn weather_turns(&mut self, fault: Fault, on: bool) {
        let worst = if self.links.len() > 1 { 300 } else { 20 };
        let strength = self.random.below(worst) + 1;
        let weather = &mut self.weather;
        let (what, value) = match fault {
            Fault::Loss => (&mut weather.loss, strength),
            Fault::Duplicate => (&mut weather.duplicate, 400),
            Fault::Corrupt => (&mut weather.corrupt, strength / 3 + 1),
            Fault::SerialNoise => (&mut weather.noise, 300),
            _ => (&mut weather.delay_ms, strength * 2),
        };
        *what = if on { value } else { 0 };
        let lost = self.weather.loss + self.weather.corrupt;
        if lost > 100 || self.links.len() == 1 && lost > 0 {
            self.lossy_at = Some(u64::MAX);
        } else if self.lossy_at.is_some() {
            self.lossy_at = Some(self.now);
        }
    }

    /// A cable is pulled or put back.
    fn pull(&mut self, node: usize, link: usize, on: bool) {
        let now = self.now;
        let pulled = &mut self.nodes[node].pulled[link];
        let before = *pulled > 0;
        *pulled = if on { *pulled + 1 } else { pulled.saturating_sub(1) };
        let after = *pulled > 0;
        for (from, to) in pairs(self.nodes.len()).filter(|(from, to)| *from == node || *to == node) {
            self.wire(from, to, link).cut_at = Some(now);
        }
        if before != after {
            let interface = self.links[link].0.0.clone();
            self.input(node, Input::CarrierChanged { interface, carrier: !after });
        }
    }

    /// All misfortune ends: wires, agents and pauses; machines get their power back within a second.
    pub(crate) fn heal(&mut self) {
        self.tell(|_| "everything is mended".into());
        self.era += 1;
        self.weather = Weather::default();
        self.lossy_at = self.lossy_at.map(|_| self.now);
        for (from, to) in pairs(self.nodes.len()) {
            for link in 0..self.links.len() {
                while self.wire(from, to, link).cut > 0 {
                    self.cut(from, to, link, false);
                }
            }
        }
        for node in 0..self.nodes.len() {
            for link in 0..self.links.len() {
                while self.nodes[node].pulled[link] > 0 {
                    self.pull(node, link, false);
                }
            }
            for resource in &mut self.nodes[node].resources {
                (resource.manners.start_fails, resource.manners.stop_fails) = (0, 0);
                (resource.manners.hangs, resource.manners.slow) = (0, 0);
            }
            let (now, life) = (self.now, self.nodes[node].life);
            self.nodes[node].paused_until = self.nodes[node].paused_until.map(|until| until.min(now + 10 * MS));
            if self.nodes[node].core.is_none() {
                self.push(now + SECOND, Happening::Boot { node, life });
            }
        }
    }
}

/// Every ordered pair of different nodes.
pub(crate) fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |from| (0..count).filter(move |to| *to != from).map(move |to| (from, to)))
}

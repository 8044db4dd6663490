//! What an act of a script does to the world. Not here: which acts there are (script.rs), and who chooses them.

mod attack;
mod disk;
mod machine;
pub(crate) mod rhythm;
mod rights;

use crate::agents::Manners;
use crate::clock::{MS, SECOND};
use crate::network::Weather;
use crate::script::{Act, Misdeed, Trouble};
use crate::world::{Happening, KERNEL_LATE, World};
use systole_core::{Condition, Input, Moment};

pub(crate) use disk::Kept;

impl World {
    /// Does it, now.
    pub(crate) fn act(&mut self, act: &Act) {
        if let Some(fault) = act.fault() {
            self.injected.count(fault);
        }
        match act {
            // A machine that stands still takes neither signals nor questions.
            Act::KillHeart { node } | Act::KillHands { node } | Act::KillBoth { node, .. } | Act::Ask { node, .. }
                if self.nodes[*node].frozen.is_some() => {}
            Act::Boot { node } => self.boot(*node),
            Act::PowerCut { node, back_ms } => self.power_cut(*node, back_ms.map(|ms| ms * MS)),
            Act::KillHeart { node } => self.kill_heart(*node),
            Act::KillHands { node } => self.kill_hands(*node),
            Act::Pause { node, ms } => self.pause(*node, ms * MS),
            Act::KillBoth { node, back_ms } => self.kill_both(*node, back_ms.map(|ms| ms * MS)),
            Act::Ask { node, ask } => self.ask(*node, ask.clone()),
            Act::Replay { to } => {
                self.judge_repeats(*to);
                self.replay(*to, false);
            }
            Act::ReplayUnheard { to } => self.replay(*to, true),
            Act::ReplayNewborn { to } => self.replay_newborn(*to),
            Act::Forge { from, to, life } => self.forge(*from, *to, *life),
            Act::Keyless { from, to } => self.forge_keyless(*from, *to),
            Act::Malformed { to } => self.malform(*to),
            Act::ByHand { node, group } => self.take_away(*node, *group),
            Act::SyncFails { node } => self.nodes[*node].disk_manners.sync_fails += 1,
            Act::PauseAll { ms } => (0..self.nodes.len()).for_each(|node| self.pause(node, ms * MS)),
            Act::Freeze { node, ms, told } => self.freeze(*node, ms * MS, *told),
            Act::Harm { node, harm } => self.harm(*node, *harm),
            Act::StepClock { node, seconds } => self.step_clock(*node, *seconds),
            Act::AskAll { ask } => (0..self.nodes.len()).for_each(|node| self.ask(node, ask.clone())),
            Act::Reload { node } => self.reload(*node),
            Act::Trouble { trouble, ms } => {
                self.trouble(*trouble, true);
                if let Some(ms) = ms {
                    self.push(self.now + ms * MS, Happening::Ends { trouble: *trouble, era: self.era });
                }
            }
            Act::Mend => self.mend(),
        }
    }

    /// A trouble begins or ends.
    pub(crate) fn trouble(&mut self, trouble: Trouble, on: bool) {
        self.tell(|_| format!("{trouble:?} {}", if on { "begins" } else { "ends" }));
        let count = self.nodes.len();
        let all = 0..self.links.len();
        match trouble {
            Trouble::Loss { .. } | Trouble::Duplicate { .. } | Trouble::Corrupt { .. } | Trouble::Noise { .. } => {
                self.weather_turns(trouble, on);
            }
            Trouble::Delay { .. } | Trouble::Tail { .. } | Trouble::Reorder { .. } => self.weather_turns(trouble, on),
            Trouble::Bursts { .. }
            | Trouble::Flapping { .. }
            | Trouble::Starved { .. }
            | Trouble::Flood { .. }
            | Trouble::OutOfMemory { .. }
            | Trouble::Clone { .. } => {
                if on {
                    self.rhythm_begins(trouble);
                } else {
                    self.rhythm_ends(trouble);
                }
            }
            Trouble::Silent { link } => {
                for (from, to) in pairs(count) {
                    self.cut(from, to, link, on);
                }
            }
            Trouble::Alone { node } => {
                for (from, to) in pairs_with(count, node) {
                    all.clone().for_each(|link| self.cut(from, to, link, on));
                }
            }
            Trouble::OneWay { from, to } => all.for_each(|link| self.cut(from, to, link, on)),
            Trouble::OneWayOn { from, to, link } => self.cut(from, to, link, on),
            Trouble::Pair { one, other } => {
                for (from, to) in [(one, other), (other, one)] {
                    all.clone().for_each(|link| self.cut(from, to, link, on));
                }
            }
            Trouble::Filtered { node } => {
                for (from, to) in pairs_with(count, node) {
                    all.clone().for_each(|link| self.filter(from, to, link, on));
                }
            }
            Trouble::FilteredTo { from, to } => all.for_each(|link| self.filter(from, to, link, on)),
            Trouble::Carrier { node, link } => self.pull(node, link, on),
            Trouble::WrongKey { node } => self.change_key(node, on),
            Trouble::DiskFull { node } => count_cause(&mut self.nodes[node].disk_manners.full, on),
            Trouble::DiskUnreadable { node } => count_cause(&mut self.nodes[node].disk_manners.unreadable, on),
            Trouble::DiskHangs { node } => count_cause(&mut self.nodes[node].disk_manners.hangs, on),
            Trouble::ForkFails { node } => self.fork_fails(node, on),
            Trouble::Agent { misdeed, node, group } => {
                count_cause(misdeed_of(&mut self.nodes[node].resources[group].manners, misdeed), on);
                if on && matches!(misdeed, Misdeed::ServiceDies | Misdeed::ServiceHangs) {
                    self.service_fails(node, group);
                }
            }
        }
    }

    fn fork_fails(&mut self, node: usize, on: bool) {
        for resource in &mut self.nodes[node].resources {
            count_cause(&mut resource.manners.start_fails, on);
            count_cause(&mut resource.manners.stop_fails, on);
        }
    }

    fn weather_turns(&mut self, trouble: Trouble, on: bool) {
        let weather = &mut self.weather;
        let (what, value) = match trouble {
            Trouble::Loss { per_mille } => (&mut weather.loss, per_mille),
            Trouble::Duplicate { per_mille } => (&mut weather.duplicate, per_mille),
            Trouble::Corrupt { per_mille } => (&mut weather.corrupt, per_mille),
            Trouble::Noise { per_mille } => (&mut weather.noise, per_mille),
            Trouble::Delay { ms } => (&mut weather.delay_ms, ms),
            Trouble::Tail { per_mille } => (&mut weather.tail, per_mille),
            Trouble::Reorder { per_mille } => (&mut weather.reorder, per_mille),
            _ => return,
        };
        *what = if on { value } else { 0 };
        self.weather_at = self.now;
        // What comes very late is as good as lost.
        let lost = self.weather.loss + self.weather.corrupt + self.weather.tail + self.weather.reorder;
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
        if self.nodes[node].pulled.iter().enumerate().all(|(at, causes)| *causes > 0 || at == link && before) {
            self.nodes[node].uncabled_at = Some(now);
        }
        for (from, to) in pairs(self.nodes.len()).filter(|(from, to)| *from == node || *to == node) {
            let wire = self.wire(from, to, link);
            (wire.cut_at, wire.broken_at) = (Some(now), Some(now));
        }
        if before != after {
            let interface = self.links[link].0.0.clone();
            self.input(node, Input::CarrierChanged { interface: interface.as_ref().to_owned(), carrier: !after });
        }
    }

    /// Heart and hands are killed at once: what runs goes on running, and nobody looks after it.
    pub fn kill_both(&mut self, index: usize, back_after: Option<u64>) {
        if self.nodes[index].core.is_none() {
            return;
        }
        self.tell(|w| format!("{}: heart and hands are killed", w.nodes[index].name));
        self.rights_run_out(index);
        self.end_heart(index);
        self.nodes[index].resources.iter_mut().for_each(|resource| resource.job = None);
        let (life, right_until) = (self.nodes[index].life, self.nodes[index].right_until);
        if right_until > 0 {
            let at = self.nodes[index].clock.reaches(Moment(right_until)) + KERNEL_LATE;
            self.push(at.max(self.now), Happening::Expires { node: index, life, right_until });
        }
        if let Some(span) = back_after {
            let life = self.nodes[index].life;
            self.push(self.now + span, Happening::Boot { node: index, life });
        }
    }

    /// All misfortune ends: wires, agents and pauses; machines get their power back within a second.
    pub(crate) fn mend(&mut self) {
        self.tell(|_| "everything is mended".into());
        self.era += 1;
        self.rhythms_end();
        self.weather = Weather::default();
        self.lossy_at = self.lossy_at.map(|_| self.now);
        self.weather_at = self.now;
        for (from, to) in pairs(self.nodes.len()) {
            for link in 0..self.links.len() {
                while self.wire(from, to, link).cut > 0 {
                    self.cut(from, to, link, false);
                }
                while self.wire(from, to, link).filtered > 0 {
                    self.filter(from, to, link, false);
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
                (resource.manners.start_lies, resource.manners.status_lies, resource.manners.dies) = (0, 0, 0);
                (resource.manners.service_dies, resource.manners.service_hangs) = (0, 0);
                // A script that lies about its start may lie about its state: such a service is started by hand.
                resource.holds |= std::mem::take(&mut resource.taken_away);
                if std::mem::take(&mut resource.lied) && resource.holds && resource.job.is_none() {
                    resource.found = Condition::Running;
                }
            }
            self.mend_disk_and_key(node);
            let (now, life) = (self.now, self.nodes[node].life);
            self.nodes[node].paused_until = self.nodes[node].paused_until.map(|until| until.min(now + 10 * MS));
            if self.nodes[node].core.is_none() {
                self.push(now + SECOND, Happening::Boot { node, life });
            }
        }
    }
}

fn count_cause(causes: &mut u32, on: bool) {
    *causes = if on { *causes + 1 } else { causes.saturating_sub(1) };
}

/// Every ordered pair of different nodes that has this one in it.
fn pairs_with(count: usize, node: usize) -> impl Iterator<Item = (usize, usize)> {
    pairs(count).filter(move |(from, to)| *from == node || *to == node)
}

/// Every ordered pair of different nodes.
pub(crate) fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |from| (0..count).filter(move |to| *to != from).map(move |to| (from, to)))
}

fn misdeed_of(manners: &mut Manners, misdeed: Misdeed) -> &mut u32 {
    match misdeed {
        Misdeed::StartFails => &mut manners.start_fails,
        Misdeed::StopFails => &mut manners.stop_fails,
        Misdeed::Hangs => &mut manners.hangs,
        Misdeed::Slow => &mut manners.slow,
        Misdeed::StartLies => &mut manners.start_lies,
        Misdeed::StatusLies => &mut manners.status_lies,
        Misdeed::Dies => &mut manners.dies,
        Misdeed::ServiceDies => &mut manners.service_dies,
        Misdeed::ServiceHangs => &mut manners.service_hangs,
    }
}

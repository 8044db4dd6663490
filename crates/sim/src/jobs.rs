//! Hands and its agents: jobs that take time, fail or hang, hands that dies, hands that outlives its heart.
//! Not here: who wants the jobs (systole-core).

use crate::acting::Kept;
use crate::agents::{Resource, warm};
use crate::clock::{MS, SECOND};
use crate::world::{Happening, World};
use systole_core::{Condition, Generation, Input, Job, JobId, JobKind, Message, Outcome};

/// The limit at which a hung agent is killed.
const LIMIT_NS: u64 = 20 * SECOND;

impl World {
    pub(crate) fn begin_job(&mut self, index: usize, job: Job) {
        let Some(group) = self.nodes[index].settings.groups.iter().position(|g| g.id == job.group) else { return };
        self.judge_job(index, &job);
        if job.kind == JobKind::Start {
            self.starts += 1;
            self.judge_start(index, group);
        }
        self.stops += u64::from(matches!(job.kind, JobKind::Stop | JobKind::Yield));
        if !self.nodes[index].hands_up {
            return;
        }
        if job.kind == JobKind::Announce {
            return self.input_later(index, job.id, group, MS);
        }
        if let Some((old, _)) = self.nodes[index].resources[group].job.take() {
            self.cancelled(index, group, old);
        }
        let resource = &self.nodes[index].resources[group];
        let manners = resource.manners;
        let moves = job.kind == JobKind::Yield || job.kind == JobKind::Start && resource.is_ready();
        let span = match (manners.hangs, manners.slow) {
            // Nothing but the address, for which no agent runs.
            _ if moves && self.is_warm(group) => self.random.span(1, 3),
            (1.., _) => LIMIT_NS,
            (0, 1..) => self.random.span(3000, 15_000),
            (0, 0) => self.random.span(5, 400),
        };
        let now = self.now;
        let resource = &mut self.nodes[index].resources[group];
        resource.job = Some((job.id, job.kind));
        resource.taken_away &= job.kind == JobKind::Inspect;
        if job.kind == JobKind::Start {
            resource.held_since = if resource.holds { resource.held_since } else { now };
            // From the first moment of a start the address may be there.
            resource.holds = true;
            if resource.found == Condition::Stopped {
                resource.found = Condition::Partial;
            }
        }
        self.input_later(index, job.id, group, span);
    }

    fn input_later(&mut self, node: usize, id: JobId, group: usize, span: u64) {
        let hands_life = self.nodes[node].hands_life;
        self.push(self.now + span, Happening::JobEnds { node, hands_life, group, id });
    }

    fn cancelled(&mut self, index: usize, group: usize, id: JobId) {
        let group = self.nodes[index].settings.groups[group].id;
        // The core drains its outputs just now; it hears of this in the next moment, as over the bridge.
        let life = self.nodes[index].hands_life;
        self.late.push((index, life, Input::JobDone { id, group, outcome: Outcome::Cancelled }));
    }

    pub(crate) fn cancel_job(&mut self, index: usize, id: JobId) {
        let found = self.nodes[index].resources.iter().position(|r| r.job.is_some_and(|(ours, _)| ours == id));
        if let Some(group) = found {
            self.nodes[index].resources[group].job = None;
            self.cancelled(index, group, id);
        }
    }

    pub(crate) fn end_job(&mut self, index: usize, hands_life: u64, group: usize, id: JobId) {
        let is_warm = self.is_warm(group);
        let node = &mut self.nodes[index];
        if node.hands_life != hands_life {
            return;
        }
        let resource = &mut node.resources[group];
        let dies = resource.manners.dies > 0 && self.random.chance(500);
        let outcome = match resource.job {
            Some((ours, _)) if ours == id && dies => {
                resource.job = None;
                Outcome::Cancelled
            }
            Some((ours, kind)) if ours == id => {
                resource.job = None;
                match kind {
                    JobKind::Start if is_warm && resource.is_ready() => warm::end_take(resource),
                    JobKind::Start => end_start(resource),
                    JobKind::Stop => end_stop(resource),
                    JobKind::Yield => warm::end_yield(resource),
                    JobKind::Warm => warm::end_warm(resource),
                    JobKind::Cool => warm::end_cool(resource),
                    JobKind::Inspect => Outcome::Found(seen(resource)),
                    JobKind::Announce => Outcome::Done,
                }
            }
            // An announcement goes beside everything else; jobs that were given up have no end.
            _ => return,
        };
        if outcome == Outcome::Done {
            self.service_runs(index, group, id);
            // Who watches again sees what died meanwhile.
            self.notice(index, group);
        }
        self.tell(|w| format!("{}: job on group {group} ends: {outcome:?}", w.nodes[index].name));
        let id_of = self.nodes[index].settings.groups[group].id;
        self.input(index, Input::JobDone { id, group: id_of, outcome });
    }

    /// A new hands looks at everything, as soon as no older one is left.
    pub(crate) fn hands_begin(&mut self, index: usize) {
        let look = self.random.span(10, 300);
        let node = &self.nodes[index];
        let (life, hands_life) = (node.life, node.hands_life);
        let at = node.releasing_until.max(self.now) + look;
        self.push(at, Happening::HandsReady { node: index, life, hands_life });
    }

    pub(crate) fn hands_ready(&mut self, index: usize, life: u64, hands_life: u64) {
        let node = &mut self.nodes[index];
        if node.core.is_none() || (node.life, node.hands_life) != (life, hands_life) {
            return;
        }
        node.hands_up = true;
        let clock_now = node.clock.shows(self.now).0;
        // What the right of before still leaves, in whole seconds as the kernel counts them.
        let left = u32::try_from(node.right_until.saturating_sub(clock_now) / SECOND).unwrap_or(0);
        let left = left.min(self.plan.lifetime_s().unwrap_or(0));
        let lasts = |r: &Resource| match seen(r) {
            Condition::Running if r.holds && left > 0 => Condition::Lasts { for_s: left },
            other => other,
        };
        let found: Vec<_> = node.settings.groups.iter().zip(&node.resources).map(|(g, r)| (g.id, lasts(r))).collect();
        let watch = &mut self.oracle.watches[index];
        let lasting = found.iter().filter(|(_, condition)| matches!(condition, Condition::Lasts { .. }));
        watch.leftovers = lasting.map(|(id, _)| (*id, clock_now + u64::from(left) * SECOND)).collect();
        self.tell(|w| format!("{}: hands is up, finds {found:?}", w.nodes[index].name));
        // What could not be written at the start is tried again.
        if let Some(generation) =
            self.nodes[index].generation_in_force().filter(|g| *g > self.nodes[index].disk.generation)
        {
            self.begin_keeping(index, Kept::Own(Generation(generation)));
        }
        self.tell_gaps(index);
        self.input(index, Input::HandsUp { found });
        self.watch_again(index);
    }

    /// Hands dies; what runs goes on running, agents at work die in the middle.
    pub fn kill_hands(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        if node.core.is_none() || !node.hands_up {
            return;
        }
        node.hands_up = false;
        node.hands_life += 1;
        node.keeping = 0;
        node.resources.iter_mut().for_each(|r| r.job = None);
        self.tell(|w| format!("{}: hands is killed", w.nodes[index].name));
        self.input(index, Input::HandsDown);
        self.hands_begin(index);
    }

    /// Heart is gone: every address off at once, then the services, each within its limit.
    pub(crate) fn hands_release(&mut self, index: usize) {
        let mut longest = 0;
        for group in 0..self.nodes[index].resources.len() {
            let span = self.random.span(5, 400);
            let resource = &mut self.nodes[index].resources[group];
            (resource.holds, resource.taken_away) = (false, false);
            resource.job = None;
            if resource.found != Condition::Stopped {
                resource.found = Condition::Partial;
                longest = longest.max(if resource.manners.hangs > 0 { LIMIT_NS } else { span });
            }
        }
        let node = &mut self.nodes[index];
        node.releasing_until = self.now + longest;
        let (at, hands_life) = (node.releasing_until, node.hands_life);
        self.push(at, Happening::Released { node: index, hands_life });
    }

    pub(crate) fn released(&mut self, index: usize, hands_life: u64) {
        if self.nodes[index].hands_life == hands_life {
            for resource in &mut self.nodes[index].resources {
                if resource.manners.stop_fails == 0 && resource.manners.hangs == 0 {
                    (resource.found, resource.warm, resource.down) = (Condition::Stopped, false, None);
                }
            }
            let (words, useful) = std::mem::take(&mut self.nodes[index].last_words);
            let node = &self.nodes[index];
            if node.core.is_none() && self.now < useful && node.resources.iter().all(|r| r.found == Condition::Stopped)
            {
                self.say_last_words(index, &words);
            }
        }
    }

    /// Hands says what heart has left with it.
    fn say_last_words(&mut self, index: usize, words: &[Message]) {
        self.tell(|w| format!("{}: hands says that everything is released", w.nodes[index].name));
        for message in words {
            self.oracle.said(index, message, None, self.now);
            self.send(index, message);
        }
    }
}

/// What hands sees: the address for itself, services by the word of their agents.
fn seen(resource: &Resource) -> Condition {
    if resource.down.is_some() && resource.manners.service_hangs > 0 && resource.holds {
        // It is there; that it does not answer shows later.
        return Condition::Running;
    }
    if resource.manners.status_lies > 0 && resource.found == Condition::Running {
        return Condition::Partial;
    }
    resource.found
}

fn end_start(resource: &mut Resource) -> Outcome {
    if resource.manners.start_fails == 0 && resource.manners.hangs == 0 {
        // The address is ours and is there; what an agent says of its service is believed.
        resource.lied = resource.manners.start_lies > 0;
        (resource.down, resource.warm) = (None, !resource.lied);
        resource.found = if resource.lied { Condition::Partial } else { Condition::Running };
        return Outcome::Done;
    }
    match end_stop(resource) {
        Outcome::Done => Outcome::Failed { why: "apache2: exit code 1".into() },
        other => other,
    }
}

pub(crate) fn end_stop(resource: &mut Resource) -> Outcome {
    if resource.manners.stop_lies {
        return Outcome::Done;
    }
    if resource.manners.stop_fails > 0 || resource.manners.hangs > 0 {
        resource.found = Condition::Partial;
        return Outcome::Stuck { why: "apache2: does not stop".into() };
    }
    (resource.holds, resource.found, resource.down) = (false, Condition::Stopped, None);
    resource.warm = false;
    Outcome::Done
}

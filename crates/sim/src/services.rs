//! Services that die or hang while they run, as hands sees it: at once by the end of a process, or when a deadline and one
//! repeat are over. Not here: jobs (jobs.rs), what the cores make of it.

use crate::clock::SECOND;
use crate::oracle::Invariant;
use crate::world::{Happening, World};
use systole_core::{Condition, Input, JobId};

/// Period, deadline and repeat of the check of a page, at most.
const HANG_SEEN: (u64, u64) = (10_000, 20_000);
/// From the moment in which hands has seen it to the start, the move, or the word that nobody can.
const SEEN_TO: u64 = SECOND;

impl World {
    /// The service of a group on a node is no more, if it runs there.
    pub(crate) fn service_fails(&mut self, index: usize, group: usize) {
        let is_warm = self.is_warm(group);
        let resource = &mut self.nodes[index].resources[group];
        let held = resource.holds && resource.found == Condition::Running && !resource.lied;
        let aside = is_warm && !resource.holds && resource.warm;
        if !held && !aside {
            return;
        }
        resource.warm = false;
        if held {
            resource.found = Condition::Partial;
        }
        resource.downs += 1;
        resource.down = Some(resource.downs);
        self.tell(|w| format!("{}: the service of group {group} is down", w.nodes[index].name));
        self.notice(index, group);
    }

    /// Hands will see it, if it is there.
    pub(crate) fn notice(&mut self, index: usize, group: usize) {
        let resource = &self.nodes[index].resources[group];
        let Some(down) = resource.down else { return };
        let span = if resource.manners.service_hangs > 0 {
            self.random.span(HANG_SEEN.0, HANG_SEEN.1)
        } else {
            self.random.span(1, 20)
        };
        let hands_life = self.nodes[index].hands_life;
        self.push(self.now + span, Happening::Seen { node: index, hands_life, group, down });
    }

    /// A new hands watches what it has found.
    pub(crate) fn watch_again(&mut self, index: usize) {
        for group in 0..self.nodes[index].resources.len() {
            self.notice(index, group);
        }
    }

    /// A start has ended well: where services die again and again, this one will too.
    pub(crate) fn service_runs(&mut self, index: usize, group: usize, job: JobId) {
        let resource = &self.nodes[index].resources[group];
        let runs = resource.holds || self.is_warm(group) && resource.warm;
        if runs && resource.manners.service_dies + resource.manners.service_hangs > 0 {
            let span = self.random.span(50, 3000);
            self.push(self.now + span, Happening::Fails { node: index, group, job });
        }
    }

    pub(crate) fn service_may_fail(&mut self, index: usize, group: usize, _job: JobId) {
        let manners = self.nodes[index].resources[group].manners;
        if manners.service_dies + manners.service_hangs > 0 {
            self.service_fails(index, group);
        }
    }

    pub(crate) fn service_seen(&mut self, index: usize, hands_life: u64, group: usize, down: u64) {
        let node = &self.nodes[index];
        let resource = &node.resources[group];
        if !node.hands_up
            || node.hands_life != hands_life
            || resource.down != Some(down)
            || resource.job.is_some()
            || resource.found == Condition::Stopped && !self.is_warm(group)
        {
            return;
        }
        let id = node.settings.groups[group].id;
        self.tell(|w| format!("{}: hands sees that the service of group {group} is down", w.nodes[index].name));
        self.nodes[index].resources[group].told = Some(down);
        self.input(index, Input::ResourceFailed { group: id, why: "apache2: it has ended".into() });
        self.push(self.now + SEEN_TO, Happening::SeenTo { node: index, hands_life, group, down });
    }

    /// L11: what hands has reported is seen to at once: started anew, or stopped.
    pub(crate) fn judge_service(&mut self, index: usize, hands_life: u64, group: usize, down: u64) {
        let node = &self.nodes[index];
        let resource = &node.resources[group];
        let excused = !node.hands_up || node.hands_life != hands_life || node.paused_until.is_some() || node.old;
        // A stop that failed leaves it as it is.
        let stuck = resource.manners.stop_fails > 0 || resource.manners.hangs > 0 || resource.manners.stop_lies;
        if !excused
            && !stuck
            && node.core.is_some()
            && resource.down == Some(down)
            && resource.job.is_none()
            && resource.found != Condition::Stopped
        {
            let woke = node.away_at.is_some_and(|at| self.now - at < 2 * SEEN_TO);
            let what = format!("{} was told that the service of group {group} is down, and does nothing", node.name);
            if !woke && !self.is_stuck(index, group) {
                self.oracle.break_rule(Invariant::L11, self.now, what);
            }
        }
    }
}

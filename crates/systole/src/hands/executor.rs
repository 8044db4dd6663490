//! Does the jobs of heart on the groups of this node: at most one job a group, each in a task of its own.
//! Here: which job runs, what replaces what, what is reported. Not here: how a group is started (executor/).

mod inspect;
mod member;
mod reconcile;
mod runner;
mod start;
mod stop;

use crate::bridge::Level;
use crate::hands::agent::Limits;
use crate::hands::agent::environment::Environment;
use crate::hands::agent::systemd::Bus;
use crate::hands::native::address::{self, Addresses};
use crate::hands::native::mailto::Mailer;
use crate::hands::work::{Report, Work};
pub use runner::Runner;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use systole_config::Configuration;
use systole_core::{Condition, GroupId, Job, JobId, JobKind, Outcome};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

/// What all groups share.
#[derive(Debug)]
struct Shared {
    addresses: Arc<Addresses>,
    reports: UnboundedSender<Report>,
}

impl Shared {
    /// After the main loop has gone there is nobody to tell.
    fn note(&self, level: Level, text: String) {
        let _ = self.reports.send(Report::Note { level, text });
    }

    fn failed(&self, group: GroupId, why: String) {
        let _ = self.reports.send(Report::Failed { group, why });
    }

    fn done(&self, job: JobId, group: GroupId, outcome: Outcome) {
        let _ = self.reports.send(Report::Done { job, group, outcome });
    }
}

/// The job under way on one group.
#[derive(Debug)]
struct Running {
    job: JobId,
    /// Its end is reported already; only the end of its task is still awaited.
    told: bool,
    task: JoinHandle<()>,
}

/// Runs the resources of this node. Lives within a current-thread tokio runtime.
#[derive(Debug)]
pub struct Executor {
    shared: Arc<Shared>,
    groups: BTreeMap<GroupId, Arc<Runner>>,
    running: BTreeMap<GroupId, Running>,
    /// They watch the addresses.
    keepers: [JoinHandle<()>; 3],
}

/// What differs in a test: how long things may take, and where mail goes.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub limits: Limits,
    pub mailer: Mailer,
}

impl Executor {
    /// Begins to watch the addresses that it will hold; touches no resource yet.
    pub fn new(configuration: &Configuration, reports: UnboundedSender<Report>) -> Executor {
        Executor::with(configuration, reports, &Surroundings::default())
    }

    /// The same with other surroundings.
    pub fn with(configuration: &Configuration, reports: UnboundedSender<Report>, around: &Surroundings) -> Executor {
        let shared = Arc::new(Shared { addresses: Addresses::new(configuration.address_lifetime_s()), reports });
        let environment = Arc::new(Environment::new(configuration));
        let bus = Bus::default();
        let me = configuration.core.me.as_str();
        let runner = |group| {
            let members = member::of_group(group, me, &environment, &bus, around, &configuration.watching);
            (group.id, Arc::new(Runner::new(group, members, Arc::clone(&shared))))
        };
        let groups: BTreeMap<GroupId, Arc<Runner>> = configuration.groups.iter().map(runner).collect();
        let noted = Arc::clone(&shared);
        let tell = move |level, text| noted.note(level, text);
        let keeper = tokio::spawn(address::keep(Arc::clone(&shared.addresses), tell));
        let known = groups.values().flat_map(|runner| runner.specs()).map(|spec| spec.ip).collect();
        let rivals = address::watch(Arc::clone(&shared.addresses), known, shared.reports.clone());
        let reconciler = reconcile::reconcile(Arc::clone(&shared), groups.values().map(Arc::clone).collect());
        let keepers = [keeper, tokio::spawn(rivals), tokio::spawn(reconciler)];
        Executor { groups, running: BTreeMap::new(), keepers, shared }
    }

    /// Ends the task of a group's job. Jobs run on this very thread, so one that has not finished will not any more.
    fn give_up(&mut self, group: GroupId) -> Option<JoinHandle<()>> {
        let Running { job, told, task } = self.running.remove(&group)?;
        if !told && !task.is_finished() {
            task.abort();
            self.shared.done(job, group, Outcome::Cancelled);
        }
        Some(task)
    }
}

impl Work for Executor {
    /// Begins a job. One that still runs on the same group is given up: its processes are killed, it is reported
    /// as cancelled, and only when they are dead does the new one begin.
    fn run(&mut self, job: Job) {
        if !matches!(job.kind, JobKind::Inspect | JobKind::Announce)
            && let Some(runner) = self.groups.get(&job.group)
        {
            runner.stop_watching();
        }
        let before = self.give_up(job.group);
        let Some(runner) = self.groups.get(&job.group).cloned() else {
            let why = format!("there is no group {} in haresources here", job.group);
            self.shared.done(job.id, job.group, Outcome::Failed { why });
            return;
        };
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // Cancelled or ended, what matters is that it is no longer there.
                let _ = before.await;
            }
            runner.turn.wait().await;
            let outcome = runner.work(job.kind).await;
            let runs = match job.kind {
                JobKind::Start | JobKind::Warm => outcome == Outcome::Done,
                // What is warm runs on.
                JobKind::Yield => runner.memory().ready,
                JobKind::Stop | JobKind::Cool | JobKind::Inspect | JobKind::Announce => false,
            };
            if runs {
                runner.watch();
            }
            runner.shared.done(job.id, job.group, outcome);
        });
        self.running.insert(job.group, Running { job: job.id, told: false, task });
    }

    /// Gives a job up, if it still runs.
    fn cancel(&mut self, id: JobId) {
        let group =
            self.running.iter().find(|(_, running)| running.job == id && !running.told).map(|(group, _)| *group);
        if let Some(group) = group
            && let Some(task) = self.give_up(group)
        {
            // A later job must still wait for the end of this one.
            self.running.insert(group, Running { job: id, told: true, task });
        }
    }

    fn keep(&mut self, groups: &[GroupId], since_ns: u64) {
        for runner in groups.iter().filter_map(|group| self.groups.get(group)) {
            runner.keep_addresses(since_ns);
        }
    }

    fn probe(&mut self, group: GroupId, span: Duration) {
        let Some(runner) = self.groups.get(&group).cloned() else { return };
        let known: Vec<_> = self.groups.values().flat_map(|runner| runner.specs()).map(|spec| spec.ip).collect();
        tokio::spawn(async move {
            let wire = runner.ask_the_wire(&known, span).await;
            // After the main loop has gone there is nobody to tell.
            let _ = runner.shared.reports.send(Report::Probed { group, wire });
        });
    }

    /// Looks at every group, all at once, and reads ahead what a takeover would have to wait for.
    /// Addresses of a group that runs are watched from now on.
    async fn inspect_all(&mut self) -> Vec<(GroupId, Condition)> {
        let look = |runner: Arc<Runner>| async move {
            runner.prepare().await;
            runner.look().await
        };
        let looks: Vec<_> =
            self.groups.iter().map(|(id, runner)| (*id, tokio::spawn(look(Arc::clone(runner))))).collect();
        let mut found = Vec::new();
        for (id, look) in looks {
            // A look that broke has seen nothing, so something may be there.
            found.push((id, look.await.unwrap_or(Condition::Partial)));
        }
        // Not before all have been looked at: what fails earlier than heart has heard of it would be passed over.
        let runs = |condition: &Condition| matches!(condition, Condition::Running | Condition::Lasts { .. });
        for (id, _) in found.iter().filter(|(_, condition)| runs(condition)) {
            if let Some(runner) = self.groups.get(id) {
                runner.watch();
            }
        }
        found
    }

    /// Heart is gone: every address off at once, then everything that runs or may run here is stopped,
    /// groups side by side. Needs nobody; ends when all stops have ended, each within its own deadline.
    async fn release_everything(&mut self) -> bool {
        let busy: Vec<GroupId> = self.running.keys().copied().collect();
        self.groups.values().for_each(|runner| runner.stop_watching());
        let given_up: Vec<_> = busy.into_iter().filter_map(|group| self.give_up(group)).collect();
        for runner in self.groups.values() {
            runner.drop_addresses();
        }
        for task in given_up {
            let _ = task.await;
        }
        let stops: Vec<_> = self
            .groups
            .values()
            .filter(|runner| runner.may_run())
            .cloned()
            .map(|runner| {
                tokio::spawn(async move {
                    runner.turn.wait().await;
                    let outcome = runner.work(JobKind::Stop).await;
                    if let Outcome::Stuck { why } = &outcome {
                        runner.shared.note(Level::Crit, format!("Resource STOP failure: {why}"));
                    }
                    outcome == Outcome::Done
                })
            })
            .collect();
        let mut all = true;
        for stop in stops {
            // A stop that broke has stopped nothing that anybody could swear to.
            all &= stop.await.unwrap_or(false);
        }
        all
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.keepers.iter().for_each(JoinHandle::abort);
        // They hold what they watch.
        self.groups.values().for_each(|runner| runner.stop_watching());
        for running in self.running.values() {
            running.task.abort();
        }
    }
}

#[cfg(test)]
mod tests;

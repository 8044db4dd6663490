//! Rehearsals: what happens to one cluster, from its files alone, when this or that fails; every single fault, every
//! pair, and the protection level that follows. Figures are the truth of the simulated world, not what nodes believe.
//! Not here: the faults (catalogue.rs), one run (trial.rs), sentences (telling.rs), the level (level.rs).

mod catalogue;
mod level;
mod pairs;
mod situation;
mod telling;
mod trial;

use crate::chronicle::Chronicle;
use crate::clock::{MS, SECOND};
use crate::plan::Plan;
use crate::run::nanos;
use crate::scenario::Line;
use crate::scenario::telling::lines as telling_lines;
use crate::script::{Act, Step};
use crate::world::World;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use thiserror::Error;

pub use catalogue::{Incident, Kind};
pub use level::{Level, Proposal, meaning, proposal};
pub use pairs::{Pair, Summary};
pub use telling::{sentence, span};
pub use trial::{Course, Row, Stands};

/// Two nodes that hold a group for at most so long hand it over; longer, they are two masters.
pub const TWO_MASTERS_MS: u64 = 500;

/// A cluster of that plan in which everything is served and quiet, ready for something to happen.
#[derive(Debug)]
pub struct Stage {
    world: World,
    /// Nodes that serve something.
    pub owners: Vec<usize>,
}

/// A cluster that does not even get as far as that.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("simulated on these files, {group} is not served although nothing is wrong")]
pub struct NeverServed {
    pub group: String,
}

impl Stage {
    /// Starts all nodes of a plan and lets them settle.
    ///
    /// # Errors
    /// When a group is not served then.
    pub fn set(plan: Plan) -> Result<Stage, NeverServed> {
        let timing = plan.timing();
        let mut world = World::new(plan, 1, false);
        world.judged = false;
        world.in_order = true;
        world.chronicle = Some(Chronicle::default());
        (0..world.nodes.len()).for_each(|node| world.act(&Act::Boot { node }));
        let settled = 4 * nanos(timing.deadtime()) + 20 * SECOND;
        // Without a judge nothing ends a run early.
        drop(world.run(settled));
        let stands: Vec<Stands> = (0..world.plan.groups().len()).map(|group| trial::stands(&world, group)).collect();
        for (group, stands) in stands.iter().enumerate() {
            if !matches!(stands, Stands::On(_)) {
                return Err(NeverServed { group: world.plan.groups()[group].key.clone() });
            }
        }
        let owns = |node: &usize| stands.contains(&Stands::On(*node));
        let owners = (0..world.nodes.len()).filter(owns).collect();
        world.recorded.clear();
        Ok(Stage { world, owners })
    }

    /// The plan it was set from.
    pub fn plan(&self) -> &Plan {
        &self.world.plan
    }

    /// Who serves a group while nothing is wrong.
    pub fn owner(&self, group: usize) -> Stands {
        trial::stands(&self.world, group)
    }

    /// All that is rehearsed here.
    pub fn catalogue(&self) -> Vec<Incident> {
        catalogue::catalogue(self.plan(), &self.owners)
    }

    /// Each of these by itself, with several dice, on `jobs` threads. `progress` hears how many of how many are done.
    pub fn singles(&self, incidents: Vec<Incident>, jobs: usize, progress: impl Fn(usize, usize)) -> Vec<Row> {
        let courses =
            spread(incidents.len(), jobs, |n| self.courses(&incidents[n].acts, incidents[n].lasts_ms), progress);
        let rows = incidents.into_iter().zip(courses);
        rows.map(|(incident, runs)| Row { incident, runs }).collect()
    }

    /// One situation that somebody made up.
    pub fn situation(&self, name: String, acts: Vec<Step>) -> Row {
        let runs = self.courses(&acts, None);
        Row { incident: Incident { what: name.clone(), name, kind: Kind::Other, acts, lasts_ms: None }, runs }
    }

    /// What happens in such a situation, moment by moment: seconds since its first act, who says it, and what. A node
    /// says what is in its log, `=` is the truth.
    pub fn timeline(&self, acts: &[Step]) -> Vec<(f64, String, String)> {
        let (chronicle, begun, end) = trial::watch(&self.world, acts);
        let words = |step: &Step| catalogue::name(std::slice::from_ref(step), self.plan());
        let story: Vec<Line> =
            acts.iter().map(|step| Line { at_ms: begun / MS + step.at_ms, words: words(step) }).collect();
        let lines = telling_lines(self.plan(), &story, &chronicle, end);
        let since = |at: u64| at.saturating_sub(begun) as f64 / SECOND as f64;
        lines.into_iter().map(|(at, who, what)| (since(at), who, what)).collect()
    }

    fn play(&self, incident: &Incident, die: u64) -> Vec<Course> {
        trial::play(&self.world, &incident.acts, incident.lasts_ms, die)
    }

    fn courses(&self, acts: &[Step], lasts_ms: Option<u64>) -> Vec<Vec<Course>> {
        (1..=trial::DICE).map(|die| trial::play(&self.world, acts, lasts_ms, die)).collect()
    }
}

/// Does `count` pieces of work on some threads; the results in their order.
fn spread<T: Send>(
    count: usize,
    jobs: usize,
    work: impl Fn(usize) -> T + Sync,
    progress: impl Fn(usize, usize),
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let (sender, done) = mpsc::channel();
    let mut results: Vec<(usize, T)> = Vec::with_capacity(count);
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || sender.send((number, work(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for result in done {
            results.push(result);
            progress(results.len(), count);
        }
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests;

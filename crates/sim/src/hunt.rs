//! Many seeds, on several threads, until one fails or all are through.
//! Not here: what a seed does (run.rs).

use crate::clock::SECOND;
use crate::fault::{Fault, Injected};
use crate::oracle::Violation;
use crate::run::{Report, run};
use crate::totals::Totals;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What a hunt has seen so far.
#[derive(Debug, Default)]
pub struct Bag {
    pub seeds: u64,
    pub simulated_ns: u128,
    pub injected: Injected,
    pub totals: Totals,
    /// The seeds that failed.
    pub failed: BTreeMap<u64, Violation>,
}

/// Which seeds, and how.
#[derive(Debug, Clone, Copy)]
pub struct Hunt {
    pub from: u64,
    pub seeds: u64,
    /// Threads.
    pub jobs: usize,
    /// After that time no seed is begun.
    pub limit: Option<Duration>,
    /// Otherwise no later seed is begun after one that failed.
    pub all: bool,
}

/// What a hunt tells while it goes on.
#[derive(Debug)]
pub enum News<'a> {
    /// Every few seconds, and at the end.
    Progress(&'a Bag, Duration),
    /// At once, so that a hunt of hours which is ended early has not been for nothing.
    Failed(u64, &'a Violation),
}

/// Between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Runs them, and tells how it goes.
pub fn hunt(which: &Hunt, tell: impl Fn(News<'_>)) -> Bag {
    let begun = Instant::now();
    let next = AtomicU64::new(which.from);
    let end = AtomicU64::new(which.from.saturating_add(which.seeds));
    let (sender, reports) = mpsc::channel::<Report>();
    let mut bag = Bag::default();
    std::thread::scope(|scope| {
        for _ in 0..which.jobs.max(1) {
            let (sender, next, end) = (sender.clone(), &next, &end);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let late = which.limit.is_some_and(|limit| begun.elapsed() > limit);
                    if seed >= end.load(Ordering::Relaxed) || late || sender.send(run(seed, false)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut told = Instant::now();
        for report in reports {
            bag.seeds += 1;
            bag.simulated_ns += u128::from(report.simulated_ns);
            bag.injected.add(&report.injected);
            bag.totals.add(&report.totals);
            if let Some(violation) = report.violation {
                tell(News::Failed(report.seed, &violation));
                if !which.all {
                    end.fetch_min(report.seed, Ordering::Relaxed);
                }
                bag.failed.insert(report.seed, violation);
            }
            if told.elapsed() > PROGRESS_EVERY {
                told = Instant::now();
                tell(News::Progress(&bag, begun.elapsed()));
            }
        }
    });
    tell(News::Progress(&bag, begun.elapsed()));
    bag
}

/// The line of progress.
pub fn line(bag: &Bag, taken: Duration) -> String {
    let seconds = taken.as_secs_f64().max(0.001);
    let simulated = bag.simulated_ns as f64 / SECOND as f64;
    format!(
        "{} seeds, {:.1} seeds/s, {:.1} h simulated, {:.0} times real time, {} faults of {} of {} kinds",
        bag.seeds,
        bag.seeds as f64 / seconds,
        simulated / 3600.0,
        simulated / seconds,
        bag.injected.total(),
        bag.injected.kinds(),
        Fault::ALL.len()
    )
}

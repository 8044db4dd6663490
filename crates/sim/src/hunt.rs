//! Many seeds, on several threads, until one fails or all are through.
//! Not here: what a seed does (run.rs).

use crate::clock::SECOND;
use crate::fault::Injected;
use crate::run::{Report, run};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What a hunt has seen so far.
#[derive(Debug, Default)]
pub struct Bag {
    pub seeds: u64,
    pub simulated_ns: u128,
    pub injected: Injected,
    /// The lowest seed that failed.
    pub failed: Option<Report>,
}

/// Runs the seeds from `from` on, `seeds` of them or as many as `limit` allows, on `jobs` threads. After a failure no
/// later seed is begun. `progress` is called about once a second.
pub fn hunt(from: u64, seeds: u64, jobs: usize, limit: Option<Duration>, progress: impl Fn(&Bag, Duration)) -> Bag {
    let begun = Instant::now();
    let next = AtomicU64::new(from);
    let end = AtomicU64::new(from.saturating_add(seeds));
    let (sender, reports) = mpsc::channel::<Report>();
    let mut bag = Bag::default();
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (sender, next, end) = (sender.clone(), &next, &end);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let late = limit.is_some_and(|limit| begun.elapsed() > limit);
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
            if report.violation.is_some() {
                end.fetch_min(report.seed, Ordering::Relaxed);
                if bag.failed.as_ref().is_none_or(|failed| failed.seed > report.seed) {
                    bag.failed = Some(report);
                }
            }
            if told.elapsed() > Duration::from_secs(1) {
                told = Instant::now();
                progress(&bag, begun.elapsed());
            }
        }
    });
    progress(&bag, begun.elapsed());
    bag
}

/// The line of progress.
pub fn line(bag: &Bag, taken: Duration) -> String {
    let seconds = taken.as_secs_f64().max(0.001);
    let simulated = bag.simulated_ns as f64 / SECOND as f64;
    format!(
        "{} seeds, {:.1} seeds/s, {:.1} h simulated, {:.0} times real time, {} faults",
        bag.seeds,
        bag.seeds as f64 / seconds,
        simulated / 3600.0,
        simulated / seconds,
        bag.injected.total()
    )
}

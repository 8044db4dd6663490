//! Random stops by the thousand: some pairs side by side, each as alone as two machines in a rack, and a table at the end.
//! Not here: one stop.

use crate::pair::{HARESOURCES, Pair, one_of_many};
use crate::plan::{Dice, Plan};
use crate::stop::{Seen, stop};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many pages a second each browser asks for.
const PAGES: u32 = 50;
/// After so many failures there is enough to look at.
const FAILURES_MAX: usize = 5;

/// An outage of our making that is worth a look, though no failure.
const SLOW: Duration = Duration::from_millis(2700);

/// What to do: stop `first` and the next ones, up to `count` of them, each decided by `seed` and its number.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub seed: u64,
    pub first: u32,
    pub count: u32,
    pub pairs: u32,
    /// In whole seconds.
    pub deadtime: Duration,
}

#[derive(Debug, Default)]
struct Tally {
    given: u32,
    done: u32,
    kinds: BTreeMap<&'static str, Kind>,
    failed: Vec<String>,
    /// The most by which a thread that only sleeps was late: what the machine did to everybody.
    late: Duration,
    over: bool,
}

#[derive(Debug, Default)]
struct Kind {
    stops: u32,
    moves: u32,
    dark: Duration,
    ours: Duration,
    rest: Duration,
}

/// Makes them all; fails with the numbers of those that went wrong.
pub fn stops(order: Order) {
    println!("{order:?}");
    let (tally, begin) = (Mutex::new(Tally::default()), Instant::now());
    std::thread::scope(|scope| {
        let work = || works(&order, &tally, begin);
        let workers: Vec<_> = (0..order.pairs).map(|_| scope.spawn(work)).collect();
        scope.spawn(|| lateness(&tally));
        let ends: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        tally.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        assert!(ends.iter().all(Result::is_ok), "a worker broke down");
    });
    let tally = tally.into_inner().unwrap();
    print(&tally, begin.elapsed());
    assert!(tally.failed.is_empty(), "{} of {}: {:#?}", tally.failed.len(), tally.done, tally.failed);
}

/// One pair after another: a new one after each failure.
fn works(order: &Order, tally: &Mutex<Tally>, begin: Instant) {
    let mut pair: Option<Pair> = None;
    while let Some(number) = next(order, tally) {
        let plan = Plan::roll(&mut Dice::new(order.seed, number));
        let result = catch_unwind(AssertUnwindSafe(|| {
            stop(pair.get_or_insert_with(|| fresh(order.deadtime)), &plan, order.deadtime)
        }));
        let mut tally = tally.lock().unwrap();
        tally.done += 1;
        let prefix =
            format!("{} of {}, {:.0} s: stop {number}, {plan}", tally.done, order.count, begin.elapsed().as_secs_f64());
        if let Ok(seen) = result {
            println!(
                "{prefix}: {}, dark {:.1?}, ours {:.1?}",
                if seen.moved { "moved" } else { "stayed" },
                seen.dark,
                seen.ours
            );
            tally.add(&plan, &seen);
            drop(tally);
            if seen.ours >= SLOW {
                keep(pair.as_ref(), number);
            }
        } else {
            println!("{prefix}: FAILED");
            tally.failed.push(format!("stop {number}: {plan}"));
            drop(tally);
            keep(pair.take().as_ref(), number);
        }
    }
}

fn fresh(deadtime: Duration) -> Pair {
    let mut pair = crate::known(one_of_many("off", HARESOURCES, PAGES), deadtime);
    pair.record(true);
    pair.up();
    pair
}

fn next(order: &Order, tally: &Mutex<Tally>) -> Option<u32> {
    let mut tally = tally.lock().unwrap();
    if tally.given == order.count || tally.failed.len() >= FAILURES_MAX {
        return None;
    }
    tally.given += 1;
    Some(order.first + tally.given - 1)
}

/// Where STALLS_KEEP names a directory, what the machines of a failure or a long outage have written is copied there.
fn keep(pair: Option<&Pair>, number: u32) {
    if let (Some(pair), Some(directory)) = (pair, std::env::var_os("STALLS_KEEP")) {
        let to = std::path::Path::new(&directory).join(format!("stop-{number}"));
        std::fs::create_dir_all(&to).unwrap();
        for part in ["logs", "alpha/disk", "beta/disk"] {
            let from = pair.lab.directory().join(part);
            let to = to.join(part.replace('/', "-"));
            std::process::Command::new("cp").arg("-a").args([from, to]).status().unwrap();
        }
    }
}

/// Sleeps 10 ms at a time, and notes the most by which that was too long.
fn lateness(tally: &Mutex<Tally>) {
    loop {
        let before = Instant::now();
        std::thread::sleep(Duration::from_millis(10));
        let late = before.elapsed().saturating_sub(Duration::from_millis(10));
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.late = tally.late.max(late);
        if tally.over {
            return;
        }
    }
}

impl Tally {
    fn add(&mut self, plan: &Plan, seen: &Seen) {
        let kind = self.kinds.entry(plan.kind()).or_default();
        kind.stops += 1;
        kind.moves += u32::from(seen.moved);
        kind.dark = kind.dark.max(seen.dark.iter().max().copied().unwrap_or_default());
        kind.ours = kind.ours.max(seen.ours);
        kind.rest = kind.rest.max(seen.rest);
    }
}

fn print(tally: &Tally, took: Duration) {
    println!(
        "| stopped | stops | moves | two holders | longest without a page | less what nobody could help | then at rest within |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, kind) in &tally.kinds {
        println!(
            "| {name} | {} | {} | 0 s | {:.1} s | {:.1} s | {:.1} s |",
            kind.stops,
            kind.moves,
            kind.dark.as_secs_f64(),
            kind.ours.as_secs_f64(),
            kind.rest.as_secs_f64()
        );
    }
    println!(
        "{} stops in {:.0} s, {} failures; a thread that only sleeps was late by {:.0} ms at worst",
        tally.done,
        took.as_secs_f64(),
        tally.failed.len(),
        tally.late.as_secs_f64() * 1000.0
    );
}

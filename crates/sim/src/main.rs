//! The command line of the simulator: `run` tells one seed, `hunt` looks for one that fails, `kept` plays those that have
//! failed once, `scopes` goes through all that can become of the first frames of every situation, `figure` measures how
//! fast all this is.
//! Not here: simulating.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use systole_sim::hunt::{Hunt, News, hunt, line};
use systole_sim::kept::KEPT;
use systole_sim::scope::{Broken, Situation, explore};

const USAGE: &str = "usage: systole-sim run --seed N [--verbose]
       systole-sim hunt [--seeds N] [--from SEED] [--jobs J] [--seconds S] [--all]
       systole-sim kept
       systole-sim shrink --seed N
       systole-sim scopes [--stride N] [--jobs J]
       systole-sim figure
       systole-sim record SEED NODE DIR
       systole-sim replay FILE";
/// Without --verbose only the end of the story of a seed that failed is told.
const LAST_LINES: usize = 40;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["replay", file] => return systole_sim::replay::main(file.as_ref()),
        ["record", seed, node, dir] => return systole_sim::tape::main(seed, node, dir.as_ref()),
        _ => {}
    }
    let Some((command, options)) = words.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let known: &[&str] = match command.as_str() {
        "run" | "shrink" => &["--seed"],
        "hunt" => &["--seeds", "--from", "--jobs", "--seconds"],
        "scopes" => &["--stride", "--jobs"],
        _ => &[],
    };
    let is_flag = |o: &&str| matches!((command.as_str(), *o), ("run", "--verbose") | ("hunt", "--all"));
    let flagged = options.iter().any(|o| is_flag(&o.as_str()));
    let options: Vec<&str> = options.iter().map(String::as_str).filter(|o| !is_flag(o)).collect();
    let mut values = std::collections::BTreeMap::new();
    for pair in options.chunks(2) {
        match pair {
            [name, value] if known.contains(name) && value.parse::<u64>().is_ok() => {
                values.insert(*name, value.parse::<u64>().unwrap_or(0));
            }
            _ => {
                eprintln!("systole-sim: {} is not understood\n{USAGE}", pair.join(" "));
                return ExitCode::from(2);
            }
        }
    }
    let value = |name: &str| values.get(name).copied();
    match (command.as_str(), value("--seed")) {
        ("run", Some(seed)) => tell(seed, flagged),
        ("figure", _) => figure(),
        ("kept", _) => play_kept(),
        ("shrink", Some(seed)) => shorten(seed),
        ("hunt", _) => {
            let jobs = usize::try_from(value("--jobs").unwrap_or(1)).unwrap_or(1);
            let limit = value("--seconds").map(Duration::from_secs);
            let seeds = value("--seeds").unwrap_or(if limit.is_some() { u64::MAX } else { 1000 });
            search(&Hunt { from: value("--from").unwrap_or(0), seeds, jobs, limit, all: flagged })
        }
        ("scopes", _) => {
            let number = |name: &str| usize::try_from(value(name).unwrap_or(1)).unwrap_or(1).max(1);
            scopes(number("--stride"), number("--jobs"))
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// By the time on a processor, so that a busy machine may measure too.
fn figure() -> ExitCode {
    for (what, serial) in [("two LANs", false), ("a LAN and a serial line", true)] {
        match systole_sim::figure::quiet(serial) {
            Ok(times) => println!("two quiet nodes, keepalive 200 ms, {what}: {times:.0} times real time on one core"),
            Err(violation) => {
                println!("{violation}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Situations by themselves, so that several are gone through at once.
fn scopes(stride: usize, jobs: usize) -> ExitCode {
    let situations = Situation::all();
    let (next, failed, cases) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(situation) = situations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (count, broken) = match explore(*situation, stride) {
                        Ok(explored) => explored,
                        Err(violation) => {
                            println!("{situation:?} cannot be reached: {violation}");
                            failed.store(true, Ordering::Relaxed);
                            continue;
                        }
                    };
                    cases.fetch_add(count, Ordering::Relaxed);
                    eprintln!("{situation:?}: {count} cases");
                    if let Some(Broken { case, violation }) = broken {
                        failed.store(true, Ordering::Relaxed);
                        let story = systole_sim::scope::tell(*situation, case).unwrap_or_default();
                        println!("{}\n{situation:?}, {case}: {violation}", story.join("\n"));
                    }
                }
            });
        }
    });
    println!("{} situations, {} cases", situations.len(), cases.into_inner());
    if failed.into_inner() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn tell(seed: u64, verbose: bool) -> ExitCode {
    let report = systole_sim::run(seed, true);
    let skipped = if verbose { 0 } else { report.story.len().saturating_sub(LAST_LINES) };
    if verbose || report.violation.is_some() {
        report.story.iter().skip(skipped).for_each(|line| println!("{line}"));
    }
    println!("faults: {}", report.injected);
    println!("{}", report.totals);
    match report.violation {
        Some(violation) => {
            println!("seed {seed}: {violation}");
            ExitCode::FAILURE
        }
        None => {
            println!("seed {seed}: no rule broken in {} s", report.simulated_ns / 1_000_000_000);
            ExitCode::SUCCESS
        }
    }
}

fn play_kept() -> ExitCode {
    let mut failed = ExitCode::SUCCESS;
    for (seed, why) in KEPT {
        if let Some(violation) = systole_sim::run(*seed, false).violation {
            println!("seed {seed}: {violation}\nkept because of: {why}");
            failed = ExitCode::FAILURE;
        }
    }
    println!("{} seeds that have failed once", KEPT.len());
    failed
}

fn shorten(seed: u64) -> ExitCode {
    let Some(shrunk) = systole_sim::shrink::shrink(&systole_sim::draw(seed)) else {
        println!("seed {seed} breaks no rule");
        return ExitCode::SUCCESS;
    };
    println!("{}\nseed {seed}: {}", systole_sim::shrink::tell(&shrunk), shrunk.violation);
    ExitCode::FAILURE
}

fn search(which: &Hunt) -> ExitCode {
    let bag = hunt(which, |news| match news {
        News::Progress(bag, taken) => eprintln!("{}", line(bag, taken)),
        News::Failed(seed, violation) => println!("seed {seed}: {violation}"),
    });
    println!("faults: {}", bag.injected);
    println!("{}", bag.totals);
    let Some((seed, _)) = bag.failed.first_key_value() else { return ExitCode::SUCCESS };
    println!("to see it: systole-sim run --seed {seed} --verbose; shortened: systole-sim shrink --seed {seed}");
    ExitCode::FAILURE
}

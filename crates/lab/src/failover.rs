//! `make bench-failover`: the same faults for Systole and for its peers, in one run, from one client's view.
//! Here: the order of runs, progress, and going on where a broken-off run was. Not here: products (failover/peer.rs),
//! faults (failover/scenario.rs), tables and plots (failover/report.rs).

use crate::stop::{Interrupted, Stop};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

mod bars;
mod peer;
mod plan;
mod plot;
mod report;
mod results;
mod room;
mod scenario;
mod setup;

use plan::Planned;
use results::{Record, Results};
use room::Room;
use scenario::{Form, Values};
use setup::Setup;

/// What the command line chose.
#[derive(Debug, Clone)]
pub struct FailoverOptions {
    /// The program under test.
    pub program: PathBuf,
    /// Below a quarter of an hour: few scenarios at the fast profile, one or two runs each.
    pub short: bool,
    /// Products, profiles and scenarios by their words; what is not named of a kind is all of it.
    pub only: Vec<String>,
    /// Runs of each case; by default the plan's.
    pub runs: Option<u32>,
    /// Raw results, one JSON object a line. Runs that stand there are not made again.
    pub results: PathBuf,
    /// The document whose marked section becomes the report, plots beside it; or a new file.
    pub document: PathBuf,
    /// Only the report, from the results that are there.
    pub report_only: bool,
}

/// Runs what the results lack, and writes the report. True when every run could be made.
///
/// # Errors
/// Interrupted, nothing is left to run by these words, a product is not installed, or a file cannot be written.
pub fn failover(options: &FailoverOptions, stop: &Stop) -> Result<bool> {
    let plan = plan::plan(options)?;
    let mut results = Results::open(&options.results)?;
    let mut whole = true;
    if !options.report_only {
        for peer in plan.iter().map(|planned| planned.setup.peer) {
            if let Some(missing) = peer::missing(peer) {
                bail!("{missing}");
            }
        }
        whole = run(options, stop, &plan, &mut results)?;
    }
    report::write(options, &results)?;
    say(&format!("the report is in {}, raw results are in {}", options.document.display(), options.results.display()));
    Ok(whole)
}

fn run(options: &FailoverOptions, stop: &Stop, plan: &[Planned], results: &mut Results) -> Result<bool> {
    let form = if options.short { Form::Short } else { Form::Whole };
    let lacking = |results: &Results| plan.iter().map(|planned| planned.lacking(results)).sum::<u32>();
    let all = lacking(results);
    say(&format!("{all} runs to make, about {}", plan::duration(plan, results)));
    let (mut room, mut whole, mut number): (Option<Room>, bool, u32) = (None, true, 0);
    for planned in plan {
        for _ in 0..planned.lacking(results) {
            stop.check()?;
            number += 1;
            let left = plan::duration(plan, results);
            let run = u32::try_from(results.done(&planned.case)).unwrap_or(u32::MAX).saturating_add(1);
            let title = planned.title(run);
            say(&format!("[{number} of {all}, about {left} left] {title}"));
            let begun = Begun::now();
            if room.as_ref().is_some_and(|room| room.setup != planned.setup) {
                room = None;
            }
            let outcome = one(options, stop, planned, form, &mut room);
            if let Err(error) = &outcome {
                if error.is::<Interrupted>() {
                    return Err(Interrupted.into());
                }
                say(&format!("    could not be measured: {error:#}"));
                (room, whole) = (None, false);
            }
            let failed = outcome.is_err();
            results.add(begun.record(planned, run, outcome))?;
            if failed {
                // The next case; this one is tried again when the program is started again.
                break;
            }
        }
    }
    Ok(whole)
}

fn one(
    options: &FailoverOptions,
    stop: &Stop,
    planned: &Planned,
    form: Form,
    room: &mut Option<Room>,
) -> Result<Values> {
    let room = match room {
        Some(room) => room,
        None => room.insert(Room::new(stop, planned.setup, &options.program).context("the pair cannot be set up")?),
    };
    let owner = room.settled()?;
    let values = (planned.scenario.act)(room, owner, form)?;
    let shown: Vec<String> = values.iter().map(|(name, value)| format!("{name} {value:.3}")).collect();
    say(&format!("    {}", shown.join(", ")));
    Ok(values)
}

/// When a run began, and how busy the host was then.
#[derive(Debug)]
struct Begun {
    at: u64,
    load: f64,
}

impl Begun {
    fn now() -> Begun {
        let at = SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO).as_secs();
        let line = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = line.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN);
        Begun { at, load }
    }

    fn record(self, planned: &Planned, run: u32, outcome: Result<Values>) -> Record {
        let (values, error) = match outcome {
            Ok(values) => (values, None),
            Err(error) => (Values::new(), Some(format!("{error:#}"))),
        };
        let version = version(&planned.setup);
        Record { case: planned.case.clone(), run, at: self.at, version, load: self.load, values, error }
    }
}

/// Of the packages, as dpkg tells; of ours, its own.
fn version(setup: &Setup) -> String {
    let packages = setup.peer.packages();
    if packages.is_empty() {
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        return format!("systole {} ({build} build)", env!("CARGO_PKG_VERSION"));
    }
    let format = "--showformat=${Package} ${Version}, ";
    let done = Command::new("dpkg-query").args(["--show", format]).args(packages).output();
    let text = done.map(|done| String::from_utf8_lossy(&done.stdout).into_owned()).unwrap_or_default();
    text.trim_end_matches(", ").to_owned()
}

fn say(line: &str) {
    eprintln!("failover: {line}");
}

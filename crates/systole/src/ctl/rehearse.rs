//! `systole rehearse`: every single fault and every pair of them on the files of this cluster, simulated, and the
//! protection level that follows. Here and below alone the program uses the simulator; so
//! `systole replay` lives here, too.
//! Not here: simulating (systole-sim), the table (table), one situation (situation), the level for others (level).

mod json;
pub mod level;
pub mod replay;
pub mod situation;
mod table;
#[cfg(test)]
mod tests;

use crate::ctl::check::render;
use crate::ctl::surroundings;
use crate::paths::Paths;
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;
use systole_config::{Severity, SourceFile, Sources, Surroundings};
use systole_sim::Plan;
use systole_sim::rehearse::{Level, Pair, Proposal, Row, Stage, proposal};

/// Files that make no cluster; as in `check`.
const ERRORS: u8 = 2;

#[derive(Debug, Args)]
pub struct RehearseArgs {
    /// Show every pair of faults, not only the worst ten
    #[arg(long)]
    pairs: bool,
    /// Rehearse only faults whose name contains this, and no pairs
    #[arg(long, value_name = "WORD", conflicts_with = "pairs")]
    fault: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table and sentences
    Human,
    /// One JSON object
    Json,
}

/// Everything that was found out, for the two ways to show it.
struct Rehearsal {
    stage: Stage,
    rows: Vec<Row>,
    /// Absent when only some faults were asked for.
    whole: Option<Whole>,
    seconds: f64,
}

/// What only follows from all faults together.
struct Whole {
    pairs: Vec<Pair>,
    level: Level,
    proposal: Option<Proposal>,
}

/// `systole rehearse`
pub fn run(arguments: &RehearseArgs, paths: &Paths) -> ExitCode {
    let stage = match stage(paths) {
        Ok(stage) => stage,
        Err(why) => return fail("rehearse", &why),
    };
    let rehearsal = rehearse(stage, arguments.fault.as_deref());
    if rehearsal.rows.is_empty() {
        let word = arguments.fault.as_deref().unwrap_or_default();
        return fail("rehearse", &format!("no fault has {word} in its name; `systole plan` lists them all\n"));
    }
    let text = match arguments.format {
        Format::Human => table::page(&rehearsal, arguments.pairs),
        Format::Json => json::text(&rehearsal, arguments.pairs),
    };
    show(&text)
}

fn rehearse(stage: Stage, word: Option<&str>) -> Rehearsal {
    let (begun, jobs) = (Instant::now(), jobs());
    let asked = stage.catalogue().into_iter().filter(|incident| word.is_none_or(|word| incident.name.contains(word)));
    let rows = stage.singles(asked.collect(), jobs, progress("single faults"));
    let whole = word.is_none().then(|| {
        let level = Level::of(stage.plan(), &rows);
        // A cluster that would not serve with one medium more is none to propose.
        let proposal = proposal(stage.plan(), &level, jobs).ok().flatten();
        Whole { pairs: stage.pairs(&rows, jobs, progress("pairs of faults")), level, proposal }
    });
    Rehearsal { stage, rows, whole, seconds: begun.elapsed().as_secs_f64() }
}

/// The cluster of the files, started and quiet; otherwise why there is none, ready to be shown.
fn stage(paths: &Paths) -> Result<Stage, String> {
    Stage::set(plan(paths)?).map_err(|why| format!("{why}\n"))
}

/// The cluster of `ha.cf` and `haresources`. What these files say of hardware is not compared with this machine: they
/// may be those of other machines. The keys do not matter here and need not be readable.
fn plan(paths: &Paths) -> Result<Plan, String> {
    let (sources, around) = surroundings::gather(paths);
    plan_of(sources, around)
}

fn plan_of(sources: Sources, around: Surroundings) -> Result<Plan, String> {
    let text = b"auth 1\n1 sha1 keys-play-no-part-here\n".to_vec().into();
    let keys = SourceFile { path: "authkeys".into(), text, mode: 0o600, uid: around.my_uid };
    let sources = Sources { authkeys: Ok(keys), ..sources };
    let unknown = Surroundings::default();
    let around = Surroundings { catalogue: around.catalogue, my_uid: around.my_uid, uname: around.uname, ..unknown };
    Plan::from_sources(&sources, &around).map_err(|refused| {
        let errors = refused.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        errors.map(|error| render(error) + "\n\n").collect()
    })
}

fn fail(command: &str, why: &str) -> ExitCode {
    eprint!("systole {command}: {why}");
    ExitCode::from(ERRORS)
}

fn show(text: &str) -> ExitCode {
    // A closed pipe (`| head`) is no reason to complain.
    drop(std::io::stdout().lock().write_all(text.as_bytes()));
    ExitCode::SUCCESS
}

/// One thread for each processor.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Tells a person at a terminal how far it is; the line is gone in the end.
fn progress(what: &'static str) -> impl Fn(usize, usize) {
    let watched = std::io::stderr().is_terminal();
    move |done, all| {
        if watched && (done % 20 == 0 || done == all) {
            let mut line = format!("\r{what}: {done} of {all} ");
            if done == all {
                line = format!("\r{}\r", " ".repeat(line.len()));
            }
            // Nobody who cannot read it misses it.
            drop(write!(std::io::stderr().lock(), "{line}"));
        }
    }
}

//! `cargo xtask mutants`: the judge is judged. Each deliberate mistake of the catalogue must be found, and it is shown by
//! which rule. Here is the face: which ones, how long, the table. Not here: how (catalogue.rs, graft.rs, trial.rs).

pub mod catalogue;
mod graft;
mod trial;

use anyhow::{Context, Result, bail};
use catalogue::Mutant;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trial::{Budget, Court, Verdict};

/// Where the catalogue lies.
pub const DIRECTORY: &str = "xtask/mutants";
/// Those whose names begin so silence the guard inside the core, and are awake only beside others: what the guard finds
/// the simulator's own rules must find too.
const SILENT_GUARD: &str = "silent-guard";
const USAGE: &str = "usage: cargo xtask mutants [--seeds N] [--seconds S] [--jobs J] [NAME...]";

/// Tries the mutants of those names, or all.
///
/// # Errors
/// A catalogue that does not fit the code, or a judge that does not run. A mutant that survives is no error but a
/// non-zero exit status.
pub fn main(root: &Path, words: &[String]) -> Result<ExitCode> {
    let (budget, names) = options(words)?;
    let mutants = read(root)?;
    if let Some(unknown) = names.iter().find(|name| !mutants.iter().any(|m| m.name == **name)) {
        bail!("there is no mutant {unknown}");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let copy = target.join("mutants");
    graft::make(root, &copy, &mutants)?;
    let chosen = |m: &Mutant| !m.name.starts_with(SILENT_GUARD) && (names.is_empty() || names.contains(&m.name));
    let court = trial::build(&copy)?;
    let silent = mutants.iter().enumerate().filter(|(_, m)| m.name.starts_with(SILENT_GUARD));
    let silent: Vec<usize> = silent.map(|(index, _)| index + 1).collect();
    println!("| mutant | breaks | found by | with a silent guard | by unit tests |");
    println!("| --- | --- | --- | --- | --- |");
    let (mut tried, mut missed, mut survived) = (0, 0, Vec::new());
    for (index, mutant) in mutants.iter().enumerate().filter(|(_, m)| chosen(m)) {
        let trial = try_one(&court, mutant, index + 1, &silent, budget)?;
        let cell = |verdict: &Option<Verdict>| verdict.as_ref().map_or_else(String::new, Verdict::to_string);
        let cells = [&trial.hunted, &trial.unguarded, &trial.tested].map(cell);
        println!("| {} | {} | {} |", mutant.name, mutant.breaks, cells.join(" | "));
        tried += 1;
        let judged = [&trial.hunted, &trial.unguarded].into_iter().flatten().any(Verdict::survived);
        missed += usize::from(judged);
        if trial.tested.as_ref().map_or(judged, Verdict::survived) {
            survived.push(mutant.name.as_str());
        }
    }
    let (count, names) = (survived.len(), survived.join(" "));
    println!("mutants: {tried} tried, {missed} missed by the simulator, {count} survived everything {names}");
    Ok(if survived.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of a mutant.
struct Trial {
    /// By the simulator.
    hunted: Option<Verdict>,
    /// What the guard inside the core finds is tried again without it.
    unguarded: Option<Verdict>,
    /// By unit tests of the core: where the simulator cannot judge, and what it misses.
    tested: Option<Verdict>,
}

fn try_one(court: &Court, mutant: &Mutant, number: usize, silent: &[usize], budget: Budget) -> Result<Trial> {
    if let Some(word) = &mutant.tests {
        return Ok(Trial { hunted: None, unguarded: None, tested: Some(court.test(number, word)?) });
    }
    let hunted = court.hunt(number, &[], budget)?;
    let unguarded = if hunted.by_guard() { Some(court.hunt(number, silent, budget)?) } else { None };
    let missed = hunted.survived() || unguarded.as_ref().is_some_and(Verdict::survived);
    let tested = if missed { Some(court.test(number, "")?) } else { None };
    Ok(Trial { hunted: Some(hunted), unguarded, tested })
}

fn options(words: &[String]) -> Result<(Budget, Vec<String>)> {
    let mut budget = Budget { seeds: 20_000, seconds: 60, jobs: 2 };
    let mut names = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--seeds" => &mut budget.seeds,
            "--seconds" => &mut budget.seconds,
            "--jobs" => &mut budget.jobs,
            _ if word.starts_with('-') => bail!("{word} is not understood\n{USAGE}"),
            _ => {
                names.push(word.clone());
                continue;
            }
        };
        *place = words.next().and_then(|w| w.parse().ok()).with_context(|| format!("{word} needs a number"))?;
    }
    Ok((budget, names))
}

/// The whole catalogue, in the order of its files.
fn read(root: &Path) -> Result<Vec<Mutant>> {
    let directory = root.join(DIRECTORY);
    let entries = std::fs::read_dir(&directory).with_context(|| format!("cannot list {DIRECTORY}"))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    let mut mutants: Vec<Mutant> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let more = catalogue::read(&text);
        let more = more.map_err(|(line, what)| anyhow::anyhow!("{}:{line}: {what}", file.display()))?;
        if let Some(twice) = more.iter().find(|m| mutants.iter().any(|other| other.name == m.name)) {
            bail!("there are two mutants {}", twice.name);
        }
        mutants.extend(more);
    }
    Ok(mutants)
}

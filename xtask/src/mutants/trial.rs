//! One mutant on trial: the simulator hunts with it until a rule is broken, or unit tests of the core try it.
//! Not here: the copy they run in (graft.rs).

use super::catalogue::Mutant;
use super::graft::VARIABLE;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long to look for it.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub seeds: u64,
    pub seconds: u64,
    pub jobs: u64,
}

/// The programs that judge.
#[derive(Debug)]
pub struct Court {
    simulator: PathBuf,
    tests: Option<PathBuf>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Which rule or test, at which seed if there was one.
    Found {
        by: String,
        seed: Option<u64>,
        taken: Duration,
    },
    Survived {
        taken: Duration,
    },
}

impl Verdict {
    pub fn survived(&self) -> bool {
        matches!(self, Verdict::Survived { .. })
    }

    /// Was it the guard inside the core that saw it?
    pub fn by_guard(&self) -> bool {
        matches!(self, Verdict::Found { by, .. } if by.ends_with(GUARD))
    }
}

const GUARD: &str = " (guard)";

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Found { by, seed: Some(seed), taken } => {
                write!(f, "{by}, seed {seed}, {:.1} s", taken.as_secs_f64())
            }
            Verdict::Found { by, seed: None, taken } => write!(f, "{by}, {:.1} s", taken.as_secs_f64()),
            Verdict::Survived { taken } => write!(f, "SURVIVED {:.1} s", taken.as_secs_f64()),
        }
    }
}

/// Builds what judges in the copy.
///
/// # Errors
/// What cargo said when it does not build: a mutant must be code.
pub fn build(copy: &Path, with_tests: bool) -> Result<Court> {
    let target = copy.with_file_name("mutants-build");
    cargo(copy, &target, &["build", "--profile", "sim", "--package", "systole-sim"])?;
    let simulator = target.join("sim/systole-sim");
    let mut tests = None;
    if with_tests {
        let said = cargo(copy, &target, &["test", "--no-run", "--lib", "--package", "systole-core"])?;
        let path = said.rsplit_once('(').and_then(|(_, rest)| rest.split(')').next()).map(PathBuf::from);
        tests = Some(path.context("cargo does not say where the tests are")?);
    }
    Ok(Court { simulator, tests })
}

fn cargo(copy: &Path, target: &Path, words: &[&str]) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(words).arg("--locked").current_dir(copy).env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "1");
    let output = command.env("RUSTFLAGS", "--cap-lints allow").output().context("cannot run cargo")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("the mutated code does not build:\n{said}");
    }
    Ok(said)
}

impl Court {
    /// Tries one mutant; `also` are the numbers of others that are awake too.
    ///
    /// # Errors
    /// A judge that does not run.
    pub fn try_one(&self, mutant: &Mutant, number: usize, also: &[usize], budget: Budget) -> Result<Verdict> {
        let awake: Vec<String> = also.iter().chain([&number]).map(usize::to_string).collect();
        let begun = Instant::now();
        let mut command = match (&mutant.tests, &self.tests) {
            (Some(word), Some(tests)) => {
                let mut command = Command::new(tests);
                command.arg(word);
                command
            }
            _ => {
                let mut command = Command::new(&self.simulator);
                let (seeds, jobs) = (budget.seeds.to_string(), budget.jobs.to_string());
                command.args(["hunt", "--seeds", &seeds, "--jobs", &jobs, "--seconds", &budget.seconds.to_string()]);
                command
            }
        };
        let output =
            command.env(VARIABLE, awake.join(",")).output().with_context(|| format!("cannot run {command:?}"))?;
        let taken = begun.elapsed();
        if output.status.success() {
            return Ok(Verdict::Survived { taken });
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let (by, seed) = named(&said);
        Ok(Verdict::Found { by, seed, taken })
    }
}

/// Who found it, by the words of a judge that is not content.
fn named(said: &str) -> (String, Option<u64>) {
    for line in said.lines() {
        if let Some((seed, rest)) = line.strip_prefix("seed ").and_then(|rest| rest.split_once(": "))
            && let Some((rule, what)) = rest.split_once(" broken ")
        {
            let guard = if what.contains("the guard of") { GUARD } else { "" };
            return (format!("{rule}{guard}"), seed.parse().ok());
        }
        if let Some(test) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            return (format!("test {}", test.rsplit("::").next().unwrap_or(test)), None);
        }
    }
    ("a panic".into(), None)
}

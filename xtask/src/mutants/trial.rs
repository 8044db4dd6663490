//! One mutant on trial: the simulator hunts with it until a rule is broken, or unit tests of the core try it.
//! Not here: the copy they run in (graft.rs).

use super::graft::VARIABLE;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A hunt may take so much longer than its budget, for the last seed.
const GRACE: Duration = Duration::from_secs(60);
/// The unit tests of the core take some ten seconds.
const TESTS_LONGEST: Duration = Duration::from_secs(300);

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
    tests: PathBuf,
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
pub fn build(copy: &Path) -> Result<Court> {
    let target = copy.with_file_name("mutants-build");
    cargo(copy, &target, &["build", "--profile", "sim", "--package", "systole-sim"])?;
    let simulator = target.join("sim/systole-sim");
    let said = cargo(copy, &target, &["test", "--no-run", "--lib", "--package", "systole-core"])?;
    let tests = said.rsplit_once('(').and_then(|(_, rest)| rest.split(')').next()).map(PathBuf::from);
    let tests = tests.context("cargo does not say where the tests are")?;
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
    /// Has the simulator hunt with a mutant awake, and `also` others.
    ///
    /// # Errors
    /// A judge that does not run.
    pub fn hunt(&self, number: usize, also: &[usize], budget: Budget) -> Result<Verdict> {
        let mut command = Command::new(&self.simulator);
        let (seeds, jobs) = (budget.seeds.to_string(), budget.jobs.to_string());
        command.args(["hunt", "--seeds", &seeds, "--jobs", &jobs, "--seconds", &budget.seconds.to_string()]);
        self.try_with(command, number, also, Duration::from_secs(budget.seconds) + GRACE)
    }

    /// Has the unit tests of the core try a mutant, those whose names hold a word.
    ///
    /// # Errors
    /// A judge that does not run.
    pub fn test(&self, number: usize, word: &str) -> Result<Verdict> {
        let mut command = Command::new(&self.tests);
        command.args(["--skip", "guard::", word].iter().skip(if word.starts_with("guard") { 2 } else { 0 }));
        self.try_with(command, number, &[], TESTS_LONGEST)
    }

    fn try_with(&self, mut command: Command, number: usize, also: &[usize], longest: Duration) -> Result<Verdict> {
        let awake: Vec<String> = also.iter().chain([&number]).map(usize::to_string).collect();
        let log = self.simulator.with_file_name("mutant.log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.env(VARIABLE, awake.join(",")).stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
        let status = wait(child, longest)?;
        let taken = begun.elapsed();
        let Some(status) = status else { return Ok(Verdict::Found { by: "no end".into(), seed: None, taken }) };
        if status.success() {
            return Ok(Verdict::Survived { taken });
        }
        let said = std::fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?;
        let (by, seed) = named(&String::from_utf8_lossy(&said));
        Ok(Verdict::Found { by, seed, taken })
    }
}

/// Waits for a judge, and ends it when it does not end by itself: a mutant may go in a circle.
fn wait(mut child: Child, longest: Duration) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    while begun.elapsed() < longest {
        if let Some(status) = child.try_wait().context("cannot wait for the judge")? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().context("cannot end the judge")?;
    child.wait().context("cannot wait for the judge")?;
    Ok(None)
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

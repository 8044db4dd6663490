//! `make bench-failover`: the command line of the comparison with other products.
//! Not here: the comparison; that is the lab's.
#![forbid(unsafe_code)]

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use systole_lab::{FailoverOptions, Interrupted, Stop, failover};

const USAGE: &str =
    "usage: failover (short | whole) [report] [runs=N] [into=DIRECTORY] [PRODUCT | PROFILE | SCENARIO]...";

fn main() -> ExitCode {
    match options().and_then(|options| failover(&options, &Stop::on_signals()?)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("failover: not every run could be made; the same command makes the missing ones");
            ExitCode::FAILURE
        }
        Err(error) if error.is::<Interrupted>() => {
            eprintln!("failover: interrupted; the same command goes on from here");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("failover: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<FailoverOptions> {
    // cargo bench adds --bench.
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.is_empty() {
        bail!("{USAGE}");
    }
    let form = words.remove(0);
    let short = match form.as_str() {
        "short" => true,
        "whole" => false,
        other => bail!("{other:?} is neither short nor whole\n{USAGE}"),
    };
    let report_only = take(&mut words, |word| word == "report").is_some();
    let runs = take(&mut words, |word| word.starts_with("runs="));
    let runs = runs.map(|word| word.trim_start_matches("runs=").parse().context("runs= wants a number")).transpose()?;
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("the target directory has a name")?;
    let into = take(&mut words, |word| word.starts_with("into="));
    let place = match &into {
        Some(word) => PathBuf::from(word.trim_start_matches("into=")),
        None => built.join("failover"),
    };
    // Only the whole comparison is published.
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks.md");
    let complete = !short && words.is_empty() && runs.is_none() && into.is_none();
    let document = if complete { published } else { place.join(format!("{form}.md")) };
    Ok(FailoverOptions {
        program: PathBuf::from(env!("CARGO_BIN_EXE_systole")),
        short,
        only: words,
        runs,
        results: place.join(format!("{form}.jsonl")),
        document,
        report_only,
    })
}

/// Takes the first such word out.
fn take(words: &mut Vec<String>, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let place = words.iter().position(|word| wanted(word))?;
    Some(words.remove(place))
}

//! `systole status`: asks the daemon of this machine and shows what it knows.
//! Not here: the verdict (verdict), the page for people (page).

mod page;
#[cfg(test)]
mod tests;
mod verdict;
mod wire;

use super::client::{self, ClientError};
use super::exit;
use super::rehearse::level::{self, Derived};
use crate::hands::control::{Reply, Told};
use crate::hands::log::clean;
use crate::hands::native::address::Rival;
use crate::paths::Paths;
use clap::Args;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;
use systole_config::Protection;
use systole_core::{Answer, Ask, Status};
use verdict::{Trouble, troubles, worst};

/// Hands gives up on heart after 2 s; this covers hands itself.
const WITHIN: Duration = Duration::from_secs(5);

/// What `status` takes.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// One JSON object instead of the page
    #[arg(long)]
    json: bool,
}

/// `systole status`
pub fn run(arguments: &StatusArgs, paths: &Paths) -> ExitCode {
    let (status, age_ms, protection, rivals) = match client::ask_all(paths, Ask::Status, WITHIN) {
        Ok(Told { reply: Reply { age_ms, answer: Answer::Status(status) }, protection, rivals, .. }) => {
            (status, age_ms, protection, rivals)
        }
        other => return no_status(arguments, other.map(|told| told.reply)),
    };
    let mut troubles = troubles(&status, age_ms);
    troubles.extend(rivals.iter().map(wire::trouble));
    let level = level::in_force(&status, paths);
    let code = worst(&troubles);
    let text = if arguments.json {
        json(&status, age_ms, &troubles, &Beside { protection: protection.as_ref(), rivals: &rivals }, level.derived())
    } else {
        page::page(&status, age_ms, &troubles, protection.as_ref(), colour()) + &format!("\n{}\n", level.line())
    };
    // A closed pipe (`| head`) takes nothing from the exit status.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::from(code)
}

fn no_status(arguments: &StatusArgs, got: Result<Reply, ClientError>) -> ExitCode {
    let why = match got {
        Ok(Reply { answer: Answer::Refused { why }, .. }) => clean(&why, 4096),
        Ok(_) => "the daemon answered another question".to_owned(),
        Err(error) => error.to_string(),
    };
    if arguments.json {
        println!("{}", serde_json::json!({ "verdict": "no daemon", "exit": exit::NO_DAEMON, "why": why }));
    } else {
        eprintln!("systole: {why}");
    }
    ExitCode::from(exit::NO_DAEMON)
}

fn colour() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none()
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// What comes beside heart's status.
#[derive(Default)]
struct Beside<'a> {
    protection: Option<&'a Protection>,
    rivals: &'a [Rival],
}

fn json(status: &Status, age_ms: u64, troubles: &[Trouble], beside: &Beside<'_>, level: Option<&Derived>) -> String {
    #[derive(Serialize)]
    struct Protected<'a> {
        #[serde(flatten)]
        keys: &'a Protection,
        /// What is open and what to do; null when nothing is.
        open: Option<String>,
    }
    #[derive(Serialize)]
    struct Object<'a> {
        verdict: &'static str,
        exit: u8,
        age_ms: u64,
        troubles: Vec<&'a str>,
        protection: Option<Protected<'a>>,
        /// Who else answers for addresses of this node, or for everybody's.
        rivals: &'a [Rival],
        /// Protection level, derived from the files; null where it was not.
        level: Option<u8>,
        /// The same with what is missing for the next one, and what is left of it now.
        level_detail: Option<&'a Derived>,
        #[serde(flatten)]
        status: &'a Status,
    }
    let exit = worst(troubles);
    let troubles = troubles.iter().map(|t| t.text.as_str()).collect();
    let protection = beside.protection.map(|keys| Protected { keys, open: keys.open() });
    let rivals = beside.rivals;
    let (level, level_detail) = (level.map(|derived| derived.level), level);
    let verdict = verdict::word(exit);
    let object = Object { verdict, exit, age_ms, troubles, protection, rivals, level, level_detail, status };
    serde_json::to_string_pretty(&object).unwrap_or_default() + "\n"
}

//! `systole standby`, `takeover`, `move`, `cleanup`: asks, waits for the result, says it.
//! Not here: what the words mean for the groups (systole-core).

use super::client::{self, ClientError};
use super::exit;
use crate::hands::log::clean;
use crate::paths::Paths;
use clap::{Args, ValueEnum};
use std::process::ExitCode;
use std::time::Duration;
use systole_core::{Answer, Ask, NodeName, Which};

/// What `standby` and `takeover` take.
#[derive(Debug, Clone, Args)]
pub struct WhichArgs {
    /// Which groups: all; local (their home is this node); foreign (their home is another node); failback (as foreign)
    #[arg(value_enum, default_value_t = Word::All, hide_possible_values = true)]
    which: Word,
    #[command(flatten)]
    wait: Wait,
}

/// What `move` takes.
#[derive(Debug, Clone, Args)]
pub struct MoveArgs {
    /// The group: the first resource word of its line in haresources
    group: String,
    /// The node it shall run on
    node: String,
    #[command(flatten)]
    wait: Wait,
}

/// What `cleanup` takes.
#[derive(Debug, Clone, Args)]
pub struct CleanupArgs {
    /// The group: the first resource word of its line in haresources [default: all]
    group: Option<String>,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, Clone, Copy, Args)]
struct Wait {
    /// How long to wait for the result, in seconds; the work goes on after that
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
}

/// The four words of `hb_standby` and `hb_takeover`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    All,
    Local,
    Foreign,
    Failback,
}

impl From<Word> for Which {
    fn from(word: Word) -> Which {
        match word {
            Word::All => Which::All,
            Word::Local => Which::Local,
            Word::Foreign => Which::Foreign,
            Word::Failback => Which::Failback,
        }
    }
}

/// `systole standby`
pub fn standby(arguments: &WhichArgs, paths: &Paths) -> ExitCode {
    act(Ask::Standby { which: arguments.which.into() }, arguments.wait, paths)
}

/// `systole takeover`
pub fn takeover(arguments: &WhichArgs, paths: &Paths) -> ExitCode {
    act(Ask::Takeover { which: arguments.which.into() }, arguments.wait, paths)
}

/// `systole move`
pub fn relocate(arguments: &MoveArgs, paths: &Paths) -> ExitCode {
    match NodeName::new(&arguments.node) {
        Ok(node) => act(Ask::Move { group: arguments.group.clone(), node }, arguments.wait, paths),
        Err(error) => {
            eprintln!("systole: '{}' is no node name: {error}", clean(&arguments.node, 200));
            ExitCode::from(exit::REFUSED)
        }
    }
}

/// `systole cleanup`
pub fn cleanup(arguments: &CleanupArgs, paths: &Paths) -> ExitCode {
    act(Ask::Cleanup { group: arguments.group.clone() }, arguments.wait, paths)
}

fn act(ask: Ask, wait: Wait, paths: &Paths) -> ExitCode {
    let (code, said) = outcome(client::ask(paths, ask, Duration::from_secs(wait.timeout.into())).map(|r| r.answer));
    if code == 0 {
        println!("{said}")
    } else {
        eprintln!("systole: {said}")
    }
    ExitCode::from(code)
}

/// Exit status and sentence.
fn outcome(answer: Result<Answer, ClientError>) -> (u8, String) {
    match answer {
        Ok(Answer::Done { said }) => (0, clean(&said, 4096)),
        Ok(Answer::Refused { why }) => (exit::REFUSED, format!("refused: {}", clean(&why, 4096))),
        Ok(Answer::Status(_)) => (exit::REFUSED, "the daemon answered another question".into()),
        Err(error @ ClientError::NoDaemon { .. }) => (exit::NO_DAEMON, error.to_string()),
        Err(error) => (exit::REFUSED, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_status_follows_the_table_of_programs() {
        let done = Answer::Done { said: "all groups run on beta".into() };
        let refused = Answer::Refused { why: "beta is dead".into() };
        let nobody = ClientError::NoDaemon { socket: "/run/x".into(), error: std::io::ErrorKind::NotFound.into() };
        assert_eq!(outcome(Ok(done)), (0, "all groups run on beta".into()));
        assert_eq!(outcome(Ok(refused)), (1, "refused: beta is dead".into()));
        let (code, text) = outcome(Err(nobody));
        assert_eq!(code, 3);
        assert!(text.contains("/run/x") && text.contains("systoled is not running"), "{text}");
        assert_eq!(outcome(Err(ClientError::Late { after: Duration::from_secs(120) })).0, 1);
    }
}

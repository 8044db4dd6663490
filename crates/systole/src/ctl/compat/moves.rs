//! `hb_standby` and `hb_takeover`: the words and the line of Heartbeat's scripts; these wait for the result and say it.
//! Not here: what the words mean for the groups (systole-core).

use super::{log_line, status, within};
use crate::ctl::client;
use crate::hands::control::Reply;
use crate::hands::log::clean;
use std::process::ExitCode;
use std::time::Duration;
use systole_core::{Answer, Ask, Which};

/// The core gives up on a move after three minutes, and says so.
const WITHIN: Duration = Duration::from_secs(200);

/// Called as `hb_standby`.
pub fn standby() -> ExitCode {
    run("hb_standby", |which| Ask::Standby { which })
}

/// Called as `hb_takeover`.
pub fn takeover() -> ExitCode {
    run("hb_takeover", |which| Ask::Takeover { which })
}

fn run(tool: &str, ask: fn(Which) -> Ask) -> ExitCode {
    let (word, which) = match word(&super::arguments()) {
        Ok(found) => found,
        Err(wrong) => {
            if let Some(wrong) = wrong {
                eprintln!("{tool}: wrong resources({}).", clean(&wrong, 200));
            }
            eprintln!("usage:\n{tool} [all|foreign|local|failback]");
            return ExitCode::from(1);
        }
    };
    let ask = ask(which);
    // A daemon that is down or stands still must not make anybody wait for the long limit of a move.
    if let Err(why) = status(&super::paths()) {
        eprintln!("{tool}: {why}");
        return ExitCode::from(1);
    }
    if matches!(ask, Ask::Standby { .. }) {
        println!("{} Going standby [{word}].", log_line::stamp());
    }
    let (code, said) =
        ended(within(WITHIN + Duration::from_secs(5), move || client::ask(&super::paths(), ask, WITHIN)));
    if code == 0 {
        println!("{said}")
    } else {
        eprintln!("{tool}: {said}")
    }
    ExitCode::from(code)
}

/// The one word, `all` when there is none.
///
/// # Errors
/// The word that is none of the four; nothing when only the usage was asked for.
fn word(arguments: &[String]) -> Result<(&'static str, Which), Option<String>> {
    match arguments.first().map(String::as_str) {
        None | Some("all") => Ok(("all", Which::All)),
        Some("local") => Ok(("local", Which::Local)),
        Some("foreign") => Ok(("foreign", Which::Foreign)),
        Some("failback") => Ok(("failback", Which::Failback)),
        Some("-h" | "--help") => Err(None),
        Some(other) => Err(Some(other.to_owned())),
    }
}

/// 0 and a sentence when it is done, 1 and the reason when it is not.
fn ended(answer: Option<Result<Reply, client::ClientError>>) -> (u8, String) {
    match answer {
        Some(Ok(reply)) => match reply.answer {
            Answer::Done { said } => (0, clean(&said, 4096)),
            Answer::Refused { why } => (1, format!("refused: {}", clean(&why, 4096))),
            Answer::Status(_) => (1, "the daemon answered another question".to_owned()),
        },
        Some(Err(error)) => (1, error.to_string()),
        None => (1, "no answer; look with: systole status".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_words_and_a_default() {
        let word = |text: &str| word(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(word(""), Ok(("all", Which::All)));
        assert_eq!(word("local"), Ok(("local", Which::Local)));
        assert_eq!(word("foreign"), Ok(("foreign", Which::Foreign)));
        assert_eq!(word("failback"), Ok(("failback", Which::Failback)));
        assert_eq!(word("ALL"), Err(Some("ALL".to_owned())));
        assert_eq!(word("--help"), Err(None));
    }

    #[test]
    fn only_what_is_done_ends_with_zero() {
        let reply = |answer| Some(Ok(Reply { age_ms: 0, answer }));
        assert_eq!(ended(reply(Answer::Done { said: "all runs on beta".into() })).0, 0);
        assert_eq!(ended(reply(Answer::Refused { why: "beta is dead".into() })), (1, "refused: beta is dead".into()));
        assert_eq!(ended(None).0, 1);
        assert_eq!(ended(Some(Err(client::ClientError::Closed))).0, 1);
    }
}

//! Init scripts: `script start|stop|status`, judged by exit codes as the Linux Standard Base has them.
//! Not here: running them (see the parent).

use super::process::{Turn, exit_words};
use super::{Limits, Script, State, resource_d};

/// 0 runs; 1, 2 (dead, but its pid or lock file is there) and 3 do not; for any other code the words decide,
/// as many old scripts know no status codes.
pub async fn status(script: &Script, limits: &Limits, turn: &Turn) -> State {
    let finished = match script.ask(limits, turn).await {
        Ok(finished) => finished,
        Err(state) => return state,
    };
    match finished.status.code() {
        Some(0) => State::Running,
        Some(1..=3) => State::Stopped,
        Some(_) => resource_d::judge_text(&finished.output.text()),
        None => State::Unknown(format!("status was {}", exit_words(finished.status))),
    }
}

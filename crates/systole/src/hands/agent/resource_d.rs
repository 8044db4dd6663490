//! Heartbeat's own scripts (`resource.d`): `script ARG.. start|stop|status`, spec CONFIG 3.1.
//! Not here: running them (see the parent); which path a word stands for (systole-config).

use super::process::Turn;
use super::{Limits, Script, State};

/// The contract: the output alone decides, the exit code says nothing.
pub async fn status(script: &Script, limits: &Limits, turn: &Turn) -> State {
    match script.ask(limits, turn).await {
        Ok(finished) => judge_text(&finished.output.text()),
        Err(state) => state,
    }
}

/// `not`, a blank and later `running` on one line: stopped. Else `running` or `OK` anywhere: running. Else stopped.
pub fn judge_text(text: &str) -> State {
    if text.lines().any(says_not_running) {
        State::Stopped
    } else if ["running", "Running", "OK"].iter().any(|word| text.contains(word)) {
        State::Running
    } else {
        State::Stopped
    }
}

/// Any case of `not`; of `running` only the first letter may be large.
fn says_not_running(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let after_not = lower.match_indices("not").map(|(at, not)| at + not.len());
    after_not
        .filter_map(|at| line.get(at..))
        .any(|rest| rest.starts_with([' ', '\t']) && (rest.contains("running") || rest.contains("Running")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_rules_of_the_contract() {
        for stopped in [
            "is not running",
            "NOT Running",
            "Resource is stopped",
            "",
            "not  really running",
            "Not\trunning",
            "ok",
            "RUNNING",
        ] {
            assert_eq!(judge_text(stopped), State::Stopped, "{stopped:?}");
        }
        for running in [
            "Running OK",
            "running",
            "OK",
            "isn't running",
            "stopped (was running)",
            "/srv/OK/x",
            "notrunning",
            "it is not\nrunning",
        ] {
            assert_eq!(judge_text(running), State::Running, "{running:?}");
        }
        assert_eq!(judge_text("is running\nbut x is not running\n"), State::Stopped, "one such line is enough");
    }
}

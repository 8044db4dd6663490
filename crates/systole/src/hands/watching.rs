//! Watching what runs: the death of a main process or a unit by kernel event or signal, a page that must be answered,
//! and the `status` of everything else now and then. One task a group; it ends with the first failure.
//! Not here: what follows from a failure (core), the questions themselves (question.rs, agent/).

mod question;

pub use question::Question;

use super::agent::process::Turn;
use super::agent::{Agent, Patience, State};
use super::executor::Runner;
use crate::bridge::Level;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// The first look after a start; it shows whether the question is one that this service answers.
const FIRST: Duration = Duration::from_secs(1);
/// An answer that comes so much later than its deadline says that this machine did not run, not that the service hangs.
const STARVED: Duration = Duration::from_secs(1);

/// Waits until a member of the group fails (a warm one, where the group is not held); gives its place and how, in a sentence. Never returns where nothing can.
pub async fn group(runner: &Arc<Runner>) -> (usize, String) {
    let mut members = JoinSet::new();
    let held = runner.is_held();
    for at in 0..runner.members.len() {
        let runner = Arc::clone(runner);
        members.spawn(async move {
            match runner.agent(at) {
                Some(agent) if agent.is_watched() && (held || agent.is_warm()) => {
                    (at, member(&runner, at, agent).await)
                }
                _ => std::future::pending().await,
            }
        });
    }
    loop {
        match members.join_next().await {
            Some(Ok(failed)) => return failed,
            // One that broke sees nothing any more; the others go on.
            Some(Err(_)) => {}
            None => std::future::pending().await,
        }
    }
}

async fn member(runner: &Runner, at: usize, agent: &Agent) -> String {
    let why = tokio::select! {
        why = agent.ended() => why,
        why = ask_now_and_then(runner, agent) => why,
        why = question(runner, at, agent) => why,
    };
    format!("{}: {why}", agent.word)
}

/// The word of the agent on its state, at its interval. Never two at once: the group's turn sees to that.
async fn ask_now_and_then(runner: &Runner, agent: &Agent) -> String {
    let Some(period) = agent.interval().await else { return std::future::pending().await };
    // A script may know no status, or be slow to know: its "stopped" counts when it has said "running" before.
    let mut believed = agent.status_is_exact();
    let mut pause = FIRST.min(period);
    loop {
        sleep(pause).await;
        pause = period;
        let mut why = match look(agent, &runner.turn).await {
            None => {
                believed = true;
                continue;
            }
            Some(why) if believed => why,
            Some(why) => {
                runner
                    .note(Level::Warn, format!("{}: {why}; it is not watched before it says that it runs", agent.word));
                await_running(agent, period, &runner.turn).await;
                believed = true;
                continue;
            }
        };
        // Once more at once: a single answer may be an accident.
        if let Some(again) = look(agent, &runner.turn).await {
            why = again;
            return why;
        }
        runner.note(Level::Warn, format!("{}: {why}; asked again it says that it runs", agent.word));
    }
}

/// `None` when it runs, or when nothing can be said because this machine did not run.
async fn look(agent: &Agent, turn: &Turn) -> Option<String> {
    let (from, limit) = (Instant::now(), agent.status_limit().await);
    let state = agent.status(turn).await;
    match state {
        State::Running => None,
        State::Unknown(_) if from.elapsed() > limit + STARVED => None,
        State::Stopped => Some("its status says that it does not run".to_owned()),
        State::Unknown(why) | State::Absent(why) => Some(why),
    }
}

async fn await_running(agent: &Agent, period: Duration, turn: &Turn) {
    while agent.status(turn).await != State::Running {
        sleep(period).await;
    }
}

/// The page of a web server, or what the files say. Until a page that they do not name has been answered once on this node,
/// nothing follows from its silence: it may be the wrong question.
async fn question(runner: &Runner, at: usize, agent: &Agent) -> String {
    let Patience { period, deadline } = agent.patience();
    let mut told = false;
    let mut pause = FIRST.min(period);
    loop {
        sleep(pause).await;
        pause = period;
        // None for now: what is asked may be known later, as when its settings are being edited.
        let Some((question, counts)) = runner.question(agent).await else { continue };
        let Some(why) = ask(&question, deadline, &runner.turn).await else {
            runner.memory().answered.insert(at);
            continue;
        };
        if !counts && !runner.memory().answered.contains(&at) {
            if !std::mem::replace(&mut told, true) {
                let text = format!("{}: {why}; its pages are not watched before one was answered", agent.word);
                runner.note(Level::Warn, text);
            }
            continue;
        }
        match ask(&question, deadline, &runner.turn).await {
            Some(again) => return format!("{again}, twice"),
            None => runner.note(Level::Warn, format!("{}: {why}; asked again it answers", agent.word)),
        }
    }
}

/// `None`: answered well, or this machine did not run.
async fn ask(question: &Question, deadline: Duration, turn: &Turn) -> Option<String> {
    let from = Instant::now();
    match timeout(deadline, question.ask(deadline, turn)).await {
        Ok(answer) => answer.err(),
        Err(_) if from.elapsed() > deadline + STARVED => None,
        Err(_) => Some(format!("no answer from {question} within {deadline:?}")),
    }
}

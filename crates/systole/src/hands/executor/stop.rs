//! Stopping a group: right to left, on past failures; each stop tried until its deadline, then by force.
//! Not here: what follows when something still runs (core: blocked, or fenced).

use super::member::Member;
use super::runner::{Knowledge, Runner};
use crate::bridge::Level;
use crate::hands::agent::family::Leftover;
use crate::hands::agent::{Action, Agent, State};
use crate::hands::native::mailto::{MailTo, Occasion};
use rustix::process::Signal;
use std::time::Duration;
use systole_core::Outcome;
use tokio::time::Instant;

/// Between two attempts, as Heartbeat has it; the first retry comes sooner, as many troubles are short.
const RETRY: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_secs(1)];
/// So long may what an agent left take to obey TERM, and then to die of KILL.
const OBEY: Duration = Duration::from_secs(5);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What of a group is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    All,
    /// What runs on the holder alone.
    Moving,
    /// What runs on every node.
    Warm,
}

impl Part {
    fn has(self, member: &Member) -> bool {
        match self {
            Part::All => true,
            Part::Moving => !member.is_warm(),
            Part::Warm => member.is_warm(),
        }
    }
}

impl Runner {
    pub async fn stop(&self, part: Part) -> Outcome {
        let was_held = self.memory().knowledge == Knowledge::Something;
        let mut stuck = Vec::new();
        for (at, member) in self.members.iter().enumerate().rev().filter(|(_, member)| part.has(member)) {
            stuck.extend(self.stop_member(at, member, was_held).await.err());
        }
        self.conclude_stop(part, stuck)
    }

    /// Writes down how it ended.
    pub fn conclude_stop(&self, part: Part, stuck: Vec<String>) -> Outcome {
        let mut memory = self.memory();
        if part != Part::Warm {
            memory.knowledge = if stuck.is_empty() { Knowledge::Nothing } else { Knowledge::Something };
        }
        if part != Part::Moving {
            memory.cold = stuck.is_empty();
        }
        if stuck.is_empty() { Outcome::Done } else { Outcome::Stuck { why: stuck.join("; ") } }
    }

    /// # Errors
    /// Why it may still run.
    pub async fn stop_member(&self, at: usize, member: &Member, was_held: bool) -> Result<(), String> {
        let why = match member {
            Member::Broken { .. } => Ok(()),
            Member::Mail(mail) => {
                if was_held {
                    self.send(mail, Occasion::Stopped);
                }
                Ok(())
            }
            Member::Addresses { specs, .. } => {
                self.stop_announcing();
                self.shared.addresses.release(specs)
            }
            Member::Agent(agent) => self.stop_agent(at, agent).await,
        };
        why.map_err(|why| format!("{}: {why}", member.words()))
    }

    async fn stop_agent(&self, at: usize, agent: &Agent) -> Result<(), String> {
        let result = match self.try_to_stop(at, agent).await {
            Err(why) => self.force(at, agent, why).await,
            stopped => stopped,
        };
        let result = match result {
            Err(why) if agent.ignores_failed_stops() => {
                let text = format!("{}: {why}; it may still run, and counts as stopped (stop-fail ignore)", agent.word);
                self.note(Level::Crit, text);
                Ok(())
            }
            result => result,
        };
        let mut memory = self.memory();
        memory.ready &= !agent.is_warm();
        memory.failed.take_if(|failed| *failed == at);
        if result.is_ok() {
            memory.started.remove(&at);
            memory.left.remove(&at);
        }
        drop(memory);
        result
    }

    /// Tries until the deadline. Neither a success nor a failure of a stop is believed without a look at the state.
    async fn try_to_stop(&self, at: usize, agent: &Agent) -> Result<(), String> {
        let has_failed = self.memory().failed == Some(at);
        let limit = match agent.patience_with_the_failed().filter(|_| has_failed) {
            Some(short) => short,
            None => agent.stop_limit().await,
        };
        let end = Instant::now() + limit;
        let mut pauses = pauses();
        self.note(Level::Info, format!("Running {}", agent.command(Action::Stop)));
        loop {
            let result = agent.stop(end.saturating_duration_since(Instant::now()), &self.turn).await;
            let why = match (result, agent.status(&self.turn).await) {
                (Ok(stopped), State::Stopped) => {
                    self.heard(agent, Action::Stop, &stopped.said);
                    return Ok(());
                }
                (Err(failure), State::Stopped) => {
                    self.note(Level::Warn, format!("{}: {failure}; but it says that it does not run", agent.word));
                    return Ok(());
                }
                (_, State::Absent(why)) if !self.memory().started.contains(&at) => {
                    self.note(Level::Warn, format!("{}: nothing to stop: {why}", agent.word));
                    return Ok(());
                }
                (Ok(_), State::Running) => "its stop succeeded, but it says that it still runs".to_owned(),
                (Ok(_), State::Unknown(why) | State::Absent(why)) => why,
                (Err(failure), _) => failure.to_string(),
            };
            let pause = pauses.next().unwrap_or_default();
            if Instant::now() + pause >= end {
                return Err(why);
            }
            self.note(Level::Warn, format!("{}: {why}; trying again", agent.word));
            tokio::time::sleep(pause).await;
        }
    }

    /// TERM, then KILL, to the process group that its start left; then its own word decides.
    async fn force(&self, at: usize, agent: &Agent, why: String) -> Result<(), String> {
        let left = self.memory().left.get(&at).cloned();
        let Some(left) = left.filter(Leftover::lives) else { return Err(why) };
        self.note(Level::Error, format!("{}: {why}; ending its processes by force", agent.word));
        left.signal(Signal::TERM);
        if !gone(&left).await {
            left.signal(Signal::KILL);
            gone(&left).await;
        }
        // The dead may be seen as living until init has reaped them.
        let end = Instant::now() + OBEY;
        for pause in pauses() {
            if agent.status(&self.turn).await == State::Stopped {
                return Ok(());
            }
            if Instant::now() + pause > end {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Err(why)
    }

    /// What an agent printed belongs into the debug log.
    pub fn heard(&self, agent: &Agent, action: Action, said: &str) {
        if !said.is_empty() {
            self.note(Level::Debug, format!("{} {} said: {said}", agent.word, action.word()));
        }
    }

    pub fn send(&self, mail: &MailTo, occasion: Occasion) {
        let shared = std::sync::Arc::clone(&self.shared);
        mail.send(occasion, move |level, text| shared.note(level, text));
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    let [first, second, rest] = RETRY;
    [first, second].into_iter().chain(std::iter::repeat(rest))
}

async fn gone(left: &Leftover) -> bool {
    let wait = async {
        while left.lives() {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(OBEY, wait).await.is_ok()
}

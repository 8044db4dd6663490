//! Starting a group: left to right, what runs already is skipped, the first failure undoes everything.
//! Not here: stopping (stop.rs), which the undo uses.

use super::member::Member;
use super::runner::{Knowledge, Runner};
use super::stop::Part;
use crate::bridge::Level;
use crate::hands::agent::{Action, Agent, State};
use crate::hands::native::mailto::Occasion;
use systole_core::Outcome;

impl Runner {
    /// Starts what is warm, and nothing else.
    pub async fn warm(&self) -> Outcome {
        self.memory().cold = false;
        if let Err(why) = self.stop_failed().await {
            return Outcome::Stuck { why };
        }
        let mut failed = None;
        for (at, member) in self.members.iter().enumerate().filter(|(_, member)| member.is_warm()) {
            if let Err(why) = self.start_member(at, member, false).await {
                failed = Some(format!("{}: {why}", member.words()));
                break;
            }
        }
        let failed = match failed {
            None => self.verify().await.err().map(|(_, why)| why),
            failed => failed,
        };
        let Some(why) = failed else {
            self.memory().ready = true;
            return Outcome::Done;
        };
        self.note(Level::Error, format!("{why}; stopping what is warm of {}", self.key));
        match self.stop(Part::Warm).await {
            Outcome::Stuck { why: left } => Outcome::Stuck { why: format!("{why}; and then: {left}") },
            _ => Outcome::Failed { why },
        }
    }

    pub async fn start(&self) -> Outcome {
        let was_held = std::mem::replace(&mut self.memory().knowledge, Knowledge::Something) == Knowledge::Something;
        let restarted = match self.stop_failed().await {
            Ok(restarted) => restarted,
            Err(why) => return Outcome::Stuck { why },
        };
        let mut changed = !was_held;
        for (at, member) in self.members.iter().enumerate() {
            match self.start_member(at, member, changed && !restarted).await {
                Ok(started) => changed |= started,
                Err(why) => return self.undo(at, format!("{}: {why}", member.words())).await,
            }
        }
        if let Err((at, why)) = self.verify().await {
            return self.undo(at, why).await;
        }
        self.memory().ready = self.is_warm();
        self.go_on_announcing();
        Outcome::Done
    }

    /// Stops the member that failed while it ran, and what was started after it; what it stands on, as the address, stays.
    /// True when there was one.
    async fn stop_failed(&self) -> Result<bool, String> {
        let Some(failed) = self.memory().failed else { return Ok(false) };
        // Where the group is not held nothing but its warm members runs.
        let held = self.is_held();
        for (at, member) in self.members.iter().enumerate().skip(failed).rev() {
            if !matches!(member, Member::Mail(_)) && (held || member.is_warm()) {
                self.stop_member(at, member, true).await?;
            }
        }
        Ok(true)
    }

    /// True when something was started, false when it ran already.
    async fn start_member(&self, at: usize, member: &Member, changed: bool) -> Result<bool, String> {
        match member {
            Member::Broken { why, .. } => Err(why.clone()),
            Member::Addresses { specs, .. } => {
                let tell = |level, text| self.note(level, text);
                let before = self.shared.addresses.present(specs)?;
                self.shared.addresses.take(specs, &tell)?;
                Ok(before.contains(&false))
            }
            Member::Mail(mail) => {
                if changed {
                    self.send(mail, Occasion::Started);
                }
                Ok(false)
            }
            // It has run and was watched up to now; if it has died since, that is seen as soon as it is watched again.
            Member::Agent(agent) if agent.is_warm() && self.memory().ready => Ok(false),
            Member::Agent(agent) => self.start_agent(at, agent).await,
        }
    }

    async fn start_agent(&self, at: usize, agent: &Agent) -> Result<bool, String> {
        match agent.status(&self.turn).await {
            State::Running => return Ok(false),
            State::Absent(why) => return Err(why),
            // A start is idempotent; if the trouble is real, it fails and says why.
            State::Unknown(why) => self.note(Level::Warn, format!("{}: {why}", agent.word)),
            State::Stopped => {}
        }
        self.note(Level::Info, format!("Running {}", agent.command(Action::Start)));
        self.memory().started.insert(at);
        let started = agent.start(&self.turn).await.map_err(|failure| failure.to_string())?;
        self.heard(agent, Action::Start, &started.said);
        if let Some(left) = started.left {
            self.memory().left.insert(at, left);
        }
        Ok(true)
    }

    /// An agent's word that it started is checked by its own word on its state. Only where both are bound by a
    /// standard (OCF) is a contradiction a failure; scripts may be slow to write a pid file, or know no status.
    async fn verify(&self) -> Result<(), (usize, String)> {
        let started = self.memory().started.clone();
        for (at, member) in self.members.iter().enumerate() {
            let Member::Agent(agent) = member else { continue };
            if !started.contains(&at) || agent.proves_its_start() || agent.is_warm() && self.memory().ready {
                continue;
            }
            let why = match agent.status(&self.turn).await {
                State::Running => continue,
                State::Stopped => "its start succeeded, but it says that it does not run".to_owned(),
                State::Absent(why) | State::Unknown(why) => format!("its start succeeded, but {why}"),
            };
            if agent.status_is_exact() {
                return Err((at, format!("{}: {why}", agent.word)));
            }
            self.note(Level::Warn, format!("{}: {why}", agent.word));
        }
        Ok(())
    }

    /// Stops what was started, the failed one included as it may be half there, and whatever stands right of it
    /// and runs all the same.
    async fn undo(&self, failed: usize, why: String) -> Outcome {
        self.note(Level::Error, format!("{why}; stopping what was started of {}", self.key));
        let mut stuck = Vec::new();
        for (at, member) in self.members.iter().enumerate().rev() {
            let idle = || async { matches!(self.state(member).await, None | Some(State::Stopped | State::Absent(_))) };
            if at > failed && idle().await {
                continue;
            }
            stuck.extend(self.stop_member(at, member, true).await.err());
        }
        match self.conclude_stop(Part::All, stuck) {
            Outcome::Stuck { why: left } => Outcome::Stuck { why: format!("{why}; and then: {left}") },
            _ => Outcome::Failed { why },
        }
    }
}

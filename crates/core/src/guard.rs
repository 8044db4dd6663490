//! A second judge inside the core: it keeps its own books from what comes in and what goes out, and looks at every
//! output before it leaves (the assertions S4, S7, S11 and S12). It was written apart from the deciding code and asks
//! none of it. Not here: decisions; it can hold back a start or a message and tell of it, no more.

mod said;
mod witness;
mod word;

use crate::beat::ClaimState;
use crate::input::Input;
use crate::job::{Condition, Job, JobId, JobKind, Outcome};
use crate::message::{Body, Message};
use crate::names::Generation;
use crate::names::{GroupId, NodeName, Sequence};
use crate::output::{Event, Output};
use crate::settings::{Failback, Settings};
use crate::time::Moment;
use crate::timing::Timing;
use said::Said;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use witness::Witness;

/// The same broken assertion is told again after so long at the earliest.
const TELL_AGAIN: Duration = Duration::from_secs(60);
/// So many different ones are kept apart; more are told as they come.
const TOLD_MAX: usize = 16;

/// What must hold whatever the deciding code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Assertion {
    /// No start against a peer that was heard within a dead time and claims the group.
    S4,
    /// No start before everything that was to be stopped first is stopped, and we know it.
    S7,
    /// What this node says has ever higher numbers; what is said again is said as it was.
    S11,
    /// Nothing is acted on twice, and nothing that was overtaken.
    S12,
}

/// A broken assertion, in a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) rule: Assertion,
    pub(crate) what: String,
    /// What it is about, so that the same thing is not told at every moment.
    about: u64,
    /// The output must not leave.
    pub(crate) withhold: bool,
}

/// One group here, as the jobs say.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Hold {
    id: GroupId,
    key: String,
    /// Its home is this node.
    at_home: bool,
    /// Started here, and not given up since: starting it again takes it from nobody.
    kept: bool,
    /// Something may be left of it here: nobody has looked yet, or a stop has not ended well.
    unstopped: bool,
    job: Option<(JobId, JobKind)>,
}

/// The books.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Guard {
    me: NodeName,
    timing: Timing,
    /// Two nodes, so that what a Heartbeat says of its halves has a meaning.
    judges_halves: bool,
    groups: Vec<Hold>,
    peers: Vec<Witness>,
    said: Said,
    /// The peer whose message, the input at hand, must change nothing.
    repeated: Option<usize>,
    told: Vec<(Assertion, u64, Moment)>,
}

impl Guard {
    /// `known`: how far each peer was heard before this life of ours.
    pub(crate) fn new(settings: &Settings, known: &[(NodeName, Generation, Sequence)]) -> Guard {
        let hold = |g: &crate::settings::GroupSettings| Hold {
            id: g.id,
            key: g.key.clone(),
            at_home: g.home() == Some(&settings.me),
            kept: false,
            unstopped: true,
            job: None,
        };
        let floor = |n: &NodeName| known.iter().find(|(k, ..)| k == n).map(|(_, life, number)| (*life, *number));
        let others = settings.nodes.iter().filter(|n| **n != settings.me);
        Guard {
            me: settings.me.clone(),
            timing: settings.timing,
            judges_halves: settings.nodes.len() == 2 && settings.failback != Failback::Legacy,
            groups: settings.groups.iter().map(hold).collect(),
            peers: others.map(|n| Witness::new(n.clone(), floor(n).unwrap_or_default())).collect(),
            said: Said::default(),
            repeated: None,
            told: Vec::new(),
        }
    }

    /// Notes what happened, before anybody decides on it.
    pub(crate) fn note(&mut self, now: Moment, input: &Input) {
        self.repeated = None;
        match input {
            Input::Heard { message, .. } => self.hear(message, now),
            Input::Stalled { for_ms } => {
                let stall = Duration::from_millis(*for_ms);
                self.peers.iter_mut().for_each(|p| p.excuse(now, stall));
            }
            Input::Gaps { node, observed } => {
                let early = self.timing.early_verdict(*observed, 0.0).filter(|_| self.peers.len() == 1);
                self.peers.iter_mut().filter(|p| p.name == *node).for_each(|p| p.early = early);
            }
            Input::HandsDown => self.groups.iter_mut().for_each(|g| g.job = None),
            Input::HandsUp { found } => {
                for group in &mut self.groups {
                    let stopped = found.iter().any(|(id, c)| *id == group.id && *c == Condition::Stopped);
                    (group.job, group.unstopped) = (None, group.unstopped && !stopped);
                }
            }
            Input::JobDone { id, group, outcome } => self.job_ended(*id, *group, outcome),
            _ => {}
        }
    }

    fn hear(&mut self, message: &Message, now: Moment) {
        let Some(index) = self.peers.iter().position(|p| p.name == message.from) else { return };
        let said = self.said.newest_in_this_life();
        if self.peers[index].hear(message, now, self.timing.deadtime(), said) {
            self.repeated = Some(index);
        }
    }

    fn job_ended(&mut self, id: JobId, group: GroupId, outcome: &Outcome) {
        let Some(group) = self.groups.iter_mut().find(|g| g.id == group) else { return };
        let Some((_, kind)) = group.job.filter(|(ours, _)| *ours == id) else { return };
        group.job = None;
        match (kind, outcome) {
            (JobKind::Stop | JobKind::Yield, Outcome::Done) => group.unstopped = false,
            (JobKind::Start, Outcome::Failed { .. }) => group.kept = false,
            (JobKind::Start, Outcome::Stuck { .. } | Outcome::Cancelled | Outcome::Found(_)) => {
                (group.kept, group.unstopped) = (false, true);
            }
            _ => {}
        }
    }

    /// May this job be given out? It counts as given out when it may.
    ///
    /// # Errors
    /// The assertion that it would break.
    pub(crate) fn allow(&mut self, job: &Job, now: Moment) -> Result<(), Broken> {
        let Some(index) = self.groups.iter().position(|g| g.id == job.group) else { return Ok(()) };
        match job.kind {
            JobKind::Start => {
                self.judge_start(&self.groups[index], now)?;
                self.groups[index].kept = true;
            }
            JobKind::Stop | JobKind::Yield => {
                (self.groups[index].kept, self.groups[index].unstopped) = (false, true);
            }
            // What is warm may run on every node.
            JobKind::Warm | JobKind::Cool | JobKind::Inspect | JobKind::Announce => return Ok(()),
        }
        self.groups[index].job = Some((job.id, job.kind));
        Ok(())
    }

    /// May what ran here before this life stay? It counts as started here when it may.
    ///
    /// # Errors
    /// The assertion that it would break.
    pub(crate) fn keep(&mut self, group: GroupId, now: Moment) -> Result<(), Broken> {
        let Some(index) = self.groups.iter().position(|g| g.id == group) else { return Ok(()) };
        self.judge_others(&self.groups[index], now)?;
        (self.groups[index].kept, self.groups[index].unstopped) = (true, false);
        Ok(())
    }

    fn judge_start(&self, group: &Hold, now: Moment) -> Result<(), Broken> {
        let (me, key) = (&self.me, &group.key);
        if group.kept {
            return Ok(());
        }
        if group.unstopped {
            let what = format!("{me} would start {key} before its own stop of it has ended well");
            return Err(Broken { rule: Assertion::S7, what, about: u64::from(group.id.0), withhold: true });
        }
        self.judge_others(group, now)
    }

    fn judge_others(&self, group: &Hold, now: Moment) -> Result<(), Broken> {
        let broken = |rule, what| Err(Broken { rule, what, about: u64::from(group.id.0), withhold: true });
        let (me, key) = (&self.me, &group.key);
        for peer in &self.peers {
            let dead = peer.early.unwrap_or(self.timing.deadtime());
            let Some((state, ago)) = peer.claim(group.id, group.at_home, self.judges_halves, now, dead) else {
                continue;
            };
            let (name, ago) = (&peer.name, ago.as_millis());
            match state {
                ClaimState::Idle | ClaimState::Want => {}
                ClaimState::Stopping => {
                    let what = format!("{me} would start {key}, which {name} said {ago} ms ago it is still stopping");
                    return broken(Assertion::S7, what);
                }
                ClaimState::Starting | ClaimState::Running | ClaimState::Blocked => {
                    let what = format!("{me} would start {key}, which {name} said {ago} ms ago it holds ({state:?})");
                    return broken(Assertion::S4, what);
                }
            }
        }
        Ok(())
    }

    /// Looks at an output that is about to leave.
    pub(crate) fn look(&mut self, output: &Output) -> Option<Broken> {
        match output {
            Output::Say(message) => {
                let again = self.said.has_said(message);
                let broken = self.said.check(message);
                // What is said again for a peer that lost it names what was heard then.
                broken.or_else(|| if again { None } else { self.judge_hears(message) })
            }
            Output::RememberPeer { node, generation, sequence } => {
                let peer = self.peers.iter_mut().find(|p| p.name == *node)?;
                let what = peer.is_remembered((*generation, *sequence)).err()?;
                Some(Broken { rule: Assertion::S12, what, about: 0, withhold: true })
            }
            Output::Tell(event) => self.judge_event(event),
            _ => None,
        }
    }

    /// What a beat of ours says of the others: each of them was heard so far, and is never heard less far later.
    fn judge_hears(&mut self, message: &Message) -> Option<Broken> {
        let Body::Status { beat: Some(beat), .. } = &message.body else { return None };
        let mut found = None;
        for hears in &beat.hears {
            let Some(peer) = self.peers.iter_mut().find(|p| p.name == hears.node) else { continue };
            if let Err(what) = peer.is_named((hears.generation, hears.sequence)) {
                found = Some(Broken { rule: Assertion::S12, what, about: 1, withhold: false });
            }
        }
        found
    }

    /// A message that was heard before, or was overtaken, is no reason for any of these.
    fn judge_event(&self, event: &Event) -> Option<Broken> {
        let peer = &self.peers[self.repeated?];
        let about = match event {
            Event::PeerState { node, .. } | Event::PeerReturned { node } | Event::PeerLeft { node } => Some(node),
            Event::PeerRestarted { node, .. } => Some(node),
            _ => None,
        };
        if !peer.is_settled() || about != Some(&peer.name) {
            return None;
        }
        let what = format!("a message of {} that was heard before, or was overtaken, led to {event:?}", peer.name);
        Some(Broken { rule: Assertion::S12, what, about: 2, withhold: false })
    }

    /// Is it worth telling, or was it told just now?
    pub(crate) fn is_news(&mut self, broken: &Broken, now: Moment) -> bool {
        self.told.retain(|(.., at)| now.since(*at) < TELL_AGAIN);
        let known = self.told.iter().any(|(rule, about, _)| (*rule, *about) == (broken.rule, broken.about));
        if !known && self.told.len() < TOLD_MAX {
            self.told.push((broken.rule, broken.about, now));
        }
        !known
    }
}

#[cfg(test)]
mod tests;

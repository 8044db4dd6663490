//! One resource group on this node: its state, and the steps from one state to the next.
//! Not here: whether a step is wanted (placement.rs) or allowed (safety.rs).

mod reason;

pub(crate) use reason::Move;

use crate::beat::{Claim, ClaimState, Fitness};
use crate::cluster::leftover::Leftover;
use crate::cluster::probing::Question;
use crate::crashes::Crashes;
use crate::failures::Failures;
use crate::job::{Condition, JobId, JobKind, Outcome};
use crate::names::{Generation, NodeName, Sequence};
use crate::output::GroupChange;
use crate::reach::Reach;
use crate::safety::SafeToTake;
use crate::settings::GroupSettings;
use crate::time::Moment;
use crate::warm::Warmth;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) settings: GroupSettings,
    pub(crate) here: ClaimState,
    /// Our epoch while we hold it; otherwise the highest one known.
    pub(crate) epoch: u64,
    /// It failed here, and is not to be tried here again for now; how.
    pub(crate) failed: Option<String>,
    /// Our epoch when we held it last; 0 if we never did.
    #[serde(default)]
    pub(crate) held_epoch: u64,
    /// All its failures here.
    #[serde(default)]
    pub(crate) failures: Failures,
    /// Its warm services here, and since when they run.
    #[serde(default)]
    pub(crate) warmth: Warmth,
    #[serde(default)]
    pub(crate) warm_since: Option<Moment>,
    /// Since when it has been down because it failed here and on a living node.
    #[serde(default)]
    pub(crate) down_everywhere: Option<Moment>,
    /// `Idle`: released in favour of; `Want`: asked of.
    pub(crate) to: Option<NodeName>,
    /// The operator asked for it to go there.
    pub(crate) ordered_to: Option<NodeName>,
    /// The operator asked for it to come here.
    pub(crate) ordered_here: bool,
    /// It came here for want of its home, so it goes home when that is possible again.
    pub(crate) failback_due: bool,
    /// Since when its home has been alive and fit.
    pub(crate) home_fit_since: Option<Moment>,
    /// Message in which the present wish was first said.
    pub(crate) wished_at: Option<Sequence>,
    /// While it is held here, and its addresses have no carrier.
    pub(crate) uncabled: Option<Uncabled>,
    /// It was released for want of carrier, which may come back before anybody takes it.
    pub(crate) released_uncabled: bool,
    pub(crate) job: Option<(JobId, JobKind)>,
    pub(crate) since: Moment,
    pub(crate) why: String,
    /// Some hands of this life has looked what runs here.
    looked: bool,
    /// Nodes that crashed with it.
    pub(crate) crashes: Crashes,
    /// Nodes that knew of it when we began our life and did not: they were there before us.
    pub(crate) elders: BTreeSet<NodeName>,
    /// Another node was seen holding it beside us.
    pub(crate) rival: Option<NodeName>,
    /// The epoch in which we gave it away last. Another node may have followed that word before we took it back, so an
    /// older one, or one of the same epoch, is no ground to start it any more (seed 268 of the simulator).
    #[serde(default)]
    pub(crate) given: Option<u64>,
    /// Taken from a silent node. It may only have slept, and held its addresses all the time.
    #[serde(default)]
    pub(crate) taken_from: Option<(NodeName, Option<Generation>)>,
    /// Last refusal told, so that it is told once.
    pub(crate) refusal: Option<String>,
    /// Who has its addresses, by the wire.
    #[serde(default)]
    pub(crate) wire: Question,
    /// It was here before this daemon, and what becomes of it is open.
    /// Whether another node reaches more ping nodes.
    #[serde(default)]
    pub(crate) reach: Reach,
    #[serde(default)]
    pub(crate) leftover: Option<Leftover>,
}

/// Want of carrier.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Uncabled {
    /// Number of our first beat that says so.
    pub(crate) said: Option<Sequence>,
    /// Until then somebody may answer to that; afterwards the group is released without an answer.
    pub(crate) until: Moment,
}

/// What a step wants done: at most one job, at most one line of history.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) job: Option<JobKind>,
    pub(crate) change: Option<(GroupChange, String)>,
}

impl Step {
    pub(crate) fn job(kind: JobKind) -> Self {
        Step { job: Some(kind), change: None }
    }
    pub(crate) fn told(change: GroupChange, why: impl Into<String>) -> Self {
        Step { job: None, change: Some((change, why.into())) }
    }
    fn doing(job: JobKind, change: GroupChange, why: impl Into<String>) -> Self {
        Step { job: Some(job), change: Some((change, why.into())) }
    }
}

impl Group {
    pub(crate) fn new(settings: GroupSettings, now: Moment) -> Self {
        Group {
            settings,
            // Not yet looked: something may be left from before, so "idle" would be a lie.
            here: ClaimState::Stopping,
            epoch: 0,
            failed: None,
            held_epoch: 0,
            failures: Failures::default(),
            warmth: Warmth::Unknown,
            warm_since: None,
            down_everywhere: None,
            to: None,
            ordered_to: None,
            ordered_here: false,
            failback_due: false,
            home_fit_since: None,
            wished_at: None,
            uncabled: None,
            released_uncabled: false,
            job: None,
            since: now,
            why: "not yet looked what runs here".into(),
            looked: false,
            crashes: Crashes::default(),
            elders: BTreeSet::new(),
            rival: None,
            given: None,
            taken_from: None,
            refusal: None,
            wire: Question::default(),
            reach: Reach::default(),
            leftover: None,
        }
    }

    pub(crate) fn claim(&self, fitness: Fitness) -> Claim {
        Claim { group: self.settings.id, state: self.here, epoch: self.epoch, fitness, to: self.to.clone() }
    }

    fn enter(&mut self, here: ClaimState, now: Moment, why: &str) {
        self.here = here;
        self.since = now;
        self.why = why.to_owned();
        if here != ClaimState::Want {
            self.wished_at = None;
        }
        if here == ClaimState::Idle {
            self.ordered_to = None;
        }
        self.refusal = None;
    }

    /// Says the wish; nothing is started by it.
    pub(crate) fn wish(&mut self, of: Option<NodeName>, now: Moment) {
        self.to = of;
        self.enter(ClaimState::Want, now, "would take it as soon as every other node agrees");
    }

    /// Takes the wish back.
    pub(crate) fn withdraw(&mut self, now: Moment) {
        self.to = None;
        self.enter(ClaimState::Idle, now, "not needed here");
    }

    /// Starts it here. The proof is used up.
    pub(crate) fn take(&mut self, proof: SafeToTake, highest_epoch: u64, due: bool, now: Moment) -> Step {
        debug_assert_eq!(proof.group(), self.settings.id);
        self.taken_from = None;
        let why = proof.ground().to_string();
        self.epoch = self.epoch.max(highest_epoch).saturating_add(1);
        self.held_epoch = self.epoch;
        self.to = None;
        self.uncabled = None;
        self.elders.clear();
        self.failback_due = due;
        self.ordered_here = false;
        self.enter(ClaimState::Starting, now, &why);
        Step::doing(JobKind::Start, GroupChange::Acquiring, why)
    }

    /// What ran here before this daemon did stays as it is. The proof is used up.
    pub(crate) fn keep(&mut self, proof: SafeToTake, highest_epoch: u64, due: bool, now: Moment) -> Step {
        debug_assert_eq!(proof.group(), self.settings.id);
        let why = format!("kept as it ran on while the daemon was started anew: {}", proof.ground());
        // Nothing was started: the epoch is that of the start before.
        self.epoch = self.epoch.max(highest_epoch);
        (self.to, self.leftover, self.failback_due) = (None, None, due);
        self.enter(ClaimState::Running, now, &why);
        Step::told(GroupChange::Kept, why)
    }

    /// What ran here before this daemon did is stopped.
    pub(crate) fn give_up_leftover(&mut self, why: &str, now: Moment) -> Step {
        self.leftover = None;
        self.enter(ClaimState::Stopping, now, why);
        Step::doing(self.stop_kind(), GroupChange::Releasing, why)
    }

    /// The start was not given out: it is a wish again, or, while a stop is under way, that stop.
    pub(crate) fn hold_back(&mut self, why: &str, now: Moment) {
        let stopping = self.job.is_some_and(|(_, kind)| matches!(kind, JobKind::Stop | JobKind::Yield));
        self.epoch = self.epoch.saturating_sub(1);
        self.enter(if stopping { ClaimState::Stopping } else { ClaimState::Want }, now, why);
        self.refusal = Some(why.to_owned());
    }

    /// Nobody has taken what was given away for want of carrier, and that word is void by now.
    pub(crate) fn withdraw_word(&mut self) {
        self.released_uncabled = false;
        self.to = None;
    }

    /// Stops it here; `to` is whom it is meant for.
    pub(crate) fn release(&mut self, reason: &Move, to: Option<NodeName>, now: Moment) -> Step {
        let why = reason.sentence(to.as_ref());
        self.to = to;
        self.given = Some(self.epoch);
        self.ordered_to = None;
        self.released_uncabled = *reason == Move::NoCarrier;
        self.enter(ClaimState::Stopping, now, &why);
        Step::doing(self.stop_kind(), GroupChange::Releasing, why)
    }

    /// Something of it failed: it is started again where it is, or goes to `successor`.
    pub(crate) fn fail(&mut self, why: &str, successor: Option<NodeName>, now: Moment) -> Step {
        let retries = self.settings.retries;
        let (count, again) = self.failures.note(&retries, now.since(self.since), now);
        // If it goes elsewhere before it is mended, what is left here is not ready (seed 7020 of the simulator).
        self.warmth = Warmth::Unknown;
        let window = span(retries.within);
        if again {
            let why = format!("{why}; restart {count} of {} within {window}", retries.count);
            self.enter(ClaimState::Starting, now, &why);
            return Step::doing(JobKind::Start, GroupChange::Restarting, why);
        }
        let often = if count > 1 { format!(" ({count} failures here within {window})") } else { String::new() };
        let why = format!("{why}{often}");
        self.failures.give_up(&retries, now);
        self.failed = Some(why.clone());
        self.release(&Move::Failed(why), successor, now)
    }

    /// It may be tried here again.
    pub(crate) fn try_again(&mut self, why: &str) -> Step {
        self.failed = None;
        self.down_everywhere = None;
        self.refusal = None;
        Step::told(GroupChange::Retried, why)
    }

    /// The operator says that it is mended; how much was forgotten.
    pub(crate) fn forget_failures(&mut self) -> usize {
        self.failures.forget();
        self.down_everywhere = None;
        usize::from(self.failed.take().is_some()) + self.crashes.forget()
    }

    /// Tries a failed stop again.
    pub(crate) fn retry_stop(&mut self, now: Moment) -> Step {
        self.enter(ClaimState::Stopping, now, "cleanup: the stop is tried again");
        Step::doing(JobKind::Stop, GroupChange::Releasing, self.why.clone())
    }

    /// Hands looked at it after a start of hands.
    pub(crate) fn found(&mut self, condition: Condition, now: Moment) -> Step {
        self.job = None;
        let looked = std::mem::replace(&mut self.looked, true);
        let before = self.leftover.take();
        match (self.here, condition) {
            (ClaimState::Stopping, Condition::Lasts { for_s }) if !looked || before.is_some() => {
                let until = now + Duration::from_secs(for_s.into());
                self.leftover = Some(Leftover { until, said: before.and_then(|before| before.said) });
                self.why = "it runs here since before this start; asking whether another node has it by now".into();
                Step::default()
            }
            (ClaimState::Running, Condition::Running | Condition::Lasts { .. })
            | (ClaimState::Idle | ClaimState::Want, Condition::Stopped) => Step::default(),
            (ClaimState::Stopping | ClaimState::Blocked, Condition::Stopped) => {
                self.enter(ClaimState::Idle, now, "nothing of it runs here");
                Step::default()
            }
            (ClaimState::Running | ClaimState::Starting, _) => {
                self.enter(ClaimState::Starting, now, "parts of it were gone after a restart of hands");
                Step::doing(JobKind::Start, GroupChange::Acquiring, self.why.clone())
            }
            (here, Condition::Running | Condition::Lasts { .. } | Condition::Partial) => {
                let why = match here {
                    _ if !looked => "left over from before this node joined".into(),
                    // The stop that the former hands had begun, for its own reason.
                    ClaimState::Stopping => std::mem::take(&mut self.why),
                    ClaimState::Blocked => "its stop is tried again after a restart of hands".into(),
                    _ => "found here after a restart of hands, and it does not belong here".to_owned(),
                };
                self.enter(ClaimState::Stopping, now, &why);
                Step::doing(self.stop_kind(), GroupChange::Releasing, self.why.clone())
            }
        }
    }

    /// A job of ours ended. Jobs that were replaced meanwhile are none of ours any more.
    pub(crate) fn done(&mut self, id: JobId, outcome: Outcome, successor: Option<NodeName>, now: Moment) -> Step {
        let Some((_, kind)) = self.job.filter(|(ours, _)| *ours == id) else { return Step::default() };
        self.job = None;
        if self.settings.warm
            && let Some(step) = self.warm_job_done(kind, &outcome, now)
        {
            return step;
        }
        match (kind, outcome) {
            (_, Outcome::Stuck { why }) => {
                self.to = None;
                self.enter(ClaimState::Blocked, now, &why);
                Step::told(GroupChange::Blocked, why)
            }
            (JobKind::Start, Outcome::Done) => {
                let why = std::mem::take(&mut self.why);
                self.enter(ClaimState::Running, now, &why);
                Step::told(GroupChange::Acquired, why)
            }
            (JobKind::Start, Outcome::Failed { why }) => {
                self.to = successor;
                self.failed = Some(why.clone());
                self.failures.give_up(&self.settings.retries, now);
                self.enter(ClaimState::Idle, now, &format!("could not be started here: {why}"));
                Step::told(GroupChange::Failed, why)
            }
            (JobKind::Stop | JobKind::Yield, Outcome::Done) => {
                let why = std::mem::take(&mut self.why);
                self.enter(ClaimState::Idle, now, &why);
                Step::told(GroupChange::Released, why)
            }
            (JobKind::Stop | JobKind::Yield, Outcome::Failed { why }) => {
                self.enter(ClaimState::Blocked, now, &why);
                Step::told(GroupChange::Blocked, why)
            }
            // Nothing is known about what runs; stopping is the one safe thing to do.
            (JobKind::Start | JobKind::Stop | JobKind::Yield, Outcome::Cancelled | Outcome::Found(_)) => {
                self.enter(ClaimState::Stopping, now, "its last job was given up, so it is stopped");
                Step::doing(self.stop_kind(), GroupChange::Releasing, self.why.clone())
            }
            (JobKind::Warm | JobKind::Cool | JobKind::Inspect | JobKind::Announce, _) => Step::default(),
        }
    }
}

/// For people.
pub(crate) fn span(of: std::time::Duration) -> String {
    match of.as_secs() {
        s if s >= 60 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

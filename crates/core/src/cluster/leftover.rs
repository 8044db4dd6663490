//! What a daemon of before left running here when it was killed, addresses and all: kept where nobody else can have taken
//! it meanwhile, given up where that is not known before the addresses expire (decisions/0017).
//! Not here: what makes it safe (safety.rs), looking what runs (hands).

use super::{Cluster, Hands, hearing};
use crate::beat::{ClaimState, Fitness};
use crate::names::{NodeName, Sequence};
use crate::peer::{Peer, Presence};
use crate::placement;
use crate::safety::{self, Doubt, SafeToTake};
use crate::time::Moment;
use serde::{Deserialize, Serialize};

/// A group that was found running at the first look of this life.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Leftover {
    /// Its addresses are there by the right that the daemon of before had, so long and no longer.
    pub(crate) until: Moment,
    /// Number of our first beat that says that it is here.
    pub(crate) said: Option<Sequence>,
}

/// What becomes of it.
enum Fate {
    Keep(SafeToTake),
    /// Somebody has not been heard yet.
    Wait,
    GiveUp(String),
}

impl Cluster {
    /// One step of a group that is neither ours nor nobody's; true when there was one.
    pub(super) fn settle_leftover(&mut self, index: usize) -> bool {
        if self.groups[index].leftover.is_none() || self.draining || self.hands == Hands::Down {
            return false;
        }
        let now = self.now;
        let step = match self.fate_of_leftover(index) {
            Fate::Wait => return false,
            Fate::Keep(proof) => {
                let due = placement::failback_due(&self.groups[index], &self.scene());
                let highest = self.highest_epoch(self.groups[index].settings.id);
                self.groups[index].keep(proof, highest, due, now)
            }
            Fate::GiveUp(why) => self.groups[index].give_up_leftover(&why, now),
        };
        self.carry_out(index, step);
        true
    }

    fn fate_of_leftover(&self, index: usize) -> Fate {
        let group = &self.groups[index];
        let Some(leftover) = group.leftover else { return Fate::Wait };
        let left = |why: &str| Fate::GiveUp(format!("left over from before this node joined, and {why}"));
        match self.fitness(index) {
            Fitness::Fit if group.settings.rank(&self.settings.me).is_some() => {}
            Fitness::Fit => return left("it does not belong here"),
            Fitness::NoCarrier => return left("there is no carrier on the interface of its address"),
            Fitness::Failed | Fitness::Unable => return left("this node cannot run it now"),
        }
        // The old protocol has no word for it.
        if let Some(old) = self.peers.values().find(|p| p.systole == Some(false)) {
            return left(&format!("{} is a Heartbeat, which has to be asked for it anew", old.name));
        }
        let id = group.settings.id;
        let holder = |p: &&Peer| p.claim(id).is_some_and(|c| c.state.runs());
        if let Some(holder) = self.peers.values().find(holder) {
            return left(&format!("{} has it by now", holder.name));
        }
        let wished_at = leftover.said;
        match self.examined(index, wished_at, |facts| safety::examine_leftover(id, self.has_waited(), facts)) {
            Ok(proof) if self.now < leftover.until => Fate::Keep(proof),
            Ok(_) => left("its address has expired by now"),
            Err(doubt) if self.now >= leftover.until => left(&why_unknown(&doubt)),
            Err(_) => Fate::Wait,
        }
    }

    /// So long after the start every living node has had a beat to say, but for lost ones.
    fn waited_at(&self) -> Moment {
        self.started + hearing::patience(self.settings.timing.keepalive())
    }

    fn has_waited(&self) -> bool {
        self.now >= self.waited_at()
    }

    /// Is the wire asked for a group that is here already? While somebody is not heard, who may have it too.
    pub(super) fn asks_for_leftover(&self, index: usize) -> bool {
        let left = self.groups.get(index).is_some_and(|g| g.here == ClaimState::Stopping && g.leftover.is_some());
        left && self.peers.values().any(|p| p.presence == Presence::NeverHeard)
    }

    pub(super) fn next_leftover(&self) -> Option<Moment> {
        let open = self.groups.iter().filter_map(|g| g.leftover).map(|leftover| leftover.until);
        let open: Vec<Moment> = open.collect();
        let waited = (!open.is_empty()).then(|| self.waited_at());
        open.into_iter().chain(waited).filter(|at| *at > self.now).min()
    }
}

fn why_unknown(doubt: &Doubt) -> String {
    let of = |node: &NodeName| format!("{node} did not say in time that it has not taken it");
    match doubt {
        Doubt::NotYetHeard { node } => format!("{node} is not heard, and may have taken it"),
        Doubt::NotConfirmed { by } | Doubt::WishedBy { by } | Doubt::Held { by } => of(by),
        other => other.to_string(),
    }
}

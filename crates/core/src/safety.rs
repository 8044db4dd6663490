//! The only place that can say "this node may take that group": grounds for takeover (design section 5).
//! Not here: whether it should (placement.rs). Without the value made here no group can be started.

mod words;

use crate::beat::{ClaimState, Fitness};
use crate::cluster::probing::Known;
use crate::names::{Generation, GroupId, NodeName, Sequence};
use crate::peer::{Peer, Presence};
use crate::refused::Refusal;
use crate::time::Moment;
use crate::wire::Wire;
use std::collections::BTreeMap;
use std::time::Duration;

/// Proof that a group may be taken. Cannot be made outside this module, is not `Clone`, and is used up by the start.
#[derive(Debug)]
pub(crate) struct SafeToTake {
    group: GroupId,
    ground: Ground,
}

/// Why it is safe. The later ones say more, so the greatest of all nodes goes into the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ground {
    /// Every other node has heard our wish and holds nothing.
    Free,
    /// A node said goodbye after releasing everything.
    Left { node: NodeName },
    /// The owner stopped it and released it to us.
    Released { by: NodeName, because: Because },
    /// It is here since before, its address never expired, and no other machine has that: somebody is not heard yet.
    NeverGone { unheard: NodeName },
    /// Two nodes, the other one silent on all media, and we are not the isolated one.
    TwoNodeRule { silent: NodeName, wire: Asked },
    /// Two nodes, the other one speaks and cannot be believed, and no machine has the addresses.
    Unread { node: NodeName, why: Refusal },
    /// The same, and nothing is known of the addresses: a person has asked for it.
    Vouched { node: NodeName, why: Refusal },
}

/// What the wire adds to silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// It was not asked, or its answer proves nothing.
    Nothing,
    /// A machine answers, and by the files that is no reason to wait.
    Unheeded,
    /// No machine answers for the addresses.
    Silent,
}

/// What the owner's last word says about its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Because {
    Planned,
    Leaving,
    NoCarrier,
    Failed,
    Unreached,
}

/// Why it is not (yet) safe. `Display` is for the decision record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It holds the group, or is about to.
    Held { by: NodeName },
    /// A stop failed there; something may still run.
    Blocked { on: NodeName },
    /// It has not confirmed our wish yet; no reason to speak of.
    NotConfirmed { by: NodeName },
    /// Its wish goes first.
    WishedBy { by: NodeName },
    /// Never heard, and initdead is not over.
    NotYetHeard { node: NodeName },
    /// It is alive and speaks no claims, and with more than two nodes the old protocol says too little.
    SpeaksNoClaims { node: NodeName },
    /// It is alive, speaks the old protocol, and this group is not ours by it.
    NotAgreed { with: NodeName },
    /// Gone or generous as far as we know, but we did not run for a while, and it may have taken the group meanwhile.
    NotHeardSinceStall { of: NodeName },
    /// Silent, and we might be the isolated one.
    Isolated { silent: NodeName },
    /// Silent, and a link of ours works again since a moment ago: whoever lives on it was not heard yet.
    JustReconnected { silent: NodeName },
    /// Silent, and with more than two nodes silence alone proves nothing.
    NeedsLease { silent: NodeName },
    /// Its frames arrive and cannot be believed, and nothing says that it does not have the group.
    Unread { node: NodeName, why: Refusal },
    /// Silent, and the wire is being asked who has the addresses.
    AsksWire,
    /// Silent, but a machine has this address of the group.
    AddressAlive { silent: NodeName, unread: Option<Refusal>, address: String, by: String, serves: Option<bool> },
}

impl Doubt {
    /// Passes by itself within a round trip or a start-up; not worth a line in the log.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            Doubt::NotConfirmed { .. }
                | Doubt::WishedBy { .. }
                | Doubt::NotYetHeard { .. }
                | Doubt::Held { .. }
                | Doubt::NotAgreed { .. }
                | Doubt::NotHeardSinceStall { .. }
                | Doubt::AsksWire
                | Doubt::JustReconnected { .. }
        )
    }
}

/// What the examination looks at.
pub(crate) struct Facts<'a> {
    pub(crate) me: &'a NodeName,
    pub(crate) generation: Generation,
    /// Number of the message in which our wish was first said; `None` before it was said.
    pub(crate) wished_at: Option<Sequence>,
    pub(crate) peers: &'a BTreeMap<NodeName, Peer>,
    /// Of two that wish for the group: does that node go before this one?
    pub(crate) goes_first: &'a dyn Fn(&Peer) -> bool,
    /// This node did not run for a while, less than a dead time ago: who was gone then may be back, unheard yet.
    pub(crate) just_woken: bool,
    /// Number of our first message since we last did not run for a while: who has not heard that one speaks of before.
    pub(crate) woke_at: Option<Sequence>,
    /// At least one medium has been open and had carrier for a whole dead time: silence heard through no medium is none.
    pub(crate) connected: bool,
    /// A medium was opened or got its carrier back less than a beat ago.
    pub(crate) just_reconnected: bool,
    /// What was agreed about this group with a living Heartbeat, if the other node is one.
    pub(crate) agreed: Option<Result<Ground, Doubt>>,
    /// What the wire says of the addresses of the group, and whether that counts.
    pub(crate) wire: Known<'a>,
    pub(crate) heeds_wire: bool,
    /// How many ping nodes answer this node.
    pub(crate) reached: Option<u16>,
    /// Refused frames stand for a living sender so long.
    pub(crate) fresh: Duration,
    pub(crate) now: Moment,
    /// A person asked for the group here.
    pub(crate) vouched: bool,
    /// The epoch in which this node gave the group away last.
    pub(crate) given: Option<u64>,
}

/// Examines every other node; all of them must allow it.
///
/// # Errors
/// The first doubt found, in the order of names.
pub(crate) fn examine(group: GroupId, facts: &Facts<'_>) -> Result<SafeToTake, Doubt> {
    let mut ground = Ground::Free;
    for peer in facts.peers.values() {
        ground = ground.max(examine_peer(group, peer, facts)?);
    }
    Ok(SafeToTake { group, ground })
}

/// Examines whether what is here since before this daemon may stay: it is no start, but somebody may have taken it meanwhile.
/// Each node that is heard must have heard in turn that it is here, and hold nothing. Who is not heard cannot have taken it
/// because of silence while the address was up, if the address is asked for first; `waited`: whoever lives had the time
/// to say a beat.
///
/// # Errors
/// The first doubt found, in the order of names.
pub(crate) fn examine_leftover(group: GroupId, waited: bool, facts: &Facts<'_>) -> Result<SafeToTake, Doubt> {
    let mut ground = Ground::Free;
    for peer in facts.peers.values() {
        let unheard = || peer.name.clone();
        let found = match (peer.presence, facts.wire) {
            (Presence::NeverHeard, _) if !waited || peer.is_blocked(group) => {
                return Err(Doubt::NotYetHeard { node: unheard() });
            }
            (Presence::NeverHeard, Known::Said(Wire::Silent)) => Ground::NeverGone { unheard: unheard() },
            (Presence::NeverHeard, Known::Said(Wire::Answered { address, by, serves })) => {
                let (address, by, serves) = (address.clone(), by.clone(), *serves);
                return Err(Doubt::AddressAlive { silent: unheard(), unread: None, address, by, serves });
            }
            (Presence::NeverHeard, _) => return Err(Doubt::NotYetHeard { node: unheard() }),
            _ => match examine_peer(group, peer, facts)? {
                // That was about an earlier start.
                Ground::Released { .. } => Ground::Free,
                found => found,
            },
        };
        ground = ground.max(found);
    }
    Ok(SafeToTake { group, ground })
}

fn examine_peer(group: GroupId, peer: &Peer, facts: &Facts<'_>) -> Result<Ground, Doubt> {
    let name = || peer.name.clone();
    // A stop that failed outlives the node's voice: silence does not make the leftover go away.
    if peer.is_blocked(group) {
        return Err(Doubt::Blocked { on: name() });
    }
    match peer.presence {
        Presence::NeverHeard => Err(Doubt::NotYetHeard { node: name() }),
        Presence::Left | Presence::Dead if facts.just_woken => Err(Doubt::NotHeardSinceStall { of: name() }),
        // What came back since and cannot be believed, or is not heard at all, may have taken it (seed 16423).
        Presence::Left if facts.peers.len() > 1 || counts_alone(peer, facts.fresh, facts.now) => {
            Ok(Ground::Left { node: name() })
        }
        Presence::Left if !is_unread(peer, facts) => examine_wire(peer, facts).map(|_| Ground::Left { node: name() }),
        Presence::Left | Presence::Dead if facts.peers.len() > 1 => Err(Doubt::NeedsLease { silent: name() }),
        Presence::Left | Presence::Dead if !facts.connected => Err(Doubt::Isolated { silent: name() }),
        Presence::Left | Presence::Dead if facts.just_reconnected => Err(Doubt::JustReconnected { silent: name() }),
        Presence::Left | Presence::Dead => examine_wire(peer, facts),
        Presence::Alive { .. } => examine_living(group, peer, facts),
    }
}

/// Silence is not enough: a living machine on the same wire may have the addresses, whatever became of its beats.
fn examine_wire(peer: &Peer, facts: &Facts<'_>) -> Result<Ground, Doubt> {
    let silent = peer.name.clone();
    let wire = match facts.wire {
        Known::Asking => return Err(Doubt::AsksWire),
        Known::Said(Wire::Answered { address, by, serves }) if facts.heeds_wire => {
            let (address, by, serves) = (address.clone(), by.clone(), *serves);
            let unread = peer.speaks_unread(facts.fresh, facts.now);
            return Err(Doubt::AddressAlive { silent, unread, address, by, serves });
        }
        Known::Said(Wire::Answered { .. }) => Asked::Unheeded,
        Known::Said(Wire::Silent) => Asked::Silent,
        Known::Said(Wire::Useless { .. }) | Known::Unasked => Asked::Nothing,
    };
    match peer.speaks_unread(facts.fresh, facts.now) {
        None => Ok(Ground::TwoNodeRule { silent, wire }),
        Some(why) if wire == Asked::Silent => Ok(Ground::Unread { node: silent, why }),
        Some(why) if facts.vouched => Ok(Ground::Vouched { node: silent, why }),
        Some(why) => Err(Doubt::Unread { node: silent, why }),
    }
}

/// A goodbye of this moment needs no witness.
pub(crate) fn counts_alone(peer: &Peer, fresh: Duration, now: Moment) -> bool {
    let lately = peer.last_heard.is_some_and(|at| now.since(at) < fresh);
    lately && peer.speaks_unread(fresh, now).is_none()
}

fn is_unread(peer: &Peer, facts: &Facts<'_>) -> bool {
    peer.speaks_unread(facts.fresh, facts.now).is_some()
}

/// A living peer allows it by having released the group to us, or by having heard our wish and holding nothing.
/// Either way its own start would need our confirmation in turn, so two starts cannot cross.
fn examine_living(group: GroupId, peer: &Peer, facts: &Facts<'_>) -> Result<Ground, Doubt> {
    let name = || peer.name.clone();
    if peer.beat.is_none() {
        return match (peer.systole, &facts.agreed) {
            (Some(false), Some(agreed)) => agreed.clone(),
            (Some(false), None) => Err(Doubt::SpeaksNoClaims { node: name() }),
            _ => Err(Doubt::NotConfirmed { by: name() }),
        };
    }
    let claim = peer.claim(group);
    match claim.map(|c| c.state) {
        Some(state) if state.is_held() => return Err(Doubt::Held { by: name() }),
        Some(ClaimState::Want) if (facts.goes_first)(peer) => {
            return Err(Doubt::WishedBy { by: name() });
        }
        _ => {}
    }
    if let Some(claim) =
        claim.filter(|c| peer.is_proven() && c.state == ClaimState::Idle && c.to.as_ref() == Some(facts.me))
        && facts.given.is_none_or(|given| claim.epoch > given)
    {
        // Released to us, and taken back when we did not answer: the word that says so may be lost.
        if facts.woke_at.is_some_and(|at| !peer.has_heard(facts.me, facts.generation, at)) {
            return Err(Doubt::NotHeardSinceStall { of: name() });
        }
        return Ok(Ground::Released { by: name(), because: because(peer, claim.fitness, facts.reached) });
    }
    // A wish from before a stall may have been heard, and forgotten when we were held for dead.
    let wished_at = facts.wished_at.map(|at| facts.woke_at.map_or(at, |woke| at.max(woke)));
    let confirmed = wished_at.is_some_and(|at| peer.has_heard(facts.me, facts.generation, at));
    if confirmed { Ok(Ground::Free) } else { Err(Doubt::NotConfirmed { by: name() }) }
}

fn because(peer: &Peer, fitness: Fitness, reached: Option<u16>) -> Because {
    match fitness {
        _ if peer.is_leaving() => Because::Leaving,
        Fitness::NoCarrier => Because::NoCarrier,
        Fitness::Failed => Because::Failed,
        Fitness::Fit if peer.reached().is_some_and(|theirs| reached > Some(theirs)) => Because::Unreached,
        Fitness::Fit | Fitness::Unable => Because::Planned,
    }
}

impl SafeToTake {
    /// Who released it to this node, if that is the ground.
    pub(crate) fn releaser(&self) -> Option<&NodeName> {
        match &self.ground {
            Ground::Released { by, .. } => Some(by),
            _ => None,
        }
    }
    pub(crate) fn group(&self) -> GroupId {
        self.group
    }
    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }
    /// The node whose silence it rests on.
    pub(crate) fn silent(&self) -> Option<&NodeName> {
        if let Ground::TwoNodeRule { silent, .. } = &self.ground { Some(silent) } else { None }
    }
}

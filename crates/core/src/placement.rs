//! Where a group should run, from what this node knows. Pure functions over one group and the peers.
//! Not here: whether it is safe (safety.rs), the steps themselves (group.rs).

use crate::beat::{ClaimState, Fitness};
use crate::group::{Group, Move};
use crate::names::{Generation, NodeName, Sequence};
use crate::peer::Peer;
use crate::settings::{Failback, GroupSettings};
use crate::time::Moment;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the rules look at.
pub(crate) struct Scene<'a> {
    pub(crate) me: &'a NodeName,
    pub(crate) generation: Generation,
    /// Of our files.
    pub(crate) digest: u32,
    pub(crate) peers: &'a BTreeMap<NodeName, Peer>,
    pub(crate) failback: Failback,
    /// How long a home must have been alive and fit before the group goes back to it.
    pub(crate) stable: Duration,
    /// Longer than this no living node is silent, but for lost beats: what is given to it then may wait for deadtime.
    pub(crate) patience: Duration,
    pub(crate) leaving: bool,
    /// How many ping nodes answer this node, where that is known.
    pub(crate) reached: Option<u16>,
    pub(crate) keepalive: Duration,
    pub(crate) now: Moment,
}

/// What to do about a group that we hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Stay,
    Go { reason: Move, to: Option<NodeName> },
}

/// What to do about a group that we do not hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Somebody else has it or should have it.
    Leave,
    /// It should be ours; `of` is the holder who is asked for it.
    Wish { of: Option<NodeName> },
}

/// Place in the order of preference; nodes outside the list come last.
pub(crate) fn rank(settings: &GroupSettings, node: &NodeName) -> usize {
    settings.rank(node).unwrap_or(usize::MAX)
}

/// Does the peer go before this node, where both have the same right to the group? By the order of preference; nodes whose
/// files differ know no common one, so those with the lower digest of them go first. That is one order of all nodes, and
/// each two of them compute it alike: among several that wish exactly one gives way to nobody.
pub(crate) fn goes_first(settings: &GroupSettings, scene: &Scene<'_>, peer: &Peer) -> bool {
    let place = |name| (rank(settings, name), name);
    match peer.beat.as_ref().map(|beat| beat.configuration.cmp(&scene.digest)) {
        Some(Ordering::Less) => true,
        Some(Ordering::Greater) => false,
        Some(Ordering::Equal) | None => place(&peer.name) < place(scene.me),
    }
}

/// The best living node but this one that may take the group.
pub(crate) fn successor(group: &Group, scene: &Scene<'_>) -> Option<NodeName> {
    let fit = |name: &&NodeName| scene.peers.get(*name).is_some_and(|p| p.would_take(group.settings.id));
    group.settings.nodes.iter().find(fit).cloned()
}

/// Rules for a holder, the strongest first.
pub(crate) fn keep(group: &Group, fitness: Fitness, scene: &Scene<'_>) -> Keep {
    let id = group.settings.id;
    if let Some(rival) = better_rival(group, scene) {
        return Keep::Go { reason: Move::Conflict, to: Some(rival) };
    }
    let successor = successor(group, scene);
    if scene.leaving {
        return Keep::Go { reason: Move::Leaving, to: successor };
    }
    if let Some(to) = group.ordered_to.clone().or_else(|| asked_by(group, scene))
        && scene.peers.get(&to).is_some_and(|p| p.would_take(id) && !is_silent(p, scene))
    {
        return Keep::Go { reason: Move::Operator, to: Some(to) };
    }
    if fitness == Fitness::NoCarrier && successor.as_ref().is_some_and(|to| relieves(to, group, scene)) {
        return Keep::Go { reason: Move::NoCarrier, to: successor };
    }
    if let Some((node, more)) = ahead(group, scene)
        && group.reach.due_at(scene.keepalive, scene.stable, scene.now).is_some_and(|at| scene.now >= at)
        && scene.peers.get(&node).is_some_and(|p| !is_silent(p, scene))
    {
        let ours = scene.reached.unwrap_or_default();
        return Keep::Go { reason: Move::Unreached { ours, theirs: ours.saturating_add(more) }, to: Some(node) };
    }
    if goes_home(group, scene) {
        return Keep::Go { reason: Move::Failback, to: group.settings.home().cloned() };
    }
    Keep::Stay
}

/// Without carrier the group serves nobody here, so it may as well wait for a moment until that node has heard so and
/// still would take it: it may not hear us, or have lost its carrier by the same switch.
fn relieves(to: &NodeName, group: &Group, scene: &Scene<'_>) -> bool {
    let Some(uncabled) = group.uncabled else { return false };
    let heard = |said| scene.peers.get(to).is_some_and(|p| p.has_heard(scene.me, scene.generation, said));
    uncabled.said.is_some_and(heard) || scene.now >= uncabled.until
}

/// The node that would take the group and reaches the most ping nodes, and by how many that is more than this one does.
pub(crate) fn ahead(group: &Group, scene: &Scene<'_>) -> Option<(NodeName, u16)> {
    let ours = scene.reached?;
    let more = |name| {
        let peer = scene.peers.get(name).filter(|p| p.would_take(group.settings.id))?;
        peer.reached()?.checked_sub(ours).filter(|more| *more > 0)
    };
    // Of equal ones the first in the list.
    let all = group.settings.nodes.iter().rev().filter_map(|name| Some((name, more(name)?)));
    let best = all.max_by_key(|(_, more)| *more);
    best.map(|(name, more)| (name.clone(), more))
}

/// Was the group released to a node that turned out to have no carrier either, or has our own come back first?
pub(crate) fn word_is_void(group: &Group, fitness: Fitness, scene: &Scene<'_>) -> bool {
    let unfit = |p: &Peer| p.is_alive() && p.beat.is_some() && !p.is_fit(group.settings.id);
    group.released_uncabled
        && group.here == ClaimState::Idle
        && (fitness == Fitness::Fit || group.to.as_ref().and_then(|to| scene.peers.get(to)).is_some_and(unfit))
}

/// Another node that holds the group too and wins: the higher epoch, that is whoever took it last, because the
/// clients are there by now; of equal ones the better place. Both sides compute the same winner.
fn better_rival(group: &Group, scene: &Scene<'_>) -> Option<NodeName> {
    let id = group.settings.id;
    let holders = scene.peers.values().filter_map(|p| Some((p, p.claim(id)?)));
    holders
        .filter(|(_, c)| matches!(c.state, ClaimState::Starting | ClaimState::Running))
        .filter(|(p, c)| c.epoch > group.epoch || c.epoch == group.epoch && goes_first(&group.settings, scene, p))
        .map(|(p, _)| p.name.clone())
        .next()
}

/// Another node that holds the group beside us. A node that has just joined looks before it says idle, and is no rival
/// for that; but one that was a rival stays one until nothing of the group is left there.
pub(crate) fn rival(group: &Group, scene: &Scene<'_>) -> Option<NodeName> {
    let id = group.settings.id;
    let runs = |p: &&Peer| p.claim(id).is_some_and(|c| matches!(c.state, ClaimState::Starting | ClaimState::Running));
    let known = || group.rival.clone().filter(|name| scene.peers.get(name).is_some_and(|p| p.holds(id)));
    scene.peers.values().find(runs).map(|p| p.name.clone()).or_else(known)
}

/// A peer whose wish names us as the one to give.
fn asked_by(group: &Group, scene: &Scene<'_>) -> Option<NodeName> {
    let asks = |p: &&Peer| {
        p.claim(group.settings.id).is_some_and(|c| c.state == ClaimState::Want && c.to.as_ref() == Some(scene.me))
    };
    scene.peers.values().find(asks).map(|p| p.name.clone())
}

/// A group goes home at the hearing of a beat from there: what is released to a home that has just died runs nowhere until
/// its dead time is over.
fn goes_home(group: &Group, scene: &Scene<'_>) -> bool {
    let heard = |home: &Peer| home.last_heard == Some(scene.now);
    let pause = |home: &NodeName| group.crashes.pause(home, scene.stable, scene.now);
    let stable = group.settings.home().map_or(scene.stable, pause);
    // One that was moved for want of ping nodes waits as long as it would to be moved for that again.
    let stable = stable.max(group.reach.pause(scene.keepalive, scene.stable, scene.now));
    scene.failback != Failback::Off
        && group.failback_due
        && group.here == ClaimState::Running
        && group.settings.home() != Some(scene.me)
        && group.home_fit_since.is_some_and(|since| scene.now.since(since) >= stable)
        && group.settings.home().and_then(|home| scene.peers.get(home)).is_some_and(heard)
}

/// A node may be dead long before its dead time is over; nothing is given away to one that has missed a beat, nor to one
/// whose last word came from another life: what was known of it before may be over.
fn is_silent(peer: &Peer, scene: &Scene<'_>) -> bool {
    peer.candidate.is_some() || peer.silence.lasting(scene.now) > scene.patience
}

/// Rules for a node that does not hold the group.
pub(crate) fn reach(group: &Group, fitness: Fitness, scene: &Scene<'_>) -> Reach {
    let id = group.settings.id;
    if scene.leaving || fitness != Fitness::Fit || group.settings.rank(scene.me).is_none() {
        return Reach::Leave;
    }
    if let Some(holder) = scene.peers.values().find(|p| p.holds(id)) {
        let wish = Reach::Wish { of: Some(holder.name.clone()) };
        return if group.ordered_here { wish } else { Reach::Leave };
    }
    if group.ordered_here || chosen(group, scene) == Some(scene.me) && !yields(group, scene) {
        return Reach::Wish { of: None };
    }
    Reach::Leave
}

/// Who should take a group that nobody holds: whom it was released to, else the best fit living node.
///
/// After a split two nodes may each have released it to the other in the same epoch. All nodes must then follow the
/// same one of the two words, or each would wait for the other for ever: the one of the releaser with the better place.
fn chosen<'a>(group: &'a Group, scene: &'a Scene<'_>) -> Option<&'a NodeName> {
    let id = group.settings.id;
    let usable = |name: &NodeName| name == scene.me || scene.peers.get(name).is_some_and(|p| p.is_fit(id));
    let theirs = scene.peers.values().filter_map(|p| Some((&p.name, p.claim(id)?)));
    let theirs = theirs.filter(|(_, c)| c.state == ClaimState::Idle).map(|(n, c)| (c.epoch, n, c.to.as_ref()));
    let ours = (group.here == ClaimState::Idle).then_some((group.epoch, scene.me, group.to.as_ref()));
    let released = theirs.chain(ours).filter_map(|(epoch, by, to)| Some((epoch, by, to?)));
    let latest =
        released.max_by_key(|(epoch, by, _)| (*epoch, Reverse(rank(&group.settings, by)))).map(|(_, _, to)| to);
    let mut best = group.settings.nodes.iter().filter(|n| usable(n) && would_have_it(n, group, scene)).peekable();
    let first = best.peek().copied();
    let steady = best.find(|n| !group.crashes.hold_down(n, scene.failback, scene.stable, scene.now));
    latest.filter(|name| usable(name)).or(steady).or(first)
}

/// A node whose files differ may think that the group belongs to another one, even to us: it counts only while it wishes
/// for the group itself, and of two that wish one goes first.
fn would_have_it(name: &NodeName, group: &Group, scene: &Scene<'_>) -> bool {
    let Some(peer) = scene.peers.get(name).filter(|p| p.files_differ()) else { return true };
    let wishes = peer.claim(group.settings.id).is_some_and(|c| c.state == ClaimState::Want);
    // One that has not heard our wish may yet give way to it; two that each gave way at once would go on like that
    // (seed 10328 of the simulator).
    let insists = || group.wished_at.is_none_or(|said| peer.has_heard(scene.me, scene.generation, said));
    wishes && (group.here != ClaimState::Want || goes_first(&group.settings, scene, peer) && insists())
}

/// A node that was there before this one began its life wishes for the group. It may know why it does: we may have
/// crashed with it. One of which we know the same has no such right.
fn yields(group: &Group, scene: &Scene<'_>) -> bool {
    let id = group.settings.id;
    let wishes = |p: &Peer| p.claim(id).is_some_and(|c| c.state == ClaimState::Want && c.to.is_none());
    // It has heard this life of ours, so it is no recording.
    let lives = |p: &Peer| p.is_fit(id) && p.has_heard(scene.me, scene.generation, Sequence(0));
    let elder = |p: &Peer| group.elders.contains(&p.name) && !group.crashes.knows(&p.name);
    scene.peers.values().any(|p| lives(p) && elder(p) && wishes(p))
}

/// Did the group come to us for want of its home (then it goes back by itself), or because somebody asked?
pub(crate) fn failback_due(group: &Group, scene: &Scene<'_>) -> bool {
    let Some(home) = group.settings.home().filter(|h| *h != scene.me) else { return false };
    // A home that crashed with it and is held down for that is fit, and still owed its group.
    group.crashes.hold_down(home, scene.failback, scene.stable, scene.now)
        || !scene.peers.get(home).is_some_and(|p| p.is_fit(group.settings.id))
}

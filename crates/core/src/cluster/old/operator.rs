//! `standby`, `takeover` and `move` of the operator, beside a Heartbeat: groups go by halves, by its handover.
//! Not here: waiting for the result (asks.rs).

use super::super::Cluster;
use crate::input::Which;
use crate::message::Body;
use crate::old::{Halves, Handover};
use crate::output::StandbyStep;
use crate::settings::Failback;

/// The halves that a word of the operator means.
fn halves(which: Which) -> Halves {
    match which {
        Which::All => Halves::ALL,
        Which::Local => Halves::OURS,
        Which::Foreign | Which::Failback => Halves::THEIRS,
    }
}

const NO_STANDBY: &str =
    "auto_failback legacy knows no standby; with `auto_failback on` or `off` on both nodes it works";

/// Gives what we hold of the halves to the peer.
///
/// # Errors
/// A sentence: why not now.
pub(in crate::cluster) fn give(cluster: &mut Cluster, which: Which) -> Result<(), String> {
    if cluster.settings.failback == Failback::Legacy {
        return Err(NO_STANDBY.into());
    }
    let halves = halves(which);
    let Some(old) = cluster.old.as_mut() else { return Err("the other node was not heard yet".into()) };
    let body = old.offer(halves, cluster.now).map_err(|refusal| refusal.to_string())?;
    cluster.say_old(body);
    cluster.tell_standby(halves.in_our_words(), StandbyStep::Asked, false);
    Ok(())
}

/// Asks the peer to give.
///
/// # Errors
/// A sentence: why not now.
pub(in crate::cluster) fn take(cluster: &mut Cluster, which: Which) -> Result<(), String> {
    if cluster.settings.failback == Failback::Legacy {
        return Err(NO_STANDBY.into());
    }
    let now = cluster.now;
    let Some(old) = cluster.old.as_mut() else { return Err("the other node was not heard yet".into()) };
    old.guard(now).map_err(|refusal| refusal.to_string())?;
    old.requested = Some(now);
    cluster.say_old(Body::Takeover { hold: halves(which).in_our_words() });
    Ok(())
}

/// Is anything on its way that can still bring a group here?
pub(in crate::cluster) fn may_come(cluster: &Cluster, index: usize) -> bool {
    cluster.old.as_ref().is_some_and(|old| {
        old.requested.is_some() || old.handover != Handover::None || old.right.has(cluster.is_ours(index))
    })
}

/// The peer says that it has the group by now.
pub(in crate::cluster) fn has_it(cluster: &Cluster, index: usize) -> bool {
    let said = cluster.old.as_ref().is_some_and(|old| old.claimed.has(cluster.is_ours(index)) && old.is_settled());
    said && cluster.old_peer().is_some()
}

/// Nothing is on its way that could still take the group from here.
pub(in crate::cluster) fn stays(cluster: &Cluster, index: usize) -> bool {
    let still = |old: &crate::old::Old| old.handover == Handover::None && old.right.has(cluster.is_ours(index));
    cluster.old_peer().is_some() && cluster.old.as_ref().is_some_and(still)
}

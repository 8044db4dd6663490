//! The picture for `systole status`, taken at the moment of the question.
//! Not here: its printing.

use super::probing::Known;
use super::{Cluster, Hands, ms};
use crate::beat::ClaimState;
use crate::names::NodeName;
use crate::peer::{Peer, Presence};
use crate::status::{Elsewhere, GroupStatus, LinkStatus, MediumStatus, NodeStatus, SilenceStatus, Status, Verdict};
use crate::wire::Wire;

pub(super) fn status(cluster: &Cluster) -> Status {
    Status {
        node: cluster.settings.me.clone(),
        state: cluster.state,
        generation: cluster.identity.generation,
        uptime_ms: ms(cluster.now.since(cluster.started)),
        hands: cluster.hands == Hands::Up,
        nodes: cluster.settings.nodes.iter().filter_map(|n| node(cluster, n)).collect(),
        media: cluster
            .settings
            .links
            .iter()
            .filter_map(|l| cluster.media.get(l).map(|m| (l, m)))
            .map(|(link, m)| MediumStatus { link: link.clone(), open: m.open, detail: m.detail.clone() })
            .collect(),
        pings: cluster.settings.pings.iter().filter_map(|n| cluster.ping_status(n)).collect(),
        groups: (0..cluster.groups.len()).filter_map(|i| group(cluster, i)).collect(),
    }
}

fn node(cluster: &Cluster, name: &NodeName) -> Option<NodeStatus> {
    if *name == cluster.settings.me {
        return Some(NodeStatus {
            name: name.clone(),
            me: true,
            state: cluster.state,
            systole: Some(true),
            hears_us: None,
            same_configuration: None,
            named: Vec::new(),
            last_beat_ms: None,
            links: Vec::new(),
            silence: None,
        });
    }
    cluster.peers.get(name).map(|p| peer(cluster, p))
}

fn peer(cluster: &Cluster, peer: &Peer) -> NodeStatus {
    let beat = peer.beat.as_ref().filter(|_| peer.is_alive());
    let link = |name| {
        let sight = peer.links.get(name)?;
        Some(LinkStatus {
            link: name.clone(),
            up: sight.up,
            last_beat_ms: sight.last.map(|at| ms(cluster.now.since(at))),
        })
    };
    NodeStatus {
        name: peer.name.clone(),
        me: false,
        state: peer.state,
        systole: peer.systole,
        hears_us: cluster.hears_us(peer),
        same_configuration: beat.map(|b| b.configuration == cluster.settings.digest),
        named: cluster.named(peer),
        last_beat_ms: peer.last_heard.map(|at| ms(cluster.now.since(at))),
        links: cluster.settings.links.iter().filter_map(link).collect(),
        silence: Some(silence(cluster, peer)),
    }
}

fn silence(cluster: &Cluster, peer: &Peer) -> SilenceStatus {
    let (timing, observed) = (cluster.settings.timing, peer.gaps.observed());
    let early = cluster.early_limit(peer);
    SilenceStatus {
        verdict_ms: ms(early.unwrap_or(timing.deadtime())),
        verdict: early.err().unwrap_or(Verdict::Early),
        worst_gap_ms: observed.worst_ms,
        watched_s: observed.for_s,
        lost: peer.gaps.lost,
        near_misses: peer.gaps.near_misses,
        own_stalls: cluster.stalls.0,
        worst_stall_ms: ms(cluster.stalls.1),
        better_deadtime_ms: timing.better_deadtime(observed).map(ms),
    }
}

fn group(cluster: &Cluster, index: usize) -> Option<GroupStatus> {
    let group = cluster.groups.get(index)?;
    let id = group.settings.id;
    // A node that is still stopping, or looking what is left, keeps others from starting, but owns nothing.
    let owns = |state: ClaimState| matches!(state, ClaimState::Starting | ClaimState::Running | ClaimState::Blocked);
    let by_word = |p: &Peer| cluster.old_peer() == Some(&p.name) && cluster.peer_has(index);
    let theirs = cluster.peers.values().filter(|p| p.claim(id).is_some_and(|c| owns(c.state)) || by_word(p));
    let ours = owns(group.here).then(|| cluster.settings.me.clone());
    let owners: Vec<NodeName> = ours.into_iter().chain(theirs.map(|p| p.name.clone())).collect();
    Some(GroupStatus {
        group: id,
        key: group.settings.key.clone(),
        home: group.settings.home()?.clone(),
        elsewhere: if owners.is_empty() { elsewhere(cluster, index) } else { None },
        owners,
        here: group.here,
        fitness: cluster.fitness(index),
        since_ms: ms(cluster.now.since(group.since)),
        why: cluster.why_so(index),
        blocked_on: cluster.peers.values().filter(|p| p.is_blocked(id)).map(|p| p.name.clone()).collect(),
        warm: cluster.warm_status(index),
    })
}

/// Where a group may be that no node who is heard says it has.
fn elsewhere(cluster: &Cluster, index: usize) -> Option<Elsewhere> {
    if let Known::Said(Wire::Answered { address, by, serves }) = cluster.wire(index) {
        return Some(Elsewhere::Answers { address: address.clone(), by: by.clone(), serves: *serves });
    }
    let told = |p: &Peer| p.is_alive() || p.presence == Presence::Left;
    let unheard = cluster.peers.values().filter(|p| !told(p)).map(|p| p.name.clone());
    let nodes: Vec<NodeName> = unheard.collect();
    (!nodes.is_empty()).then_some(Elsewhere::Unheard { nodes })
}

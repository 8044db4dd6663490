//! What is amiss in a status, worst first, and the exit status that follows.
//! Not here: how it is shown.

use crate::ctl::exit;
use systole_core::status::{GroupStatus, Named, NodeStatus};
use systole_core::{ClaimState, Elsewhere, Fitness, NodeName, NodeState, Status};

/// Older answers mean that heart does not answer any more.
pub const FRESH_MS: u64 = 2000;

/// One thing that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `exit::DEGRADED` or `exit::DOWN`.
    pub code: u8,
    pub text: String,
}

/// Everything amiss, worst first.
pub fn troubles(status: &Status, age_ms: u64) -> Vec<Trouble> {
    let mut all = Vec::new();
    let mut add = |code: u8, text: String| all.push(Trouble { code, text });
    if age_ms >= FRESH_MS {
        add(exit::DEGRADED, format!("heart does not answer; this is what it knew {} ago", super::page::span(age_ms)));
    }
    if !status.hands {
        add(exit::DEGRADED, "the process that runs the resources is not there; heart starts it again".into());
    }
    for group in &status.groups {
        of_group(group, &mut add);
    }
    for node in status.nodes.iter().filter(|node| !node.me) {
        of_node(node, &mut add);
    }
    for medium in status.media.iter().filter(|medium| !medium.open) {
        add(exit::DEGRADED, format!("medium {} is not open: {}", medium.link, medium.detail));
    }
    for ping in status.pings.iter().filter(|ping| !ping.alive) {
        // Groups run on; but what ping nodes are named for, telling a dead switch from a dead peer, is blind now.
        add(exit::DEGRADED, format!("ping node {} does not answer", ping.name));
    }
    all.sort_by_key(|trouble| std::cmp::Reverse(trouble.code));
    all
}

/// The exit status of a list of troubles.
pub fn worst(troubles: &[Trouble]) -> u8 {
    troubles.iter().map(|trouble| trouble.code).max().unwrap_or(0)
}

/// One word for an exit status.
pub fn word(code: u8) -> &'static str {
    match code {
        0 => "fine",
        exit::DEGRADED => "degraded",
        _ => "down",
    }
}

fn of_group(group: &GroupStatus, add: &mut impl FnMut(u8, String)) {
    let key = &group.key;
    if group.here == ClaimState::Blocked {
        add(
            exit::DOWN,
            format!("{key} is blocked: it could not be stopped here; stop it by hand, then: systole cleanup {key}"),
        );
    } else if let Some(node) = group.blocked_on.first().filter(|_| !serves(group)) {
        add(
            exit::DOWN,
            format!(
                "{key}: a stop failed on {node}, so nobody may take it; stop it by hand there, then there: systole cleanup {key}"
            ),
        );
    } else if group.owners.is_empty() {
        let (code, text) = ownerless(key, group.elsewhere.as_ref());
        add(code, text);
    }
    if group.owners.len() > 1 {
        let names: Vec<&str> = group.owners.iter().map(|node| node.as_str()).collect();
        add(exit::DEGRADED, format!("{key} is held by {} nodes at once: {}", names.len(), names.join(" and ")));
    }
    match group.fitness {
        Fitness::Failed => add(exit::DEGRADED, format!("{key} failed here; mend it, then: systole cleanup {key}")),
        Fitness::NoCarrier => add(exit::DEGRADED, format!("{key} cannot run here: its interface has no carrier")),
        Fitness::Unable if group.warm.is_some() => {
            add(exit::DEGRADED, format!("{key} cannot be taken here now: its service is not ready on this node"));
        }
        Fitness::Unable => add(exit::DEGRADED, format!("{key} cannot run here: this node is leaving or cannot act")),
        Fitness::Fit => {}
    }
}

/// Nobody who is heard has it. That it runs nowhere is said only where it is known (design, principle 8).
fn ownerless(key: &str, elsewhere: Option<&Elsewhere>) -> (u8, String) {
    match elsewhere {
        None => (exit::DOWN, format!("{key} runs nowhere")),
        Some(Elsewhere::Unheard { nodes }) => {
            let names: Vec<&str> = nodes.iter().map(|node| node.as_str()).collect();
            let names = names.join(" and ");
            (exit::DOWN, format!("{key} runs on no node that is heard; whether it runs on {names} is not known"))
        }
        Some(Elsewhere::Answers { address, by, serves }) => {
            let (code, service) = match serves {
                Some(true) => (exit::DEGRADED, ", and so does the service"),
                Some(false) => (exit::DOWN, ", but the service does not"),
                None => (exit::DEGRADED, ""),
            };
            (code, format!("it is not known where {key} runs: another machine answers for {address} ({by}){service}"))
        }
    }
}

/// Is there a node that has it and is able to stop it?
fn serves(group: &GroupStatus) -> bool {
    group.owners.iter().any(|node| !group.blocked_on.contains(node))
}

fn of_node(node: &NodeStatus, add: &mut impl FnMut(u8, String)) {
    let name = &node.name;
    let refused = node.named.iter().find_map(|named| refused(name, named));
    if let Some(text) = refused {
        return add(exit::DEGRADED, text);
    }
    match node.state {
        NodeState::Dead => return add(exit::DEGRADED, format!("node {name} is dead")),
        NodeState::Init => return add(exit::DEGRADED, format!("node {name} was never heard")),
        NodeState::Up | NodeState::Active | NodeState::Ping => {}
    }
    for link in node.links.iter().filter(|link| !link.up) {
        add(exit::DEGRADED, format!("link {} to {name} is down", link.link));
    }
    if node.hears_us == Some(false) {
        add(
            exit::DEGRADED,
            format!(
                "node {name} is heard but does not hear us: look at the firewall there (udpport), the other half of the cable, \
                 and its ucast lines"
            ),
        );
    }
    if node.same_configuration == Some(false) {
        add(
            exit::DEGRADED,
            format!("the files of node {name} differ from ours: systole diff shows where; then restart one side"),
        );
    }
    for named in &node.named {
        if let Named::LaterVersion { version } = named {
            add(
                exit::DEGRADED,
                format!("node {name} speaks version {version} of the beat, later than ours: upgrade this node too"),
            );
        }
    }
}

/// A peer that speaks and cannot be believed is neither well nor dead.
fn refused(name: &NodeName, named: &Named) -> Option<String> {
    match named {
        Named::WrongKey { link, .. } => Some(format!(
            "node {name} speaks on {link} with another key than ours; it counts as alive, and nothing is taken from it while \
             it may have it: make authkeys the same on both nodes, then restart the one that was changed"
        )),
        Named::WrongVersion { link, .. } => Some(format!(
            "node {name} speaks on {link} a version that cannot be read here; it counts as alive, and nothing is taken from it \
             while it may have it: install the same version on both nodes"
        )),
        Named::OneWay | Named::LaterVersion { .. } | Named::OtherFiles => None,
    }
}

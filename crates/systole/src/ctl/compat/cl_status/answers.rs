//! The answers of `cl_status` from a status of the daemon.
//! Not here: the one word for resources (held), parameters of ha.cf (parameter).

use super::held::held;
use super::{BAD_PARAMETER, NO, OTHER, Said, Sub, Words};
use systole_core::status::{LinkStatus, NodeStatus};
use systole_core::{LinkName, NodeName, NodeState, Status};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What Heartbeat says of every node that nobody gave a weight.
const WEIGHT: u32 = 100;

pub fn said(sub: Sub, words: &Words, status: &Status) -> Said {
    let status = &with_pings(status);
    match sub {
        Sub::HbStatus => Said::out(0, hb_status(words, status)),
        Sub::ListNodes => Said::out(0, list_nodes(words, status)),
        Sub::RscStatus => {
            let held = held(status);
            Said::out(0, if words.sentence { format!("This node is holding {held} resources.\n") } else { line(held) })
        }
        Sub::NodeStatus | Sub::NodeType | Sub::NodeWeight | Sub::NodeSite => of_node(sub, words, status),
        Sub::ListHbLinks => list_links(words, status),
        Sub::HbLinkStatus => link_status(words, status),
        Sub::ClientStatus => client_status(words, status),
        Sub::HbParameter => Said::error(OTHER, "hbparameter is answered from ha.cf"),
    }
}

/// To Heartbeat a ping node is a node behind the others, with one link that bears its name.
fn with_pings(status: &Status) -> Status {
    let mut all = status.clone();
    all.nodes.extend(status.pings.iter().map(|ping| NodeStatus {
        silence: None,
        name: ping.name.clone(),
        me: false,
        state: if ping.alive { NodeState::Ping } else { NodeState::Dead },
        systole: None,
        hears_us: None,
        same_configuration: None,
        named: Vec::new(),
        last_beat_ms: ping.last_answer_ms,
        links: vec![LinkStatus {
            link: LinkName(ping.name.as_str().into()),
            up: ping.alive,
            last_beat_ms: ping.last_answer_ms,
        }],
    }));
    all
}

fn line(word: &str) -> String {
    format!("{word}\n")
}

fn hb_status(words: &Words, status: &Status) -> String {
    if !words.verbose {
        return line("Heartbeat is running on this machine.");
    }
    let (version, manager) = if words.sentence {
        ("Heartbeat version", "Resources controlled by \"haresources\"")
    } else {
        ("version:\t", "managed by:\t\"haresources\"")
    };
    let gap = if words.sentence { " " } else { "" };
    let all = Words { sentence: words.sentence, verbose: true, ..Words::default() };
    format!("{version}{gap}systole {VERSION}\n{manager}\n{}", list_nodes(&all, status))
}

/// Last node first, as Heartbeat lists them.
fn list_nodes(words: &Words, status: &Status) -> String {
    let mut text = if words.sentence { line("The nodes are as follow:") } else { String::new() };
    let wanted = |node: &&NodeStatus| words.normal == words.ping || words.ping == is_ping(node, status);
    for node in status.nodes.iter().rev().filter(wanted) {
        if words.verbose {
            text.push_str(&format!("\n{}\t{}\t(nodetype: {})\n", node.name, node.state.as_str(), kind(node, status)));
            text.push_str(&links_text(words, &links(node, status)));
        } else {
            text.push_str(&line(node.name.as_str()));
        }
    }
    text
}

fn is_ping(node: &NodeStatus, status: &Status) -> bool {
    status.pings.iter().any(|ping| ping.name == node.name)
}

fn kind(node: &NodeStatus, status: &Status) -> &'static str {
    if is_ping(node, status) { "ping" } else { "normal" }
}

fn find<'s>(name: &str, status: &'s Status) -> Option<&'s NodeStatus> {
    let name = NodeName::new(name).ok()?;
    status.nodes.iter().find(|node| node.name == name)
}

fn of_node(sub: Sub, words: &Words, status: &Status) -> Said {
    let Some(name) = words.rest.first() else { return Said::plain(BAD_PARAMETER, "Not enough parameters.") };
    let Some(node) = find(name, status) else {
        return Said::plain(BAD_PARAMETER, "Error. May be due to incorrect node name");
    };
    let (code, sentence, word) = match sub {
        Sub::NodeType => (0, format!("The node {name}'s type: "), kind(node, status).to_owned()),
        Sub::NodeWeight => (0, format!("The weight of the cluster node {name} is "), WEIGHT.to_string()),
        Sub::NodeSite => (0, format!("The site of the cluster node {name} is "), String::new()),
        _ => {
            let well = matches!(node.state, NodeState::Active | NodeState::Up | NodeState::Ping);
            let sentence = format!("The cluster node {name} is ");
            (u8::from(!well), sentence, node.state.as_str().to_owned())
        }
    };
    Said::out(code, if words.sentence { line(&format!("{sentence}{word}")) } else { line(&word) })
}

/// Name and state of each link to a node, the last one first as Heartbeat has them. Of our own node they are the media;
/// Heartbeat says there whether it hears itself, and so calls a serial line dead that is well.
fn links(node: &NodeStatus, status: &Status) -> Vec<(String, bool)> {
    if node.me {
        return status.media.iter().rev().map(|medium| (medium.link.to_string(), medium.open)).collect();
    }
    node.links.iter().rev().map(|LinkStatus { link, up, .. }| (link.to_string(), *up)).collect()
}

fn up_word(up: bool) -> &'static str {
    if up { "up" } else { "dead" }
}

fn links_text(words: &Words, links: &[(String, bool)]) -> String {
    let mut text = if words.sentence { line("\tthis node has the following heartbeat links:") } else { String::new() };
    for (link, up) in links {
        text.push_str(&if words.verbose { format!("\t{link}\t{}\n", up_word(*up)) } else { format!("\t{link}\n") });
    }
    text
}

fn list_links(words: &Words, status: &Status) -> Said {
    let Some(name) = words.rest.first() else { return Said::plain(BAD_PARAMETER, "No enough parameter.") };
    match find(name, status) {
        Some(node) => Said::out(0, links_text(words, &links(node, status))),
        None => Said::error(OTHER, format!("Cannot start heartbeat link interface walk.\nREASON: no node {name}")),
    }
}

fn link_status(words: &Words, status: &Status) -> Said {
    let [name, link, ..] = words.rest.as_slice() else { return Said::plain(BAD_PARAMETER, "No enough parameter.") };
    let links = find(name, status).map(|node| links(node, status)).unwrap_or_default();
    let Some((_, up)) = links.iter().find(|(known, _)| known == link) else {
        let why = format!("Cannot get heartbeat link status\nREASON: no link {link} to a node {name}");
        return Said::error(OTHER, why);
    };
    let word = up_word(*up);
    let text = if words.sentence { format!("The node {name}'s heartbeat link {link} is {word}\n") } else { line(word) };
    Said::out(u8::from(!up), text)
}

/// Nothing registers with this daemon: what ipfail did is part of it.
fn client_status(words: &Words, status: &Status) -> Said {
    let [name, client, ..] = words.rest.as_slice() else { return Said::plain(BAD_PARAMETER, "No enough parameter.") };
    let cannot =
        |why: String| Said::error(OTHER, format!("Cannot get heartbeat client {client}'s status\nREASON: {why}"));
    match find(name, status) {
        None => cannot(format!("no node {name}")),
        Some(node) if node.systole == Some(false) && matches!(node.state, NodeState::Up | NodeState::Active) => {
            cannot(format!("{name} runs Heartbeat; ask there"))
        }
        Some(_) => Said::out(NO, "offline\n"),
    }
}

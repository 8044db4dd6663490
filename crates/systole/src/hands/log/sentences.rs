//! The sentence of every event. Those that people grep for keep Heartbeat's wording (spec/CONFIG.md section 5)
//! and go on with the reason in round brackets where there is one.
//! Not here: time, level words, targets.

use crate::bridge::{Begin, Level};
use std::collections::BTreeMap;
use systole_core::message::Hold;
use systole_core::output::{GroupChange, StandbyStep};
use systole_core::{Assertion, Event, GroupId, LinkName, NodeName, NodeState, Refusal, Wire};

/// Said when heart is gone without a word; Heartbeat's line for the same misfortune.
pub const HEART_DIED: &str = "Emergency Shutdown: Master Control process died.";

/// What a sentence needs to know besides the event.
#[derive(Debug, Clone)]
pub struct View {
    me: NodeName,
    heart_pid: u32,
    groups: BTreeMap<GroupId, (String, NodeName)>,
}

impl View {
    /// From the configuration that hands runs by.
    pub fn new(begin: &Begin) -> View {
        let groups = begin.configuration.groups.iter();
        View {
            me: begin.configuration.core.me.clone(),
            heart_pid: begin.heart_pid,
            groups: groups.map(|g| (g.id, (g.line.clone(), g.home.clone()))).collect(),
        }
    }

    /// The group's line, or its key where the configuration does not know it.
    fn line<'a>(&'a self, group: GroupId, key: &'a str) -> &'a str {
        self.groups.get(&group).map_or(key, |(line, _)| line)
    }

    /// The home of the group, when that is another node.
    fn foreign(&self, group: GroupId) -> Option<&NodeName> {
        self.groups.get(&group).map(|(_, home)| home).filter(|home| **home != self.me)
    }
}

/// The lines of one event, in order.
pub fn of(event: &Event, view: &View) -> Vec<(Level, String)> {
    match event {
        Event::Group { group, key, change, why } => group_changed(view, *group, key, *change, why),
        Event::Standby { from, to, hold, step } => vec![standby(from, to, *hold, *step)],
        Event::BothHold { group, key, node, we_keep } => both_hold(view, *group, key, node, *we_keep),
        Event::HeldDown { group, key, node, crashes, for_ms } => {
            vec![held_down(view.line(*group, key), node, *crashes, *for_ms)]
        }
        Event::ShutdownBegun => vec![
            (Level::Info, format!("Heartbeat shutdown in progress. ({})", view.heart_pid)),
            (Level::Info, "Giving up all HA resources.".into()),
        ],
        Event::Wire { key, wire, held, .. } => vec![wire_said(key, wire, *held)],
        Event::AssertionFailed { rule, what } => vec![assertion(*rule, what)],
        Event::ShutdownDone => vec![
            (Level::Info, "All HA resources relinquished.".into()),
            (Level::Info, format!("{} Heartbeat shutdown complete.", view.me)),
        ],
        Event::ShutdownIncomplete { left } => vec![shutdown_incomplete(view, left)],
        Event::LocalState { state } => local_state(*state),
        Event::MediumOpen { .. }
        | Event::MediumFailed { .. }
        | Event::Carrier { .. }
        | Event::Stalled { .. }
        | Event::HandsDown
        | Event::HandsUp
        | Event::AlsoAnswers { .. }
        | Event::AnswersForAll { .. }
        | Event::GenerationRaised { .. } => vec![of_this_node(event)],
        Event::LinkUp { .. }
        | Event::LinkDead { .. }
        | Event::PeerState { .. }
        | Event::PeerDead { .. }
        | Event::PingDead { .. }
        | Event::PeerLeft { .. }
        | Event::PeerRestarted { .. }
        | Event::PeerReturned { .. }
        | Event::LateBeat { .. }
        | Event::PeerRefused { .. }
        | Event::PeerDeaf { .. }
        | Event::ConfigurationDiffers { .. }
        | Event::OldGeneration { .. }
        | Event::UnknownNode { .. } => vec![of_peer(event)],
        Event::PacketsLost { .. } | Event::PacketsComplete { .. } | Event::PacketGone { .. } => {
            vec![of_packets(event)]
        }
    }
}

/// A mistake in the program itself: what it would have done, what it did instead, and whom to tell.
fn assertion(rule: Assertion, what: &str) -> (Level, String) {
    let instead = match rule {
        Assertion::S4 | Assertion::S7 => "The start was held back and is tried again when the other side is silent.",
        Assertion::S11 => "The message was not sent.",
        Assertion::S12 => "It was noticed, and the services go on.",
    };
    let line = format!(
        "BUG in systole (assertion {rule:?}): {what}. {instead} Please keep the recording and this log, and report both \
         to the authors of systole."
    );
    (Level::Error, line)
}

/// The steps of Heartbeat's standby in Heartbeat's own words.
fn standby(from: &NodeName, to: &NodeName, hold: Hold, step: StandbyStep) -> (Level, String) {
    let hold = hold.as_str();
    let line = match step {
        StandbyStep::Asked => format!("{from} wants to go standby [{hold}]"),
        StandbyStep::Agreed => format!("standby: {to} can take our {hold} resources"),
        StandbyStep::Acquiring => format!("standby: acquire [{hold}] resources from {from}"),
        StandbyStep::Acquired => format!("Standby resource acquisition done [{hold}]."),
        StandbyStep::Completed => format!("Other node completed standby takeover of {hold} resources."),
        StandbyStep::NoReply => {
            return (Level::Warn, "No reply to standby request.  Standby request cancelled.".into());
        }
    };
    (Level::Info, line)
}

fn held_down(line: &str, node: &NodeName, crashes: u32, for_ms: u64) -> (Level, String) {
    let seconds = for_ms.div_ceil(1000);
    let text = format!(
        "Node {node} went down {crashes} times while it held the group {line}: it goes back there when that node has run \
         for {seconds} s (at once: systole takeover there; when it is mended: systole cleanup here)."
    );
    (Level::Warn, text)
}

fn shutdown_incomplete(view: &View, left: &[String]) -> (Level, String) {
    let (me, left) = (&view.me, left.join(", "));
    let text = format!(
        "{me} shuts down, but {left} could not be stopped and may still run here. No other node will start it. \
         Stop it by hand, then start Systole here once, so that the others hear that nothing is left."
    );
    (Level::Error, text)
}

fn local_state(state: NodeState) -> Vec<(Level, String)> {
    let now = (Level::Info, format!("Local status now set to: '{}'", state.as_str()));
    match state {
        NodeState::Active => vec![(Level::Info, "Comm_now_up(): updating status to active".into()), now],
        _ => vec![now],
    }
}

fn of_peer(event: &Event) -> (Level, String) {
    match event {
        Event::LinkUp { node, link } => (Level::Info, format!("Link {node}:{link} up.")),
        Event::LinkDead { node, link } => (Level::Warn, format!("Link {node}:{link} dead.")),
        Event::PeerState { node, state } => {
            (Level::Info, format!("Status update for node {node}: status {}", state.as_str()))
        }
        Event::PeerDead { node, silent_ms } => {
            (Level::Warn, format!("node {node}: is dead (no beat on any link for {silent_ms} ms)"))
        }
        Event::PingDead { node } => (Level::Warn, format!("node {node}: is dead (it answers no ping)")),
        Event::PeerLeft { node } => (Level::Info, format!("Received shutdown notice from '{node}'.")),
        Event::PeerRestarted { node, generation } => {
            (Level::Info, format!("Node {node} was started anew (generation {}).", generation.0))
        }
        Event::PeerReturned { node } => (Level::Crit, format!("Cluster node {node} returning after partition.")),
        Event::LateBeat { node, interval_ms } => {
            (Level::Warn, format!("Late heartbeat: Node {node}: interval {interval_ms} ms"))
        }
        Event::PeerRefused { node, link, why } => (Level::Error, refused(node, link, *why)),
        Event::PeerDeaf { node, deaf: true } => (
            Level::Error,
            format!(
                "Node {node} is heard but does not hear us: look at the firewall there (udpport), the cable's other half, and \
                 the address in its ucast lines."
            ),
        ),
        Event::PeerDeaf { node, deaf: false } => (Level::Info, format!("Node {node} hears us again.")),
        Event::ConfigurationDiffers { node } => (
            Level::Error,
            format!("The files of node {node} differ from ours: compare ha.cf and haresources, then restart one side."),
        ),
        Event::OldGeneration { node, heard, known } => (
            Level::Warn,
            format!(
                "Refused a frame of an older life of node {node} (generation {}, known {}): late, or recorded and sent again.",
                heard.0, known.0
            ),
        ),
        Event::UnknownNode { node } => (
            Level::Error,
            format!("Heard node '{node}', which no node line of ha.cf names, or our own name from elsewhere; ignored."),
        ),
        _ => (Level::Debug, format!("{event:?}")),
    }
}

fn refused(node: &NodeName, link: &LinkName, why: Refusal) -> String {
    match why {
        Refusal::Key => format!(
            "Frames of node {node} arrive on {link} with another key than ours: it is alive and counts as such. Make authkeys \
             the same on both nodes, then restart the one that was changed."
        ),
        Refusal::Version => format!(
            "Frames of node {node} arrive on {link} with our key and cannot be read: it is alive and counts as such, but runs \
             another version. Install the same one on both nodes."
        ),
    }
}

fn of_packets(event: &Event) -> (Level, String) {
    match event {
        // Heartbeat names the numbers around the hole, not those in it.
        Event::PacketsLost { node, first, last } => {
            let (before, after) = (first.0.saturating_sub(1), last.0.saturating_add(1));
            let count = after.saturating_sub(first.0);
            (Level::Warn, format!("{count} lost packet(s) for [{node}] [{before}:{after}]"))
        }
        Event::PacketsComplete { node } => (Level::Info, format!("No pkts missing from {node}!")),
        Event::PacketGone { node, sequence } => {
            (Level::Error, format!("Irretrievably lost packet: node {node} seq {}", sequence.0))
        }
        _ => (Level::Debug, format!("{event:?}")),
    }
}

fn of_this_node(event: &Event) -> (Level, String) {
    match event {
        Event::MediumOpen { link } => (Level::Info, format!("Medium {link} is open.")),
        Event::MediumFailed { link, why } => {
            (Level::Error, format!("Medium {link} failed: {why}; it is tried again, the other media go on."))
        }
        Event::Carrier { interface, carrier: true } => {
            (Level::Info, format!("Interface {interface} has a carrier again."))
        }
        Event::Carrier { interface, carrier: false } => {
            (Level::Warn, format!("Interface {interface} has no carrier: cable, switch or other end."))
        }
        Event::Stalled { for_ms } => {
            (Level::Warn, format!("This node did not run for {for_ms} ms; nobody is judged by that time."))
        }
        Event::HandsDown => (Level::Error, "The process that runs the resources ended; it is started again.".into()),
        Event::HandsUp => (Level::Info, "The process that runs the resources is ready.".into()),
        Event::AlsoAnswers { address, by, over: false } => (
            Level::Crit,
            format!("{by} also answers for {address}, which is ours: find that machine and take the address off it."),
        ),
        Event::AlsoAnswers { address, by, over: true } => {
            (Level::Info, format!("{by} does not answer for {address} any more; it is ours alone."))
        }
        Event::AnswersForAll { interface, by } => (
            Level::Warn,
            format!(
                "{by} on {interface} answers for addresses that nobody has (proxy ARP): its answers prove nothing, so a \
                 takeover goes by silence alone there. Switch proxy ARP off on it for this network."
            ),
        ),
        Event::GenerationRaised { generation } => (
            Level::Warn,
            format!(
                "Heartbeat generation: {} (a peer knew a newer life of this node than it did itself)",
                generation.0
            ),
        ),
        _ => (Level::Debug, format!("{event:?}")),
    }
}

fn wire_said(key: &str, wire: &Wire, held: bool) -> (Level, String) {
    match wire {
        Wire::Silent => (Level::Debug, format!("No machine answers for the address of {key}.")),
        Wire::Useless { why } => {
            (Level::Warn, format!("The wire cannot say who has the address of {key}, so only silence counts: {why}."))
        }
        Wire::Answered { address, by, .. } if held => (
            Level::Crit,
            format!(
                "{address} of {key} is here, but the machine {by} answers for it too: find it and take it off there."
            ),
        ),
        Wire::Answered { address, by, .. } => (
            Level::Warn,
            format!("The machine {by} answers for {address} of {key} (probe warn: it is taken all the same)."),
        ),
    }
}

fn both_hold(view: &View, group: GroupId, key: &str, node: &NodeName, we_keep: bool) -> Vec<(Level, String)> {
    let whose = if view.foreign(group).is_some() { "foreign" } else { "our" };
    let verdict = if we_keep { "we keep it, it has to stop" } else { "we stop, it keeps it" };
    vec![(Level::Crit, format!("Both machines own {whose} resources! ({key} is held by {node} too: {verdict})"))]
}

fn group_changed(view: &View, group: GroupId, key: &str, change: GroupChange, why: &str) -> Vec<(Level, String)> {
    let because = if why.is_empty() { String::new() } else { format!(" ({why})") };
    match change {
        GroupChange::Acquiring => {
            let line = (Level::Info, format!("Acquiring resource group: {}{because}", view.line(group, key)));
            match view.foreign(group) {
                Some(_) => vec![(Level::Info, format!("Taking over resource group {key}")), line],
                None => vec![line],
            }
        }
        GroupChange::Acquired if view.foreign(group).is_none() => {
            vec![(Level::Info, format!("Local Resource acquisition completed. ({key} runs here{})", and(why)))]
        }
        GroupChange::Acquired => vec![(Level::Info, format!("Resource group {key} runs here now.{because}"))],
        GroupChange::Kept => {
            vec![(Level::Notice, format!("Resource group {key} runs on here as it was; nothing was moved.{because}"))]
        }
        GroupChange::Releasing => {
            vec![(Level::Info, format!("Releasing resource group: {}{because}", view.line(group, key)))]
        }
        GroupChange::Released => {
            vec![(Level::Info, format!("Nothing of resource group {key} runs here any more.{because}"))]
        }
        GroupChange::Restarting => {
            vec![(Level::Error, format!("Resource group {key} failed here; what failed is started again.{because}"))]
        }
        GroupChange::Ready => vec![(Level::Info, format!("Resource group {key}: this node may take it.{because}"))],
        GroupChange::Unfit => vec![(
            Level::Error,
            format!("Resource group {key} cannot run here for now.{because} Mend it, then: systole cleanup {key}"),
        )],
        GroupChange::Retried => vec![(Level::Info, format!("Resource group {key} may run here again.{because}"))],
        GroupChange::Failed => vec![(
            Level::Error,
            format!("Resource group {key} could not be started here.{because} Mend it, then: systole cleanup {key}"),
        )],
        GroupChange::Blocked => vec![(
            Level::Crit,
            format!(
                "Resource group {key} could not be stopped here; no node may take it until that is mended.{because} \
                 Stop it by hand, then: systole cleanup {key}"
            ),
        )],
        GroupChange::Refused => vec![(Level::Error, format!("Nobody may run resource group {key} now.{because}"))],
    }
}

fn and(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(": {why}") }
}

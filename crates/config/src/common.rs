//! The part of a configuration that must be equal on all nodes, as lines that people can compare.
//! Not here: comparing them, and the digest of the same things that travels in each beat (read.rs).

use crate::configuration::Configuration;
use crate::duration;
use systole_core::{Failback, GroupId};

/// What a word is called whose value is nobody's business.
const SECRETS: [&str; 5] = ["pass", "secret", "token", "key", "credential"];

/// One line for each thing that the digest of the configuration covers: nodes, times, failback, groups, ping nodes. Equal
/// digests have equal lines and the other way round. Nothing of authkeys is in them, and of a word in a group that seems
/// to be a password only eight bits.
pub fn common_lines(configuration: &Configuration) -> Vec<String> {
    let core = &configuration.core;
    let timing = core.timing;
    let times = [
        ("keepalive", timing.keepalive()),
        ("warntime", timing.warntime()),
        ("deadtime", timing.deadtime()),
        ("initdead", timing.initdead()),
    ];
    let failback = match core.failback {
        Failback::On => "on",
        Failback::Off => "off",
        Failback::Legacy => "legacy",
    };
    let nodes: Vec<&str> = core.nodes.iter().map(|node| node.as_str()).collect();
    // In one line: their order matters.
    let mut lines = vec![format!("ha.cf: node {}", nodes.join(" "))];
    lines.extend(times.map(|(name, time)| format!("ha.cf: {name} {}", duration::show(time))));
    lines.push(format!("ha.cf: auto_failback {failback}"));
    let mut pings: Vec<&str> = configuration.pings.iter().map(|ping| ping.name.as_str()).collect();
    pings.sort_unstable();
    lines.extend(pings.into_iter().map(|ping| format!("ha.cf: ping {ping}")));
    // The order of the groups is in the digest too.
    for (group, number) in configuration.groups.iter().zip(1..) {
        lines.push(format!("haresources: {number}: {}", masked(&group.line)));
        let warm = group.resources.iter().filter(|r| r.watching.warm == Some(true));
        lines.extend(warm.map(|r| format!("haresources: {number}: #@ {}: warm=yes", masked(&r.word))));
    }
    lines
}

/// The line without what seems to be a password: each such value becomes a small number that mostly tells equal from
/// different.
fn masked(line: &str) -> String {
    let word = |word: &str| word.split("::").map(argument).collect::<Vec<_>>().join("::");
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn argument(argument: &str) -> String {
    match argument.split_once('=') {
        Some((name, value)) if SECRETS.iter().any(|word| name.to_ascii_lowercase().contains(word)) => {
            // Enough to tell most differences, too little to find the password by.
            format!("{name}=(hidden, {:02x})", GroupId::of_key(value).0 >> 24)
        }
        _ => argument.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_seems_to_be_a_password_is_hidden_and_still_compared() {
        let line =
            |secret: &str| masked(&format!("alpha ocf:x:db::user=me::db_Password={secret}::port=1 IPaddr::192.0.2.7"));
        assert!(!line("geheim").contains("geheim"), "{}", line("geheim"));
        assert_ne!(line("geheim"), line("anders"));
        assert_eq!(line("geheim"), line("geheim"));
        assert!(line("geheim").starts_with("alpha ocf:x:db::user=me::db_Password=(hidden, "), "{}", line("geheim"));
        assert!(line("geheim").ends_with(")::port=1 IPaddr::192.0.2.7"));
    }
}

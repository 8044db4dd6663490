//! The lines that name hosts to be pinged: ping and ping_group (spec/CONFIG.md 1.2), and ipfail, which went with them.
//! Not here: `deadping` (timing.rs), sending anything, looking names up.

use super::Parser;
use crate::configuration::PingNode;
use crate::diagnostic::Severity;
use crate::directives::Directive;
use crate::words::{Spanned, Word};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use systole_core::NodeName;

/// Most hosts that are pinged; each costs one packet with each beat.
const HOSTS_MAX: usize = 64;

impl Parser<'_> {
    /// A host that is a ping node of its own.
    pub(super) fn ping(&mut self, word: &Word) {
        let Some(host) = self.host(word) else { return };
        self.add_ping(word, vec![host], false);
    }

    /// A name and the hosts any of which may answer for it.
    pub(super) fn ping_group(&mut self, word: &Word, values: &[Word]) {
        let Some((name, hosts)) = values.split_first().filter(|(_, hosts)| !hosts.is_empty()) else {
            let span = word.span.start..values.last().map_or(word.span.end, |v| v.span.end);
            let diagnostic = self.page.at(Severity::Error, "wrong-count", &span, "`ping_group` names no host");
            self.found.push(diagnostic.label("the form is: ping_group name host host ..."));
            return;
        };
        if name.text.parse::<IpAddr>().is_ok() {
            let message = format!("`{}` is taken as the name of the group, not as a host of it", name.text);
            let hosts: Vec<&str> = values.iter().map(|v| v.text.as_str()).collect();
            let diagnostic = self.page.at(Severity::Warning, "group-name", &name.span, message);
            let diagnostic = diagnostic.label("probably a name was forgotten");
            self.found.push(diagnostic.suggest(format!("ping_group routers {}", hosts.join(" "))));
        }
        let hosts: Vec<Option<String>> = hosts.iter().map(|host| self.host(host)).collect();
        // One bad host is told; the group is not to be told as a second fault.
        if let Some(hosts) = hosts.into_iter().collect() {
            self.add_ping(name, hosts, true);
        }
    }

    fn add_ping(&mut self, word: &Word, hosts: Vec<String>, group: bool) {
        let name = match NodeName::new(&word.text) {
            Ok(name) => name,
            Err(error) => {
                let message = format!("`{}` cannot be the name of a ping node", word.text);
                return self.complain("bad-node-name", word, message, error.to_string());
            }
        };
        let known = &self.file.pings;
        if known.iter().any(|p| p.value.name == name) {
            return self.warn(
                "ping-twice",
                &word.span,
                format!("ping node `{name}` was already given; this one is left out"),
            );
        }
        if known.iter().map(|p| p.value.hosts.len()).sum::<usize>() + hosts.len() > HOSTS_MAX {
            let message = format!("more than {HOSTS_MAX} hosts would be pinged with each beat");
            return self.complain("too-many-pings", word, message, "this is one too many");
        }
        self.file.pings.push(Spanned { value: PingNode { name, hosts, group }, span: word.span.clone() });
    }

    /// A name or an IPv4 address that can answer for somebody else than us.
    fn host(&mut self, word: &Word) -> Option<String> {
        let text = &word.text;
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<Ipv6Addr>().is_ok() {
            let message = format!("`{text}` is an IPv6 address, and hosts are pinged over IPv4 only");
            self.complain("bad-address", word, message, "write the IPv4 address of this host");
            return None;
        }
        let address = text.parse::<Ipv4Addr>();
        let Ok(address) = address else {
            let number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let error = if number {
                Some("four numbers from 0 to 255".to_owned())
            } else {
                NodeName::new(text).err().map(|e| e.to_string())
            };
            if let Some(error) = error {
                self.complain("bad-address", word, format!("`{text}` is neither an IPv4 address nor a name"), error);
                return None;
            }
            return Some(text.clone());
        };
        if address.is_unspecified() || address.is_multicast() || address.is_broadcast() {
            self.complain(
                "bad-address",
                word,
                format!("`{text}` is no address of one host"),
                "a router is a good choice",
            );
            return None;
        }
        let own = self.around.interfaces.iter().flat_map(|i| &i.networks).any(|(own, _)| *own == address);
        if own || address.is_loopback() {
            let message = format!("`{text}` is an address of this machine: it answers also when no cable is in");
            self.warn("ping-self", &word.span, message);
        }
        Some(text.clone())
    }

    /// Nodes of the cluster may be named behind the ping nodes, so this is looked at last.
    pub(super) fn pings_are_no_nodes(&mut self) {
        for Spanned { value, span } in &self.file.pings {
            if self.file.nodes.iter().any(|node| node.value == value.name) {
                let message = format!("`{}` is a node of the cluster and cannot be a ping node too", value.name);
                let diagnostic = self.page.at(Severity::Error, "ping-is-node", span, message);
                let label = if value.group { "give the group another name" } else { "name a host outside the cluster" };
                self.found.push(diagnostic.label(label).note("nodes are watched by their beats"));
            }
        }
    }

    /// Heartbeat's program for ping nodes: a part of the daemon here. True when the line was about it, and is done.
    pub(super) fn ipfail(&mut self, directive: &Directive, word: &Word, values: &[Word]) -> bool {
        let program = match directive.name {
            "respawn" => values.get(1).and_then(|path| path.text.rsplit('/').next()),
            "apiauth" => values.first().map(|name| name.text.as_str()),
            _ => None,
        };
        let is_ipfail = program == Some("ipfail");
        if is_ipfail {
            let message =
                "`ipfail` is not needed: the daemon watches ping nodes itself and does this part beside a Heartbeat";
            let diagnostic = self.page.at(Severity::Note, "no-effect", &word.span, message);
            self.found.push(diagnostic.label("read and ignored"));
        }
        is_ipfail
    }
}

//! The real daemon over every medium of ha.cf, and over media that fail, stick or come late; and ping nodes.
//! Not here: what the groups do meanwhile (cluster.rs).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "the pair is made for the scenarios of cluster.rs; not all of it is needed here")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair_over};
use serde_json::Value;
use std::time::Instant;

/// `path` of the entry of `list` whose `key` is `name`.
fn entry(status: &Value, list: &str, key: &str, name: &str) -> Value {
    let all = status[list].as_array().cloned().unwrap_or_default();
    all.into_iter().find(|e| e[key] == name).unwrap_or_default()
}

fn link_up(member: &Member, peer: &str, link: &str) -> bool {
    let node = entry(&member.status(), "nodes", "name", peer);
    entry(&node, "links", "link", link)["up"] == true
}

fn medium(member: &Member, link: &str) -> Value {
    entry(&member.status(), "media", "link", link)
}

/// Starts both and waits until each hears the other on `link`.
fn meet(pair: &mut Pair, link: &str) {
    for (member, address) in [(&pair.alpha, "fd00::1/64"), (&pair.beta, "fd00::2/64")] {
        member
            .node
            .run(&["ip", "addr", "add", address, "dev", "eth0", "nodad"])
            .unwrap()
            .ok("an IPv6 address")
            .unwrap();
    }
    pair.up();
    pair.wait(&format!("{link} up on both sides"), |pair| {
        Ok(link_up(&pair.alpha, "beta", link) && link_up(&pair.beta, "alpha", link))
    });
}

#[test]
fn multicast_alone_joins_the_pair() {
    meet(&mut pair_over("mcast eth0 239.0.0.42 694 1 0\n", "on", HARESOURCES), "eth0");
}

#[test]
fn multicast_of_ipv6_alone_joins_the_pair() {
    meet(&mut pair_over("mcast6 eth0 ff05::42 694 1 0\n", "on", HARESOURCES), "eth0");
}

#[test]
fn unicast_with_both_addresses_in_both_files_joins_the_pair() {
    meet(&mut pair_over("ucast eth0 192.168.1.1\nucast eth0 192.168.1.2\n", "on", HARESOURCES), "eth0");
}

#[test]
fn unicast_of_ipv6_alone_joins_the_pair() {
    meet(&mut pair_over("ucast6 eth0 fd00::1\nucast6 eth0 fd00::2\n", "on", HARESOURCES), "eth0");
}

#[test]
fn a_serial_line_alone_joins_the_pair() {
    meet(&mut pair_over("baud 115200\nserial /dev/ttyS0\n", "on", HARESOURCES), "/dev/ttyS0");
}

#[test]
fn several_at_once_are_each_watched() {
    let media = "bcast eth0\nmcast eth0 239.0.0.42 695 1 0\nserial /dev/ttyS0\n";
    let mut pair = pair_over(media, "on", HARESOURCES);
    meet(&mut pair, "eth0");
    pair.wait("the serial link too", |pair| Ok(link_up(&pair.alpha, "beta", "/dev/ttyS0")));
    pair.cable.cut();
    pair.wait("the serial link down alone", |pair| {
        Ok(!link_up(&pair.alpha, "beta", "/dev/ttyS0") && link_up(&pair.alpha, "beta", "eth0"))
    });
    assert_eq!(pair.alpha.sees("beta"), "active");
    pair.cable.restore();
    pair.wait("the serial link up again", |pair| Ok(link_up(&pair.alpha, "beta", "/dev/ttyS0")));
}

#[test]
fn media_that_cannot_open_are_reported_and_tried_again() {
    let mut pair = pair_over("bcast eth0\nbcast eth9\nserial /dev/ttyS9\n", "on", HARESOURCES);
    pair.up();
    for link in ["eth9", "/dev/ttyS9"] {
        let found = medium(&pair.alpha, link);
        assert_eq!(found["open"], false, "{found}");
        assert!(found["detail"].as_str().is_some_and(|why| why.contains("eth9") || why.contains("ttyS9")), "{found}");
    }
    let status = pair.alpha.systole(&["status"]);
    assert_eq!(status.code(), Some(1), "a medium that is not open is a degraded node\n{}", status.out);
    for line in [
        "ip link add eth9 type veth peer name eth8",
        "ip addr add 10.9.9.1/24 brd + dev eth9",
        "ip link set eth8 up",
        "ip link set eth9 up",
    ] {
        pair.alpha.node.sh(line).unwrap().ok(line).unwrap();
    }
    pair.wait("eth9 open", |pair| Ok(medium(&pair.alpha, "eth9")["open"] == true));
    pair.alpha.node.sh("ip link del eth9").unwrap().ok("del").unwrap();
    pair.wait("eth9 gone", |pair| Ok(medium(&pair.alpha, "eth9")["open"] == false));
    pair.alpha.node.sh("ln -s /dev/ttyS0 /dev/ttyS9").unwrap().ok("ln").unwrap();
    pair.wait("the tty open", |pair| Ok(medium(&pair.alpha, "/dev/ttyS9")["open"] == true));
}

#[test]
fn a_stuck_serial_line_delays_no_beat_elsewhere() {
    // Fast beats fill the 64 KiB that the kernel keeps for a pseudo terminal within seconds.
    let mut pair = pair_over(&format!("keepalive 20ms\n{}", pair::MEDIA), "on", HARESOURCES);
    meet(&mut pair, "/dev/ttyS0");
    pair.cable.stall(true);
    let mut oldest = 0;
    pair.wait("the stuck line to be noticed", |pair| {
        let link = entry(&entry(&pair.beta.status(), "nodes", "name", "alpha"), "links", "link", "eth0");
        oldest = oldest.max(link["last_beat_ms"].as_u64().unwrap_or(u64::MAX));
        Ok(medium(&pair.alpha, "/dev/ttyS0")["open"] == false)
    });
    // Beats every 20 ms; one that waited for the line would have waited for seconds.
    assert!(oldest < 1500, "a beat on eth0 was {oldest} ms old while the serial line was stuck\n{}", pair.logs());
    pair.cable.stall(false);
    pair.wait("the line to move again", |pair| Ok(medium(&pair.alpha, "/dev/ttyS0")["open"] == true));
    pair.wait("and to be heard", |pair| Ok(link_up(&pair.beta, "alpha", "/dev/ttyS0")));
}

/// Both nodes say of all ping nodes that they answer, or that they do not.
fn reached(pair: &Pair, alive: bool) -> bool {
    let all = [&pair.alpha, &pair.beta].map(|member| member.status()["pings"].as_array().cloned().unwrap_or_default());
    all.iter().all(|pings| pings.len() == 2 && pings.iter().all(|ping| ping["alive"] == alive))
}

#[test]
fn ping_nodes_are_watched_and_their_silence_moves_nothing() {
    // Of the group only one host is there.
    let pings = "deadping 2\nping 192.168.1.100\nping_group hosts 192.168.1.99 192.168.1.100\n";
    let mut pair = pair_over(&format!("{}{pings}", pair::MEDIA), "on", HARESOURCES);
    pair.up();
    pair.wait("the ping nodes to answer both", |pair| Ok(reached(pair, true)));
    pair.wait("a good verdict", |pair| Ok(pair.alpha.systole(&["status"]).code() == Some(0)));
    let from = Instant::now();
    pair.client.silence(true).unwrap();
    pair.wait("the ping nodes to be dead for both", |pair| Ok(reached(pair, false)));
    let status = pair.alpha.systole(&["status"]);
    assert_eq!(status.code(), Some(1), "{}", status.out);
    assert!(status.out.contains("ping node 192.168.1.100 does not answer"), "{}", status.out);
    for member in [&pair.alpha, &pair.beta] {
        assert!(member.said().contains("node 192.168.1.100: is dead (it answers no ping)"), "{}", pair.logs());
    }
    pair.client.silence(false).unwrap();
    pair.wait("the ping nodes to answer again", |pair| Ok(reached(pair, true)));
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
}

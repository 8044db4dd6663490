//! Ping nodes and who serves, with real daemons on two machines of the lab: a difference that lasts hands over, what both
//! lose moves nothing. In virtual time: crates/core/src/cluster/tests/reach.rs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair, write};
use std::time::{Duration, Instant};

const WITH_PING: &str = "keepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 4\nudpport 694\nbcast eth0\nserial /dev/ttyS0\n\
                         auto_failback on\nping 192.168.1.100\ndeadping 2\nnode alpha beta\n";
const DEAF: &str = "nft 'add table ip noping; add chain ip noping in { type filter hook input priority 0; }; \
                    add rule ip noping in icmp type echo-reply drop'";

fn watched() -> Pair {
    let pair = pair("on", HARESOURCES);
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, "ha.cf", WITH_PING, 0o644);
    }
    pair
}

fn reaches(member: &Member) -> bool {
    member.status()["pings"][0]["alive"] == true
}

fn lose(member: &Member, lost: bool) {
    let command = if lost { DEAF } else { "nft delete table ip noping" };
    let done = member.node.sh(command).unwrap();
    assert_eq!(done.code(), Some(0), "{}", done.err);
}

fn why(member: &Member) -> String {
    member.status()["groups"][0]["why"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn who_reaches_more_ping_nodes_for_long_enough_serves() {
    let mut pair = watched();
    pair.up();
    pair.wait("both to reach it", |pair| Ok(reaches(&pair.alpha) && reaches(&pair.beta)));
    let from = Instant::now();
    lose(&pair.alpha, true);
    pair.wait("beta to hold it", |pair| Ok(pair.holders.now()? == ["beta"]));
    assert!(from.elapsed() >= Duration::from_secs(2), "deadping was not over");
    pair.settled("beta");
    assert!(why(&pair.beta).contains("which reaches fewer ping nodes"), "{}", why(&pair.beta));
    assert!(pair.alpha.said().contains("ping node(s) answer this node"), "{}", pair.alpha.said());
    let away = Instant::now();
    while away.elapsed() < Duration::from_secs(15) {
        pair.settled("beta");
    }
    // Reached again, its home gets it back, and it stays there.
    lose(&pair.alpha, false);
    pair.wait("alpha to hold it", |pair| Ok(pair.holders.now()? == ["alpha"]));
    pair.settled("alpha");
    pair.never_two(from);
}

#[test]
fn what_both_lose_moves_nothing() {
    let mut pair = watched();
    pair.up();
    pair.wait("both to reach it", |pair| Ok(reaches(&pair.alpha) && reaches(&pair.beta)));
    let from = Instant::now();
    lose(&pair.alpha, true);
    lose(&pair.beta, true);
    pair.wait("nobody to reach it", |pair| Ok(!reaches(&pair.alpha) && !reaches(&pair.beta)));
    let lost = Instant::now();
    while lost.elapsed() < Duration::from_secs(10) {
        pair.settled("alpha");
    }
    lose(&pair.beta, false);
    lose(&pair.alpha, false);
    pair.wait("both to reach it", |pair| Ok(reaches(&pair.alpha) && reaches(&pair.beta)));
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
}

//! Numbers on a bad network: what is lost on the way is asked for and sent again, and everything is acknowledged.
//! Not here: what the messages mean.

use crate::files::Files;
use crate::joining::join;
use crate::member::{Kind, Member};
use crate::pair::{Kinds, Pair, pair};
use std::time::Instant;

/// One frame of ten is lost on its way into either machine; there is no other medium.
pub fn losses(kinds: Kinds) {
    let files = Files {
        media: "bcast eth0\n",
        more: "keepalive 200ms\nwarntime 2\ndeadtime 4\ninitdead 10\n",
        ..Files::default()
    };
    let mut pair = pair(kinds, &files);
    pair.up();
    pair.calm();
    let from = Instant::now();
    for member in [&pair.alpha, &pair.beta] {
        lossy(member, "10");
    }
    let filled = |member: &Member| {
        let log = everything(member);
        count(&log, "lost packet(s) for [") > 4 && count(&log, "No pkts missing from") > 4
    };
    // Two of ours ask for nothing: their beats carry all they have to say.
    if kinds != (Kind::Ours, Kind::Ours) {
        pair.wait("holes filled on both sides", |pair| filled(&pair.alpha) && filled(&pair.beta));
    }
    // More than the original's queue takes if the acknowledgements stop.
    let start = pair.capture.frames().len();
    pair.wait("800 frames", |pair| pair.capture.frames().len() > start + 800);
    for member in [&pair.alpha, &pair.beta] {
        whole(member);
        nothing_lost_for_good(&pair, member);
    }
    assert_eq!((pair.alpha.sees("beta"), pair.beta.sees("alpha")), ("active".into(), "active".into()));
    pair.settled("alpha");
    pair.never_two(from);
    pair.done(&["lost packet(s) for"]);
}

/// A serial line has room for six beats a second; nothing may be lost on it for want of room.
pub fn serial_alone(kinds: Kinds) {
    join(kinds, &Files { media: "serial /dev/ttyS0\n", ..Files::default() }, &["/dev/ttyS0"]);
}

/// The idle one is killed and started again before anybody could think it dead: its new life is known as such, and what
/// it asks for at its start is answered.
pub fn restarted_at_once(kinds: Kinds) {
    let mut pair = pair(kinds, &Files::default());
    pair.up();
    pair.calm();
    let from = Instant::now();
    pair.beta.kill();
    pair.beta.start();
    pair.wait("the new life to be known", |pair| {
        let log = everything(&pair.alpha);
        count(&log, "Node beta was started anew") + count(&log, "Heartbeat restart on node beta") == 1
    });
    pair.friends();
    pair.calm();
    pair.settled("alpha");
    pair.never_two(from);
    assert_eq!(count(&everything(&pair.alpha), "is dead"), 0, "{}", pair.story());
    pair.done(&["Heartbeat restart on node beta", "Late heartbeat"]);
}

fn lossy(member: &Member, percent: &str) {
    let rules = [
        "add table inet bad",
        "add chain inet bad in { type filter hook input priority 0; }",
        &format!("add rule inet bad in udp dport 694 numgen random mod 100 < {percent} drop"),
    ];
    for rule in rules {
        let words: Vec<&str> = ["nft"].into_iter().chain(rule.split(' ')).collect();
        member.node.run(&words).unwrap().ok(rule).unwrap();
    }
}

/// The network is good again.
fn whole(member: &Member) {
    member.node.run(&["nft", "delete", "table", "inet", "bad"]).unwrap().ok("good network").unwrap();
}

fn nothing_lost_for_good(pair: &Pair, member: &Member) {
    let log = everything(member);
    for word in ["Irretrievably lost", "Message hist queue", "lost a lot of packets", "is dead", "is gone"] {
        assert_eq!(count(&log, word), 0, "{word} on {}\n{}", member.name(), pair.story());
    }
}

/// The whole log, of whichever daemon.
fn everything(member: &Member) -> String {
    match member.kind {
        Kind::Original => member.original().log(),
        Kind::Ours => std::fs::read_to_string(member.node.disk("/var/log/ha-log")).unwrap_or_default(),
    }
}

fn count(log: &str, word: &str) -> usize {
    log.lines().filter(|line| line.contains(word)).count()
}

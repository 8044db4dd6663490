//! They meet: both active, all links up, the tools answer, nothing is complained of; and who serves then.

use crate::files::Files;
use crate::member::{Kind, Member};
use crate::pair::{Kinds, Pair, pair};
use std::time::{Duration, Instant};

/// Both see each other on every medium, and alpha serves undisturbed.
pub fn meet(kinds: Kinds) {
    join(kinds, &Files::default(), &["eth0", "/dev/ttyS0"]);
}

/// The same over any media, with one planned move at the end.
pub fn join(kinds: Kinds, files: &Files, links: &[&str]) {
    let mut pair = pair(kinds, files);
    let began = Instant::now();
    pair.up();
    for (member, other) in [(&pair.alpha, "beta"), (&pair.beta, "alpha")] {
        for link in links {
            pair.wait(&format!("{link} up on {}", member.name()), |_| member.link_up(other, link));
        }
    }
    let from = Instant::now();
    for (member, other) in [(&pair.alpha, "beta"), (&pair.beta, "alpha")] {
        answers(member, other, links);
        // Its own half, also where that is empty.
        pair.wait(&format!("{} to hold its half", member.name()), |_| {
            member.holds().is_none_or(|held| held == "local")
        });
    }
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    assert_eq!(pair.beta.apache(), [0; 0], "{}", pair.story());
    pair.alpha.standby("all");
    pair.settled("beta");
    pair.never_two(began);
    pair.done(&[]);
}

/// `systole diff` beside a Heartbeat, which knows no such question: it is passed over, and nobody complains or moves.
pub fn compared(kinds: Kinds) {
    let mut pair = pair(kinds, &Files::default());
    pair.up();
    pair.settled("alpha");
    let from = Instant::now();
    for member in [&pair.alpha, &pair.beta].into_iter().filter(|member| member.kind == Kind::Ours) {
        let done = member.node.run(&["systole", "diff"]).unwrap();
        let unknown = kinds.0 != kinds.1;
        assert_eq!(done.code(), Some(if unknown { 2 } else { 0 }), "{} {}", done.out, done.err);
        assert_eq!(done.out.contains("does not answer on any network"), unknown, "{}", done.out);
    }
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    pair.done(&[]);
}

/// All questions of `cl_status`, where the original is asked.
fn answers(member: &Member, other: &str, links: &[&str]) {
    if member.kind == Kind::Ours {
        return;
    }
    let ask = |words: &[&str]| member.original().cl_status(words).unwrap();
    assert_eq!(ask(&["hbstatus"]).code(), Some(0));
    assert_eq!(ask(&["nodetype", other]).out.trim(), "normal");
    let (listed, nodes) = (ask(&["listhblinks", other]).out, ask(&["listnodes"]).out);
    let listed: Vec<&str> = listed.split_whitespace().collect();
    assert!(links.iter().all(|link| listed.contains(link)), "{listed:?}");
    assert!(nodes.contains("alpha") && nodes.contains("beta"), "{nodes}");
}

/// It goes on so: after hundreds of beats, when a peer that does not acknowledge would have frozen the original's
/// tools, they still answer.
pub fn stay(kinds: Kinds) {
    let fast = Files { more: "keepalive 100ms\nwarntime 2\ndeadtime 4\ninitdead 10\n", ..Files::default() };
    let mut pair = pair(kinds, &fast);
    pair.up();
    let from = Instant::now();
    let frames = |pair: &Pair| pair.capture.frames().len();
    let start = frames(&pair);
    // Frames of both: more than 500 of each, which is all the original keeps.
    pair.wait("1,200 frames", |pair| frames(pair) > start + 1200);
    for (member, other) in [(&pair.alpha, "beta"), (&pair.beta, "alpha")] {
        assert_eq!(member.sees(other), "active", "{}", pair.story());
    }
    pair.undisturbed("alpha", from);
    assert!(from.elapsed() > Duration::from_secs(10), "too fast to be true");
    pair.done(&[]);
}

/// One starts alone and serves after initdead, whichever it is; the other comes later and changes nothing.
pub fn alone(kinds: Kinds) {
    for (first, second) in [("alpha", "beta"), ("beta", "alpha")] {
        let mut pair = pair(kinds, &Files { auto_failback: "off", ..Files::default() });
        let from = Instant::now();
        pair.member_mut(first).start();
        pair.page(first, from);
        let served = pair.prober.look(|seen| seen.first(from, first)).unwrap();
        assert!(served - from > Duration::from_secs(10), "before initdead\n{}", pair.story());
        pair.settled(first);
        pair.calm();
        let joined = Instant::now();
        pair.member_mut(second).start();
        pair.friends();
        pair.calm();
        pair.settled(first);
        pair.undisturbed(first, joined);
        assert_eq!(pair.member(second).apache(), [0; 0], "{}", pair.story());
        pair.done(crate::failures::CUT);
    }
}

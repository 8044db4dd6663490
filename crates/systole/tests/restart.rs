//! Both processes of a node are killed at once and start again within the lifetime of its addresses: nothing moves. On two
//! machines of the lab; in virtual time: scenarios/killed-and-back-*.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair, write};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

/// A lifetime of 9 s.
const SLOW: &str = "keepalive 500ms\nwarntime 3\ndeadtime 10\ninitdead 20\nudpport 694\nbcast eth0\nserial /dev/ttyS0\n\
                    auto_failback on\nnode alpha beta\n";

fn slow_pair() -> Pair {
    let pair = pair("on", HARESOURCES);
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, "ha.cf", SLOW, 0o644);
    }
    pair
}

fn kill(pid: u32) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
}

/// Heart and hands, as the out-of-memory killer would: nobody is left to release.
fn kill_both(member: &mut Member) {
    let hands = member.hands();
    for pid in hands.into_iter().chain([member.daemon().pid()]) {
        kill(pid);
    }
}

fn why(member: &Member) -> String {
    member.status()["groups"][0]["why"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn killed_and_back_within_the_lifetime_nothing_moves() {
    let mut pair = slow_pair();
    pair.up();
    let (from, apache) = (Instant::now(), pair.alpha.apache());
    for _ in 0..3 {
        kill_both(&mut pair.alpha);
        // As the service manager does it.
        std::thread::sleep(Duration::from_secs(1));
        pair.alpha.start();
        pair.wait("alpha to have kept it", |pair| Ok(why(&pair.alpha).contains("kept as it ran on")));
        assert!(pair.alpha.said().contains("runs on here as it was; nothing was moved."), "{}", pair.alpha.said());
        pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
        pair.settled("alpha");
    }
    // Longer than a lifetime: it is renewed again.
    let kept = Instant::now();
    while kept.elapsed() < Duration::from_secs(12) {
        pair.settled("alpha");
    }
    pair.undisturbed("alpha", from);
    assert_eq!(pair.alpha.apache().first(), apache.first(), "the same Apache\n{}", pair.logs());
    let gap = pair.prober.look(|seen| seen.longest_gap(from, Instant::now()));
    assert!(gap.length < Duration::from_secs(1), "{gap:?}");
    assert_eq!(pair.beta.apache(), Vec::<u32>::new());
}

#[test]
fn alone_killed_and_back_it_goes_on_serving() {
    let mut pair = slow_pair();
    pair.up();
    pair.beta.power_cut();
    pair.wait("beta to be dead", |pair| Ok(pair.alpha.sees("beta") == "dead"));
    let (from, apache) = (Instant::now(), pair.alpha.apache());
    kill_both(&mut pair.alpha);
    std::thread::sleep(Duration::from_secs(1));
    pair.alpha.start();
    pair.wait("alpha to have kept it", |pair| Ok(why(&pair.alpha).contains("no other machine answers for it")));
    pair.settled("alpha");
    assert_eq!(pair.alpha.apache().first(), apache.first(), "the same Apache\n{}", pair.logs());
    let gap = pair.prober.look(|seen| seen.longest_gap(from, Instant::now()));
    assert!(gap.length < Duration::from_secs(1), "{gap:?}");
}

#[test]
fn what_another_machine_has_taken_meanwhile_is_given_up() {
    let mut pair = slow_pair();
    pair.up();
    let from = Instant::now();
    kill_both(&mut pair.alpha);
    pair.page("beta", from);
    // Somebody puts the address back with a lifetime, as if it had never gone.
    pair.alpha.node.silence(true).unwrap();
    pair.alpha
        .node
        .sh("ip addr add 192.168.1.236/24 dev eth0 label eth0:0 valid_lft 60 preferred_lft 60")
        .unwrap()
        .ok("add")
        .unwrap();
    pair.alpha.node.silence(false).unwrap();
    pair.alpha.start();
    pair.wait("alpha without Apache", |pair| Ok(pair.alpha.apache().is_empty() && pair.holders.now()? == ["beta"]));
    assert!(pair.alpha.said().contains("Releasing resource group"), "{}", pair.alpha.said());
    assert!(!pair.alpha.said().contains("nothing was moved"), "{}", pair.alpha.said());
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
}

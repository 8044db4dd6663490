//! The real daemon on two machines of the lab: starts, stops, stalls, splits, failures.
//! What a step of `systole demo` shows already is not repeated here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for media.rs and hostile.rs")]
mod pair;

use pair::{DEADTIME, HARESOURCES, INITDEAD, pair, write};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

/// No process at all.
const NONE: [u32; 0] = [];

fn kill(pid: u32) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn started_together_the_home_node_serves_and_the_other_does_not() {
    let mut pair = pair("on", HARESOURCES);
    let from = Instant::now();
    pair.up();
    pair.undisturbed("alpha", from);
    assert_eq!(pair.beta.apache(), NONE);
    assert_eq!(pair.alpha.systole(&["status"]).code(), Some(0), "{}", pair.alpha.systole(&["status"]).out);
}

#[test]
fn alone_it_serves_after_initdead_and_not_before() {
    let mut pair = pair("on", HARESOURCES);
    let from = Instant::now();
    pair.beta.start();
    pair.page("beta", from);
    let first = pair.prober.look(|seen| seen.first(from, "beta")).unwrap();
    assert!(first - from >= INITDEAD, "served after {:?}\n{}", first - from, pair.logs());
    pair.settled("beta");
}

#[test]
fn a_stalled_standby_does_not_declare_its_healthy_peer_dead() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    pair.beta.daemon().signal(Signal::STOP).unwrap();
    pair.wait("alpha to declare beta dead", |pair| Ok(pair.alpha.sees("beta") == "dead"));
    pair.beta.daemon().signal(Signal::CONT).unwrap();
    pair.wait("alpha to see beta again", |pair| Ok(pair.alpha.sees("beta") == "active"));
    assert_eq!(pair.beta.sees("alpha"), "active", "{}", pair.logs());
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    assert_eq!(pair.beta.apache(), NONE, "{}", pair.logs());
}

#[test]
fn a_stalled_owner_that_wakes_up_ends_with_one_holder_and_one_service() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    pair.alpha.daemon().signal(Signal::STOP).unwrap();
    // Nobody of ours runs there that could take the address away: the kernel does.
    pair.page("beta", from);
    assert_eq!(pair.holders.now().unwrap(), ["beta"], "{}", pair.logs());
    pair.alpha.daemon().signal(Signal::CONT).unwrap();
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
    pair.wait("one holder", |pair| Ok(pair.holders.now()?.len() == 1));
    let winner = pair.holders.now().unwrap().remove(0);
    pair.settled(&winner);
    let lost = if winner == "alpha" { pair.beta.apache() } else { pair.alpha.apache() };
    assert_eq!(lost, NONE, "{}", pair.logs());
    pair.never_two(from);
}

#[test]
fn a_clean_stop_hands_over_without_waiting_for_deadtime() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    pair.alpha.daemon().signal(Signal::TERM).unwrap();
    pair.page("beta", from);
    let status = pair.alpha.daemon().wait(Duration::from_secs(60)).unwrap();
    assert!(status.is_some_and(|status| status.success()), "{status:?}\n{}", pair.logs());
    let outage = pair.prober.look(|seen| seen.moved(from, "beta")).unwrap();
    assert!(outage < DEADTIME, "{outage:?}\n{}", pair.logs());
    pair.settled("beta");
    pair.never_two(from);
    assert_eq!(pair.alpha.apache(), NONE);

    // And with auto_failback on the group goes home, once, when its home is back.
    let back = Instant::now();
    pair.alpha.start();
    pair.page("alpha", back);
    pair.settled("alpha");
    pair.never_two(from);
    assert_eq!(pair.beta.apache(), NONE, "{}", pair.logs());
}

#[test]
fn standby_and_takeover_wait_for_the_result() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    for (words, owner) in [("standby", "beta"), ("takeover", "alpha")] {
        let done = pair.alpha.systole(&[words]);
        assert_eq!(done.code(), Some(0), "{}{}\n{}", done.out, done.err, pair.logs());
        assert_eq!(pair.holders.now().unwrap(), [owner], "when {words} has returned it is done");
        pair.settled(owner);
    }
    pair.never_two(from);
}

#[test]
fn killed_hands_are_replaced_and_the_page_is_not_interrupted() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let (from, apache, hands) = (Instant::now(), pair.alpha.apache(), pair.alpha.hands());
    assert_eq!(hands.len(), 1, "{:?}", pair.alpha.node.processes());
    hands.iter().copied().for_each(kill);
    pair.wait("new hands that answer", |pair| {
        let now = pair.alpha.hands();
        Ok(now.len() == 1 && now != hands && pair.alpha.sees("beta") == "active")
    });
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    assert_eq!(pair.alpha.apache().first(), apache.first(), "the same Apache\n{}", pair.logs());
    let gap = pair.prober.look(|seen| seen.longest_gap(from, Instant::now()));
    assert!(gap.length < Duration::from_secs(1), "{gap:?}");
}

#[test]
fn hands_that_hang_are_replaced_and_the_service_comes_back_where_it_was() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let (from, apache, hands) = (Instant::now(), pair.alpha.apache(), pair.alpha.hands());
    kill_process(Pid::from_raw(i32::try_from(hands[0]).unwrap()).unwrap(), Signal::STOP).unwrap();
    pair.wait("new hands that answer", |pair| {
        let now = pair.alpha.hands();
        Ok(now.len() == 1 && now != hands && pair.alpha.sees("beta") == "active")
    });
    pair.wait("the address again", |pair| Ok(pair.holders.now()? == ["alpha"]));
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    assert_eq!(pair.alpha.apache().first(), apache.first(), "Apache was not touched\n{}", pair.logs());
    let said = pair.alpha.said();
    assert!(said.contains("The process that runs the resources did not answer for 2 s and was killed."), "{said}");
}

#[test]
fn after_a_split_one_side_stops_and_the_winner_is_not_touched() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    pair.cable.cut();
    pair.alpha.node.silence(true).unwrap();
    pair.wait("both without each other", |pair| {
        Ok(pair.alpha.sees("beta") == "dead" && pair.beta.sees("alpha") == "dead")
    });
    pair.wait("beta in service", |pair| Ok(!pair.beta.apache().is_empty()));
    pair.answering("beta");
    let before = [pair.alpha.apache(), pair.beta.apache()];
    let healed = Instant::now();
    pair.cable.restore();
    pair.alpha.node.silence(false).unwrap();
    pair.wait("both active again", |pair| {
        Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active")
    });
    pair.wait("one holder", |pair| Ok(pair.holders.now()?.len() == 1));
    let winner = pair.holders.now().unwrap().remove(0);
    pair.page(&winner, healed);
    pair.settled(&winner);
    let (won, lost, old) = if winner == "alpha" {
        (pair.alpha.apache(), pair.beta.apache(), &before[0])
    } else {
        (pair.beta.apache(), pair.alpha.apache(), &before[1])
    };
    assert_eq!(won.first(), old.first(), "the winner's Apache is the one from before\n{}", pair.logs());
    assert_eq!(lost, NONE, "{}", pair.logs());
}

#[test]
fn a_group_that_cannot_start_at_home_goes_to_the_peer_and_stays_there() {
    let mut pair = pair("on", "alpha IPaddr2::192.168.1.236/24/eth0:0 fragile apache2\n");
    let script = |start: &str| {
        format!(
            "#!/bin/sh\ncase $1 in\nstart) echo x >>/var/log/fragile; {start};;\n\
             stop) rm -f /run/fragile;;\nstatus) [ -e /run/fragile ] && echo running || {{ echo stopped; exit 3; }};;\nesac\n"
        )
    };
    write(&pair.alpha.node, "resource.d/fragile", &script("exit 1"), 0o755);
    write(&pair.beta.node, "resource.d/fragile", &script("touch /run/fragile"), 0o755);
    let attempts = |pair: &pair::Pair| {
        std::fs::read_to_string(pair.alpha.node.disk("/var/log/fragile")).map_or(0, |text| text.lines().count())
    };
    let from = Instant::now();
    pair.alpha.start();
    pair.beta.start();
    pair.page("beta", from);
    pair.settled("beta");
    let tried = attempts(&pair);
    assert!(tried > 0, "alpha is its home and had to try first\n{}", pair.logs());
    for _ in 0..5 {
        pair.settled("beta");
    }
    assert_eq!(attempts(&pair), tried, "it wanders\n{}", pair.logs());
    assert_eq!(pair.alpha.apache(), NONE);
    pair.never_two(from);
}

#[test]
fn hands_says_goodbye_for_a_heart_that_was_killed() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    kill(pair.alpha.daemon().pid());
    pair.page("beta", from);
    pair.settled("beta");
    pair.never_two(from);
    // By its goodbye and not by its silence.
    assert_eq!(pair.alpha.apache(), NONE);
    let (alpha, beta) = (pair.alpha.said(), pair.beta.said());
    assert!(alpha.contains("The other nodes are told that everything here is released."), "{alpha}\n{beta}");
    assert!(!beta.contains("node alpha: is dead"), "{beta}");
    let outage = pair.prober.look(|seen| seen.moved(from, "beta")).unwrap();
    assert!(outage < DEADTIME, "{outage:?}\n{}", pair.logs());
}

#[test]
fn what_a_killed_daemon_left_running_is_cleaned_at_its_next_start() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    // Both processes at once, as the out-of-memory killer or a careless `kill` would: nobody is left to release.
    let hands = pair.alpha.hands();
    let from = Instant::now();
    for pid in hands.iter().copied().chain([pair.alpha.daemon().pid()]) {
        kill(pid);
    }
    pair.page("beta", from);
    assert_eq!(pair.holders.now().unwrap(), ["beta"], "the address has expired on alpha\n{}", pair.logs());
    pair.never_two(from);
    assert_ne!(pair.alpha.apache(), NONE, "nothing was left to clean");
    pair.alpha.start();
    pair.wait("alpha without Apache", |pair| Ok(pair.alpha.apache().is_empty()));
    pair.settled("beta");
    let from = Instant::now();
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
    pair.undisturbed("beta", from);
}

#[test]
fn a_group_of_every_kind_of_word_moves_as_a_whole_and_in_order() {
    let line = "alpha 192.168.1.236/24/eth0 IPv6addr::fd00::99/64/eth0 marker::one::two apache2\n";
    let mut pair = pair("off", line);
    for member in [&pair.alpha, &pair.beta] {
        let script = "#!/bin/sh\n\
            case $3 in\n\
            start) echo \"start $1 $2 $(ip addr show eth0 | grep -c -e 1.236/ -e fd00::99/)\" >>/var/marker; touch /run/marker ;;\n\
            stop) echo \"stop $1 $2 $(ip addr show eth0 | grep -c -e 1.236/ -e fd00::99/)\" >>/var/marker; rm -f /run/marker ;;\n\
            status) [ -e /run/marker ] && echo running || echo stopped ;;\n\
            esac\n";
        write(&member.node, "resource.d/marker", script, 0o755);
    }
    pair.up();
    let said = |member: &pair::Member| member.node.run(&["cat", "/var/marker"]).unwrap().out;
    // Addresses come before it and go after it; both stand while it starts and stops.
    assert_eq!(said(&pair.alpha), "start one two 2\n", "{}", pair.logs());
    let moved = pair.alpha.systole(&["standby"]);
    assert_eq!(moved.code(), Some(0), "{}{}", moved.out, pair.logs());
    pair.settled("beta");
    assert_eq!(said(&pair.alpha), "start one two 2\nstop one two 2\n", "{}", pair.logs());
    assert_eq!(said(&pair.beta), "start one two 2\n", "{}", pair.logs());
    let addresses = |member: &pair::Member| member.node.run(&["ip", "addr", "show", "eth0"]).unwrap().out;
    assert!(addresses(&pair.beta).contains("fd00::99/64"), "{}", addresses(&pair.beta));
    assert!(!addresses(&pair.alpha).contains("fd00::99/64"), "{}", addresses(&pair.alpha));
}

#[test]
fn an_address_that_somebody_removes_is_put_back() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    pair.alpha.node.sh("ip addr del 192.168.1.236/24 dev eth0").unwrap().ok("del").unwrap();
    pair.settled("alpha");
    let addresses = pair.alpha.node.run(&["ip", "addr", "show", "eth0"]).unwrap().out;
    assert!(addresses.contains("eth0:0"), "with its label\n{addresses}");
}

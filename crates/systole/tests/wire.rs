//! Beats that are filtered while everything else passes, on two machines of the lab: the wire is asked, and nobody takes
//! what still answers. Not here: the same in virtual time (scenarios/filtered-*).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{DEADTIME, HARESOURCES, Member, Pair, pair, write};
use std::time::{Duration, Instant};

/// Everything of the port of the beats is eaten, as by a wrong rule; pages and neighbours pass.
const FILTER: &str = "nft 'add table ip wrong; add chain ip wrong in { type filter hook input priority 0; }; \
                      add rule ip wrong in udp dport 694 drop'";

fn filter(pair: &Pair) {
    pair.cable.cut();
    for member in [&pair.alpha, &pair.beta] {
        let done = member.node.sh(FILTER).unwrap();
        assert_eq!(done.code(), Some(0), "{}", done.err);
    }
}

fn mend(pair: &Pair) {
    pair.cable.restore();
    for member in [&pair.alpha, &pair.beta] {
        assert_eq!(member.node.sh("nft delete table ip wrong").unwrap().code(), Some(0));
    }
}

fn why(member: &Member) -> String {
    member.status()["groups"][0]["why"].as_str().unwrap_or_default().to_owned()
}

/// All beats are filtered for so long: no second master, and `status` says why.
fn filtered_for(span: Duration) {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    filter(&pair);
    pair.wait("both to miss each other", |pair| {
        Ok(pair.alpha.sees("beta") == "dead" && pair.beta.sees("alpha") == "dead")
    });
    pair.wait("beta to say why it waits", |pair| Ok(why(&pair.beta).contains("peer daemon silent, service alive")));
    assert!(why(&pair.beta).contains("192.168.1.236"), "{}", why(&pair.beta));
    let troubles = pair.beta.status()["troubles"].to_string();
    assert!(troubles.contains("another machine answers for 192.168.1.236"), "{troubles}");
    assert!(!troubles.contains("nowhere"), "{troubles}");
    while from.elapsed() < span {
        pair.settled("alpha");
        assert_eq!(pair.beta.apache(), Vec::<u32>::new(), "{}", pair.logs());
    }
    let refused = pair.beta.systole(&["takeover"]);
    assert_eq!(refused.code(), Some(1), "{}", refused.out);
    assert!(format!("{}{}", refused.out, refused.err).contains("service alive"), "{}{}", refused.out, refused.err);
    mend(&pair);
    pair.wait("both to see each other", |pair| {
        Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active")
    });
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
}

#[test]
fn filtered_beats_make_no_second_master() {
    filtered_for(10 * DEADTIME);
}

#[test]
#[ignore = "five minutes of nothing; run by hand"]
fn filtered_beats_make_no_second_master_for_five_minutes() {
    filtered_for(Duration::from_secs(300));
}

#[test]
fn what_falls_silent_while_beats_are_filtered_is_taken_at_once() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    filter(&pair);
    pair.wait("beta to say why it waits", |pair| Ok(why(&pair.beta).contains("service alive")));
    let from = pair.alpha.power_cut();
    pair.page("beta", from);
    pair.settled("beta");
    pair.never_two(from);
}

#[test]
fn killed_daemons_lose_their_address_behind_a_filter_too() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    filter(&pair);
    pair.wait("beta to say why it waits", |pair| Ok(why(&pair.beta).contains("service alive")));
    let hands = pair.alpha.hands();
    pair.alpha.daemon().signal(rustix::process::Signal::KILL).unwrap();
    for pid in hands {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        // It may be on its way out after its heart.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    pair.page("beta", from);
    pair.settled("beta");
    pair.never_two(from);
}

#[test]
fn probe_off_takes_what_still_answers() {
    let mut pair = pair("off", HARESOURCES);
    for member in [&pair.alpha, &pair.beta] {
        let text = std::fs::read_to_string(member.node.disk("/etc/ha.d/ha.cf")).unwrap();
        write(&member.node, "ha.cf", &format!("{text}#@ probe off\n"), 0o644);
    }
    pair.up();
    filter(&pair);
    pair.wait("two holders, as the files ask for", |pair| Ok(pair.holders.now()?.len() == 2));
}

//! `warm=yes` on two machines of the lab with real Apache: it runs on both, only the address moves, and who lacks it does
//! not take. Not here: counting in virtual time (core, scenarios/warm-*).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

fn signal(pids: &[u32], signal: Signal) {
    for pid in pids {
        // A child may have gone with its parent.
        let _ = kill_process(Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap(), signal);
    }
}

fn group(member: &Member) -> serde_json::Value {
    member.status()["groups"][0].clone()
}

fn ready(member: &Member) -> bool {
    group(member)["warm"]["here"] == "warm" && group(member)["fitness"] == "fit"
}

fn warm_pair(more: &str) -> Pair {
    let mut pair = pair("on", &format!("{HARESOURCES}#@ warm=yes\n{more}"));
    pair.up();
    pair.wait("both to be ready", |pair| Ok(ready(&pair.alpha) && ready(&pair.beta)));
    pair
}

fn spoil(member: &Member, spoilt: bool) {
    let file = member.node.disk("/etc/apache2/ports.conf");
    let text = std::fs::read_to_string(&file).unwrap();
    let good = text.replace("\nNonsense on\n", "");
    std::fs::write(&file, if spoilt { format!("{good}\nNonsense on\n") } else { good }).unwrap();
}

#[test]
fn only_the_address_moves() {
    let mut pair = warm_pair("");
    let (alpha, beta) = (pair.alpha.apache(), pair.beta.apache());
    assert!(!alpha.is_empty() && !beta.is_empty(), "{}", pair.logs());
    let text = pair.alpha.systole(&["status"]);
    assert_eq!(text.code(), Some(0), "{}", text.out);
    assert!(text.out.contains("warm on every node: alpha: serves, beta: ready"), "{}", text.out);
    for (to, from) in [("beta", "alpha"), ("alpha", "beta")] {
        let asked = Instant::now();
        let member = if from == "alpha" { &pair.alpha } else { &pair.beta };
        let moved = member.systole(&["standby"]);
        assert_eq!(moved.code(), Some(0), "{}{}", moved.out, moved.err);
        pair.settled(to);
        let gap = pair.prober.look(|seen| seen.longest_gap(asked, Instant::now()));
        println!("planned move to {to}: longest gap {:?}", gap.length);
        pair.never_two(asked);
    }
    assert_eq!((pair.alpha.apache(), pair.beta.apache()), (alpha, beta.clone()), "no Apache was touched");
    // The end of a node, and its sudden end.
    let asked = Instant::now();
    pair.alpha.stop();
    pair.settled("beta");
    pair.never_two(asked);
    assert!(pair.alpha.apache().is_empty(), "it leaves no service behind\n{}", pair.logs());
    pair.alpha.start();
    pair.settled("alpha");
    pair.wait("beta to be ready", |pair| Ok(ready(&pair.beta)));
    let cut = pair.alpha.power_cut();
    pair.page("beta", cut);
    pair.settled("beta");
    assert_eq!(pair.beta.apache(), beta, "{}", pair.logs());
    pair.beta.stop();
    assert!(pair.beta.apache().is_empty(), "{}", pair.logs());
}

#[test]
fn a_dead_service_on_the_standby_is_started_again_and_one_that_cannot_be_makes_it_unfit() {
    let mut pair = warm_pair("#@ retries=2/10m\n");
    let from = Instant::now();
    for count in 1..=2 {
        let before = pair.beta.apache();
        signal(&before, Signal::KILL);
        let wanted = format!("restart {count} of 2");
        pair.wait(&wanted, |pair| Ok(pair.beta.said().contains(&wanted)));
        pair.wait("beta to be ready again", |pair| {
            Ok(ready(&pair.beta) && pair.beta.apache().iter().all(|pid| !before.contains(pid)))
        });
    }
    signal(&pair.beta.apache(), Signal::KILL);
    pair.wait("beta to be unfit", |pair| Ok(group(&pair.beta)["fitness"] == "failed"));
    pair.wait("alpha to know it", |pair| Ok(group(&pair.alpha)["warm"]["others"][0][1] == false));
    let refused = pair.alpha.systole(&["standby"]);
    assert_eq!(refused.code(), Some(1), "{}{}", refused.out, refused.err);
    let text = pair.beta.systole(&["status"]).out;
    assert!(text.contains("beta: not running") && text.contains("3 failures here"), "{text}");
    pair.undisturbed("alpha", from);
    // Not even for want of its owner, before it runs again.
    spoil(&pair.beta, true);
    let cleaned = pair.beta.systole(&["cleanup"]);
    assert_eq!(cleaned.code(), Some(0), "{}{}", cleaned.out, cleaned.err);
    pair.wait("another failure", |pair| Ok(pair.beta.said().contains("could not be made ready here")));
    pair.alpha.power_cut();
    pair.wait("beta to know it", |pair| Ok(pair.beta.sees("alpha") == "dead"));
    assert!(pair.holders.now().unwrap().is_empty(), "{}", pair.logs());
    spoil(&pair.beta, false);
    pair.settled("beta");
    pair.never_two(from);
}

#[test]
fn a_hung_service_on_the_standby_is_seen_there() {
    let pair = warm_pair("#@ apache2: monitor=1s timeout=1s check=http://192.168.1.236/\n");
    let from = Instant::now();
    let before = pair.beta.apache();
    signal(&before, Signal::STOP);
    pair.wait("a new Apache on beta", |pair| {
        let now = pair.beta.apache();
        Ok(!now.is_empty() && now.iter().all(|pid| !before.contains(pid)) && ready(&pair.beta))
    });
    assert!(pair.beta.said().contains("no answer from http://127.0.0.1:80/ within 1s, twice"), "{}", pair.logs());
    pair.undisturbed("alpha", from);
    pair.wait("the pages go on", |pair| Ok(pair.prober.look(|seen| seen.steady(from, "alpha", 50))));
    assert!(from.elapsed() < Duration::from_secs(60));
}

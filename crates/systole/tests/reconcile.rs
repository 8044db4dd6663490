//! What should be on a node against what is there: what another program takes away or adds on machines of the lab is
//! mended, named in the log, and not fought over for ever. Not here: services (services.rs).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, Member, pair};
use std::time::Instant;

const DEL: &str = "ip addr del 192.168.1.236/24 dev eth0";
const ADD: &str = "ip addr add 192.168.1.236/24 dev eth0";

fn sh(member: &Member, line: &str) {
    member.node.sh(line).unwrap().ok(line).unwrap();
}

fn has_it(member: &Member) -> bool {
    member.node.run(&["ip", "addr", "show", "eth0"]).unwrap().out.contains("192.168.1.236/")
}

#[test]
fn a_restarted_network_costs_no_move() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    sh(&pair.alpha, "ip addr flush dev eth0; sleep 0.5; ip addr add 192.168.1.1/24 brd + dev eth0");
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    // Where lifetimes are as short as here, a busy machine may have to wait for the next beat.
    let told = ["192.168.1.236 was removed by somebody else; it is put back", "192.168.1.236 is gone; the next beat"];
    assert!(told.iter().any(|words| pair.alpha.said().contains(words)), "{}", pair.logs());
}

#[test]
fn an_address_that_is_removed_again_and_again_counts_and_moves_in_the_end() {
    let mut pair = pair("off", &format!("{HARESOURCES}#@ retries=1/10m\n"));
    pair.up();
    let from = Instant::now();
    pair.wait("a failure that counts", |pair| {
        let _ = pair.alpha.node.sh(&format!("{DEL} 2>/dev/null"))?;
        Ok(pair.alpha.said().contains("restart 1 of 1"))
    });
    pair.wait("the move", |pair| {
        let _ = pair.alpha.node.sh(&format!("{DEL} 2>/dev/null"))?;
        Ok(pair.holders.now()? == ["beta"])
    });
    pair.settled("beta");
    pair.never_two(from);
    let said = pair.alpha.said();
    assert!(said.contains("another program") && said.contains("(2 failures here within 10 min), to beta"), "{said}");
}

#[test]
fn an_address_that_somebody_adds_to_the_standby_is_removed_and_then_makes_it_unfit() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    for count in 1..=3 {
        sh(&pair.beta, ADD);
        let told = |member: &Member| member.said().matches("192.168.1.236 was added here by somebody else").count();
        pair.wait("it to be removed, and told", |pair| Ok(!has_it(&pair.beta) && told(&pair.beta) == count));
    }
    let group = |member: &Member| member.status()["groups"][0].clone();
    assert_eq!(group(&pair.beta)["fitness"], "fit");
    sh(&pair.beta, ADD);
    pair.wait("beta to say so", |pair| Ok(group(&pair.beta)["fitness"] == "failed"));
    let why = group(&pair.beta)["why"].to_string();
    assert!(why.contains("another program adds it here again and again"), "{why}");
    assert_eq!(group(&pair.alpha)["here"], "running");
    sh(&pair.beta, DEL);
    // What is asked for after that is refused with the reason, until somebody says that it is mended.
    assert_eq!(pair.alpha.systole(&["standby"]).code(), Some(1));
    assert_eq!(pair.beta.systole(&["cleanup"]).code(), Some(0));
    pair.wait("beta to be fit", |pair| Ok(group(&pair.beta)["fitness"] == "fit"));
    pair.settled("alpha");
}

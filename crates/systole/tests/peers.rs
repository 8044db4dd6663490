//! States of a peer between well and gone, with real daemons on two machines of the lab: another key, another version,
//! heard in one direction only. Named in `status`, alive, and not taken from.
//! Not here: the same in virtual time (scenarios/wrong-key-*), groups without an address (core).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "hostile/frames.rs"]
#[allow(dead_code, reason = "made for hostile.rs; not all of it is needed here")]
mod frames;
#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use frames::{frame, sha1};
use pair::{HARESOURCES, INITDEAD, Member, Pair, pair, write};
use std::time::Instant;
use systole_core::{Body, Generation, Message, NodeName, NodeState, Sequence, Uuid};
use systole_wire::encode_net;

const NONE: [u32; 0] = [];

/// The named states of `other` as that node's status has them.
fn named(member: &Member, other: &str) -> Vec<serde_json::Value> {
    let nodes = member.status()["nodes"].as_array().cloned().unwrap_or_default();
    let node = nodes.into_iter().find(|node| node["name"] == other).unwrap_or_default();
    node["named"].as_array().cloned().unwrap_or_default()
}

fn has(member: &Member, other: &str, word: &str) -> bool {
    named(member, other).iter().any(|state| state == word || state.get(word).is_some())
}

fn key(member: &Member, secret: &str) {
    write(&member.node, "authkeys", &format!("auth 1\n1 sha1 {secret}\n"), 0o600);
}

fn both_active(pair: &Pair) {
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
}

#[test]
fn two_nodes_with_different_keys_never_both_serve_and_each_says_so() {
    let mut pair = pair("on", HARESOURCES);
    key(&pair.beta, "not-the-one-of-alpha");
    let from = Instant::now();
    pair.alpha.start();
    pair.beta.start();
    pair.wait("both to name it", |pair| {
        Ok(has(&pair.alpha, "beta", "wrong-key") && has(&pair.beta, "alpha", "wrong-key"))
    });
    pair.wait("one to serve", |pair| Ok(pair.holders.now()?.len() == 1));
    let winner = pair.holders.now().unwrap().remove(0);
    pair.settled(&winner);
    let (won, lost) = if winner == "alpha" { (&pair.alpha, &pair.beta) } else { (&pair.beta, &pair.alpha) };
    pair.wait("the other one to say why it waits", |_| {
        let why = lost.status()["groups"][0]["why"].as_str().unwrap_or_default().to_owned();
        Ok(why.contains("speaks with another key than ours, service alive"))
    });
    while from.elapsed() < INITDEAD * 5 {
        pair.settled(&winner);
    }
    assert_eq!(lost.apache(), NONE, "{}", pair.logs());
    let page = won.systole(&["status"]);
    assert_eq!(page.code(), Some(1), "{}", page.out);
    assert!(page.out.contains("with another key than ours; it counts as alive"), "{}", page.out);
    assert!(page.out.contains("make authkeys the same on both nodes"), "{}", page.out);
    assert!(won.said().contains("arrive on"), "{}", won.said());
    pair.never_two(from);

    // Mended, nothing moves.
    let mended = Instant::now();
    let lost = if winner == "alpha" { &mut pair.beta } else { &mut pair.alpha };
    lost.stop();
    key(lost, if winner == "alpha" { "a-secret-of-the-test" } else { "not-the-one-of-alpha" });
    lost.start();
    both_active(&pair);
    assert!(named(&pair.alpha, "beta").is_empty() && named(&pair.beta, "alpha").is_empty());
    pair.never_two(mended);
}

#[test]
fn an_owner_is_not_taken_from_because_its_peer_came_back_with_another_key() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    pair.beta.stop();
    key(&pair.beta, "not-the-one-of-alpha");
    pair.beta.start();
    pair.wait("beta to name it", |pair| Ok(has(&pair.beta, "alpha", "wrong-key")));
    let waited = Instant::now();
    while waited.elapsed() < INITDEAD * 3 {
        pair.settled("alpha");
    }
    pair.undisturbed("alpha", from);
    // And the owner's death is noticed as ever: its address is silent.
    let cut = pair.alpha.power_cut();
    pair.page("beta", cut);
    pair.settled("beta");
}

#[test]
fn a_node_that_does_not_hear_us_is_named_and_nothing_moves() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    pair.cable.cut();
    let deaf = "nft 'add table ip deaf; add chain ip deaf in { type filter hook input priority 0; }; \
                add rule ip deaf in udp dport 694 ip saddr 192.168.1.1 drop'";
    assert_eq!(pair.beta.node.sh(deaf).unwrap().code(), Some(0));
    pair.wait("alpha to name it", |pair| Ok(has(&pair.alpha, "beta", "one-way")));
    pair.wait("beta to miss alpha", |pair| Ok(pair.beta.sees("alpha") == "dead"));
    let page = pair.alpha.systole(&["status"]).out;
    assert!(page.contains("node beta is heard but does not hear us: look at the firewall there"), "{page}");
    pair.wait("the log to say it", |pair| Ok(pair.alpha.said().contains("is heard but does not hear us")));
    pair.settled("alpha");
    assert_eq!(pair.beta.node.sh("nft delete table ip deaf").unwrap().code(), Some(0));
    pair.cable.restore();
    both_active(&pair);
    pair.wait("alpha to say that it is over", |pair| Ok(pair.alpha.said().contains("Node beta hears us again.")));
    assert!(named(&pair.alpha, "beta").is_empty());
    pair.undisturbed("alpha", from);
}

#[test]
fn a_version_that_cannot_be_read_is_named_and_keeps_nobody_from_serving_what_nobody_has() {
    let mut pair = pair("on", HARESOURCES);
    let stranger = pair.lab.stranger("192.168.1.2/24").unwrap();
    let from = Instant::now();
    pair.alpha.start();
    let beat = Message {
        from: NodeName::new("beta").unwrap(),
        uuid: Some(Uuid([7; 16])),
        to: None,
        to_uuid: None,
        generation: Some(Generation(5)),
        sequence: Some(Sequence(5)),
        body: Body::Status { state: NodeState::Active, deadtime_ms: Some(2000), flow_control: true, beat: None },
    };
    let unreadable = encode_net(&frame(&beat, &[("sy", "1 what=this")]), &sha1(1));
    pair.wait("alpha to name it", |pair| {
        stranger.shout(&unreadable)?;
        Ok(has(&pair.alpha, "beta", "wrong-version"))
    });
    pair.wait("alpha to serve all the same", |pair| {
        stranger.shout(&unreadable)?;
        Ok(pair.holders.now()? == ["alpha"])
    });
    let page = pair.alpha.systole(&["status"]).out;
    assert!(page.contains("speaks on eth0 a version that cannot be read here"), "{page}");
    assert!(page.contains("install the same version on both nodes"), "{page}");
    pair.settled("alpha");
    pair.never_two(from);
}

//! `systole diff` with real daemons on two machines of the lab: what differs is shown on either node, also while the files
//! differ; who does not answer is said so; and no beat is late for it.
//! Not here: losses and limits (hands, comparing).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair, write};
use std::fmt::Write as _;
use std::time::Instant;

fn both_active(pair: &Pair) {
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
}

fn diff(member: &Member) -> (Option<i32>, String) {
    let done = member.systole(&["diff"]);
    (done.code(), format!("{}{}", done.out, done.err))
}

#[test]
fn lines_that_differ_are_shown_on_both_nodes() {
    let mut pair = pair("on", HARESOURCES);
    let path = pair.beta.node.disk("/etc/ha.d").join("ha.cf");
    let text = std::fs::read_to_string(path).unwrap().replace("deadtime 2\n", "deadtime 3\n");
    write(&pair.beta.node, "ha.cf", &text, 0o644);
    write(&pair.beta.node, "haresources", &format!("{HARESOURCES}beta 192.168.1.237\n"), 0o644);
    pair.alpha.start();
    pair.wait("alpha to answer", |pair| Ok(pair.alpha.status()["node"] == "alpha"));
    assert_eq!(diff(&pair.alpha).0, Some(2), "nobody is there yet");
    pair.beta.start();
    both_active(&pair);
    let (code, text) = diff(&pair.alpha);
    let wanted = "beta: differs from alpha (-: only on alpha, +: only on beta)\n  - ha.cf: deadtime 2\n  + ha.cf: deadtime 3\n  \
                  + haresources: 2: beta 192.168.1.237\n";
    assert!(code == Some(1) && text.contains(wanted), "{code:?} {text}");
    let (code, text) = diff(&pair.beta);
    assert!(code == Some(1) && text.contains("- ha.cf: deadtime 3\n"), "{code:?} {text}");
    let page = pair.alpha.systole(&["status"]).out;
    assert!(page.contains("the files of node beta differ from ours: systole diff shows where"), "{page}");
    assert!(!text.contains("a-secret-of-the-test"));
    let none = pair.beta.systole(&["diff", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&none.out).unwrap();
    assert_eq!(value["nodes"][0]["only_there"], serde_json::json!(["ha.cf: deadtime 2"]));
}

#[test]
fn many_parts_come_and_disturb_nothing_and_a_node_that_is_gone_is_not_known() {
    let mut haresources = HARESOURCES.to_owned();
    for group in 0..4 {
        haresources.push_str("beta");
        for n in 1..=50 {
            write!(haresources, " IPaddr2::10.77.{group}.{n}/24/eth0").unwrap();
        }
        haresources.push('\n');
    }
    let mut pair = pair("on", &haresources);
    pair.alpha.start();
    pair.beta.start();
    both_active(&pair);
    pair.settled("alpha");
    let from = Instant::now();
    for _ in 0..5 {
        let (code, text) = diff(&pair.alpha);
        assert!(code == Some(0) && text == "beta: the same as on alpha\n", "{code:?} {text}");
    }
    pair.undisturbed("alpha", from);
    assert!(!pair.alpha.said().contains("Late heartbeat"), "{}", pair.alpha.said());
    pair.beta.power_cut();
    pair.wait("beta to be dead", |pair| Ok(pair.alpha.sees("beta") == "dead"));
    let (code, text) = diff(&pair.alpha);
    assert!(
        code == Some(2) && text.contains("beta: not known: beta does not answer on any network"),
        "{code:?} {text}"
    );
}

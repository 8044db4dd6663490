//! Verdicts, exit statuses and the page, from hand-made pictures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::page::{page, span};
use super::verdict::{troubles, worst};
use super::{Beside, Derived, StatusArgs, json};
use crate::ctl::samples::{status, status_with_ping};
use systole_config::{KeyName, Method, Protection};
use systole_core::status::{Named, PingStatus};
use systole_core::{ClaimState, Elsewhere, Fitness, LinkName, NodeName, NodeState, Status, WarmStatus, Warmth};

/// A picture, how it is changed, the exit status, and a word of the first trouble.
#[test]
fn each_picture_has_its_exit_status() {
    type Change = fn(&mut Status);
    let table: [(&str, Change, u8, &str); 20] = [
        ("fine", |_| {}, 0, ""),
        ("dead node", |s| s.nodes[1].state = NodeState::Dead, 1, "beta is dead"),
        ("never heard", |s| s.nodes[1].state = NodeState::Init, 1, "never heard"),
        ("link down", |s| s.nodes[1].links[1].up = false, 1, "/dev/ttyS0 to beta is down"),
        ("one way", |s| s.nodes[1].hears_us = Some(false), 1, "does not hear us"),
        (
            "other key",
            |s| {
                s.nodes[1].state = NodeState::Dead;
                s.nodes[1].named = vec![Named::WrongKey { link: LinkName("eth0".into()), last_ms: 100 }];
            },
            1,
            "another key than ours; it counts as alive",
        ),
        ("later version", |s| s.nodes[1].named = vec![Named::LaterVersion { version: 2 }], 1, "upgrade this node too"),
        ("other files", |s| s.nodes[1].same_configuration = Some(false), 1, "differ"),
        ("medium", |s| s.media[0].open = false, 1, "is not open"),
        ("two owners", |s| s.groups[0].owners.push(NodeName::new("beta").unwrap()), 1, "held by 2 nodes at once"),
        ("ping node", |s| s.pings[0].alive = false, 1, "ping node 192.168.1.100 does not answer"),
        ("hands", |s| s.hands = false, 1, "heart starts it again"),
        ("nobody", |s| s.groups[0].owners.clear(), 2, "runs nowhere"),
        (
            "served elsewhere",
            |s| answers(s, Some(true)),
            1,
            "answers for 192.168.1.236 (02:00:00:00:00:01), and so does",
        ),
        ("held elsewhere", |s| answers(s, None), 1, "it is not known where IPaddr2::192.168.1.236/24/eth0:0 runs"),
        ("dead elsewhere", |s| answers(s, Some(false)), 2, "(02:00:00:00:00:01), but the service does not"),
        (
            "not known",
            |s| {
                s.groups[0].owners.clear();
                s.groups[0].elsewhere = Some(Elsewhere::Unheard { nodes: vec![NodeName::new("beta").unwrap()] });
            },
            2,
            "runs on no node that is heard; whether it runs on beta is not known",
        ),
        (
            "blocked there",
            |s| {
                s.groups[0].owners = vec![NodeName::new("beta").unwrap()];
                (s.groups[0].blocked_on, s.groups[0].here) = (s.groups[0].owners.clone(), ClaimState::Idle);
            },
            2,
            "a stop failed on beta, so nobody may take it",
        ),
        ("cold", |s| (s.groups[0].fitness, s.groups[0].warm) = (Fitness::Unable, Some(cold())), 1, "is not ready"),
        ("blocked", |s| s.groups[0].here = ClaimState::Blocked, 2, "blocked"),
    ];
    for (name, change, code, word) in table {
        let mut picture = status_with_ping();
        change(&mut picture);
        let found = troubles(&picture, 0);
        assert_eq!(worst(&found), code, "{name}: {found:?}");
        assert!(found.first().map_or("", |t| &t.text).contains(word), "{name}: {found:?}");
    }
    assert_eq!(worst(&troubles(&status(), 9000)), 1, "an old answer is no proof that all is well");
}

/// Nobody who is heard has it, and a machine answers for its address.
fn answers(status: &mut Status, serves: Option<bool>) {
    let (address, by) = ("192.168.1.236".into(), "02:00:00:00:00:01".into());
    status.groups[0].owners.clear();
    status.groups[0].elsewhere = Some(Elsewhere::Answers { address, by, serves });
}

#[test]
fn what_another_machine_answers_for_does_not_run_nowhere() {
    let mut picture = status();
    answers(&mut picture, Some(true));
    picture.groups[0].here = ClaimState::Want;
    let text = page(&picture, 12, &troubles(&picture, 12), None, false);
    assert!(text.contains("\n  IPaddr2::192.168.1.236/24/eth0:0  on another machine  "), "{text}");
    assert!(!text.contains("nowhere") && !text.contains("nobody"), "{text}");
}

/// beta's service is dead, and ours is not known.
fn cold() -> WarmStatus {
    WarmStatus { here: Warmth::Unknown, others: vec![(NodeName::new("beta").unwrap(), false)] }
}

#[test]
fn where_a_service_is_warm_is_on_the_page_and_so_is_a_failed_stop_of_another_node() {
    let mut picture = status();
    picture.groups[0].warm = Some(cold());
    let text = page(&picture, 12, &[], None, false);
    assert!(text.contains("\n    warm on every node: alpha: serves, beta: cannot take it\n"), "{text}");
    let beta = NodeName::new("beta").unwrap();
    picture.groups[0].owners = vec![beta.clone()];
    (picture.groups[0].blocked_on, picture.groups[0].here) = (vec![beta], ClaimState::Idle);
    let text = page(&picture, 12, &[], None, false);
    assert!(text.contains("  a stop failed on beta  ") && !text.contains("  on beta  "), "{text}");
}

#[test]
fn the_worst_comes_first() {
    let mut picture = status();
    picture.nodes[1].state = NodeState::Dead;
    picture.groups[0].owners.clear();
    let found = troubles(&picture, 0);
    assert!(found[0].text.contains("runs nowhere") && found[1].text.contains("is dead"), "{found:?}");
}

#[test]
fn the_page_of_a_healthy_pair() {
    let picture = status();
    let text = page(&picture, 12, &troubles(&picture, 12), None, false);
    let expected = "\
● alpha: everything is fine   (answered just now)

Groups
  IPaddr2::192.168.1.236/24/eth0:0  on alpha  at home  for 2 h 5 min
    IPaddr2::192.168.1.236/24/eth0:0: home node and beta agreed

Nodes
  alpha  active  Systole  this node, up for 3 d 4 h
  beta   active  Systole  last beat 0.4 s ago, hears us

Links
  beta:eth0        up  last beat 0.4 s ago
  beta:/dev/ttyS0  up  last beat 0.9 s ago

Media of this node
  eth0        open  broadcast, port 694
  /dev/ttyS0  open  19200 baud
";
    assert_eq!(text, expected);
}

#[test]
fn ping_nodes_are_on_the_page_and_in_the_json() {
    let mut picture = status_with_ping();
    let text = page(&picture, 12, &[], None, false);
    assert!(text.ends_with("\n\nPing nodes\n  192.168.1.100  answers  last answer 0.0 s ago\n"), "{text}");
    picture.pings[0] = PingStatus { alive: false, last_answer_ms: None, ..picture.pings[0].clone() };
    let text = page(&picture, 12, &[], None, false);
    assert!(text.ends_with("  192.168.1.100  dead  never answered\n"), "{text}");
    let value: serde_json::Value = serde_json::from_str(&json(&picture, 3, &[], &Beside::default(), None)).unwrap();
    let wanted = serde_json::json!([{ "name": "192.168.1.100", "alive": false, "last_answer_ms": null }]);
    assert_eq!(value["pings"], wanted);
}

#[test]
fn a_status_of_a_version_without_ping_nodes_is_read() {
    let mut value = serde_json::to_value(status()).unwrap();
    assert!(value.as_object_mut().unwrap().remove("pings").is_some());
    assert_eq!(serde_json::from_value::<Status>(value).unwrap(), status());
}

#[test]
fn colour_changes_no_letter_and_the_page_escapes_what_it_shows() {
    let mut picture = status();
    picture.groups[0].why = "evil \x1b[2J".into();
    let found = troubles(&picture, 0);
    let coloured = page(&picture, 0, &found, None, true);
    let mut bare = String::new();
    let mut parts = coloured.split('\x1b');
    bare.push_str(parts.next().unwrap());
    for part in parts {
        bare.push_str(part.split_once('m').unwrap().1);
    }
    assert_eq!(bare, page(&picture, 0, &found, None, false));
    assert!(bare.contains("evil \\u{1b}[2J"), "{bare}");
}

#[test]
fn json_holds_verdict_age_and_the_whole_picture() {
    let mut picture = status();
    picture.groups[0].owners.clear();
    let found = troubles(&picture, 3);
    let derived = Derived { level: 1, missing: "why".into(), now: None };
    let value: serde_json::Value =
        serde_json::from_str(&json(&picture, 3, &found, &Beside::default(), Some(&derived))).unwrap();
    assert_eq!((&value["verdict"], &value["exit"], &value["age_ms"]), (&"down".into(), &2.into(), &3.into()));
    assert_eq!((&value["level"], &value["level_detail"]["missing"]), (&1.into(), &"why".into()));
    assert_eq!(value["nodes"][1]["name"], "beta");
    assert_eq!(value["groups"][0]["key"], "IPaddr2::192.168.1.236/24/eth0:0");
    assert!(value["troubles"][0].as_str().unwrap().contains("runs nowhere"));
}

#[test]
fn what_frames_prove_is_one_line_of_the_page_and_an_object_of_the_json() {
    let key = |index, method| KeyName { index, method };
    let (sha1, crc) = (key(2, Method::Sha1), key(1, Method::Crc));
    for (signs, accepted, line, open) in [
        (&sha1, vec![], "    frames are signed with sha1 (key 2)\n", false),
        (&crc, vec![], "  ! crc (key 1) protects nothing: whoever can send to this network", true),
        (&sha1, vec![crc.clone()], "  ! crc (key 1) is accepted beside sha1: whoever can send to this network", true),
    ] {
        let protection = Protection { signs: signs.clone(), accepted };
        let text = page(&status(), 0, &[], Some(&protection), false);
        assert!(text.contains(line), "{text}");
        let beside = Beside { protection: Some(&protection), ..Beside::default() };
        let value: serde_json::Value = serde_json::from_str(&json(&status(), 0, &[], &beside, None)).unwrap();
        assert_eq!(value["protection"]["signs"]["index"], signs.index);
        assert_eq!(value["protection"]["open"].is_string(), open, "{value}");
    }
}

#[test]
fn spans_have_at_most_two_units() {
    let table = [(0, "0.0 s"), (412, "0.4 s"), (9_999, "9.9 s"), (59_999, "59 s"), (125_000, "2 min 5 s")];
    for (ms, text) in table.into_iter().chain([(7_500_000, "2 h 5 min"), (273_600_000, "3 d 4 h")]) {
        assert_eq!(span(ms), text);
    }
}

#[test]
fn without_a_daemon_the_exit_status_is_three_and_the_socket_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let paths = crate::paths::Paths { config_dir: None, state_dir: dir.path().into(), run_dir: dir.path().into() };
    let code = super::run(&StatusArgs { json: false }, &paths);
    assert_eq!(format!("{code:?}"), format!("{:?}", std::process::ExitCode::from(3)));
    let error = super::client::ask(&paths, systole_core::Ask::Status, std::time::Duration::from_secs(1)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(&paths.control().display().to_string()) && text.contains("systoled is not running"),
        "{text}"
    );
}

//! Single frames in the name of a node, signed as that node would: F6, F7, F8, F9, F10, F21.

use crate::calm::Calm;
use crate::frames::{beat_of, beats_since, crc, next, sha1, signed};
use crate::malformed::open_pair;
use crate::pair::{HARESOURCES, Pair, pair, write};
use std::time::Instant;
use systole_core::message::Hold;
use systole_core::{Body, Generation, Message};
use systole_lab::Stranger;
use systole_wire::Keys;

/// Both nodes beat on for longer than a deadtime after what was sent.
fn beaten_on(pair: &Pair, stranger: &Stranger, keys: &Keys) {
    let from = Instant::now();
    pair.wait("12 beats of both", |_| {
        Ok(["alpha", "beta"].iter().all(|node| beats_since(stranger, node, keys, from) >= 12))
    });
}

#[test]
fn one_frame_with_a_number_or_a_life_far_ahead_moves_nothing() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    for (step, life) in [(400, 0), (u64::MAX / 2, 0), (0, 1), (0, 1000), (0, u64::MAX)] {
        let calm = Calm::from_now(&pair);
        for name in ["alpha", "beta"] {
            let genuine = beat_of(&stranger, name, &keys);
            let generation = genuine.generation.map(|g| Generation(g.0.saturating_add(life)));
            let ahead = Message { generation, ..next(&genuine, step, genuine.body.clone()) };
            stranger.shout(&signed(&ahead, &[], &keys)).unwrap();
        }
        beaten_on(&pair, &stranger, &keys);
        calm.holds(&pair, "alpha", &format!("a number {step} ahead in a life {life} ahead"));
    }
}

#[test]
fn words_of_the_old_protocol_are_nothing_between_two_that_speak_claims() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    let key = "IPaddr2::192.168.1.236/24/eth0:0".to_owned();
    for body in [
        Body::IpRequest { key: key.clone() },
        Body::IpRequestReply { key: key.clone(), we_own: true, ok: true },
        Body::Takeover { hold: Hold::All },
        Body::AskResources { hold: Hold::All, info: "me".into() },
        Body::AskResources { hold: Hold::All, info: "other".into() },
        Body::AskResources { hold: Hold::All, info: "done".into() },
        Body::Resource { hold: Hold::All, full: true, stable: Some(true), info: None },
        Body::Resource { hold: Hold::None, full: true, stable: Some(false), info: Some("shutdown".into()) },
        Body::Starting,
        Body::Stonith { node: "alpha".into(), result: "OK".into() },
        Body::Other { kind: "you_are_dead".into() },
    ] {
        for name in ["alpha", "beta"] {
            // With the number that comes next, so that it is fresh.
            let genuine = beat_of(&stranger, name, &keys);
            stranger.shout(&signed(&next(&genuine, 1, body.clone()), &[], &keys)).unwrap();
        }
    }
    beaten_on(&pair, &stranger, &keys);
    calm.holds(&pair, "alpha", "words of the old protocol");
}

#[test]
fn a_goodbye_in_the_name_of_a_node_that_goes_on_is_not_believed() {
    let (pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    for name in ["alpha", "beta"] {
        let genuine = beat_of(&stranger, name, &keys);
        stranger.shout(&signed(&next(&genuine, 1, Body::ShutDone), &[], &keys)).unwrap();
    }
    beaten_on(&pair, &stranger, &keys);
    calm.holds(&pair, "alpha", "a goodbye");
}

#[test]
fn a_sender_does_not_say_how_long_it_may_be_silent() {
    let (mut pair, stranger) = open_pair();
    let keys = crc(1);
    let calm = Calm::from_now(&pair);
    for asked in [0, 100_000_000] {
        let genuine = beat_of(&stranger, "alpha", &keys);
        let mut body = genuine.body.clone();
        if let Body::Status { deadtime_ms, .. } = &mut body {
            *deadtime_ms = Some(asked);
        }
        stranger.shout(&signed(&next(&genuine, 1, body), &[], &keys)).unwrap();
        beaten_on(&pair, &stranger, &keys);
        calm.holds(&pair, "alpha", &format!("a deadtime of {asked} ms"));
    }
    let cut = pair.alpha.power_cut();
    pair.page("beta", cut);
    pair.settled("beta");
}

#[test]
fn a_leftover_crc_lets_nobody_in() {
    let mut pair = pair("off", HARESOURCES);
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, "authkeys", "auth 1\n1 sha1 a-secret-of-the-test\n2 crc\n", 0o600);
    }
    let stranger = pair.lab.stranger("192.168.1.66/24").unwrap();
    pair.up();
    let calm = Calm::from_now(&pair);
    let mut last = Vec::new();
    for name in ["alpha", "beta"] {
        let genuine = beat_of(&stranger, name, &sha1(1));
        for (step, body) in [(400, genuine.body.clone()), (1, Body::ShutDone), (2, Body::Takeover { hold: Hold::All })]
        {
            last = signed(&next(&genuine, step, body), &[], &crc(2));
            stranger.shout(&last).unwrap();
            pair.cable.inject(0, &last).unwrap();
        }
    }
    pair.wait("the reason in both logs", |pair| Ok(calm.refused(pair, "weak-key").1 >= 2));
    beaten_on(&pair, &stranger, &sha1(1));
    calm.holds(&pair, "alpha", "frames signed with the leftover");
    assert_eq!(pair.alpha.status()["protection"]["open"], serde_json::Value::Null);
    assert!(pair.alpha.systole(&["check"]).out.contains("crc-refused"));
    std::fs::write(pair.alpha.node.disk("/var/frame"), &last).unwrap();
    let decoded = pair.alpha.systole(&["decode", "--authkeys", "/etc/ha.d/authkeys", "/var/frame"]);
    assert!(decoded.out.contains("\"weak-key\""), "{}", decoded.out);
}

#[test]
fn a_node_that_lost_its_life_number_and_its_clock_comes_back() {
    let mut pair = pair("off", HARESOURCES);
    // As after a clock that ran years ahead: the next life, without the file and with a right clock, is a lower one.
    let file = pair.beta.node.disk("/var/lib/heartbeat/hb_generation");
    std::fs::write(&file, format!("{:>15}\n", 4_000_000_000_u64)).unwrap();
    pair.up();
    let calm = Calm::from_now(&pair);
    pair.beta.stop();
    std::fs::remove_file(&file).unwrap();
    std::fs::remove_file(file.with_file_name("life")).unwrap();
    pair.beta.start();
    pair.wait("both active again", |pair| {
        Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active")
    });
    pair.settled("alpha");
    pair.undisturbed("alpha", calm.from);
    let kept: u64 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    assert!(kept > 4_000_000_000, "the higher number is on disk again: {kept}");
}

#[test]
fn the_way_from_crc_to_sha1_keeps_the_pair_together() {
    let (mut pair, _stranger) = open_pair();
    assert!(pair.alpha.status()["protection"]["open"].is_string());
    assert!(pair.alpha.systole(&["status"]).out.contains("protects nothing"));
    assert!(pair.alpha.said().contains("Frames can be forged: crc (key 1) protects nothing"));
    let steps = [
        "auth 1\n1 crc\n2 sha1 a-secret-of-the-test\n#@ accept 1\n",
        "auth 2\n1 crc\n2 sha1 a-secret-of-the-test\n#@ accept 1\n",
        "auth 2\n2 sha1 a-secret-of-the-test\n",
    ];
    let from = Instant::now();
    for (step, keys) in steps.iter().enumerate() {
        for name in ["beta", "alpha"] {
            let member = if name == "beta" { &mut pair.beta } else { &mut pair.alpha };
            write(&member.node, "authkeys", keys, 0o600);
            member.stop();
            member.start();
            pair.wait(&format!("both active after step {step} on {name}"), |pair| {
                Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active")
            });
            pair.never_two(from);
        }
    }
    assert_eq!(pair.alpha.status()["protection"]["open"], serde_json::Value::Null);
    assert_eq!(pair.alpha.systole(&["status"]).code(), Some(0), "{}", pair.logs());
}

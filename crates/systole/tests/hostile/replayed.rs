//! What was said once, said again by somebody who recorded it, authentic and signed with sha1: F11, F12, F13.

use crate::calm::Calm;
use crate::frames::{beats_since, read, sha1};
use crate::pair::{HARESOURCES, Pair, pair};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use systole_core::{Body, Generation};
use systole_lab::{Datagram, Stranger};

fn recorded(auto_failback: &str) -> (Pair, Stranger) {
    let mut pair = pair(auto_failback, HARESOURCES);
    let stranger = pair.lab.stranger("192.168.1.66/24").unwrap();
    pair.up();
    (pair, stranger)
}

fn both_active(pair: &Pair) {
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
}

/// The frames of one node's life, in order.
fn life_of(node: &str, life: Generation, heard: &[Datagram]) -> Vec<Vec<u8>> {
    let of_it = |datagram: &&Datagram| {
        read(&datagram.bytes, &sha1(1)).is_some_and(|m| m.from.as_str() == node && m.generation == Some(life))
    };
    heard.iter().filter(of_it).map(|datagram| datagram.bytes.clone()).collect()
}

fn lives_of(node: &str, heard: &[Datagram]) -> Vec<Generation> {
    let messages = heard.iter().filter_map(|datagram| read(&datagram.bytes, &sha1(1)));
    let mut lives: Vec<Generation> =
        messages.filter(|m| m.from.as_str() == node).filter_map(|m| m.generation).collect();
    lives.sort_unstable();
    lives.dedup();
    lives
}

fn is_goodbye(bytes: &[u8]) -> bool {
    read(bytes, &sha1(1)).is_some_and(|message| message.body == Body::ShutDone)
}

/// Says these frames again and again, one every `pause`, while `work` runs.
fn while_said_again<T>(stranger: &Stranger, frames: &[Vec<u8>], pause: Duration, work: impl FnOnce() -> T) -> T {
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    assert!(!frames.is_empty(), "nothing was recorded");
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for bytes in frames.iter().cycle() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                stranger.shout(bytes).unwrap();
                std::thread::sleep(pause);
            }
        });
        let _end = End(&ended);
        work()
    })
}

#[test]
fn a_recording_moves_no_running_node() {
    // With failback, so that a home which is only a recording would be given its group.
    let (mut pair, stranger) = recorded("on");
    let from = Instant::now();
    for words in ["standby", "takeover"] {
        assert_eq!(pair.alpha.systole(&[words]).code(), Some(0), "{}", pair.logs());
    }
    pair.beta.stop();
    pair.beta.start();
    both_active(&pair);
    pair.alpha.stop();
    pair.page("beta", Instant::now());
    pair.alpha.start();
    both_active(&pair);
    pair.wait("the group at home", |pair| Ok(pair.holders.now()? == ["alpha"]));
    pair.settled("alpha");
    let recording: Vec<Vec<u8>> = stranger.heard(from).into_iter().map(|datagram| datagram.bytes).collect();
    let goodbyes: Vec<Vec<u8>> = recording.iter().filter(|bytes| is_goodbye(bytes)).cloned().collect();
    assert!(goodbyes.len() >= 2, "both nodes said goodbye once");

    let calm = Calm::from_now(&pair);
    for bytes in recording.iter().chain(&goodbyes).chain(&recording) {
        stranger.shout(bytes).unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    pair.wait("15 beats after it", |_| Ok(beats_since(&stranger, "alpha", &sha1(1), calm.from) >= 15));
    calm.holds(&pair, "alpha", "a recording");

    never_delivered(pair, &stranger);
}

/// Frames that their sender said into a cut cable, brought by somebody else after its death.
fn never_delivered(mut pair: Pair, stranger: &Stranger) {
    let ear = pair.alpha.node.ear().unwrap();
    pair.cable.cut();
    pair.alpha.node.silence(true).unwrap();
    let silent = Instant::now();
    let said = |ear: &systole_lab::Ear| {
        ear.heard(silent).into_iter().map(|d| d.bytes).filter(|b| read(b, &sha1(1)).is_some()).collect::<Vec<_>>()
    };
    pair.wait("beats into the void", |_| Ok(said(&ear).len() >= 30));
    let undelivered = said(&ear);
    drop(ear);
    pair.alpha.power_cut();
    pair.cable.restore();
    pair.page("beta", silent);
    pair.settled("beta");
    let (from, known) = (Instant::now(), pair.beta.said().len());
    for pause in [200, 0] {
        for bytes in &undelivered {
            stranger.shout(bytes).unwrap();
            std::thread::sleep(Duration::from_millis(pause));
        }
    }
    pair.wait("15 beats after it", |_| Ok(beats_since(stranger, "beta", &sha1(1), from) >= 15));
    pair.settled("beta");
    pair.undisturbed("beta", from);
    let said = pair.beta.said().split_off(known);
    assert!(!said.contains("Releasing resource group"), "given to a node that is not there\n{said}");
}

#[test]
fn a_recording_convinces_no_booting_node() {
    let (mut pair, stranger) = recorded("on");
    let from = Instant::now();
    pair.wait("20 beats to record", |_| Ok(beats_since(&stranger, "alpha", &sha1(1), from) >= 20));
    pair.alpha.stop();
    pair.page("beta", Instant::now());
    pair.alpha.start();
    pair.settled("alpha");
    both_active(&pair);
    let heard = stranger.heard(from);
    let lives = lives_of("alpha", &heard);
    assert_eq!(lives.len(), 2, "{lives:?}");
    let (first, second) = (life_of("alpha", lives[0], &heard), life_of("alpha", lives[1], &heard));
    assert!(is_goodbye(first.last().unwrap()), "the first life ended with a goodbye");
    let farewell = first.get(first.len() - 8..).unwrap();

    // The standby boots, and before and while it hears the living owner it hears that owner's old goodbye.
    let begun = Instant::now();
    for forgets in [false, true] {
        pair.beta.power_cut();
        if forgets {
            let kept = pair.beta.node.disk("/var/lib/heartbeat/peers");
            std::fs::remove_file(kept).ok();
        }
        pair.beta.node.power_on().unwrap();
        let known = pair.beta.said().len();
        // For a moment, shorter than its peer's deadtime, the owner is not heard at all.
        pair.alpha.node.silence(true).unwrap();
        pair.cable.cut();
        while_said_again(&stranger, farewell, Duration::from_millis(10), || {
            pair.beta.start();
            pair.wait("the goodbye heard, believed or not", |pair| {
                let said = pair.beta.said().split_off(known);
                Ok(said.contains("Link alpha:eth0 up") || said.contains("Refused a frame of an older life"))
            });
            let from = Instant::now();
            pair.wait("4 beats of beta", |_| Ok(beats_since(&stranger, "beta", &sha1(1), from) >= 4));
            pair.alpha.node.silence(false).unwrap();
            pair.cable.restore();
            both_active(&pair);
            pair.wait("15 beats of beta", |_| Ok(beats_since(&stranger, "beta", &sha1(1), from) >= 15));
        });
        pair.settled("alpha");
        pair.undisturbed("alpha", begun);
        assert!(pair.beta.apache().is_empty(), "{}", pair.logs());
    }

    // The owner is dead; its old beats do not make a booting node believe that it lives.
    pair.wait("what was heard to be on disk", |pair| {
        let newest = stranger.heard(begun).into_iter().rev().find_map(|d| read(&d.bytes, &sha1(1)));
        Ok(newest.is_some() && pair.beta.node.disk("/var/lib/heartbeat/peers").exists())
    });
    pair.alpha.power_cut();
    pair.beta.power_cut();
    pair.beta.node.power_on().unwrap();
    let known = pair.beta.said().len();
    let from = Instant::now();
    let both: Vec<Vec<u8>> = [&first[..], &second[..]].concat();
    while_said_again(&stranger, &both, Duration::from_millis(50), || {
        pair.beta.start();
        pair.page("beta", from);
        pair.settled("beta");
    });
    let said = pair.beta.said().split_off(known);
    assert!(!said.contains("Status update for node alpha: status active"), "{said}");
}

//! The real daemon on a state directory that is full, read-only, removed, set back, damaged (faults D1, D2, D3, D6).
//! Not here: every crash point of every write (crates/systole/src/state/tests.rs). A disk that answers with EIO is there
//! too: the kernel gives none without a device that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "the pair is made for the scenarios of cluster.rs; not all of it is needed here")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair};
use std::time::Instant;

const STATE: &str = "/var/lib/heartbeat";
const FILES: [&str; 4] = ["hb_generation", "hb_uuid", "life", "peers"];

fn sh(member: &Member, line: &str) -> String {
    member.node.sh(line).unwrap().ok(line).unwrap().out
}

/// As the machine sees it; empty when it is not there.
fn content(member: &Member, name: &str) -> String {
    sh(member, &format!("cat {STATE}/{name} 2>/dev/null | base64; true"))
}

fn generation(member: &Member) -> u64 {
    sh(member, &format!("cat {STATE}/hb_generation 2>/dev/null; true")).trim().parse().unwrap_or(0)
}

fn both_active(pair: &Pair) {
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
}

#[test]
fn a_full_disk_and_a_read_only_one_hold_nobody_up() {
    let mut pair = pair("off", HARESOURCES);
    sh(
        &pair.alpha,
        &format!("mkdir -p {STATE}; mount -t tmpfs -o size=4k none {STATE}; cat /dev/zero >{STATE}/fill || true"),
    );
    sh(&pair.beta, &format!("mkdir -p {STATE}; mount -t tmpfs none {STATE}; mount -o remount,ro {STATE}"));
    pair.up();
    let from = Instant::now();
    for (member, why) in [(&pair.alpha, "No space left on device"), (&pair.beta, "Read-only file system")] {
        let said = member.said();
        assert!(said.contains(&format!("cannot write to {STATE}: hb_generation: {why}")), "{said}");
    }
    let moved = pair.alpha.systole(&["standby"]);
    assert_eq!(moved.code(), Some(0), "{}{}", moved.err, pair.logs());
    pair.settled("beta");
    pair.never_two(from);
    // Somebody makes room: nothing has to be started again.
    sh(&pair.alpha, &format!("rm {STATE}/fill; mount -o remount,size=1m {STATE}"));
    sh(&pair.beta, &format!("mount -o remount,rw {STATE}"));
    pair.wait("all files of both", |pair| {
        let whole = |member: &Member| FILES.iter().all(|name| !content(member, name).is_empty());
        Ok(whole(&pair.alpha) && whole(&pair.beta))
    });
    for member in [&pair.alpha, &pair.beta] {
        assert_eq!(sh(member, &format!("ls -A {STATE} | grep -c -e new -e damaged; true")).trim(), "0");
    }
    pair.undisturbed("beta", Instant::now());
}

#[test]
fn a_directory_that_is_removed_or_set_back_under_a_running_node_is_written_again() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    let (uuid, first) = (content(&pair.alpha, "hb_uuid"), generation(&pair.alpha));
    assert!(!uuid.is_empty() && first > 0, "{}", pair.logs());
    sh(&pair.alpha, &format!("rm -rf {STATE}"));
    pair.wait("the files again", |pair| Ok(FILES.iter().all(|name| !content(&pair.alpha, name).is_empty())));
    assert_eq!((content(&pair.alpha, "hb_uuid"), generation(&pair.alpha)), (uuid.clone(), first));
    pair.wait("a word about it", |pair| {
        Ok(pair.alpha.said().contains("Did somebody remove or restore the directory?"))
    });
    // A backup of a former day.
    sh(&pair.alpha, &format!("rm {STATE}/life; printf '%15d\\n' 900 >{STATE}/hb_generation"));
    pair.wait("the generation in force", |pair| Ok(generation(&pair.alpha) == first));
    pair.undisturbed("alpha", from);
    // And a restart right after the removal: the clock makes it grow, the identity is a new one.
    pair.beta.stop();
    let last = generation(&pair.beta);
    sh(&pair.beta, &format!("rm -rf {STATE}"));
    pair.beta.start();
    both_active(&pair);
    assert!(generation(&pair.beta) > last, "{}", pair.logs());
    pair.undisturbed("alpha", from);
}

#[test]
fn garbage_in_every_file_is_set_aside_and_the_node_is_back() {
    let mut pair = pair("off", HARESOURCES);
    pair.up();
    let from = Instant::now();
    pair.beta.stop();
    let last = generation(&pair.beta);
    sh(&pair.beta, &format!("cd {STATE} && for f in {}; do printf garbage >$f; done", FILES.join(" ")));
    pair.beta.start();
    both_active(&pair);
    let said = pair.beta.said();
    for name in FILES {
        assert!(said.contains(&format!("{STATE}/{name} is damaged (")), "{name}: {said}");
        assert_eq!(sh(&pair.beta, &format!("cat {STATE}/{name}.damaged")), "garbage");
    }
    assert!(generation(&pair.beta) > last, "{}", pair.logs());
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
}

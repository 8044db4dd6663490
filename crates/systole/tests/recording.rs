//! Recordings of a real pair: power cut, takeover, failback, standby, killed hands; all play to the same decisions.
//! Not here: damaged recordings (systole-sim), the files themselves (hands/record).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "most of it is for cluster.rs")]
mod pair;

use pair::{HARESOURCES, Pair, pair};
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use systole_lab::Node;

/// The files of a node's recording, oldest first.
fn files(node: &Node) -> Vec<PathBuf> {
    let dir = node.disk("/var/lib/heartbeat/recordings");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn both_active(pair: &Pair) {
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
}

#[test]
fn recordings_of_a_real_pair_play_to_the_same_decisions() {
    let mut pair = pair("on", HARESOURCES);
    pair.record(true);
    pair.up();

    let cut = Instant::now();
    pair.alpha.power_cut();
    pair.page("beta", cut);
    pair.settled("beta");
    let on = Instant::now();
    pair.alpha.node.power_on().unwrap();
    pair.alpha.start();
    pair.page("alpha", on);
    pair.settled("alpha");
    both_active(&pair);
    let done = pair.alpha.systole(&["standby"]);
    assert_eq!(done.code(), Some(0), "{}{}", done.out, done.err);
    pair.settled("beta");

    let hands = pair.beta.hands();
    for pid in &hands {
        kill_process(Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap(), Signal::KILL).unwrap();
    }
    pair.wait("new hands that answer", |pair| Ok(pair.beta.hands() != hands && pair.beta.sees("alpha") == "active"));
    pair.alpha.stop();
    pair.beta.stop();

    let (alpha, beta) = (files(&pair.alpha.node), files(&pair.beta.node));
    assert_eq!((alpha.len(), beta.len()), (2, 2), "alpha has two lives, beta two hands\n{}", pair.logs());
    for (index, file) in alpha.iter().chain(&beta).enumerate() {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("a-secret-of-the-test"), "a key in {}", file.display());
        let done = Command::new(env!("CARGO_BIN_EXE_systole")).arg("replay").arg(file).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(0), "{index}: {said}");
        assert!(said.contains("identical"), "{said}");
        assert_eq!(said.contains("gap"), index == 3, "only the second hands of beta begins behind a gap: {said}");
        assert_eq!(text.contains("\"Exit\""), index % 2 == 1, "a life that ended well is there to its end: {said}");
        eprintln!("{said}");
    }
}

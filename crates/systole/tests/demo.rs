//! `systole demo` interrupted, as a user does it: at the moment it has ended nothing is left.
//! Not here: the steps; running the demo is their test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts the demo and reads on until it prints `line`.
fn demo(tmp: &Path, line: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_systole"));
    let mut child = command.arg("demo").env("TMPDIR", tmp).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.as_mut().unwrap());
    let mut seen = String::new();
    while !seen.contains(line) {
        assert_ne!(out.read_line(&mut seen).unwrap(), 0, "it ended before {line:?}:\n{seen}");
    }
    child
}

/// Processes that have a file or a root below `tmp`, or name it: whatever runs for this demo.
fn left(tmp: &Path) -> Vec<String> {
    let tmp = tmp.to_str().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        let mounts = std::fs::read_to_string(entry.path().join("mounts")).unwrap_or_default();
        let maps = std::fs::read_link(entry.path().join("fd/1")).unwrap_or_default();
        if line.contains(tmp) || mounts.contains(tmp) || maps.to_string_lossy().contains(tmp) {
            found.push(line.replace('\0', " "));
        }
    }
    found
}

#[test]
fn an_interrupted_demo_leaves_nothing() {
    for (signal, line) in [(Signal::INT, "Two machines"), (Signal::TERM, "Step 1"), (Signal::INT, "Step 3")] {
        let tmp = tempfile::tempdir().unwrap();
        let mut child = demo(tmp.path(), line);
        kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
        // Keeps the pipe open until the end, as a terminal does.
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{signal:?} at {line}");
        assert_eq!(std::fs::read_dir(tmp.path()).unwrap().count(), 0, "{signal:?} at {line}");
        assert_eq!(left(tmp.path()), Vec::<String>::new(), "{signal:?} at {line}");
    }
}

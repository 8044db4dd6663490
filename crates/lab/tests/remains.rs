//! A lab leaves nothing behind, however it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process that holds a lab, and what it made.
struct Holder {
    child: Child,
    processes: Vec<String>,
    namespaces: BTreeSet<String>,
    directory: PathBuf,
}

/// `target/*/examples/hold`, which cargo builds together with this test.
fn example() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples/hold")
}

fn hold(tmp: &Path) -> Holder {
    let mut child = Command::new(example()).env("TMPDIR", tmp).stdout(Stdio::piped()).spawn().unwrap();
    let (mut processes, mut namespaces, mut directory) = (Vec::new(), BTreeSet::new(), None);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            Some(("process", pid)) => processes.push(pid.to_owned()),
            Some(("namespace", name)) => assert!(namespaces.insert(name.to_owned()), "{name} is shared"),
            Some(("directory", path)) => directory = Some(PathBuf::from(path)),
            _ => break,
        }
    }
    assert_eq!((processes.len(), namespaces.len()), (5, 11), "two machines and a client");
    Holder { child, processes, namespaces, directory: directory.unwrap() }
}

fn processes_now() -> BTreeSet<String> {
    let names = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.parse::<u32>().is_ok()).collect()
}

/// The namespaces of these processes, as far as they are still there.
fn namespaces_of(processes: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for pid in processes {
        for kind in ["net", "mnt", "uts", "ipc", "pid"] {
            if let Ok(link) = std::fs::read_link(Path::new("/proc").join(pid).join("ns").join(kind)) {
                all.insert(link.to_string_lossy().into_owned());
            }
        }
    }
    all
}

fn text(program: &str, words: &[&str]) -> String {
    String::from_utf8(Command::new(program).args(words).output().unwrap().stdout).unwrap()
}

impl Holder {
    /// Everything that ran before comes back: the kernel gives the number of a namespace that is gone to the next one, and
    /// other labs make theirs meanwhile.
    fn signal(&mut self, signal: Signal) -> BTreeSet<String> {
        let before = processes_now();
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        self.child.wait().unwrap();
        before
    }

    fn remains(&self, before: &BTreeSet<String>) -> Vec<String> {
        let mut found: Vec<String> = self.namespaces.intersection(&namespaces_of(before)).cloned().collect();
        found.extend(self.processes.iter().filter(|pid| Path::new("/proc").join(pid).exists()).cloned());
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        found.extend(mounts.lines().filter(|line| line.contains("systole-lab-")).map(str::to_owned));
        found
    }
}

/// Interfaces of the host and names kept by `ip netns`.
fn host() -> (usize, String) {
    let ours = text("ip", &["-o", "link"]).lines().filter(|line| line.contains(": port")).count();
    (ours, text("ip", &["netns", "list"]))
}

#[test]
fn a_held_lab_touches_nothing_of_the_host() {
    let tmp = tempdir();
    let before = host();
    let mut holder = hold(&tmp);
    assert_eq!(host(), before);
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(&*holder.directory.to_string_lossy()), "mounts are private");
    let hidden = namespaces_of(&processes_now());
    assert!(holder.namespaces.is_subset(&hidden), "and while it is held, the namespaces can be seen");
    holder.signal(Signal::TERM);
    std::fs::remove_dir_all(tmp).unwrap();
}

#[test]
fn signals_that_ask_leave_nothing_at_the_moment_of_exit() {
    let tmp = tempdir();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut holder = hold(&tmp);
        assert!(holder.directory.exists());
        let before = holder.signal(signal);
        assert_eq!(holder.remains(&before), Vec::<String>::new(), "{signal:?}");
        assert!(!holder.directory.exists(), "{signal:?}");
    }
    std::fs::remove_dir_all(tmp).unwrap();
}

#[test]
fn sigkill_leaves_a_directory_that_the_next_lab_removes() {
    let tmp = tempdir();
    let mut holder = hold(&tmp);
    let before = holder.signal(Signal::KILL);
    // Nobody was left to wait for the kernel, so this is not over at the moment of exit.
    let end = Instant::now() + Duration::from_secs(20);
    while !holder.remains(&before).is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(holder.remains(&before), Vec::<String>::new());
    assert!(holder.directory.exists());
    let mut next = hold(&tmp);
    assert!(!holder.directory.exists(), "removed by the next lab");
    next.signal(Signal::TERM);
    assert_eq!(std::fs::read_dir(&tmp).unwrap().count(), 0);
    std::fs::remove_dir_all(tmp).unwrap();
}

fn tempdir() -> PathBuf {
    PathBuf::from(text("mktemp", &["-d"]).trim())
}

//! What the tests of hands share: a private network, a configuration of a few lines, scripted agents.
//! Not here: tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::hands::executor::{Executor, Surroundings};
use crate::hands::work::{Report, Work};
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use systole_config::{Configuration, Group, Logging, Realtime, Resource, ResourceKind};
use systole_core::{Failback, GroupId, GroupSettings, Job, JobId, JobKind, NodeName, Outcome, Settings, Timing};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Nothing in a test may take so long.
pub const LONG: Duration = Duration::from_secs(60);

/// Runs a test in a thread with a network namespace (and mounts) of its own; both end with the thread.
pub fn in_private_network<F: Future<Output = ()>>(body: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::spawn(move || {
        #[allow(deprecated)]
        rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET | rustix::thread::UnshareFlags::NEWNS)
            .expect("this test makes namespaces: run it as root (CAP_SYS_ADMIN)");
        let private = rustix::mount::MountPropagationFlags::PRIVATE | rustix::mount::MountPropagationFlags::REC;
        rustix::mount::mount_change("/", private).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(LONG, body()).await.expect("the test hangs") });
        runtime.shutdown_timeout(Duration::from_secs(1));
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Runs `ip` with these words in the namespace of the calling thread; gives what it printed.
pub fn ip(words: &str) -> String {
    let out = Command::new("ip").args(words.split_whitespace()).output().expect("this test needs iproute2");
    assert!(out.status.success(), "ip {words}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// A cable within this namespace: `left` with 10.9.0.1/24 and its other end `right`.
pub fn cable() {
    ip("link set lo up");
    ip("link add left type veth peer name right");
    ip("addr add 10.9.0.1/24 brd + dev left");
    ip("addr add fd09::1/64 dev left nodad");
    ip("link set left up");
    ip("link set right up");
}

/// Waits for a condition.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// A directory of scripted agents that write what they are asked into one trace.
#[derive(Debug)]
pub struct Stage {
    pub dir: tempfile::TempDir,
}

impl Stage {
    pub fn new() -> Stage {
        Stage { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// An honest agent `name`: a flag file is its state. `extra` runs first, as shell, with `$action` set.
    pub fn agent(&self, name: &str, extra: &str) -> Resource {
        let dir = self.dir.path().display();
        let script = format!(
            "#!/bin/sh\nfor action; do :; done\n[ $action = status ] || echo {name} \"$@\" >> {dir}/trace\n{extra}\n\
             case $action in\n start) touch {dir}/{name}.on;;\n stop) rm -f {dir}/{name}.on;;\n \
             status) [ -e {dir}/{name}.on ] && echo running || echo stopped;;\nesac\n"
        );
        let path = self.path(name);
        write_script(&path, &script);
        resource(name, ResourceKind::ResourceD { path })
    }

    /// Is the flag of an agent up?
    pub fn is_on(&self, name: &str) -> bool {
        self.path(&format!("{name}.on")).exists()
    }

    /// Every start and stop so far, in order.
    pub fn trace(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("trace")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

pub fn write_script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A resource from its word, split at `::`.
pub fn resource(word: &str, kind: ResourceKind) -> Resource {
    let arguments = word.split_once("::").map_or("", |(_, rest)| rest);
    let arguments = if arguments.is_empty() { Vec::new() } else { arguments.split("::").map(str::to_owned).collect() };
    Resource { word: word.to_owned(), kind, arguments, watching: systole_config::Watching::default() }
}

/// An address resource.
pub fn address(word: &str) -> Resource {
    let kind = ResourceKind::Address;
    // `fd09::7/64` is bare, `IPv6addr::fd09::7/64` is not.
    let bare = !word.starts_with("IP");
    let argument = if bare { word } else { word.split_once("::").unwrap().1 };
    Resource {
        word: word.to_owned(),
        kind,
        arguments: vec![argument.to_owned()],
        watching: systole_config::Watching::default(),
    }
}

/// A configuration of node alpha with these groups, each with the name of its first resource as key.
pub fn configuration(groups: Vec<Vec<Resource>>) -> Configuration {
    let me = NodeName::new("alpha").unwrap();
    let group = |resources: Vec<Resource>| {
        let key = resources[0].word.clone();
        let line = resources.iter().map(|r| r.word.as_str()).collect::<Vec<_>>().join(" ");
        Group { id: GroupId::of_key(&key), key, home: me.clone(), line, resources }
    };
    let groups: Vec<Group> = groups.into_iter().map(group).collect();
    let settings = |g: &Group| GroupSettings {
        id: g.id,
        key: g.key.clone(),
        nodes: vec![me.clone()],
        interfaces: vec![],
        probe: systole_core::Probing::On,
        retries: systole_core::Retries::default(),
        warm: false,
    };
    let second = Duration::from_secs(1);
    Configuration {
        core: Settings {
            me: me.clone(),
            nodes: vec![me.clone()],
            timing: Timing::new(second, second * 5, second * 10, second * 30).unwrap(),
            failback: Failback::On,
            links: vec![],
            groups: groups.iter().map(settings).collect(),
            pings: vec![],
            deadping: std::time::Duration::from_secs(10),
            digest: 0,
        },
        media: vec![],
        pings: vec![],
        groups,
        logging: Logging { facility: Some("local0".into()), logfile: None, debugfile: None, debug: 0 },
        realtime: Realtime { enabled: false, priority: None },
        environment: vec![("keepalive".into(), "1".into())],
        directory: "/etc/ha.d".into(),
        watchdog: None,
        protection: None,
        expire: true,
        watching: systole_config::Watching::default(),
    }
}

/// What scripts see under [`configuration`].
pub fn environment() -> crate::hands::agent::environment::Environment {
    crate::hands::agent::environment::Environment::new(&configuration(vec![]))
}

/// An executor, and what it reports.
#[derive(Debug)]
pub struct Bench {
    pub executor: Executor,
    pub reports: UnboundedReceiver<Report>,
    pub notes: Vec<String>,
    pub groups: Vec<GroupId>,
    jobs: u64,
}

impl Bench {
    pub fn new(groups: Vec<Vec<Resource>>, around: &Surroundings) -> Bench {
        let configuration = configuration(groups);
        let (tell, reports) = unbounded_channel();
        let executor = Executor::with(&configuration, tell, around);
        let groups = configuration.groups.iter().map(|g| g.id).collect();
        Bench { executor, reports, notes: Vec::new(), groups, jobs: 0 }
    }

    /// Begins a job on the group of that number.
    pub fn begin(&mut self, group: usize, kind: JobKind) -> JobId {
        self.jobs += 1;
        let id = JobId(self.jobs);
        self.executor.run(Job { id, group: self.groups[group], kind });
        id
    }

    /// The next end of a job; notes before it are kept.
    pub async fn next_done(&mut self) -> (JobId, Outcome) {
        loop {
            match self.reports.recv().await.unwrap() {
                Report::Done { job, outcome, .. } => return (job, outcome),
                Report::Note { level, text } => self.notes.push(format!("{level:?} {text}")),
                Report::Failed { why, .. } => self.notes.push(format!("Failed {why}")),
                Report::Probed { .. } | Report::Told(_) | Report::Rivals(_) => {}
            }
        }
    }

    /// A job from begin to end.
    pub async fn work(&mut self, group: usize, kind: JobKind) -> Outcome {
        let id = self.begin(group, kind);
        let (done, outcome) = self.next_done().await;
        assert_eq!(done, id);
        outcome
    }

    /// Waits for a note that contains these words.
    pub async fn note(&mut self, words: &str) {
        while !self.notes.iter().any(|note| note.contains(words)) {
            match self.reports.recv().await.unwrap() {
                Report::Note { level, text } => self.notes.push(format!("{level:?} {text}")),
                Report::Failed { why, .. } => self.notes.push(format!("Failed {why}")),
                Report::Probed { .. } | Report::Told(_) | Report::Rivals(_) => {}
                done @ Report::Done { .. } => panic!("waiting for {words:?}, got {done:?}"),
            }
        }
    }
}

//! A whole life of hands over a real socket, with a scripted heart and a scripted executor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dying;

use super::live;
use super::work::{Report, Work};
use crate::bridge::{Begin, Level, ToHands, ToHeart};
use crate::ctl::samples::status;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use systole_config::{Configuration, Group, LogTarget, Logging, Realtime};
use systole_core::{
    Answer, Ask, AskId, Condition, Failback, Generation, GroupId, Job, JobId, JobKind, NodeName, Outcome, Sequence,
    Settings, Timing, Uuid, Wire,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// What a heart on node alpha would say first; two groups, one of each home.
pub fn begin(dir: &Path) -> Begin {
    let node = |name: &str| NodeName::new(name).unwrap();
    let ms = Duration::from_millis;
    let group = |key: &str, home: &str, line: &str| Group {
        id: GroupId::of_key(key),
        key: key.into(),
        home: node(home),
        line: line.into(),
        resources: Vec::new(),
    };
    let core = Settings {
        me: node("alpha"),
        nodes: vec![node("alpha"), node("beta")],
        timing: Timing::new(ms(100), ms(500), ms(1000), ms(2000)).unwrap(),
        failback: Failback::On,
        links: Vec::new(),
        groups: Vec::new(),
        pings: vec![],
        deadping: std::time::Duration::from_secs(10),
        digest: 0,
    };
    let configuration = Configuration {
        core,
        media: Vec::new(),
        pings: Vec::new(),
        groups: vec![group("web", "alpha", "alpha web apache2"), group("mail", "beta", "beta mail")],
        logging: Logging { facility: None, logfile: None, debugfile: Some(dir.join("log")), debug: 1 },
        realtime: Realtime { enabled: false, priority: None },
        environment: Vec::new(),
        directory: dir.to_owned(),
        watchdog: None,
        protection: None,
        expire: true,
    };
    let (state_dir, run_dir) = (dir.join("state"), dir.join("run"));
    let life = (Uuid(*b"sixteen of bytes"), Generation(5));
    Begin { configuration, state_dir, run_dir, log: LogTarget::Syslog, life, heart_pid: 18, again: false, record: None }
}

/// What was done to the executor, in order, and the gate that a look waits at.
#[derive(Debug, Default, Clone)]
struct Script {
    done: Arc<Mutex<Vec<String>>>,
    gate: Option<Arc<Notify>>,
    /// A stop fails.
    stuck: bool,
}

struct Scripted {
    script: Script,
    reports: mpsc::UnboundedSender<Report>,
    running: BTreeMap<JobId, GroupId>,
}

impl Scripted {
    fn note(&self, what: String) {
        self.script.done.lock().unwrap().push(what);
    }
}

impl Work for Scripted {
    fn run(&mut self, job: Job) {
        self.note(format!("run {}", job.id.0));
        if job.kind == JobKind::Start {
            let _ = self.reports.send(Report::Done { job: job.id, group: job.group, outcome: Outcome::Done });
        } else {
            self.running.insert(job.id, job.group);
        }
    }
    fn keep(&mut self, groups: &[GroupId], _since_ns: u64) {
        self.note(format!("keep {groups:?}"));
    }
    fn probe(&mut self, group: GroupId, span: Duration) {
        self.note(format!("probe within {} ms", span.as_millis()));
        let _ = self.reports.send(Report::Probed { group, wire: Wire::Silent });
    }
    fn cancel(&mut self, id: JobId) {
        self.note(format!("cancel {}", id.0));
        if let Some(group) = self.running.remove(&id) {
            let _ = self.reports.send(Report::Done { job: id, group, outcome: Outcome::Cancelled });
        }
    }
    async fn inspect_all(&mut self) -> Vec<(GroupId, Condition)> {
        if let Some(gate) = &self.script.gate {
            gate.notified().await;
        }
        self.note("inspect".into());
        vec![(GroupId::of_key("web"), Condition::Stopped)]
    }
    async fn release_everything(&mut self) -> bool {
        tokio::task::yield_now().await;
        let text = "Running /etc/init.d/apache2 stop".into();
        let _ = self.reports.send(Report::Note { level: Level::Info, text });
        self.note("release".into());
        !self.script.stuck
    }
}

struct Heart {
    socket: BufReader<UnixStream>,
    hands: JoinHandle<anyhow::Result<()>>,
    script: Script,
    dir: tempfile::TempDir,
}

impl Heart {
    async fn start(script: Script) -> Heart {
        let dir = tempfile::tempdir().unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let given = script.clone();
        let hands = tokio::spawn(live(theirs, move |_: &Begin, reports| Scripted {
            script: given,
            reports,
            running: BTreeMap::new(),
        }));
        let mut heart = Heart { socket: BufReader::new(ours), hands, script, dir };
        let first = ToHands::Begin(Box::new(begin(heart.dir.path())));
        heart.say(&first).await;
        heart
    }

    async fn ready() -> Heart {
        let mut heart = Heart::start(Script::default()).await;
        let found = vec![(GroupId::of_key("web"), Condition::Stopped)];
        assert_eq!(heart.hear().await, ToHeart::Ready { found });
        heart
    }

    async fn say(&mut self, message: &ToHands) {
        let line = serde_json::to_string(message).unwrap() + "\n";
        self.socket.write_all(line.as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> ToHeart {
        let mut line = String::new();
        tokio::time::timeout(Duration::from_secs(30), self.socket.read_line(&mut line)).await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// Waits for the end; the directory, and what was done.
    async fn ended(self) -> (tempfile::TempDir, Vec<String>) {
        let Heart { hands, script, dir, .. } = self;
        tokio::time::timeout(Duration::from_secs(30), hands).await.expect("hands ends").unwrap().unwrap();
        let done = script.done.lock().unwrap().clone();
        (dir, done)
    }

    async fn control(&self) -> BufReader<UnixStream> {
        let path = self.dir.path().join("run/control");
        for _ in 0..3000 {
            if let Ok(stream) = UnixStream::connect(&path).await {
                return BufReader::new(stream);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no control socket");
    }
}

fn log(dir: &tempfile::TempDir) -> String {
    std::fs::read_to_string(dir.path().join("log")).unwrap()
}

fn job(id: u64, kind: JobKind) -> Job {
    Job { id: JobId(id), group: GroupId::of_key("web"), kind }
}

#[tokio::test]
async fn jobs_go_to_the_executor_and_their_ends_to_heart() {
    let mut heart = Heart::ready().await;
    let group = GroupId::of_key("web");
    heart.say(&ToHands::Do(job(1, JobKind::Start))).await;
    assert_eq!(heart.hear().await, ToHeart::Done { id: JobId(1), group, outcome: Outcome::Done });
    heart.say(&ToHands::Do(job(2, JobKind::Stop))).await;
    heart.say(&ToHands::Cancel(JobId(2))).await;
    assert_eq!(heart.hear().await, ToHeart::Done { id: JobId(2), group, outcome: Outcome::Cancelled });
    heart.say(&ToHands::End).await;
    let (_dir, done) = heart.ended().await;
    assert_eq!(done, ["inspect", "run 1", "run 2", "cancel 2"], "End releases nothing: heart has seen to it");
}

#[tokio::test]
async fn end_writes_everything_and_removes_the_socket() {
    let mut heart = Heart::ready().await;
    drop(heart.control().await);
    heart.say(&ToHands::Log { level: Level::Info, text: "last words".into() }).await;
    heart.say(&ToHands::Remember { generation: 1_795_368_773 }).await;
    heart.say(&ToHands::End).await;
    let (dir, _) = heart.ended().await;
    assert!(log(&dir).contains("heartbeat: [18]: info: last words\n"), "{}", log(&dir));
    let kept = std::fs::read_to_string(dir.path().join("state/hb_generation")).unwrap();
    assert_eq!(kept, "     1795368773\n");
    let names = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut there: Vec<String> = std::fs::read_dir(dir.path().join("state")).unwrap().map(names).collect();
    there.sort();
    assert_eq!(there, ["hb_generation", "hb_uuid", "life"], "no half-written file is left");
    assert!(!dir.path().join("run/control").exists());
}

#[tokio::test]
async fn the_log_goes_on_during_the_first_look_and_jobs_wait_for_its_end() {
    let gate = Arc::new(Notify::new());
    let script = Script { gate: Some(gate.clone()), ..Script::default() };
    let mut heart = Heart::start(script).await;
    heart.say(&ToHands::Do(job(1, JobKind::Start))).await;
    heart.say(&ToHands::Log { level: Level::Info, text: "still looking".into() }).await;
    let path = heart.dir.path().join("log");
    for _ in 0..3000 {
        if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("still looking")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(heart.script.done.lock().unwrap().is_empty());
    gate.notify_one();
    assert!(matches!(heart.hear().await, ToHeart::Ready { .. }));
    assert!(matches!(heart.hear().await, ToHeart::Done { id: JobId(1), .. }));
    heart.say(&ToHands::End).await;
    let (dir, done) = heart.ended().await;
    assert_eq!(done, ["inspect", "run 1"]);
    assert!(log(&dir).contains("still looking"));
}

#[tokio::test]
async fn questions_of_people_reach_heart_and_its_answers_them() {
    let mut heart = Heart::ready().await;
    let (mut one, mut two) = (heart.control().await, heart.control().await);
    one.write_all(b"{\"ask\":\"status\"}\n").await.unwrap();
    let ToHeart::Asked { id, ask: Ask::Status } = heart.hear().await else { panic!("a status was asked") };
    assert_ne!(id, AskId(u64::MAX), "heart's own number");
    two.write_all(b"{\"ask\":{\"move\":{\"group\":\"web\",\"node\":\"beta\"}}}\n").await.unwrap();
    let ToHeart::Asked { id: second, ask: Ask::Move { .. } } = heart.hear().await else { panic!("a move was asked") };
    assert_ne!(id, second);
    heart.say(&ToHands::Answer { id: AskId(7), answer: Answer::Done { said: "for an older hands".into() } }).await;
    heart.say(&ToHands::Answer { id: second, answer: Answer::Refused { why: "beta is dead".into() } }).await;
    heart.say(&ToHands::Answer { id, answer: Answer::Status(Box::new(status())) }).await;
    let mut line = String::new();
    two.read_line(&mut line).await.unwrap();
    assert_eq!(line, "{\"age_ms\":0,\"answer\":{\"refused\":{\"why\":\"beta is dead\"}}}\n");
    line.clear();
    one.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("{\"age_ms\":0,\"answer\":{\"status\":{\"node\":\"alpha\""), "{line}");
    heart.say(&ToHands::End).await;
    let (dir, _) = heart.ended().await;
    assert!(log(&dir).contains("\"move\""), "acts are logged with who asked: {}", log(&dir));
}

#[tokio::test]
async fn a_broken_line_of_heart_is_logged_and_the_next_one_counts() {
    let mut heart = Heart::ready().await;
    heart.socket.write_all(b"{\"do\":\x1b\n").await.unwrap();
    heart.say(&ToHands::Do(job(1, JobKind::Start))).await;
    assert!(matches!(heart.hear().await, ToHeart::Done { .. }));
    heart.say(&ToHands::End).await;
    let (dir, _) = heart.ended().await;
    assert!(log(&dir).contains("Heart sent a line that is not understood"), "{}", log(&dir));
    assert!(!log(&dir).contains('\x1b'));
}

/// A Ctrl-C reaches every process of a terminal; hands must not go before heart has decided.
#[tokio::test]
async fn signals_to_hands_are_noted_and_nothing_else() {
    use rustix::process::{Signal, getpid, kill_process};
    let mut heart = Heart::ready().await;
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT"), (Signal::HUP, "SIGHUP")] {
        kill_process(getpid(), signal).unwrap();
        let path = heart.dir.path().join("log");
        let mut seen = false;
        for _ in 0..3000 {
            seen = std::fs::read_to_string(&path)
                .is_ok_and(|text| text.contains(&format!("Hands got {name}; heart decides.")));
            if seen {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(seen, "{name}");
    }
    heart.say(&ToHands::Do(job(1, JobKind::Start))).await;
    assert!(matches!(heart.hear().await, ToHeart::Done { .. }), "it still works");
    heart.say(&ToHands::End).await;
    assert_eq!(heart.ended().await.1, ["inspect", "run 1"]);
}

#[tokio::test]
async fn a_younger_hands_waits_for_the_lock_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let older = super::lock::take(dir.path(), || panic!("the lock was free")).await.unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    let path = dir.path().to_owned();
    let younger = tokio::spawn(async move { super::lock::take(&path, move || tell.send(()).unwrap()).await });
    told.recv().await.unwrap();
    assert!(!younger.is_finished());
    drop(older);
    tokio::time::timeout(Duration::from_secs(30), younger).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_state_directory_that_cannot_be_written_is_an_error_line() {
    let mut heart = Heart::ready().await;
    // A file where the directory should be: fails for root as well. Hands keeps the generation it began with.
    let state = heart.dir.path().join("state");
    // The last one of its first look.
    let life = state.join("life");
    tokio::time::timeout(Duration::from_secs(30), async {
        while !life.exists() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::write(state, "").unwrap();
    heart.say(&ToHands::Remember { generation: 5 }).await;
    heart.say(&ToHands::End).await;
    let (dir, _) = heart.ended().await;
    assert!(log(&dir).contains("ERROR: Generation 5 could not be kept: "), "{}", log(&dir));
}

#[tokio::test]
async fn how_far_peers_were_heard_is_kept_beside_what_was_known() {
    let mut heart = Heart::ready().await;
    let file = heart.dir.path().join("state/peers");
    let beta = NodeName::new("beta").unwrap();
    for number in [1, 1001] {
        let (generation, sequence) = (Generation(500), Sequence(number));
        heart.say(&ToHands::RememberPeer { node: beta.clone(), generation, sequence }).await;
    }
    heart.say(&ToHands::End).await;
    let (_dir, _) = heart.ended().await;
    assert!(std::fs::read_to_string(file).unwrap().starts_with("beta 500 1001 "));
}

#[tokio::test]
async fn hands_does_not_begin_without_begin() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.write_all(b"\"end\"\n").await.unwrap();
    let ended = live(theirs, |_: &Begin, _| -> Scripted { panic!("nothing to make an executor for") }).await;
    assert!(ended.unwrap_err().to_string().contains("must say how to begin"));
}

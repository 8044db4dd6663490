//! The control socket as clients meet it: a real socket, a scripted main loop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::connection::{self, Desk};
use super::protocol::REQUEST_MAX;
use super::{CONNECTIONS, Known, Reply, Request, accept, socket};
use crate::ctl::samples::status;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use systole_core::{Answer, Ask, Which};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};

const STATUS: &str = "{\"ask\":\"status\"}\n";

struct Server {
    path: PathBuf,
    requests: mpsc::Receiver<Request>,
    known: watch::Sender<Known>,
    _dir: tempfile::TempDir,
}

async fn server() -> Server {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control");
    let listener = socket::bind(&path, "no-such-group").await.unwrap();
    let (sender, requests) = mpsc::channel(64);
    let (known, last) = watch::channel(None);
    tokio::spawn(accept(listener, Desk::new(sender, last), mpsc::unbounded_channel().0));
    Server { path, requests, known, _dir: dir }
}

async fn connect(path: &Path) -> BufReader<UnixStream> {
    BufReader::new(UnixStream::connect(path).await.unwrap())
}

async fn answer(client: &mut BufReader<UnixStream>) -> Reply {
    let mut line = String::new();
    tokio::time::timeout(Duration::from_secs(30), client.read_line(&mut line)).await.unwrap().unwrap();
    serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
}

fn refusal(reply: Reply) -> String {
    match reply.answer {
        Answer::Refused { why } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_question_reaches_the_loop_and_its_answer_the_client() {
    let mut server = server().await;
    let mut client = connect(&server.path).await;
    client.write_all(b"{\"ask\":{\"standby\":{\"which\":\"all\"}}}\n").await.unwrap();
    let request = server.requests.recv().await.unwrap();
    assert_eq!(request.ask, Ask::Standby { which: Which::All });
    assert!(request.who.contains(&format!("process {}", std::process::id())), "{}", request.who);
    request.reply.send(Answer::Done { said: "beta has all".into() }).unwrap();
    assert_eq!(answer(&mut client).await, Reply { age_ms: 0, answer: Answer::Done { said: "beta has all".into() } });
    client.write_all(STATUS.as_bytes()).await.unwrap();
    let request = server.requests.recv().await.unwrap();
    request.reply.send(Answer::Status(Box::new(status()))).unwrap();
    assert_eq!(answer(&mut client).await.answer, Answer::Status(Box::new(status())));
}

#[tokio::test(start_paused = true)]
async fn a_deaf_heart_is_shown_by_its_last_status_and_its_age() {
    let mut server = server().await;
    let mut client = connect(&server.path).await;
    client.write_all(STATUS.as_bytes()).await.unwrap();
    let unanswered = server.requests.recv().await.unwrap();
    assert!(refusal(answer(&mut client).await).contains("does not answer"));
    let then = Instant::now().checked_sub(Duration::from_secs(7)).unwrap();
    server.known.send_replace(Some((then, Box::new(status()))));
    client.write_all(STATUS.as_bytes()).await.unwrap();
    let reply = answer(&mut client).await;
    assert!(reply.age_ms >= 7000, "{}", reply.age_ms);
    assert_eq!(reply.answer, Answer::Status(Box::new(status())));
    assert!(unanswered.reply.is_closed(), "nobody waits for the late answer");
}

#[tokio::test]
async fn nonsense_and_endless_lines_are_refused() {
    let server = server().await;
    let mut client = connect(&server.path).await;
    for nonsense in [&b"\n"[..], b"{}\n", b"\xff\xfe\n", b"{\"ask\":\"everything\"}\n"] {
        client.write_all(nonsense).await.unwrap();
        assert!(refusal(answer(&mut client).await).contains("not understood"));
    }
    client.write_all(&vec![b' '; REQUEST_MAX + 1]).await.unwrap();
    assert!(refusal(answer(&mut client).await).contains("at most 65536 bytes"));
    let mut rest = Vec::new();
    let ended = client.read_to_end(&mut rest).await;
    assert!(ended.is_err() || rest.is_empty(), "the connection is closed after that");
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_a_free_place_is_used_again() {
    let mut server = server().await;
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        open.push(connect(&server.path).await);
    }
    let mut late = connect(&server.path).await;
    assert!(refusal(answer(&mut late).await).contains("64 connections"));
    drop(open.pop());
    // The place is free when the server has noticed: ask until somebody is let in.
    loop {
        let mut client = connect(&server.path).await;
        // A connection that is turned away may already be closed.
        let _ = client.write_all(STATUS.as_bytes()).await;
        let mut line = String::new();
        tokio::select! {
            request = server.requests.recv() => {
                request.unwrap().reply.send(Answer::Done { said: String::new() }).unwrap();
                break;
            }
            _ = client.read_line(&mut line) => {}
        }
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let (client, service) = UnixStream::pair().unwrap();
    let (sender, mut requests) = mpsc::channel(64);
    let desk = Desk::new(sender, watch::channel(None).1).impatient(Duration::from_millis(200));
    let served = tokio::spawn(connection::serve(service, desk));
    let mut client = client;
    client.write_all(STATUS.as_bytes()).await.unwrap();
    let said = "x".repeat(4 << 20);
    requests.recv().await.unwrap().reply.send(Answer::Done { said }).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), served).await.expect("dropped").unwrap();
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn who_left_while_waiting_frees_the_place() {
    let (mut client, service) = UnixStream::pair().unwrap();
    let (sender, mut requests) = mpsc::channel(64);
    let served = tokio::spawn(connection::serve(service, Desk::new(sender, watch::channel(None).1)));
    client.write_all(b"{\"ask\":{\"cleanup\":{\"group\":null}}}\n").await.unwrap();
    let request = requests.recv().await.unwrap();
    drop(client);
    tokio::time::timeout(Duration::from_secs(30), served).await.expect("noticed").unwrap().unwrap();
    assert!(request.reply.is_closed());
}

#[tokio::test]
async fn a_stale_socket_is_replaced_a_living_one_and_other_files_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "a dead daemon leaves its socket");
    let alive = socket::bind(&path, "no-such-group").await.unwrap();
    let error = socket::bind(&path, "no-such-group").await.unwrap_err().to_string();
    assert!(error.contains("another daemon answers there"), "{error}");
    drop(alive);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "precious").unwrap();
    let error = socket::bind(&path, "no-such-group").await.unwrap_err().to_string();
    assert!(error.contains("no socket"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[tokio::test]
async fn readers_group_opens_the_socket_and_its_absence_closes_it() {
    let dir = tempfile::tempdir().unwrap();
    let closed = dir.path().join("closed");
    let _kept = socket::bind(&closed, "no-such-group").await.unwrap();
    assert_eq!(std::fs::metadata(&closed).unwrap().permissions().mode() & 0o777, 0o600);
    let table = std::fs::read_to_string("/etc/group").unwrap();
    let own = rustix::process::getegid().as_raw().to_string();
    // The own group may always be given; its name stands in the table.
    let name = table.lines().find(|l| l.split(':').nth(2) == Some(&own)).and_then(|l| l.split(':').next()).unwrap();
    let open = dir.path().join("open");
    let _kept_too = socket::bind(&open, name).await.unwrap();
    let there = std::fs::metadata(&open).unwrap();
    assert_eq!(there.permissions().mode() & 0o777, 0o660);
    assert_eq!(there.gid().to_string(), own);
    assert_eq!(socket::gid_of("a:x:5:\nhaclient:x:112:nagios\n", "haclient"), Some(112));
    assert_eq!(socket::gid_of("xhaclient:x:112:\nhaclient:x:no:\n", "haclient"), None);
}

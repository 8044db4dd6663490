//! One connection of the control socket: line in, question to heart, answer out; every wait has an end.
//! Not here: who may connect (socket), how many (control).

use super::protocol::{REQUEST_MAX, Reply, Told, Wanted, refused, understand};
use super::{Beside, Known, Request};
use crate::hands::lines;
use std::io;
use std::time::Duration;
use systole_core::{Answer, Ask};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedWriteHalf, UCred};
use tokio::sync::mpsc::Sender;
use tokio::sync::{oneshot, watch};

/// A heart that does not answer a status within this time is shown by its last one.
const STATUS_WITHIN: Duration = Duration::from_secs(2);
/// A client that says nothing, or does not take its answer, for so long is dropped.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every connection needs.
#[derive(Debug, Clone)]
pub struct Desk {
    requests: Sender<Request>,
    known: watch::Receiver<Known>,
    patience: Duration,
    beside: Beside,
}

impl Desk {
    pub fn new(requests: Sender<Request>, known: watch::Receiver<Known>) -> Desk {
        Desk { requests, known, patience: PATIENCE, beside: Beside::nothing() }
    }

    /// Tells these with each status.
    pub fn with(self, beside: Beside) -> Desk {
        Desk { beside, ..self }
    }

    #[cfg(test)]
    pub fn impatient(self, patience: Duration) -> Desk {
        Desk { patience, ..self }
    }
}

/// Serves one client until it leaves.
///
/// # Errors
/// The connection failed, or the client was too slow or said too much.
pub async fn serve(stream: UnixStream, desk: Desk) -> io::Result<()> {
    let peer = stream.peer_cred()?;
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let mut unfinished = Vec::new();
    loop {
        let line = tokio::time::timeout(desk.patience, lines::next(&mut reading, &mut unfinished, REQUEST_MAX)).await?;
        let line = match line {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(()),
            Err(error) => {
                let why = format!("a request is one line of at most {REQUEST_MAX} bytes: {error}");
                return say(&mut writing, refused(why), &desk).await;
            }
        };
        match understand(&line) {
            Err(reply) => say(&mut writing, reply, &desk).await?,
            Ok(Wanted::Compare) => compare(&mut writing, &peer, &desk).await?,
            Ok(Wanted::Ask(ask)) => {
                let Some(reply) = reply(ask, &peer, &desk, &writing).await else { return Ok(()) };
                say(&mut writing, reply, &desk).await?;
            }
        }
    }
}

/// Who reaches this point was let in by the mode of the socket: root, the daemon's own user, or a reader.
fn may_act(peer: &UCred) -> bool {
    peer.uid() == 0 || peer.uid() == rustix::process::geteuid().as_raw()
}

/// The lines of all nodes. Groups have words in their lines that not every reader should see.
async fn compare(writing: &mut OwnedWriteHalf, peer: &UCred, desk: &Desk) -> io::Result<()> {
    let compared = match &desk.beside.comparing {
        Some(comparing) if may_act(peer) => comparing.ask_all().await,
        _ => {
            let why = format!("user {} may read the status; to compare the files, be root (sudo)", peer.uid());
            return say(writing, refused(why), desk).await;
        }
    };
    let reply = Reply { age_ms: 0, answer: Answer::Done { said: "compared".into() } };
    write(writing, &Told { reply, protection: None, rivals: Vec::new(), compared: Some(compared) }, desk).await
}

/// The answer of heart; `None` when the client went away before it came.
async fn reply(ask: Ask, peer: &UCred, desk: &Desk, client: &OwnedWriteHalf) -> Option<Reply> {
    if ask != Ask::Status && !may_act(peer) {
        let why = format!("user {} may read the status; to act, be root (sudo)", peer.uid());
        return Some(refused(why));
    }
    let pid = peer.pid().map_or_else(String::new, |pid| format!(", process {pid}"));
    let who = format!("user {}{pid}", peer.uid());
    let status = ask == Ask::Status;
    let (sender, answer) = oneshot::channel();
    if desk.requests.try_send(Request { ask, who, reply: sender }).is_err() {
        return Some(refused("too many requests at once; try again".into()));
    }
    if status { Some(status_within(answer, desk).await) } else { done(answer, client).await }
}

async fn status_within(answer: oneshot::Receiver<Answer>, desk: &Desk) -> Reply {
    match tokio::time::timeout(STATUS_WITHIN, answer).await {
        Ok(Ok(answer)) => Reply { age_ms: 0, answer },
        _ => match &*desk.known.borrow() {
            Some((at, status)) => {
                let age_ms = u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX);
                Reply { age_ms, answer: Answer::Status(status.clone()) }
            }
            // Not age 0: who asked can tell this silence from a refusal that heart gave.
            None => {
                let why = "heart, the part of systoled that decides, does not answer; see its log".into();
                Reply { age_ms: u64::try_from(STATUS_WITHIN.as_millis()).unwrap_or(u64::MAX), ..refused(why) }
            }
        },
    }
}

/// Waits as long as the work takes and the client stays.
async fn done(mut answer: oneshot::Receiver<Answer>, client: &OwnedWriteHalf) -> Option<Reply> {
    loop {
        match tokio::time::timeout(Duration::from_secs(1), &mut answer).await {
            Ok(Ok(answer)) => return Some(Reply { age_ms: 0, answer }),
            Ok(Err(_)) => return Some(refused("systoled ended before it was done".into())),
            // A client may close its writing side and still read; only one that closed both is gone.
            Err(_) if client.ready(tokio::io::Interest::WRITABLE).await.is_ok_and(|r| r.is_write_closed()) => {
                return None;
            }
            Err(_) => {}
        }
    }
}

async fn say(writing: &mut OwnedWriteHalf, reply: Reply, desk: &Desk) -> io::Result<()> {
    let told = match reply.answer {
        Answer::Status(_) => {
            let (protection, rivals) = (desk.beside.protection.clone(), desk.beside.rivals.borrow().clone());
            Told { reply, protection, rivals, compared: None }
        }
        _ => Told { reply, protection: None, rivals: Vec::new(), compared: None },
    };
    write(writing, &told, desk).await
}

async fn write(writing: &mut OwnedWriteHalf, told: &Told, desk: &Desk) -> io::Result<()> {
    let mut line = serde_json::to_vec(told)?;
    line.push(b'\n');
    tokio::time::timeout(desk.patience, writing.write_all(&line)).await?
}

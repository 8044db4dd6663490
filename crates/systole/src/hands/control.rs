//! The control socket: JSON lines on a Unix stream in the run directory. A request is `{"ask":..}`, an answer
//! `{"age_ms":..,"answer":..}`. Here is who may connect and how many; not one connection's life (connection),
//! nor the answers (heart gives them).

mod connection;
mod protocol;
mod socket;
#[cfg(test)]
mod tests;

use super::comparing::Comparing;
use super::work::Report;
use crate::bridge::Level;
use connection::Desk;
pub use protocol::{Compare, Compared, OfNode, Question, Reply, Rival, Told};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use systole_config::Protection;
use systole_core::{Answer, Ask, Status};
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::sync::{Semaphore, oneshot, watch};

/// Connections at once; the next one is told so and closed.
const CONNECTIONS: usize = 64;
/// The group whose members may read (Heartbeat's).
const READERS: &str = "haclient";
/// Between two tries to open the socket.
const AGAIN: Duration = Duration::from_secs(5);

/// A question on its way to the main loop.
#[derive(Debug)]
pub struct Request {
    pub ask: Ask,
    /// For the log.
    pub who: String,
    pub reply: oneshot::Sender<Answer>,
}

/// The last status of heart and when it came.
pub type Known = Option<(Instant, Box<Status>)>;

/// What hands itself knows and tells with each status of heart.
#[derive(Debug, Clone)]
pub struct Beside {
    pub protection: Option<Protection>,
    pub rivals: watch::Receiver<Vec<Rival>>,
    /// For `systole diff`.
    pub comparing: Option<Arc<Comparing>>,
}

impl Beside {
    fn nothing() -> Beside {
        Beside { protection: None, rivals: watch::Sender::new(Vec::new()).subscribe(), comparing: None }
    }
}

/// Where the socket lies.
pub fn path(run_dir: &Path) -> PathBuf {
    run_dir.join("control")
}

/// Serves until dropped. A socket that cannot be opened is reported once and tried again; the node goes on without.
pub async fn serve(
    run_dir: PathBuf,
    requests: Sender<Request>,
    known: watch::Receiver<Known>,
    notes: UnboundedSender<Report>,
    beside: Beside,
) {
    let mut told = false;
    let listener = loop {
        match socket::bind(&path(&run_dir), READERS).await {
            Ok(listener) => break listener,
            Err(error) if !told => {
                told = true;
                let text = format!("No control socket, so `systole status` will not work: {error}");
                let _ = notes.send(Report::Note { level: Level::Error, text });
            }
            Err(_) => {}
        }
        tokio::time::sleep(AGAIN).await;
    };
    accept(listener, Desk::new(requests, known).with(beside), notes).await;
}

async fn accept(listener: UnixListener, desk: Desk, notes: UnboundedSender<Report>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match places.clone().try_acquire_owned() {
                Ok(place) => {
                    let desk = desk.clone();
                    tokio::spawn(async move {
                        // A connection that fails concerns its client only, who sees it close.
                        let _ = connection::serve(stream, desk).await;
                        drop(place);
                    });
                }
                Err(_) => turn_away(stream).await,
            },
            Err(error) => {
                let text = format!("The control socket takes no connection: {error}");
                let _ = notes.send(Report::Note { level: Level::Warn, text });
                // Out of file descriptors, most likely: do not spin.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

async fn turn_away(mut stream: UnixStream) {
    let why = format!("{CONNECTIONS} connections are open already; close some and try again");
    let reply = Reply { age_ms: 0, answer: Answer::Refused { why } };
    if let Ok(mut line) = serde_json::to_vec(&reply) {
        line.push(b'\n');
        // A fresh socket has room for this; if it has not, closing says enough.
        let _ = tokio::time::timeout(Duration::from_millis(10), stream.write_all(&line)).await;
    }
}

//! The browser that never rests: a new connection every few milliseconds, several in flight, each with a short limit,
//! so that no retransmission of the kernel's hides or stretches an outage.
//! Not here: what the answers mean; that is timeline.rs.

use crate::namespace::{Namespace, enter_network};
use crate::stop::timespec;
use crate::timeline::{Answer, Timeline};
use anyhow::Result;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with, sockopt,
};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A new request so often, unless somebody wants it otherwise.
pub const PERIOD: Duration = Duration::from_millis(5);
/// A request is given up after this. Below the kernel's first retransmission of a SYN (1 s).
const LIMIT: Duration = Duration::from_millis(250);
/// A page larger than this is not ours.
const PAGE_MAX: usize = 16 * 1024;
const REQUEST: &[u8] = b"GET / HTTP/1.0\r\nHost: cluster\r\nConnection: close\r\n\r\n";

/// Asks until dropped.
#[derive(Debug)]
pub struct Prober {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    timeline: Mutex<Timeline>,
    ending: AtomicBool,
}

impl Prober {
    /// Asks `http://address/` from inside `client`, once in every `period`.
    pub(crate) fn start(client: &Namespace, address: Ipv4Addr, period: Duration) -> Result<Prober> {
        let shared = Arc::new(Shared { timeline: Mutex::default(), ending: AtomicBool::new(false) });
        let network = File::open(client.path("net"))?;
        let worker = Arc::clone(&shared);
        let target = SocketAddrV4::new(address, 80);
        let thread = std::thread::Builder::new().name("prober".into()).spawn(move || {
            if let Err(error) = enter_network(&network) {
                eprintln!("systole lab: the client cannot ask: {error:#}");
                return;
            }
            worker.run(target, period);
        })?;
        Ok(Prober { shared, thread: Some(thread) })
    }

    /// Asks the timeline something.
    pub fn look<T>(&self, question: impl FnOnce(&Timeline) -> T) -> T {
        question(&self.shared.timeline())
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One request on its way.
#[derive(Debug)]
struct Request {
    socket: OwnedFd,
    asked: Instant,
    sent: bool,
    page: Vec<u8>,
}

impl Shared {
    fn timeline(&self) -> MutexGuard<'_, Timeline> {
        self.timeline.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note(&self, asked: Instant, who: Option<String>) {
        self.timeline().answers.push(Answer { asked, done: Instant::now(), who });
    }

    fn run(&self, target: SocketAddrV4, period: Duration) {
        let mut flying: Vec<Request> = Vec::new();
        let mut next = Instant::now();
        while !self.ending.load(Ordering::SeqCst) {
            let now = Instant::now();
            if now >= next {
                // After a delay of our own: no burst to catch up.
                next = (next + period).max(now);
                match ask(target) {
                    Ok(request) => flying.push(request),
                    Err(_) => self.note(now, None),
                }
            }
            wait(&flying, next);
            flying = flying.into_iter().filter_map(|request| self.step(request)).collect();
        }
    }

    /// Carries one request on; nothing when it is over, and noted.
    fn step(&self, mut request: Request) -> Option<Request> {
        match request.advance() {
            Step::Waiting if request.asked.elapsed() < LIMIT => return Some(request),
            Step::Waiting | Step::Failed => self.note(request.asked, None),
            Step::Complete => self.note(request.asked, name_on(&request.page)),
        }
        None
    }
}

/// Until something can be carried on or the next request is due.
fn wait(flying: &[Request], next: Instant) {
    let mut fds: Vec<PollFd<'_>> = flying
        .iter()
        .map(|r| PollFd::from_borrowed_fd(r.socket.as_fd(), if r.sent { PollFlags::IN } else { PollFlags::OUT }))
        .collect();
    // An interrupted wait is as good as one that is over.
    let _ = poll(&mut fds, Some(&timespec(next.saturating_duration_since(Instant::now()))));
}

fn ask(target: SocketAddrV4) -> Result<Request, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    // Closed with a reset: a thousand finished requests leave no sockets that wait a minute.
    sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
    match connect(&socket, &target) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(Request { socket, asked: Instant::now(), sent: false, page: Vec::new() }),
        Err(error) => Err(error),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Waiting,
    Complete,
    Failed,
}

impl Request {
    fn advance(&mut self) -> Step {
        if !self.sent {
            match send(&self.socket, REQUEST, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
                Ok(_) => self.sent = true,
                // Not connected yet.
                Err(Errno::AGAIN | Errno::NOTCONN | Errno::INPROGRESS) => return Step::Waiting,
                Err(_) => return Step::Failed,
            }
        }
        let mut buffer = [0u8; 4096];
        loop {
            match recv(&self.socket, &mut buffer, RecvFlags::DONTWAIT) {
                Ok((_, 0)) => return Step::Complete,
                Ok((_, count)) if self.page.len() + count <= PAGE_MAX => {
                    self.page.extend_from_slice(buffer.get(..count).unwrap_or_default());
                }
                Ok(_) => return Step::Failed,
                Err(Errno::AGAIN) => return Step::Waiting,
                Err(Errno::INTR) => {}
                Err(_) => return Step::Failed,
            }
        }
    }
}

/// The machine's name on a page that came with status 200.
fn name_on(page: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(page).ok()?;
    let (first, rest) = text.split_once("\r\n")?;
    if first.split(' ').nth(1) != Some("200") {
        return None;
    }
    let (_, rest) = rest.split_once("<h1>")?;
    Some(rest.split_once("</h1>")?.0.to_owned())
}

#[cfg(test)]
mod tests;

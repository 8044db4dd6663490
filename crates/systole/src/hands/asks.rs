//! The questions that are under way between the control socket and heart, and the last status that heart gave.
//! Not here: sockets.

use super::control::{Known, Request};
use std::collections::BTreeMap;
use std::time::Instant;
use systole_core::{Answer, Ask, AskId};
use tokio::sync::{oneshot, watch};

/// Acts that may wait for heart at once; one for each connection, and some whose asker went away.
const ACTS: usize = 128;

/// At most one status is under way: who asks meanwhile gets the same answer, so a heart that does not answer
/// is not buried under questions.
#[derive(Debug)]
pub struct Asks {
    next: u64,
    status: Option<AskId>,
    status_waiters: Vec<oneshot::Sender<Answer>>,
    acts: BTreeMap<AskId, oneshot::Sender<Answer>>,
    known: watch::Sender<Known>,
}

impl Asks {
    /// Numbers begin with the process id, so that answers to an older hands are not taken for ours.
    pub fn new(pid: u32, known: watch::Sender<Known>) -> Asks {
        Asks { next: u64::from(pid) << 32 | 1, status: None, status_waiters: Vec::new(), acts: BTreeMap::new(), known }
    }

    /// Notes who asks; returns what to send to heart, if this has to be sent.
    pub fn take(&mut self, request: Request) -> Option<(AskId, Ask)> {
        let Request { ask, reply, .. } = request;
        if ask == Ask::Status {
            self.status_waiters.retain(|waiter| !waiter.is_closed());
            self.status_waiters.push(reply);
            if self.status.is_some() {
                return None;
            }
            let id = self.number();
            self.status = Some(id);
            return Some((id, ask));
        }
        if self.acts.len() >= ACTS {
            let why = format!("{ACTS} requests are waiting already; systoled does not get through with them");
            // A closed receiver is an asker that went away.
            let _ = reply.send(Answer::Refused { why });
            return None;
        }
        let id = self.number();
        self.acts.insert(id, reply);
        Some((id, ask))
    }

    /// Gives the answer to whoever waits for it; false when nobody asked that.
    pub fn answered(&mut self, id: AskId, answer: Answer) -> bool {
        if self.status == Some(id) {
            self.status = None;
            if let Answer::Status(status) = &answer {
                self.known.send_replace(Some((Instant::now(), status.clone())));
            }
            for waiter in self.status_waiters.drain(..) {
                let _ = waiter.send(answer.clone());
            }
            return true;
        }
        match self.acts.remove(&id) {
            Some(waiter) => {
                let _ = waiter.send(answer);
                true
            }
            None => false,
        }
    }

    /// Heart will never answer again: everybody who waits is told so.
    pub fn refuse_all(&mut self, why: &str) {
        self.status = None;
        let waiters = self.status_waiters.drain(..).chain(std::mem::take(&mut self.acts).into_values());
        for waiter in waiters {
            let _ = waiter.send(Answer::Refused { why: why.to_owned() });
        }
    }

    fn number(&mut self) -> AskId {
        let id = AskId(self.next);
        self.next += 1;
        id
    }
}

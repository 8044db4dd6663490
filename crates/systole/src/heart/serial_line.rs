//! One serial line: frames out of the byte stream, and an outbox that never makes anybody wait.
//! Not here: opening and settings (systole-sys).

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use systole_sys::serial::SerialLink;
use systole_wire::{Frame, Keys, Reject, TextStream, Verified};

/// More bytes than this in the kernel's queue are older than any beat should be (0.3 s at 19200 baud).
const QUEUE_MAX: usize = 600;
/// While the queue is full, look again after so long.
const LOOK_AGAIN_NS: u64 = 20_000_000;
/// A line that takes nothing for so long is stuck: nobody reads, or the flow control lines are not wired.
const STUCK_NS: u64 = 3_000_000_000;
/// What a message is to a line on which everything has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Only the newest one counts.
    Beat,
    /// One of many that ask the same; what the line carries otherwise shows as well that this node lives.
    Question,
    /// Each one counts.
    Word,
}

/// Messages that are no beats and wait for the line; beats replace each other instead.
const WAITING_MAX: usize = 16;
/// Bytes read in one go, so that a babbling line cannot keep the loop.
const READ_MAX: usize = 16 * 1024;

pub struct SerialLine {
    link: SerialLink,
    stream: TextStream,
    /// The frame being written, and how far it is.
    current: Vec<u8>,
    written: usize,
    waiting: VecDeque<Vec<u8>>,
    beat: Option<Vec<u8>>,
    blocked_since_ns: Option<u64>,
    stuck: bool,
}

/// What a look at the outbox found.
pub enum Flow {
    /// As before.
    Same,
    /// The line has just got stuck, or moves again.
    Stuck,
    Moving,
}

impl SerialLine {
    pub fn new(link: SerialLink) -> SerialLine {
        SerialLine {
            link,
            stream: TextStream::new(),
            current: Vec::new(),
            written: 0,
            waiting: VecDeque::new(),
            beat: None,
            blocked_since_ns: None,
            stuck: false,
        }
    }

    /// Takes a frame for sending. A beat that has not begun to be written is replaced by a newer one; a question is put
    /// to a line that is idle only: ten in a second are more than a slow line carries, and beats would wait behind them.
    pub fn put(&mut self, bytes: Vec<u8>, weight: Weight) {
        match weight {
            Weight::Beat => self.beat = Some(bytes),
            Weight::Question if !self.is_idle() => {}
            Weight::Question | Weight::Word if self.waiting.len() >= WAITING_MAX => {}
            Weight::Question | Weight::Word => self.waiting.push_back(bytes),
        }
    }

    fn is_idle(&self) -> bool {
        self.is_empty() && self.link.queued_output().is_ok_and(|queued| queued == 0)
    }

    /// Writes what the line takes now.
    ///
    /// # Errors
    /// The line is gone (hang-up, unplugged adapter).
    pub fn flush(&mut self, now_ns: u64) -> io::Result<Flow> {
        while self.has_more() {
            if self.written == 0 && self.link.queued_output()? > QUEUE_MAX {
                return self.blocked(now_ns);
            }
            let rest = self.current.get(self.written..).unwrap_or_default();
            match self.link.write(rest)? {
                0 => return self.blocked(now_ns),
                _ if self.stuck => return self.moves_again(),
                n => self.written += n,
            }
            if self.written >= self.current.len() {
                self.current.clear();
                self.written = 0;
            }
        }
        if !self.stuck {
            self.blocked_since_ns = None;
        }
        Ok(Flow::Same)
    }

    fn has_more(&mut self) -> bool {
        if self.current.is_empty() {
            self.current = self.waiting.pop_front().or_else(|| self.beat.take()).unwrap_or_default();
        }
        !self.current.is_empty()
    }

    fn blocked(&mut self, now_ns: u64) -> io::Result<Flow> {
        let since = *self.blocked_since_ns.get_or_insert(now_ns);
        if now_ns.saturating_sub(since) < STUCK_NS {
            return Ok(Flow::Same);
        }
        // The frame that is half written stays: whether the line takes the rest is how we learn that it moves.
        self.waiting.clear();
        Ok(if std::mem::replace(&mut self.stuck, true) { Flow::Same } else { Flow::Stuck })
    }

    /// What lies in the kernel's queue is stale by now; the next beat that gets through shall be a fresh one.
    fn moves_again(&mut self) -> io::Result<Flow> {
        self.link.discard_output()?;
        self.current.clear();
        self.written = 0;
        self.blocked_since_ns = None;
        self.stuck = false;
        Ok(Flow::Moving)
    }

    /// When to look at the outbox again although nothing new was put in.
    pub fn next_look_ns(&self, now_ns: u64) -> Option<u64> {
        self.blocked_since_ns.map(|_| now_ns + LOOK_AGAIN_NS)
    }

    /// Everything put in has left for the kernel, or never will.
    pub fn is_empty(&self) -> bool {
        self.stuck || self.current.is_empty() && self.waiting.is_empty() && self.beat.is_none()
    }

    /// Reads what is there and gives each frame or refusal.
    ///
    /// # Errors
    /// The line is gone.
    pub fn read(&mut self, keys: &Keys, mut each: impl FnMut(Result<Verified<Frame>, Reject>)) -> io::Result<()> {
        let mut bytes = [0_u8; 4096];
        let mut total = 0;
        while total < READ_MAX {
            let Some(count) = self.link.read(&mut bytes)? else { break };
            total += count;
            self.stream.push(bytes.get(..count).unwrap_or_default());
            while let Some(frame) = self.stream.next(keys) {
                each(frame);
            }
        }
        Ok(())
    }
}

impl AsFd for SerialLine {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.link.as_fd()
    }
}

//! The child that does the work: started, spoken to, listened to, started again.
//! Not here: the work (crate::hands). Nothing here ever waits for the child.

use crate::bridge::{self, Begin, LINE_MAX, Level, ToHands, ToHeart, take_lines};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use systole_core::Generation;
use systole_core::record::Entry;

/// More than this unread by hands means that it hangs; it is killed and started again.
const UNREAD_MAX: usize = 8 << 20;
/// After an early death, so that a broken hands does not spin.
const PAUSE_NS: u64 = 1_000_000_000;
/// How often to look whether a killed child is gone.
const REAP_NS: u64 = 10_000_000;

pub struct Hands {
    begin: Begin,
    child: Option<Child>,
    socket: Option<UnixStream>,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    started_at_ns: u64,
    /// Counts the children.
    life: u64,
    start_again_at_ns: Option<u64>,
    /// What the next child shall log. Not printed here: a stopped terminal would stop heart.
    note: Option<String>,
}

/// What listening brought.
pub enum Heard {
    Lines(Vec<ToHeart>),
    /// The child is gone, or said something senseless.
    Gone,
}

impl Hands {
    pub fn new(begin: Begin) -> Hands {
        Hands {
            begin,
            child: None,
            socket: None,
            outgoing: Vec::new(),
            incoming: Vec::new(),
            started_at_ns: 0,
            life: 0,
            start_again_at_ns: None,
            note: None,
        }
    }

    /// Starts the child. A failure is tried again after a pause: heart goes on beating without hands.
    pub fn start(&mut self, now_ns: u64) {
        if !self.reap() {
            // Killed, but still there: as long as it lives it may hold the lock and run jobs.
            self.start_again_at_ns = Some(now_ns + REAP_NS);
            return;
        }
        self.started_at_ns = now_ns;
        self.life += 1;
        self.start_again_at_ns = None;
        if let Err(e) = self.try_start() {
            self.note = Some(format!("Hands could not be started before: {e}."));
            self.start_again_at_ns = Some(now_ns + PAUSE_NS);
            return;
        }
        let begin = ToHands::Begin(Box::new(self.begin.clone()));
        self.begin.again = true;
        self.outgoing.clear();
        self.incoming.clear();
        self.say(&begin);
        if let Some(text) = self.note.take() {
            self.log(Level::Error, text);
        }
    }

    fn try_start(&mut self) -> std::io::Result<()> {
        let (ours, theirs) = systole_sys::spawn::bridge_pair()?;
        ours.set_nonblocking(true)?;
        // The same executable even if the file was replaced meanwhile: both ends must speak the same bridge.
        // Its own process group, so that a Ctrl-C in the terminal reaches heart alone, which ends in good order.
        let child = Command::new("/proc/self/exe")
            .arg0("systole")
            .arg("hands")
            .stdin(Stdio::from(theirs))
            // Heart alone talks to the service manager; services must not be able to speak in its name.
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            .process_group(0)
            .spawn()?;
        self.child = Some(child);
        self.socket = Some(ours);
        Ok(())
    }

    /// It was told to write a recording.
    pub fn is_recording(&self) -> bool {
        self.begin.record.is_some()
    }

    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(|s| s.as_fd())
    }

    /// Something waits to be written.
    pub fn wants_to_write(&self) -> bool {
        !self.outgoing.is_empty()
    }

    pub fn start_again_at_ns(&self) -> Option<u64> {
        self.start_again_at_ns
    }

    pub fn log(&mut self, level: Level, text: String) {
        self.say(&ToHands::Log { level, text });
    }

    /// Queues one line. Without a child it is lost: whoever comes next is told the present, not the past.
    pub fn say(&mut self, line: &ToHands) {
        if let ToHands::Remember { generation } = line {
            // A hands that comes later must know it too.
            self.begin.life.1 = Generation(*generation);
        }
        if self.socket.is_none() {
            return;
        }
        match serde_json::to_vec(line) {
            Ok(mut bytes) => {
                bytes.push(b'\n');
                self.outgoing.extend_from_slice(&bytes);
            }
            Err(e) => self.note = Some(format!("A line for hands could not be written: {e}.")),
        }
        self.write();
    }

    /// Which child it is; the first is 1.
    pub fn life(&self) -> u64 {
        self.life
    }

    /// The child that runs, counted as by `life`.
    pub fn child(&self) -> Option<u64> {
        self.socket.as_ref().map(|_| self.life)
    }

    /// It did not answer for so long: the next one may.
    pub fn hangs(&mut self, for_ns: u64) {
        let seconds = for_ns / 1_000_000_000;
        self.note = Some(format!("The process that runs the resources did not answer for {seconds} s and was killed."));
        self.kill();
    }

    /// Bytes that wait for hands; nothing without a child.
    pub fn unread(&self) -> Option<usize> {
        self.socket.as_ref().map(|_| self.outgoing.len())
    }

    /// Queues a line of the recording; it leaves with the next word to hands or at the end of the turn. Gives its length.
    ///
    /// # Errors
    /// The line is too long; nothing was queued.
    pub fn record(&mut self, entry: &Entry) -> Result<usize, String> {
        let line = bridge::record_line(entry)?;
        self.outgoing.extend_from_slice(&line);
        Ok(line.len())
    }

    /// Writes what the socket takes; kills a child that does not read.
    pub fn write(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        while !self.outgoing.is_empty() {
            match socket.write(&self.outgoing) {
                Ok(n) => drop(self.outgoing.drain(..n)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                // The end of the child is noticed by reading.
                Err(_) => self.outgoing.clear(),
            }
        }
        if self.outgoing.len() > UNREAD_MAX {
            self.note = Some("The hands before did not read what heart wrote, and was killed.".into());
            self.kill();
        }
    }

    /// Reads what is there.
    pub fn listen(&mut self) -> Heard {
        let Some(socket) = &mut self.socket else { return Heard::Lines(Vec::new()) };
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            match socket.read(&mut chunk) {
                Ok(0) => return Heard::Gone,
                Ok(n) => self.incoming.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Heard::Gone,
            }
            if self.incoming.len() > LINE_MAX {
                break;
            }
        }
        take_lines(&mut self.incoming).map_or(Heard::Gone, Heard::Lines)
    }

    /// The child is gone or of no use: remember when to start the next one.
    pub fn gone(&mut self, now_ns: u64) {
        self.kill();
        self.socket = None;
        let early = now_ns.saturating_sub(self.started_at_ns) < PAUSE_NS;
        self.start_again_at_ns = Some(if early { now_ns + PAUSE_NS } else { now_ns });
    }

    fn kill(&mut self) {
        if let Some(child) = &mut self.child {
            // Already gone is fine; it is reaped below or with the next SIGCHLD.
            let _ = child.kill();
        }
        self.reap();
    }

    /// Takes the end of the child away, so that it is no zombie. True when there is no child any more.
    pub fn reap(&mut self) -> bool {
        if let Some(child) = &mut self.child
            && matches!(child.try_wait(), Ok(Some(_)) | Err(_))
        {
            self.child = None;
        }
        self.child.is_none()
    }
}

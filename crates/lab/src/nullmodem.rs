//! A null-modem cable: two pseudo terminals and a thread that carries bytes between them.
//! Not here: what is said over it.

use crate::stop::timespec;
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::{Errno, read, write};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The cable. Ends when dropped.
#[derive(Debug)]
pub struct NullModem {
    ends: [SerialEnd; 2],
    state: Arc<State>,
    wake: OwnedFd,
    thread: Option<JoinHandle<()>>,
    /// What is written here the machine at that end reads.
    inlets: [OwnedFd; 2],
}

/// One plug: the device that a machine sees as /dev/ttyS0.
#[derive(Debug, Clone)]
pub struct SerialEnd {
    path: PathBuf,
    // Kept open so that the line exists, and stays raw, while no machine has it open.
    slave: Arc<OwnedFd>,
    powered: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    cut: AtomicBool,
    stalled: AtomicBool,
    /// One byte in so many is damaged; 0 is none.
    noise: AtomicU32,
    taken: AtomicU64,
    carried: AtomicU64,
    /// What each way has carried, for a decoder; nothing while nobody wants it.
    tap: Mutex<Option<[Vec<u8>; 2]>>,
    ending: AtomicBool,
}

impl SerialEnd {
    /// The device on the host, to be bound into a machine.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A machine without power neither sends nor hears, and forgets what it had not read.
    pub fn set_power(&self, on: bool) {
        self.powered.store(on, Ordering::SeqCst);
        // Fails only without a terminal, which this is.
        let _ = tcflush(&*self.slave, QueueSelector::IOFlush);
    }
}

impl NullModem {
    /// # Errors
    /// No pseudo terminal or no thread to be had.
    pub fn new() -> Result<NullModem> {
        let (first_master, first) = pair()?;
        let (second_master, second) = pair()?;
        let state = Arc::new(State::default());
        let (asleep, wake) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let inlets = [first_master.try_clone()?, second_master.try_clone()?];
        let relay = Relay {
            ways: [
                Way {
                    from: first_master.try_clone()?,
                    to: second_master.try_clone()?,
                    ends: [first.clone(), second.clone()],
                },
                Way { from: second_master, to: first_master, ends: [second.clone(), first.clone()] },
            ],
            asleep,
            state: Arc::clone(&state),
            dice: 0x2545_F491,
        };
        let thread = std::thread::Builder::new().name("null-modem".into()).spawn(move || relay.run())?;
        Ok(NullModem { ends: [first, second], state, wake, thread: Some(thread), inlets })
    }

    /// The two plugs.
    pub fn ends(&self) -> &[SerialEnd; 2] {
        &self.ends
    }

    /// Out: bytes sent from now on are lost.
    pub fn cut(&self) {
        self.state.cut.store(true, Ordering::SeqCst);
    }

    pub fn restore(&self) {
        self.state.cut.store(false, Ordering::SeqCst);
    }

    /// Nothing is taken from the senders any more (flow control that says "wait"), nothing is lost; or on again.
    pub fn stall(&self, stalled: bool) {
        self.state.stalled.store(stalled, Ordering::SeqCst);
        self.nudge();
    }

    /// Damages about one byte in `every`; 0 for none.
    pub fn noise(&self, every: u32) {
        self.state.noise.store(every, Ordering::SeqCst);
    }

    /// Bytes that have reached the other side so far, both ways together.
    pub fn carried(&self) -> u64 {
        self.state.carried.load(Ordering::SeqCst)
    }

    /// Bytes taken from the senders so far, those that were then lost included.
    pub fn taken(&self) -> u64 {
        self.state.taken.load(Ordering::SeqCst)
    }

    /// Somebody clips onto the cable: the machine at that end reads these bytes, between those of the other side.
    /// Gives how many went in; the rest found no room, because the machine does not read.
    ///
    /// # Errors
    /// The line is gone.
    pub fn inject(&self, end: usize, bytes: &[u8]) -> Result<usize> {
        let inlet = self.inlets.get(end).context("a cable has the ends 0 and 1")?;
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match write(inlet, rest) {
                Ok(count) => done += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(done)
    }

    /// From now on everything that reaches the other side is kept, to be had with [`NullModem::tapped`].
    pub fn tap(&self) {
        *self.state.tap.lock().unwrap_or_else(PoisonError::into_inner) = Some([Vec::new(), Vec::new()]);
    }

    /// What the first end has said to the second since [`NullModem::tap`], and the other way round.
    pub fn tapped(&self) -> [Vec<u8>; 2] {
        self.state.tap.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    fn nudge(&self) {
        // A full pipe wakes just as well.
        let _ = write(&self.wake, b"!");
    }
}

impl Drop for NullModem {
    fn drop(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        self.nudge();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A master and its raw slave.
fn pair() -> Result<(OwnedFd, SerialEnd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
        .context("no pseudo terminal for the serial line")?;
    rustix::io::ioctl_fionbio(&master, true)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave = rustix::fs::open(&path, flags, rustix::fs::Mode::empty())
        .with_context(|| format!("cannot open {}", path.display()))?;
    let mut line = tcgetattr(&slave)?;
    line.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &line)?;
    Ok((master, SerialEnd { path, slave: Arc::new(slave), powered: Arc::new(AtomicBool::new(true)) }))
}

/// One direction: what comes out of `from` goes into `to`; the ends are sender and receiver.
#[derive(Debug)]
struct Way {
    from: OwnedFd,
    to: OwnedFd,
    ends: [SerialEnd; 2],
}

#[derive(Debug)]
struct Relay {
    ways: [Way; 2],
    asleep: OwnedFd,
    state: Arc<State>,
    dice: u32,
}

impl Relay {
    fn run(mut self) {
        let mut buffer = [0u8; 512];
        while !self.state.ending.load(Ordering::SeqCst) {
            let ready = self.wait();
            while matches!(read(&self.asleep, &mut buffer), Ok(n) if n > 0) {}
            for (index, ready) in ready.into_iter().enumerate() {
                if ready {
                    self.carry(index, &mut buffer);
                }
            }
        }
    }

    /// Which senders have something.
    fn wait(&self) -> [bool; 2] {
        let events = if self.state.stalled.load(Ordering::SeqCst) { PollFlags::empty() } else { PollFlags::IN };
        let [first, second] = &self.ways;
        let mut fds = [
            PollFd::from_borrowed_fd(first.from.as_fd(), events),
            PollFd::from_borrowed_fd(second.from.as_fd(), events),
            PollFd::from_borrowed_fd(self.asleep.as_fd(), PollFlags::IN),
        ];
        match poll(&mut fds, Some(&timespec(Duration::from_secs(1)))) {
            Ok(_) => [0, 1].map(|i: usize| fds.get(i).is_some_and(|fd| fd.revents().contains(PollFlags::IN))),
            Err(_) => [false, false],
        }
    }

    fn carry(&mut self, index: usize, buffer: &mut [u8]) {
        // Asked again: the wait may have begun before the line was stalled.
        if self.state.stalled.load(Ordering::SeqCst) {
            return;
        }
        let noise = self.state.noise.load(Ordering::SeqCst);
        let Some(way) = self.ways.get(index) else { return };
        let Ok(count) = read(&way.from, &mut *buffer) else { return };
        let lost =
            self.state.cut.load(Ordering::SeqCst) || way.ends.iter().any(|end| !end.powered.load(Ordering::SeqCst));
        let Some(bytes) = buffer.get_mut(..count) else { return };
        // A power cut between here and the write is a race that a real cable has too.
        if lost {
            self.state.taken.fetch_add(count as u64, Ordering::SeqCst);
            return;
        }
        for byte in bytes.iter_mut().filter(|_| noise > 0) {
            self.dice ^= self.dice << 13;
            self.dice ^= self.dice >> 17;
            self.dice ^= self.dice << 5;
            if self.dice.is_multiple_of(noise) {
                *byte ^= 1 << (self.dice >> 29);
            }
        }
        let passed = self.pass_on(way, bytes);
        if let Some(tap) = &mut *self.state.tap.lock().unwrap_or_else(PoisonError::into_inner)
            && let Some(kept) = tap.get_mut(index)
        {
            kept.extend_from_slice(bytes.get(..passed).unwrap_or_default());
        }
        self.state.taken.fetch_add(count as u64, Ordering::SeqCst);
    }

    /// Gives how many bytes the other side took.
    fn pass_on(&self, way: &Way, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            match write(&way.to, rest) {
                Ok(n) => {
                    self.state.carried.fetch_add(n as u64, Ordering::SeqCst);
                    rest = rest.get(n..).unwrap_or_default();
                }
                Err(Errno::INTR) => {}
                // Nobody reads at the other end: a real line loses the bytes too.
                Err(_) => break,
            }
        }
        bytes.len() - rest.len()
    }
}

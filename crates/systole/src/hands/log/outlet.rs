//! One target with its thread and its bounded queue, and what happens when it fails or does not keep up.
//! Not here: the targets.

use super::Line;
use crate::bridge::Level;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};

/// Lines that wait for one target; more are dropped and counted.
const QUEUE: usize = 1024;
/// A writer formats one line and makes one system call.
const STACK: usize = 128 * 1024;

/// Where a warning about a target goes (standard error).
pub type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// Something that takes lines and may fail at any of them.
pub trait Target: Send {
    /// For the warning, such as `logfile /var/log/ha-log`.
    fn name(&self) -> String;
    /// Writes one line; opens what is not open. Called again with the next line after an error.
    ///
    /// # Errors
    /// The line was not written.
    fn write(&mut self, line: &Line) -> io::Result<()>;
}

/// The queue's end at the log.
#[derive(Debug)]
pub struct Outlet {
    queue: SyncSender<Arc<Line>>,
    lost: Arc<AtomicU64>,
}

impl Outlet {
    /// Starts the target's thread; `end` is dropped when everything queued is written and the outlet is gone.
    ///
    /// # Errors
    /// No thread to be had.
    pub fn start(target: Box<dyn Target>, warn: Warn, end: Sender<()>) -> io::Result<Outlet> {
        let (queue, lines) = sync_channel(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = Writer { target, warn, lost: lost.clone(), failing: false };
        std::thread::Builder::new().name("log".into()).stack_size(STACK).spawn(move || {
            writer.run(&lines);
            drop(end);
        })?;
        Ok(Outlet { queue, lost })
    }

    /// Queues a line, or counts it as lost; never waits.
    pub fn send(&self, line: &Arc<Line>) {
        if self.queue.try_send(line.clone()).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Writer {
    target: Box<dyn Target>,
    warn: Warn,
    lost: Arc<AtomicU64>,
    failing: bool,
}

impl Writer {
    fn run(mut self, lines: &Receiver<Arc<Line>>) {
        while let Ok(line) = lines.recv() {
            match self.write(&line) {
                Ok(()) => self.failing = false,
                Err(error) => {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                    if !self.failing {
                        let name = self.target.name();
                        (self.warn)(&format!(
                            "cannot log to {name}: {error}; the other targets go on, this one is tried again with each line"
                        ));
                    }
                    self.failing = true;
                }
            }
        }
    }

    /// The line, and after it how many before it were lost here.
    fn write(&mut self, line: &Line) -> io::Result<()> {
        self.target.write(line)?;
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let text = format!("{lost} earlier log line{} could not be written here", if lost == 1 { "" } else { "s" });
            let note = Line::new(line.at_ms, Level::Warn, &text, None, &line.node, line.pid);
            if self.target.write(&note).is_err() {
                self.lost.fetch_add(lost, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

//! Writes the recording of this node to files in one directory; the newest are kept.
//! Not here: what is in them (systole-core, record.rs), and when a new one begins (heart).

use super::work::Report;
use crate::bridge::Level;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, channel, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// Lines that wait for the disk; more are dropped and counted.
const QUEUE: usize = 512;
const STACK: usize = 128 * 1024;
/// Bytes of one write.
const BATCH: usize = 64 * 1024;
/// Older files make room for a new one: with it there are at most so many of them, and so many bytes (heart ends a
/// file at 16 MiB).
const FILES: usize = 32;
const BYTES: u64 = 48 << 20;
/// Between two tries on a disk that is full or broken.
const AGAIN: Duration = Duration::from_secs(30);

/// The end of the recording at the desk.
#[derive(Debug)]
pub struct Record {
    queue: Option<SyncSender<Vec<u8>>>,
    /// Lines that were not written since the last head; while it is not 0, nothing but a head is taken.
    lost: Arc<AtomicU64>,
    asked: Option<Instant>,
    ended: Receiver<()>,
}

impl Record {
    /// Starts the writer. Without a directory nothing is ever written.
    pub fn start(directory: Option<PathBuf>, notes: UnboundedSender<Report>) -> Record {
        let (end, ended) = channel();
        let lost = Arc::new(AtomicU64::new(0));
        let queue = directory.and_then(|directory| {
            let (queue, lines) = sync_channel(QUEUE);
            let writer =
                Writer { directory, file: None, lost: Arc::clone(&lost), notes: notes.clone(), failing: false };
            let run = move || {
                writer.run(&lines);
                drop(end);
            };
            match std::thread::Builder::new().name("record".into()).stack_size(STACK).spawn(run) {
                Ok(_) => Some(queue),
                Err(error) => {
                    let text = format!("no thread for the recording: {error}; the node runs on without it");
                    let _ = notes.send(Report::Note { level: Level::Warn, text });
                    None
                }
            }
        });
        Record { queue, lost, asked: None, ended }
    }

    /// Queues one line without its newline; never waits. Gives a number of lost lines when heart shall begin a new file.
    pub fn take(&mut self, line: &[u8]) -> Option<u64> {
        let queue = self.queue.as_ref()?;
        let lost = self.lost.load(Ordering::Relaxed);
        if lost == 0 || is_head(line) {
            let mut owned = Vec::with_capacity(line.len() + 1);
            owned.extend_from_slice(line);
            owned.push(b'\n');
            if queue.try_send(owned).is_ok() {
                // What the writer fails to write from now on counts anew.
                self.lost.fetch_sub(lost, Ordering::Relaxed);
                return None;
            }
        }
        let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
        if self.asked.is_some_and(|at| at.elapsed() < AGAIN) {
            return None;
        }
        self.asked = Some(Instant::now());
        Some(lost)
    }

    /// Waits until everything queued is written or has failed, at most `within`.
    pub fn close(&mut self, within: Duration) {
        if self.queue.take().is_some() {
            let _ = self.ended.recv_timeout(within);
        }
    }
}

fn is_head(line: &[u8]) -> bool {
    line.starts_with(b"{\"head\":")
}

struct Writer {
    directory: PathBuf,
    file: Option<File>,
    lost: Arc<AtomicU64>,
    notes: UnboundedSender<Report>,
    failing: bool,
}

impl Writer {
    fn run(mut self, lines: &Receiver<Vec<u8>>) {
        let mut held = None;
        while let Some(mut batch) = held.take().or_else(|| lines.recv().ok()) {
            let (begins, mut count) = (is_head(&batch), 1);
            while batch.len() < BATCH {
                match lines.try_recv() {
                    Ok(line) if is_head(&line) => {
                        held = Some(line);
                        break;
                    }
                    Ok(line) => {
                        batch.extend_from_slice(&line);
                        count += 1;
                    }
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            match self.write(begins, &batch) {
                Ok(()) => self.failing &= !begins,
                Err(error) => self.failed(&error, count),
            }
        }
    }

    fn write(&mut self, begins: bool, batch: &[u8]) -> io::Result<()> {
        if begins {
            self.file = None;
            self.file = Some(create(&self.directory)?);
        }
        // Without a file there was a failure before, and what follows it could not be played.
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(batch))
    }

    fn failed(&mut self, error: &io::Error, count: u64) {
        self.file = None;
        self.lost.fetch_add(count, Ordering::Relaxed);
        if !std::mem::replace(&mut self.failing, true) {
            let text = format!(
                "The recording in {} cannot be written: {error}. The node runs on without it; free or mend that place, \
                 or start without --record. It is tried again every {} s.",
                self.directory.display(),
                AGAIN.as_secs()
            );
            let _ = self.notes.send(Report::Note { level: Level::Warn, text });
        }
    }
}

/// Makes the next file, after the oldest have made room. For root alone: it tells who serves what, and how.
fn create(directory: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut files = found(directory)?;
    let number = files.last().map_or(1, |(number, ..)| number + 1);
    let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    while files.len() >= FILES || bytes > BYTES {
        let (_, size, path) = files.remove(0);
        std::fs::remove_file(path)?;
        bytes -= size;
    }
    let path = directory.join(format!("{number:08}.jsonl"));
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// The files of the recording, oldest first: number, size, path.
fn found(directory: &Path) -> io::Result<Vec<(u64, u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let number =
            path.extension().filter(|e| *e == "jsonl").and(path.file_stem()).and_then(|s| s.to_str()?.parse().ok());
        if let Some(number) = number {
            files.push((number, path.symlink_metadata()?.len(), path));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests;

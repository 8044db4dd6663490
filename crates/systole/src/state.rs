//! The state directory: what a node must know after a restart. Every write below it goes through [`Store`], so that
//! after a power cut at any moment each file is the old one or the new one. Read once by heart before it becomes
//! real-time, kept by hands. Not here: the forms of the files (`forms`, `peers`), who writes when (`hands::memory`).

mod disk;
mod forms;
mod keep;
mod load;
pub mod peers;
pub mod silences;

pub use disk::{Directory, Disk};
pub use keep::{Kept, keep};
pub use load::load;

use std::io::{self, ErrorKind};

/// Heartbeat's file of the generation.
pub const GENERATION: &str = "hb_generation";
/// Heartbeat's file of the identity.
pub const UUID: &str = "hb_uuid";
/// Generation and identity once more, with a checksum: Heartbeat's two files have none.
pub const LIFE: &str = "life";
/// How far each peer was heard.
pub const PEERS: &str = "peers";

/// Who writes; both may be at it for a moment, when a heart starts while the hands of the one before still releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    Heart,
    Hands,
}

/// What reading a file gave.
#[derive(Debug)]
pub enum Found {
    Absent,
    Bytes(Vec<u8>),
    Unreadable(io::Error),
}

/// Reads and replaces whole files of one directory.
#[derive(Debug, Clone)]
pub struct Store<D> {
    disk: D,
    writer: Writer,
}

impl<D: Disk> Store<D> {
    pub fn new(disk: D, writer: Writer) -> Store<D> {
        Store { disk, writer }
    }

    /// The content of a file.
    pub fn read(&self, name: &str) -> Found {
        // One failure of the medium may be the last one; a file that is given up is lost.
        let read = self.disk.read(name).or_else(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Err(error),
            _ => self.disk.read(name),
        });
        match read {
            Ok(bytes) => Found::Bytes(bytes),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Found::Absent,
            Err(e) => Found::Unreadable(e),
        }
    }

    /// Gives a file new content. After a crash at any point of it the file is the old one or the new one, whole.
    ///
    /// # Errors
    /// Of the file system. Then the new content counts as not written, even if it should be there.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.disk.make_directory()?;
        // A failed sync says nothing of what a second one on the same file would mean: always a new file.
        self.try_replace(name, bytes).or_else(|_| self.try_replace(name, bytes))
    }

    /// Keeps a damaged file as `NAME.damaged`, in place of one from before; it stays under its own name too until it is
    /// replaced. Gives the name.
    ///
    /// # Errors
    /// Of the file system; then nothing is set aside.
    pub fn set_aside(&self, name: &str) -> io::Result<String> {
        let aside = format!("{name}.damaged");
        self.make_free(&aside)?;
        // What cannot have two names (a directory, a file on a simple file system) is moved.
        self.disk.link(name, &aside).or_else(|_| self.disk.rename(name, &aside))?;
        Ok(aside)
    }

    fn try_replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = match self.writer {
            Writer::Heart => format!("{name}.new-heart"),
            Writer::Hands => format!("{name}.new-hands"),
        };
        if let Err(error) = self.fill(&new, bytes).and_then(|()| self.disk.rename(&new, name)) {
            // A half-written file on a full disk would only take the room that is missing.
            let _ = self.disk.remove(&new);
            return Err(error);
        }
        // The name lives in the directory: without this the rename may be lost.
        self.disk.sync_directory()
    }

    fn fill(&self, new: &str, bytes: &[u8]) -> io::Result<()> {
        self.make_free(new)?;
        let mut file = self.disk.create(new)?;
        self.disk.write(&mut file, bytes)?;
        self.disk.sync(&mut file)
    }

    fn make_free(&self, name: &str) -> io::Result<()> {
        match self.disk.remove(name) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

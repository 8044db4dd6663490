//! `logfile` and `debugfile`: Heartbeat's format, appended; follows a rotated file by itself.
//! Not here: queues and warnings (outlet).

use super::line::Line;
use super::outlet::Target;
use crate::bridge::Level;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file that lines of at least a level are appended to.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    least: Level,
    open: Option<File>,
}

impl LogFile {
    /// Opened with the first line.
    pub fn new(path: &Path, least: Level) -> LogFile {
        LogFile { path: path.to_owned(), least, open: None }
    }

    /// The open file, newly opened when the path names another file by now (logrotate) or none.
    fn file(&mut self) -> io::Result<&mut File> {
        let there = std::fs::metadata(&self.path).map(|m| (m.dev(), m.ino())).ok();
        let ours = self.open.as_ref().and_then(|f| f.metadata().ok()).map(|m| (m.dev(), m.ino()));
        if ours.is_none() || ours != there {
            // Without waiting: a path that is a FIFO without reader is an error, not a thread that hangs.
            let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
            let options = OpenOptions::new().append(true).create(true).custom_flags(nonblock).open(&self.path);
            self.open = Some(options.map_err(|error| self.explain(error))?);
        }
        self.open.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn explain(&self, error: io::Error) -> io::Error {
        match self.path.parent() {
            Some(directory) if error.kind() == io::ErrorKind::NotFound && !directory.exists() => {
                let text = format!("the directory {} does not exist; create it", directory.display());
                io::Error::new(io::ErrorKind::NotFound, text)
            }
            _ => error,
        }
    }
}

impl Target for LogFile {
    fn name(&self) -> String {
        let word = if self.least == Level::Debug { "debugfile" } else { "logfile" };
        format!("{word} {}", self.path.display())
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if line.level < self.least {
            return Ok(());
        }
        let mut text = line.heartbeat();
        text.push('\n');
        self.file()?.write_all(text.as_bytes())
    }
}

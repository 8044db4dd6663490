//! Standard output that systemd reads: each line begins with its severity in angle brackets, without time or colour.
//! Not here: how the journal gets lines through syslog (syslog).

use super::line::{Line, severity};
use super::outlet::Target;
use crate::bridge::Level;
use std::io::{self, Write};

/// Is standard output the journal's stream? systemd names its device and inode in `JOURNAL_STREAM`.
pub fn stdout_is_journal() -> bool {
    let Some(told) = std::env::var("JOURNAL_STREAM").ok() else { return false };
    rustix::fs::fstat(io::stdout()).is_ok_and(|stat| told == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// Lines for the journal's stream.
#[derive(Debug)]
pub struct Journal {
    debug: bool,
}

impl Journal {
    /// `debug`: write lines of level debug too.
    pub fn new(debug: bool) -> Journal {
        Journal { debug }
    }
}

/// `<6>text`
pub fn spell(line: &Line) -> String {
    format!("<{}>{}\n", severity(line.level), line.text)
}

impl Target for Journal {
    fn name(&self) -> String {
        "the journal (standard output)".into()
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if line.level == Level::Debug && !self.debug {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(spell(line).as_bytes())?;
        out.flush()
    }
}

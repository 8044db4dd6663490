//! Datagrams to the local syslog, as glibc's syslog() sends them, with Heartbeat's tag.
//! Not here: the journal's own prefix (journal); it reads this socket as well.

use super::line::{Line, severity};
use super::outlet::Target;
use crate::bridge::Level;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A syslog daemon that takes nothing for so long loses the line.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of a facility of ha.cf's `logfacility`; `None` for an unknown word.
pub fn facility(word: &str) -> Option<u8> {
    const NAMES: [&str; 12] =
        ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"];
    let word = word.to_ascii_lowercase();
    if let Some(n) = word.strip_prefix("local") {
        return n.parse::<u8>().ok().filter(|n| *n <= 7).map(|n| 16 + n);
    }
    let word = if word == "security" { "auth" } else { word.as_str() };
    NAMES.iter().position(|name| *name == word).and_then(|n| u8::try_from(n).ok())
}

/// The socket, connected when there is a line to send.
#[derive(Debug)]
pub struct Syslog {
    path: PathBuf,
    facility: u8,
    debug: bool,
    socket: Option<UnixDatagram>,
}

impl Syslog {
    /// `debug`: send lines of level debug too.
    pub fn new(path: &Path, facility: u8, debug: bool) -> Syslog {
        Syslog { path: path.to_owned(), facility, debug, socket: None }
    }

    fn connect(&self) -> io::Result<UnixDatagram> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(&self.path)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(socket)
    }
}

impl Target for Syslog {
    fn name(&self) -> String {
        format!("syslog ({})", self.path.display())
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if line.level == Level::Debug && !self.debug {
            return Ok(());
        }
        let priority = u32::from(self.facility) * 8 + u32::from(severity(line.level));
        let datagram = format!("<{priority}>{} heartbeat: {}", line.stamp(), line.tail());
        if let Some(socket) = self.socket.take()
            && socket.send(datagram.as_bytes()).is_ok()
        {
            self.socket = Some(socket);
            return Ok(());
        }
        // Never connected, or the daemon behind the socket was restarted: one fresh connection.
        let socket = self.connect()?;
        socket.send(datagram.as_bytes())?;
        self.socket = Some(socket);
        Ok(())
    }
}

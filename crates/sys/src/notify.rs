//! Telling the service manager how we are: readiness, a status line, the watchdog's sign of life (sd_notify).
//! Not here: the hardware watchdog; when to say what.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// What can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Start-up is complete.
    Ready,
    /// One line for `systemctl status`; line ends become blanks.
    Status(&'a str),
    /// Sign of life, due at half of [`Notifier::watchdog`].
    Watchdog,
    /// The end has begun.
    Stopping,
    /// The process to watch, when another one reports for it.
    MainPid(u32),
}

/// The service manager's socket.
#[derive(Debug)]
pub struct Notifier {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Notifier {
    /// From `NOTIFY_SOCKET`; `Ok(None)` when no manager asked to be told. The variable stays: take it from the
    /// environment of children (`Command::env_remove`), or they speak in our name.
    pub fn from_environment() -> io::Result<Option<Notifier>> {
        match std::env::var_os("NOTIFY_SOCKET") {
            Some(address) if !address.is_empty() => Notifier::to(address.as_bytes()).map(Some),
            _ => Ok(None),
        }
    }

    /// To the socket at `address`: a path, or `@` and a name for the abstract space.
    pub fn to(address: &[u8]) -> io::Result<Notifier> {
        let to = match address {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(address))?,
            _ => {
                let text = "NOTIFY_SOCKET is neither a path nor an abstract name";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
        };
        let socket = UnixDatagram::unbound()?;
        // A manager that hangs must not make us hang.
        socket.set_nonblocking(true)?;
        Ok(Notifier { socket, to })
    }

    /// Says all `notices` in one datagram. `WouldBlock` when the manager's queue is full: say it again later.
    pub fn say(&self, notices: &[Notice<'_>]) -> io::Result<()> {
        let lines: Vec<String> = notices.iter().map(line).collect();
        self.socket.send_to_addr(lines.join("\n").as_bytes(), &self.to).map(|_| ())
    }

    /// The manager ends us when no [`Notice::Watchdog`] came for this long; `None` when it does not watch this
    /// process.
    pub fn watchdog() -> Option<Duration> {
        let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        let for_us = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        number("WATCHDOG_USEC").filter(|us| *us > 0 && for_us).map(Duration::from_micros)
    }
}

fn line(notice: &Notice<'_>) -> String {
    match notice {
        Notice::Ready => "READY=1".to_owned(),
        Notice::Status(text) => format!("STATUS={}", text.replace(['\n', '\r'], " ")),
        Notice::Watchdog => "WATCHDOG=1".to_owned(),
        Notice::Stopping => "STOPPING=1".to_owned(),
        Notice::MainPid(pid) => format!("MAINPID={pid}"),
    }
}

#[cfg(test)]
mod tests;

//! The client of the control socket: one question, one answer.
//! Not here: what is asked, how the answer is shown.

use crate::hands::control::{Compare, Question, Reply, Told};
use crate::paths::Paths;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use systole_core::Ask;

/// No answer is longer: the largest status, and some.
const ANSWER_MAX: u64 = 4 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no daemon answers at {}: systoled is not running on this machine ({error})\n  start it: systemctl start systoled, or: systoled", .socket.display())]
    NoDaemon { socket: PathBuf, error: io::Error },
    #[error("{} may only be used by root and the members of group haclient: run this with sudo", .socket.display())]
    Forbidden { socket: PathBuf },
    #[error("no answer within {} s; the work goes on, look with: systole status", .after.as_secs())]
    Late { after: Duration },
    #[error("the daemon closed the connection before it answered; look into its log")]
    Closed,
    #[error("the answer is not understood ({0}); are systole and systoled of one version?")]
    Strange(String),
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}

/// Asks the daemon of this machine and waits for the answer at most `within`.
///
/// # Errors
/// See [`ClientError`]; a refusal is an answer, not an error.
pub fn ask(paths: &Paths, ask: Ask, within: Duration) -> Result<Reply, ClientError> {
    ask_all(paths, ask, within).map(|told| told.reply)
}

/// As [`ask`], with what the daemon says beside its answer.
///
/// # Errors
/// As [`ask`].
pub fn ask_all(paths: &Paths, ask: Ask, within: Duration) -> Result<Told, ClientError> {
    let line = serde_json::to_vec(&Question { ask });
    told(paths, line.map_err(|error| ClientError::Strange(error.to_string()))?, within)
}

/// Has the daemon ask the other nodes for their configurations.
///
/// # Errors
/// As [`ask`].
pub fn compare(paths: &Paths, within: Duration) -> Result<Told, ClientError> {
    let line = serde_json::to_vec(&Compare { compare: true });
    told(paths, line.map_err(|error| ClientError::Strange(error.to_string()))?, within)
}

/// Says one line and reads the answer to it.
fn told(paths: &Paths, mut line: Vec<u8>, within: Duration) -> Result<Told, ClientError> {
    let socket = paths.control();
    let mut stream = match UnixStream::connect(&socket) {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(ClientError::Forbidden { socket }),
        Err(error) => return Err(ClientError::NoDaemon { socket, error }),
    };
    let begun = Instant::now();
    stream.set_write_timeout(Some(within))?;
    line.push(b'\n');
    // A daemon that turns us away may close before it read this; its reason can still be read.
    let sent = stream.write_all(&line);
    match read_line(&stream, begun, within) {
        Err(ClientError::Closed) => sent.map_err(ClientError::Io).and(Err(ClientError::Closed)),
        Ok(line) => serde_json::from_slice(&line).map_err(|error| ClientError::Strange(error.to_string())),
        Err(error) => Err(error),
    }
}

fn read_line(stream: &UnixStream, begun: Instant, within: Duration) -> Result<Vec<u8>, ClientError> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(stream).take(ANSWER_MAX);
    loop {
        let left = within.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(ClientError::Late { after: within });
        }
        stream.set_read_timeout(Some(left))?;
        match reader.read_until(b'\n', &mut line) {
            Ok(_) if line.last() == Some(&b'\n') => return Ok(line),
            Ok(_) => return Err(ClientError::Closed),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Err(ClientError::Closed),
            Err(error) => return Err(error.into()),
        }
    }
}

//! One question to a service: a page, a port, a process, a program of the operator.
//! Not here: how often, and what follows (watching.rs).

use crate::hands::agent::family::Kin;
use crate::hands::agent::process::{Call, Turn, exit_words};
use crate::hands::agent::{environment, trusted};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use systole_config::watching::{Check, Expect, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A status line is within this.
const LINE_MAX: usize = 1024;
/// Of a page so much is searched for its word.
const PAGE_MAX: u64 = 256 * 1024;
/// The beginning of a TLS 1.2 conversation without a name: whoever speaks TLS answers it, with a handshake or an alert.
const CLIENT_HELLO: [u8; 52] = {
    let mut hello = [0x5a; 52];
    // Record: handshake, TLS 1.0, 47 bytes. Handshake: client hello, 43 bytes, TLS 1.2.
    let head = [22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3];
    // After 32 random bytes: no session, two ciphers (ECDHE-RSA and ECDHE-ECDSA with AES-128-GCM), no compression.
    let tail = [0, 0, 4, 0xc0, 0x2f, 0xc0, 0x2b, 1, 0];
    let mut at = 0;
    while at < head.len() {
        hello[at] = head[at];
        at += 1;
    }
    at = 0;
    while at < tail.len() {
        hello[head.len() + 32 + at] = tail[at];
        at += 1;
    }
    hello
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    Page { url: Url, expect: Option<Expect> },
    Tls { url: Url },
    Port { host: String, port: u16 },
    Process { name: String },
    Program { path: PathBuf },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::Page { url, .. } => write!(f, "http://{url}"),
            Question::Tls { url } => write!(f, "https://{url}"),
            Question::Port { host, port } => write!(f, "{host}, port {port}"),
            Question::Process { name } => write!(f, "the process {name}"),
            Question::Program { path } => write!(f, "{}", path.display()),
        }
    }
}

impl Question {
    /// What the files ask for; nothing where the unit or the process itself is all.
    pub fn of(check: &Check, expect: Option<&Expect>) -> Option<Question> {
        Some(match check {
            Check::Http(url) => Question::Page { url: url.clone(), expect: expect.cloned() },
            Check::Https(url) => Question::Tls { url: url.clone() },
            Check::Tcp { host, port } => Question::Port { host: host.clone(), port: *port },
            Check::Unit => return None,
            Check::Proc(name) => Question::Process { name: name.clone() },
            Check::Cmd(path) => Question::Program { path: path.clone() },
        })
    }

    /// The same where these addresses are on another node: what names one of them is asked of this node itself.
    #[must_use]
    pub fn asked_here(mut self, elsewhere: &[IpAddr]) -> Question {
        let host = match &mut self {
            Question::Page { url, .. } | Question::Tls { url } => &mut url.host,
            Question::Port { host, .. } => host,
            Question::Process { .. } | Question::Program { .. } => return self,
        };
        match host.parse() {
            Ok(ip @ IpAddr::V4(_)) if elsewhere.contains(&ip) => *host = Ipv4Addr::LOCALHOST.to_string(),
            Ok(ip @ IpAddr::V6(_)) if elsewhere.contains(&ip) => *host = Ipv6Addr::LOCALHOST.to_string(),
            _ => {}
        }
        self
    }

    /// The first page of a web server.
    pub fn page(at: SocketAddr, expect: Option<&Expect>) -> Question {
        let url = Url { host: at.ip().to_string(), port: at.port(), path: "/".to_owned() };
        Question::Page { url, expect: expect.cloned() }
    }

    /// Asks. Only a program has a deadline of its own.
    ///
    /// # Errors
    /// A sentence: what was wrong with the answer, or that there was none.
    pub async fn ask(&self, deadline: Duration, turn: &Turn) -> Result<(), String> {
        let none = |error: std::io::Error| format!("no answer from {self}: {error}");
        match self {
            Question::Page { url, expect } => self.page_is_good(url, expect.as_ref()).await,
            Question::Tls { url } => {
                let mut stream = connect(&url.host, url.port).await.map_err(none)?;
                stream.write_all(&CLIENT_HELLO).await.map_err(none)?;
                match stream.read_u8().await.map_err(none)? {
                    21 | 22 => Ok(()),
                    _ => Err(format!("what answers at {self} does not speak TLS")),
                }
            }
            Question::Port { host, port } => connect(host, *port).await.map(drop).map_err(none),
            Question::Process { name } if runs(name) => Ok(()),
            Question::Process { name } => Err(format!("no process {name} runs")),
            Question::Program { path } => run(path, deadline, turn).await,
        }
    }

    /// Any answer but a 5xx is a good one, unless the files expect something.
    async fn page_is_good(&self, url: &Url, expect: Option<&Expect>) -> Result<(), String> {
        let none = |error: std::io::Error| format!("no answer from {self}: {error}");
        let method = if matches!(expect, Some(Expect::Text(_))) { "GET" } else { "HEAD" };
        let mut stream = connect(&url.host, url.port).await.map_err(none)?;
        let (host, path) = (&url.host, &url.path);
        let question =
            format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: systole\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await.map_err(none)?;
        let line = status_line(&mut stream).await.map_err(none)?;
        let code = line.strip_prefix("HTTP/").and_then(|rest| rest.split_ascii_whitespace().nth(1));
        let code: u16 = match code.and_then(|code| code.parse().ok()) {
            Some(code) => code,
            None => return Err(format!("what answers at {self} is no web server")),
        };
        let answer = line.split_once(' ').map_or("", |(_, rest)| rest).trim();
        match expect {
            Some(Expect::Status(wanted)) if code != *wanted => {
                Err(format!("{self} answers {answer}, and not {wanted}"))
            }
            Some(Expect::Status(_)) => Ok(()),
            _ if code >= 500 => Err(format!("{self} answers {answer}")),
            Some(Expect::Text(word)) => {
                let mut page = Vec::new();
                stream.take(PAGE_MAX).read_to_end(&mut page).await.map_err(none)?;
                let there = String::from_utf8_lossy(&page).contains(word);
                if there { Ok(()) } else { Err(format!("{self} does not say {word:?}")) }
            }
            None => Ok(()),
        }
    }
}

async fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    TcpStream::connect((host, port)).await
}

async fn status_line(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut line = Vec::new();
    while line.len() < LINE_MAX {
        match stream.read_u8().await {
            Ok(b'\n') => break,
            Ok(byte) => line.push(byte),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && !line.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// By its name as the kernel has it (15 letters), or by the path of its program.
fn runs(name: &str) -> bool {
    let is = |pid: i32| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let program =
            || std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == std::path::Path::new(name));
        let short: String = name.chars().take(15).collect();
        comm.trim_end() == short || name.starts_with('/') && program()
    };
    Kin::all().into_iter().any(|kin| is(kin.pid))
}

async fn run(path: &std::path::Path, deadline: Duration, turn: &Turn) -> Result<(), String> {
    trusted(path).map_err(|error| format!("{} cannot be run: {error}", path.display()))?;
    let environment = vec![("PATH".to_owned(), environment::PATH.to_owned()), ("LANG".to_owned(), "C".to_owned())];
    let call = Call { program: path.to_owned(), arguments: Vec::new(), environment, deadline };
    match call.run(turn).await {
        Ok(finished) if finished.status.success() => Ok(()),
        Ok(finished) => {
            Err(format!("{} gave {}{}", path.display(), exit_words(finished.status), finished.output.said()))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests;

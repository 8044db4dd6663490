//! How services are watched: the `#@` words `monitor`, `timeout`, `start`, `stop`, `retries`, `check`, `expect`,
//! `stop-fail` and `warm`, as values. Not here: their place in the files (extension/services.rs), the watching (hands).

use crate::duration;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use systole_core::Retries;

/// What is said about one resource, or in ha.cf about all; what is not said is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watching {
    pub monitor: Option<Monitor>,
    /// How long a check may take.
    pub timeout: Option<Duration>,
    pub start: Option<Duration>,
    pub stop: Option<Duration>,
    pub stop_fail: Option<StopFail>,
    pub check: Option<Check>,
    pub expect: Option<Expect>,
    /// It runs on every node that may take its group.
    pub warm: Option<bool>,
}

impl Watching {
    /// What is said here, and otherwise there.
    #[must_use]
    pub fn or(&self, usual: &Watching) -> Watching {
        Watching {
            monitor: self.monitor.or(usual.monitor),
            timeout: self.timeout.or(usual.timeout),
            start: self.start.or(usual.start),
            stop: self.stop.or(usual.stop),
            stop_fail: self.stop_fail.or(usual.stop_fail),
            check: self.check.clone().or_else(|| usual.check.clone()),
            expect: self.expect.clone().or_else(|| usual.expect.clone()),
            warm: self.warm.or(usual.warm),
        }
    }
}

/// `monitor=15s`, `monitor=off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Monitor {
    Every(Duration),
    Off,
}

/// What follows when something cannot be stopped, not even by force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopFail {
    /// The group is blocked, and no node may take it.
    #[default]
    Block,
    /// It counts as stopped.
    Ignore,
}

/// By what a service is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    Http(Url),
    /// Somebody there speaks TLS; what is on the page cannot be seen.
    Https(Url),
    Tcp {
        host: String,
        port: u16,
    },
    /// Its process or unit alone.
    Unit,
    /// A process of this name, or with this path, exists.
    Proc(String),
    /// This program ends with 0.
    Cmd(PathBuf),
}

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// A name or an address; brackets taken off.
    pub host: String,
    pub port: u16,
    pub path: String,
}

/// What a page must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    Status(u16),
    Text(String),
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Check::Http(url) => write!(f, "http://{url}"),
            Check::Https(url) => write!(f, "https://{url}"),
            Check::Tcp { host, port } => write!(f, "tcp://{}:{port}", bracketed(host)),
            Check::Unit => f.write_str("unit"),
            Check::Proc(name) => write!(f, "proc={name}"),
            Check::Cmd(path) => write!(f, "cmd={}", path.display()),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", bracketed(&self.host), self.port, self.path)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Why a value is none; the text is the label under it.
pub(crate) type Bad = String;

pub(crate) fn monitor(text: &str) -> Result<Monitor, Bad> {
    if text == "off" {
        return Ok(Monitor::Off);
    }
    time(text).map(Monitor::Every).map_err(|why| format!("{why}; a time as 10s, or off"))
}

/// Above zero.
pub(crate) fn time(text: &str) -> Result<Duration, Bad> {
    match duration::parse(text) {
        Ok(Duration::ZERO) => Err("this must be above zero".into()),
        Ok(time) => Ok(time),
        Err(why) => Err(why.to_string()),
    }
}

/// `3/10m`.
pub(crate) fn retries(text: &str) -> Result<Retries, Bad> {
    let form = "so many restarts within a time, as 3/10m";
    let (count, within) = text.split_once('/').ok_or(form)?;
    let count: u32 = count.parse().map_err(|_| form)?;
    if count > 1000 {
        return Err("more than 1000 restarts are no limit".into());
    }
    Ok(Retries { count, within: time(within).map_err(|why| format!("{why}; {form}"))? })
}

pub(crate) fn stop_fail(text: &str) -> Result<StopFail, Bad> {
    match text {
        "block" => Ok(StopFail::Block),
        "ignore" => Ok(StopFail::Ignore),
        "reset" => {
            Err("a reset needs a watchdog device, which this version does not arm; one of: block, ignore".into())
        }
        _ => Err("one of: block, ignore".into()),
    }
}

pub(crate) fn warm(text: &str) -> Result<bool, Bad> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("one of: yes, no".into()),
    }
}

pub(crate) fn check(text: &str) -> Result<Check, Bad> {
    if let Some(rest) = text.strip_prefix("http://") {
        return url(rest, 80).map(Check::Http);
    }
    if let Some(rest) = text.strip_prefix("https://") {
        return url(rest, 443).map(Check::Https);
    }
    if let Some(rest) = text.strip_prefix("tcp://") {
        let Url { host, port, path } = url(rest, 0)?;
        if port == 0 || path != "/" || rest.ends_with('/') {
            return Err("a host and a port, as tcp://192.168.1.236:3306".into());
        }
        return Ok(Check::Tcp { host, port });
    }
    match text.split_once('=') {
        None if text == "unit" => Ok(Check::Unit),
        Some(("proc", name)) if !name.is_empty() => Ok(Check::Proc(name.to_owned())),
        Some(("cmd", path)) if path.starts_with('/') => Ok(Check::Cmd(path.into())),
        Some(("proc", _)) => Err("the name of a process is missing, as proc=mysqld".into()),
        Some(("cmd", _)) => Err("the path of a program, as cmd=/usr/local/bin/is-well".into()),
        _ => Err("one of: http://HOST/PATH, https://HOST/PATH, tcp://HOST:PORT, unit, proc=NAME, cmd=/PATH".into()),
    }
}

/// `usual`: the port where none is written; 0 for none.
fn url(rest: &str, usual: u16) -> Result<Url, Bad> {
    let (place, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = match place.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner.split_once(']').ok_or("the closing bracket of the address is missing")?;
            (host, after.strip_prefix(':'))
        }
        None => match place.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => {
                return Err(format!("write the address in brackets, as [{place}]"));
            }
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    if host.is_empty() {
        return Err("the host is missing".into());
    }
    let port = match port {
        None => usual,
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or("a port is a number from 1 to 65535")?,
    };
    Ok(Url { host: host.to_owned(), port, path: path.to_owned() })
}

/// A status, as `200`, or a word of the page.
pub(crate) fn expect(text: &str) -> Result<Expect, Bad> {
    if text.is_empty() {
        return Err("a status as 200, or a word of the page".into());
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let status = text.parse().ok().filter(|status| (100..600).contains(status));
        return status.map(Expect::Status).ok_or_else(|| "a status is from 100 to 599".into());
    }
    Ok(Expect::Text(text.to_owned()))
}

#[cfg(test)]
mod tests;

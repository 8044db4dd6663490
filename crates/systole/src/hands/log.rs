//! The node's log: each line goes to every target that ha.cf and `--log` name, each with its own thread and
//! bounded queue, so that a full disk, a stopped terminal or a dead syslog delays neither hands nor its neighbours.
//! Not here: what the lines say (sentences), how each target spells them.

pub mod sentences;

mod files;
mod journal;
mod limit;
mod line;
mod outlet;
mod syslog;
mod terminal;
#[cfg(test)]
mod tests;

use crate::bridge::{Begin, Level};
use limit::Limit;
pub use line::{Line, clean};
use outlet::{Outlet, Warn};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use systole_config::LogTarget;
use systole_core::Event;

/// Where syslog listens.
const SYSLOG: &str = "/dev/log";

/// The open log. Dropping it loses what is still queued; [`Log::close`] does not.
#[derive(Debug)]
pub struct Log {
    outlets: Vec<Outlet>,
    ended: Receiver<()>,
    limit: Limit,
    view: sentences::View,
    node: String,
    pid: u32,
}

impl Log {
    /// Opens every target. One that cannot be opened is named once on standard error and tried again with
    /// each line; the log itself always opens.
    pub fn open(begin: &Begin) -> Log {
        let warn: Warn = Arc::new(|text: &str| eprintln!("systole: {text}"));
        Log::open_with(begin, Path::new(SYSLOG), &warn)
    }

    fn open_with(begin: &Begin, syslog: &Path, warn: &Warn) -> Log {
        let (end, ended) = channel();
        let outlets = targets(begin, syslog, warn).into_iter().filter_map(|target| {
            let name = target.name();
            match Outlet::start(target, warn.clone(), end.clone()) {
                Ok(outlet) => Some(outlet),
                Err(error) => {
                    warn(&format!("no thread for the log to {name}: {error}; going on with the other targets"));
                    None
                }
            }
        });
        Log {
            outlets: outlets.collect(),
            ended,
            limit: Limit::default(),
            view: sentences::View::new(begin),
            node: begin.configuration.core.me.as_str().to_owned(),
            pid: begin.heart_pid,
        }
    }

    /// Logs a plain line now.
    pub fn say(&mut self, level: Level, text: &str) {
        self.put(now_ms(), level, text, None);
    }

    /// Logs what the core told, as its sentences.
    pub fn tell(&mut self, at_ms: u64, event: &Event) {
        let mut event_once = Some(event);
        for (level, text) in sentences::of(event, &self.view) {
            self.put(at_ms, level, &text, event_once.take());
        }
    }

    /// When [`Log::settle`] has something to say, if no other line comes before.
    pub fn settles_at(&self) -> Option<Instant> {
        self.limit.next_due()
    }

    /// Says how often held-back lines were repeated, for those whose time is over.
    pub fn settle(&mut self, now: Instant) {
        for (level, text) in self.limit.due(now) {
            self.send(Line::new(now_ms(), level, &text, None, &self.node, self.pid));
        }
    }

    /// Writes what is queued and ends; waits at most `within`, because a hung disk must not keep a node from ending.
    pub fn close(mut self, within: Duration) {
        self.settle(Instant::now() + limit::WINDOW);
        let until = Instant::now() + within;
        self.outlets.clear();
        while self.ended.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    }

    fn put(&mut self, at_ms: u64, level: Level, text: &str, event: Option<&Event>) {
        let now = Instant::now();
        self.settle(now);
        if self.limit.pass(now, level, text) {
            self.send(Line::new(at_ms, level, text, event, &self.node, self.pid));
        }
    }

    fn send(&self, line: Line) {
        let line = Arc::new(line);
        for outlet in &self.outlets {
            outlet.send(&line);
        }
    }
}

/// Milliseconds since 1970 by the wall clock, for stamps only.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The targets in force. Nothing named at all means syslog with facility daemon, as a node without a log is blind.
fn targets(begin: &Begin, syslog: &Path, warn: &Warn) -> Vec<Box<dyn outlet::Target>> {
    let logging = &begin.configuration.logging;
    let debug = logging.debug > 0;
    let mut all: Vec<Box<dyn outlet::Target>> = Vec::new();
    if let Some(path) = &logging.logfile
        && logging.debugfile.as_ref() != Some(path)
    {
        all.push(Box::new(files::LogFile::new(path, Level::Info)));
    }
    if let Some(path) = &logging.debugfile {
        all.push(Box::new(files::LogFile::new(path, Level::Debug)));
    }
    let unnamed = all.is_empty() && begin.log == LogTarget::Syslog;
    let word = logging.facility.as_deref().or(if unnamed { Some("daemon") } else { None });
    let facility = word.and_then(|word| {
        let known = syslog::facility(word);
        if known.is_none() {
            warn(&format!("logfacility {} is unknown; no line goes to syslog", clean(word, 64)));
        }
        known
    });
    if let Some(facility) = facility {
        all.push(Box::new(syslog::Syslog::new(syslog, facility, debug)));
    }
    let journal = journal::stdout_is_journal();
    match begin.log {
        LogTarget::Syslog => {}
        // The journal reads syslog too; the same line twice helps nobody.
        LogTarget::Human if journal && facility.is_some() => {}
        LogTarget::Human if journal => all.push(Box::new(journal::Journal::new(debug))),
        LogTarget::Human => all.push(Box::new(terminal::Human::new(debug))),
        LogTarget::Json => all.push(Box::new(terminal::Json::new(debug))),
    }
    all
}

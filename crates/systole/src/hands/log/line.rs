//! One log line: bounded, without control characters, and its spelling in Heartbeat's format and in JSON.
//! Not here: where it goes.

use crate::bridge::Level;
use serde::Serialize;
use std::fmt::Write as _;
use systole_core::Event;
use systole_sys::localtime::{LocalTime, local_time};

/// No line is longer than this, head included (bytes); syslog daemons cut there too.
pub const LINE_MAX: usize = 2048;
/// What the longest head (stamp, node name of 99 bytes, pid, level) can take of it.
const HEAD_MAX: usize = 160;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A line ready for every target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Wall clock, milliseconds since 1970.
    pub at_ms: u64,
    pub level: Level,
    /// Already clean and bounded.
    pub text: String,
    /// What the line tells, for programs; only on the first line of an event.
    pub event: Option<Event>,
    pub node: String,
    pub pid: u32,
}

impl Line {
    /// Cleans and bounds the text.
    pub fn new(at_ms: u64, level: Level, text: &str, event: Option<&Event>, node: &str, pid: u32) -> Line {
        let text = clean(text, LINE_MAX - HEAD_MAX);
        Line { at_ms, level, text, event: event.cloned(), node: node.to_owned(), pid }
    }

    /// Local time of the stamp.
    pub fn local(&self) -> LocalTime {
        local_time(i64::try_from(self.at_ms / 1000).unwrap_or(0))
    }

    /// `Nov 22 17:32:54`, the day padded with a blank.
    pub fn stamp(&self) -> String {
        let time = self.local();
        let month = MONTHS.get(usize::from(time.month).saturating_sub(1)).unwrap_or(&"Jan");
        format!("{month} {:2} {:02}:{:02}:{:02}", time.day, time.hour, time.minute, time.second)
    }

    /// What follows the tag: `[18]: info: text`.
    pub fn tail(&self) -> String {
        format!("[{}]: {}: {}", self.pid, word(self.level), self.text)
    }

    /// The line of logfile and debugfile, without its newline.
    pub fn heartbeat(&self) -> String {
        format!("{} {} heartbeat: {}", self.stamp(), self.node, self.tail())
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Object<'a> {
            at: String,
            at_ms: u64,
            node: &'a str,
            pid: u32,
            level: Level,
            text: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            event: Option<&'a Event>,
        }
        let time = self.local();
        let (sign, offset) = (if time.offset < 0 { '-' } else { '+' }, time.offset.unsigned_abs());
        let at = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{sign}{:02}:{:02}",
            time.year,
            time.month,
            time.day,
            time.hour,
            time.minute,
            time.second,
            self.at_ms % 1000,
            offset / 3600,
            offset % 3600 / 60
        );
        let object = Object {
            at,
            at_ms: self.at_ms,
            node: &self.node,
            pid: self.pid,
            level: self.level,
            text: &self.text,
            event: self.event.as_ref(),
        };
        serde_json::to_string(&object).unwrap_or_default()
    }
}

/// Heartbeat's word for a level (spec/CONFIG.md section 5).
pub fn word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Notice => "notice",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
        Level::Crit => "CRIT",
    }
}

/// The severity of syslog and of the journal.
pub fn severity(level: Level) -> u8 {
    match level {
        Level::Crit => 2,
        Level::Error => 3,
        Level::Warn => 4,
        Level::Notice => 5,
        Level::Info => 6,
        Level::Debug => 7,
    }
}

/// The text with control characters and those that turn the direction of writing made visible, at most `max`
/// bytes: what came from a wire or a script must not forge lines, move a cursor or fill a disk.
pub fn clean(text: &str, max: usize) -> String {
    const MORE: &str = "...";
    let mut out = String::with_capacity(text.len().min(max));
    // Where to cut if the text turns out too long: after the last character that leaves room for the dots.
    let mut cut = 0;
    for c in text.trim_end().chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push(' '),
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
        if out.len() > max {
            out.truncate(cut);
            out.push_str(MORE);
            return out;
        }
        if out.len() + MORE.len() <= max {
            cut = out.len();
        }
    }
    out
}

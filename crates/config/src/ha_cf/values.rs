//! Single values of ha.cf: nodes, times, switches, paths, facilities.
//! Not here: media, ping nodes.

use super::Parser;
use crate::diagnostic::Severity;
use crate::directives::{Directive, Form};
use crate::duration;
use crate::suggest::nearest;
use crate::words::{Spanned, Word};
use std::path::PathBuf;
use systole_core::{Failback, NodeName};

const FACILITIES: &[&str] = &[
    "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp", "local0",
    "local1", "local2", "local3", "local4", "local5", "local6", "local7", "none",
];

impl Parser<'_> {
    pub(super) fn value(&mut self, directive: &'static Directive, word: &Word, values: &[Word]) {
        match directive.form {
            Form::Nodes => self.nodes(values),
            Form::Time => self.time(directive, values),
            Form::Failback => self.failback(directive, values),
            Form::NiceFailback => self.nice_failback(directive, word, values),
            Form::Environment => self.environment(values),
            Form::Path => self.path(directive, values),
            Form::Facility => self.facility(directive, values),
            Form::Number(max) => self.number(directive, values, max),
            Form::Boolean => {
                if let Some(value) = self.boolean(directive, values) {
                    self.file.realtime.enabled = value;
                }
            }
            Form::Pings => values.iter().for_each(|value| self.ping(value)),
            Form::PingGroup => self.ping_group(word, values),
            Form::Only(_) | Form::Line => {}
            Form::Devices
            | Form::Mcast
            | Form::Mcast6
            | Form::Ucast
            | Form::Ucast6
            | Form::Ttys
            | Form::Baud
            | Form::Port => {
                self.medium(directive, word, values);
            }
        }
        if !directive.adds_up()
            && let Some(last) = values.last()
        {
            self.file.environment.retain(|(name, _)| name != directive.name);
            self.file.environment.push((directive.name.to_owned(), last.text.clone()));
        }
    }

    /// Checks the value of a directive that has no effect, so that a typo is still seen.
    pub(super) fn plausible(&mut self, directive: &Directive, values: &[Word]) -> bool {
        let before = self.found.len();
        match directive.form {
            Form::Boolean => drop(self.boolean(directive, values)),
            Form::Number(max) => drop(self.whole(directive, values, max)),
            Form::Path => drop(self.absolute(directive, values)),
            Form::Time => {
                if let Some(word) = self.last(directive, values)
                    && let Err(error) = duration::parse(&word.text)
                {
                    self.complain("bad-time", word, format!("`{}` is no time", word.text), error.to_string());
                }
            }
            Form::Only(allowed) => {
                for word in values.iter().filter(|v| !allowed.contains(&v.text.as_str())) {
                    let message = format!("`{}` does not take `{}`", directive.name, word.text);
                    self.complain("bad-value", word, message, format!("one of: {}", allowed.join(", ")));
                }
            }
            _ => {}
        }
        self.found.len() == before
    }

    fn nodes(&mut self, values: &[Word]) {
        for word in values {
            match NodeName::new(&word.text) {
                Err(error) => {
                    let message = format!("`{}` cannot be a node name", word.text);
                    self.complain("bad-node-name", word, message, error.to_string());
                }
                Ok(name) if self.file.nodes.iter().any(|n| n.value == name) => {
                    self.warn("node-twice", &word.span, format!("node `{name}` was already given"));
                }
                Ok(value) => self.file.nodes.push(Spanned { value, span: word.span.clone() }),
            }
        }
    }

    fn time(&mut self, directive: &'static Directive, values: &[Word]) {
        let Some(word) = self.last(directive, values) else { return };
        match duration::parse(&word.text) {
            Ok(value) => drop(self.file.times.insert(directive.name, Spanned { value, span: word.span.clone() })),
            Err(error) => {
                let diagnostic = self
                    .page
                    .at(Severity::Error, "bad-time", &word.span, format!("`{}` is no time", word.text))
                    .label(error.to_string())
                    .note("a time is a number of seconds (2, 0.5) or has a unit: 250us, 500ms, 10s, 1m, 1h");
                self.found.push(diagnostic);
            }
        }
    }

    fn boolean(&mut self, directive: &Directive, values: &[Word]) -> Option<bool> {
        let word = self.last(directive, values)?;
        let value = truth(&word.text);
        if value.is_none() {
            let message = format!("`{}` is neither on nor off", word.text);
            self.complain("bad-value", word, message, "true, on, yes, y, 1 or false, off, no, n, 0");
        }
        value
    }

    fn failback(&mut self, directive: &Directive, values: &[Word]) {
        let Some(word) = self.last(directive, values) else { return };
        self.file.failback = match truth(&word.text) {
            Some(true) => Some(Failback::On),
            Some(false) => Some(Failback::Off),
            None if word.text.eq_ignore_ascii_case("legacy") => Some(Failback::Legacy),
            None => {
                let message = format!("`auto_failback` does not take `{}`", word.text);
                self.complain("bad-value", word, message, "on, off or legacy");
                // What was meant is not known; that the directive is there is.
                Some(Failback::Legacy)
            }
        };
    }

    fn nice_failback(&mut self, directive: &Directive, word: &Word, values: &[Word]) {
        let Some(value) = self.boolean(directive, values) else { return };
        let (failback, text) = if value { (Failback::Off, "off") } else { (Failback::Legacy, "legacy") };
        self.file.failback = Some(failback);
        let span = word.span.start..values.last().map_or(word.span.end, |v| v.span.end);
        let message = format!("`nice_failback` is an old name; this line means `auto_failback {text}`");
        let diagnostic =
            self.page.at(Severity::Warning, "old-name", &span, message).suggest(format!("auto_failback {text}"));
        self.found.push(diagnostic);
    }

    fn environment(&mut self, values: &[Word]) {
        for word in values {
            let pair = word.text.split_once('=').filter(|(name, _)| is_variable(name));
            match pair {
                Some((name, value)) => self.file.environment.push((name.to_owned(), value.to_owned())),
                None => {
                    let message = format!("`{}` is not of the form NAME=VALUE", word.text);
                    self.complain("bad-value", word, message, "a name has letters, digits and `_`");
                }
            }
        }
    }

    fn absolute(&mut self, directive: &Directive, values: &[Word]) -> Option<PathBuf> {
        let word = self.last(directive, values)?;
        if word.text.starts_with('/') {
            return Some(PathBuf::from(&word.text));
        }
        let message = format!("`{}` needs a full path", directive.name);
        self.complain("bad-path", word, message, "does not begin with `/`");
        None
    }

    fn path(&mut self, directive: &Directive, values: &[Word]) {
        let Some(path) = self.absolute(directive, values) else { return };
        match directive.name {
            "logfile" => self.file.logging.logfile = Some(path),
            "debugfile" => self.file.logging.debugfile = Some(path),
            _ => self.file.watchdog = Some(path),
        }
    }

    fn facility(&mut self, directive: &Directive, values: &[Word]) {
        let Some(word) = self.last(directive, values) else { return };
        let name = word.text.to_ascii_lowercase();
        if FACILITIES.contains(&name.as_str()) {
            self.file.logging.facility = Some(name).filter(|name| name != "none");
            return;
        }
        let label = nearest(&name, FACILITIES.iter().copied()).map_or_else(
            || format!("one of: {}", FACILITIES.join(", ")),
            |near| format!("probably `{near}` was meant"),
        );
        self.complain("bad-facility", word, format!("syslog has no facility `{}`", word.text), label);
    }

    fn whole(&mut self, directive: &Directive, values: &[Word], max: u32) -> Option<u32> {
        let word = self.last(directive, values)?;
        let value = word.text.parse().ok().filter(|value| *value <= max);
        if value.is_none() {
            let message = format!("`{}` does not take `{}`", directive.name, word.text);
            self.complain("bad-number", word, message, format!("a whole number from 0 to {max}"));
        }
        value
    }

    fn number(&mut self, directive: &Directive, values: &[Word], max: u32) {
        let Some(value) = self.whole(directive, values, max).and_then(|v| u8::try_from(v).ok()) else { return };
        match directive.name {
            "debug" => self.file.logging.debug = value,
            _ if value == 0 => {
                if let Some(word) = values.last() {
                    self.complain("bad-number", word, "`rtprio` 0 is no real-time priority", "1 to 99");
                }
            }
            _ => self.file.realtime.priority = Some(value),
        }
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The booleans of ha.cf, case ignored.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "y" | "1" => Some(true),
        "false" | "off" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

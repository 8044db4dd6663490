//! The `#@` words about services, in ha.cf for all (`#@ monitor 10s`), in haresources for one (`#@ apache2: monitor=15s`).
//! Not here: what a value may be (watching.rs).

use super::unknown;
use crate::diagnostic::{Diagnostic, Page, Severity};
use crate::suggest::nearest;
use crate::watching::{self, Bad, Watching};
use crate::words::{Spanned, Word};
use systole_core::Retries;

/// Those of ha.cf, with an example each.
pub(super) const HA_CF: [(&str, &str); 4] = [
    ("monitor", "#@ monitor 10s"),
    ("timeout", "#@ timeout start=60s stop=60s monitor=20s"),
    ("retries", "#@ retries 3/10m"),
    ("stop-fail", "#@ stop-fail block"),
];
/// The parts of `timeout`.
const PARTS: [&str; 3] = ["start", "stop", "monitor"];
/// Those of one resource.
const RESOURCE: [&str; 9] = ["monitor", "timeout", "start", "stop", "retries", "check", "expect", "stop-fail", "warm"];

/// What is said about one resource of the group above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    /// As written before the colon: a name, or `name#2` for the second of that name.
    pub resource: Spanned<String>,
    pub watching: Watching,
    pub retries: Option<Retries>,
}

/// What ha.cf says about all services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Usual {
    pub watching: Watching,
    pub retries: Option<Retries>,
}

impl Usual {
    /// A later line replaces what it names, and no more.
    pub(crate) fn add(&mut self, later: Usual) {
        self.watching = later.watching.or(&self.watching);
        self.retries = later.retries.or(self.retries);
    }
}

/// A line of ha.cf; `None` for one with a fault, which is told.
pub(super) fn ha_cf(page: Page<'_>, word: &Word, values: &[Word], found: &mut Vec<Diagnostic>) -> Option<Usual> {
    let name = word.text.as_str();
    let example = HA_CF.iter().find(|(known, _)| *known == name).map_or("", |(_, example)| *example);
    if values.is_empty() {
        let message = format!("`#@ {name}` needs a value");
        let diagnostic = page.at(Severity::Error, "missing-value", &word.span, message);
        found.push(diagnostic.label("nothing follows").note(format!("for example: {example}")));
        return None;
    }
    let mut usual = Usual::default();
    if name == "timeout" {
        let faults = found.len();
        values.iter().for_each(|value| part(page, value, &mut usual.watching, found));
        return (found.len() == faults).then_some(usual);
    }
    if let Some(second) = values.get(1) {
        let message = format!("`#@ {name}` takes one value");
        found.push(page.at(Severity::Error, "several-values", &second.span, message).label("one too many"));
        return None;
    }
    let value = values.first()?;
    let set = set(name, &value.text, &mut usual.watching, &mut usual.retries);
    told(page, value, set, &format!("`#@ {name}` cannot be `{}`", value.text), found).then_some(usual)
}

/// One part of `timeout`.
fn part(page: Page<'_>, value: &Word, watching: &mut Watching, found: &mut Vec<Diagnostic>) {
    let (name, time) = value.text.split_once('=').unwrap_or((&value.text, ""));
    if !PARTS.contains(&name) {
        let message = format!("`#@ timeout` has no part `{name}`");
        let diagnostic = page.at(Severity::Error, "bad-value", &value.span, message);
        found.push(match nearest(name, PARTS) {
            Some(near) => diagnostic.label(format!("probably `{near}=` was meant")),
            None => diagnostic.label(format!("one of: {}", PARTS.map(|p| format!("{p}=TIME")).join(", "))),
        });
        return;
    }
    let word = if name == "monitor" { "timeout" } else { name };
    let set = set(word, time, watching, &mut None);
    told(page, value, set, &format!("`{}` gives no time", value.text), found);
}

/// A line about one resource; what is wrong with it is told and left out.
pub(super) fn resource(
    page: Page<'_>,
    first: &Word,
    rest: &[Word],
    maybe: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<About> {
    let name = first.text.strip_suffix(':').unwrap_or(&first.text);
    let span = first.span.start..first.span.start + name.len();
    let resource = Spanned { value: name.to_owned(), span };
    let mut about = About { resource, watching: Watching::default(), retries: None };
    if rest.is_empty() {
        let message = format!("`#@ {name}:` says nothing about it");
        let diagnostic = page.at(Severity::Error, "missing-value", &first.span, message);
        found
            .push(diagnostic.label("nothing follows").note(format!("for example: #@ {name}: monitor=15s timeout=10s")));
        return None;
    }
    for word in rest {
        let (key, value) = word.text.split_once('=').unwrap_or((&word.text, ""));
        if !RESOURCE.contains(&key) {
            let diagnostic = unknown(page, word, maybe)
                .note(format!("the words about a resource are: {}", RESOURCE.map(|w| format!("{w}=")).join(", ")));
            found.push(match nearest(key, RESOURCE) {
                Some(near) if !maybe => diagnostic.label(format!("probably `{near}=` was meant")),
                _ => diagnostic,
            });
            continue;
        }
        let set = set(key, value, &mut about.watching, &mut about.retries);
        told(page, word, set, &format!("`{}` is not understood", word.text), found);
    }
    fits(page, first, &about.watching, found);
    Some(about)
}

/// `expect` speaks of a page that is read.
fn fits(page: Page<'_>, first: &Word, watching: &Watching, found: &mut Vec<Diagnostic>) {
    let reads = matches!(watching.check, None | Some(watching::Check::Http(_)));
    if watching.expect.is_some() && !reads {
        let message = "`expect=` needs a page that can be read: check=http://...";
        found.push(page.at(Severity::Error, "expect-without-page", &first.span, message));
    }
}

fn set(word: &str, value: &str, watching: &mut Watching, retries: &mut Option<Retries>) -> Result<(), Bad> {
    match word {
        "monitor" => watching.monitor = Some(watching::monitor(value)?),
        "timeout" => watching.timeout = Some(watching::time(value)?),
        "start" => watching.start = Some(watching::time(value)?),
        "stop" => watching.stop = Some(watching::time(value)?),
        "retries" => *retries = Some(watching::retries(value)?),
        "check" => watching.check = Some(watching::check(value)?),
        "warm" => watching.warm = Some(watching::warm(value)?),
        "expect" => watching.expect = Some(watching::expect(value)?),
        _ => watching.stop_fail = Some(watching::stop_fail(value)?),
    }
    Ok(())
}

/// True when there was nothing to tell.
fn told(page: Page<'_>, word: &Word, set: Result<(), Bad>, message: &str, found: &mut Vec<Diagnostic>) -> bool {
    match set {
        Ok(()) => true,
        Err(why) => {
            found.push(page.at(Severity::Error, "bad-value", &word.span, message.to_owned()).label(why));
            false
        }
    }
}

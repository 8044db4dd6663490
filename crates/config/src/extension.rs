//! `#@` lines: words that Heartbeat takes for comments (DESIGN section 7). `#@?` asks to skip what is not known.
//! Not here: what the words do; those few that exist are handed to the reader of the file.

mod services;

pub(crate) use services::{About, Usual};

use crate::diagnostic::{Diagnostic, Page, Severity};
use crate::duration;
use crate::suggest::nearest;
use crate::words::{Spanned, Word, blank, words};
use std::ops::Range;
use std::time::Duration;
use systole_core::{FastDead, Probing, Retries};

/// A word behind `#@` in haresources that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupWord {
    /// `name=web`: how people call the group above.
    Name(String),
    /// `retries=2/5m`: for the group above.
    Retries(Retries),
    /// `warm=yes`: for all services of the group above.
    Warm(Spanned<bool>),
    /// `RESOURCE: monitor=15s ...`: for one resource of it.
    About(Box<About>),
}

/// A line behind `#@` in ha.cf that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HaCfWord {
    /// `probe on|off|warn`: whether the wire is asked before a group is taken because of silence.
    Probe(Probing),
    /// `expire on|off`: whether the kernel takes addresses away that nobody refreshes.
    Expire(bool),
    /// `fastdead off|auto|TIME`: whether a verdict may come before deadtime, and its floor.
    FastDead(FastDead),
    /// `monitor`, `timeout`, `retries`, `stop-fail`: for all services.
    Services(Box<Usual>),
}

/// The words of ha.cf, with what each may be.
const HA_CF: [(&str, &[&str]); 3] =
    [("probe", &["on", "off", "warn"]), ("expire", &["on", "off"]), (FASTDEAD, &["off", "auto"])];
const FASTDEAD: &str = "fastdead";
const FASTDEAD_MIN: Duration = Duration::from_millis(50);

/// A `#@` line of ha.cf; one that is not understood is a fault, or with `#@?` a note.
pub(crate) fn ha_cf(page: Page<'_>, at: usize, rest: &[u8], found: &mut Vec<Diagnostic>) -> Option<HaCfWord> {
    let (maybe, words) = split(at, rest);
    let Some((word, values)) = words.split_first() else {
        found.push(
            page.at(Severity::Error, "empty-extension", &(at - 2..at), "`#@` without a word").label("nothing follows"),
        );
        return None;
    };
    if services::HA_CF.iter().any(|(name, _)| *name == word.text) {
        return services::ha_cf(page, word, values, found).map(|usual| HaCfWord::Services(Box::new(usual)));
    }
    let Some((name, allowed)) = HA_CF.iter().find(|(name, _)| *name == word.text) else {
        let known: Vec<&str> =
            HA_CF.iter().map(|(name, _)| *name).chain(services::HA_CF.iter().map(|(name, _)| *name)).collect();
        let diagnostic = unknown(page, word, maybe)
            .note(format!("the `#@` words of ha.cf in this version are: {}", known.join(", ")));
        found.push(match nearest(&word.text, known) {
            Some(near) if !maybe => diagnostic.label(format!("probably `{near}` was meant")),
            _ => diagnostic,
        });
        return None;
    };
    if let Some(time) = values.first().filter(|v| *name == FASTDEAD && v.text.starts_with(|c: char| c.is_ascii_digit()))
    {
        return floor(page, time, values, found);
    }
    let value = one_of(page, (word, values), allowed, found)?;
    let less = |what: &str| page.at(Severity::Note, "less-protected", &word.span, what.to_owned());
    match (*name, value) {
        ("probe", "warn") => {
            found.push(less("the wire is asked, but what it says is only told: filtered heartbeats make two owners"));
            Some(HaCfWord::Probe(Probing::Warn))
        }
        ("probe", "off") => {
            found.push(less("the wire is not asked before a takeover: filtered heartbeats make two owners"));
            Some(HaCfWord::Probe(Probing::Off))
        }
        ("probe", _) => Some(HaCfWord::Probe(Probing::On)),
        ("expire", "off") => {
            found
                .push(less("addresses stay for ever: a killed or hung daemon keeps its own, and the other node waits"));
            Some(HaCfWord::Expire(false))
        }
        (FASTDEAD, "off") => Some(HaCfWord::FastDead(FastDead::Off)),
        (FASTDEAD, _) => Some(HaCfWord::FastDead(FastDead::Auto)),
        _ => Some(HaCfWord::Expire(true)),
    }
}

/// `fastdead` with a time of the owner's own.
fn floor(page: Page<'_>, time: &Word, values: &[Word], found: &mut Vec<Diagnostic>) -> Option<HaCfWord> {
    let bad = |message: String, label: String| {
        page.at(Severity::Error, "bad-value", &time.span, message)
            .label(label)
            .note("off, auto, or a time: 400ms, 1.5".to_owned())
    };
    if let Some(second) = values.get(1) {
        let message = "`#@ fastdead` takes one value";
        found.push(page.at(Severity::Error, "several-values", &second.span, message).label("one too many"));
        return None;
    }
    match duration::parse(&time.text) {
        Ok(floor) if floor >= FASTDEAD_MIN => Some(HaCfWord::FastDead(FastDead::AtLeast(floor))),
        Ok(_) => {
            let label = "below what any machine keeps up: 50ms is the least".to_owned();
            found.push(bad(format!("`#@ fastdead` cannot be `{}`", time.text), label));
            None
        }
        Err(error) => {
            found.push(bad(format!("`#@ fastdead` cannot be `{}`", time.text), error.to_string()));
            None
        }
    }
}

/// The one value of a word, from those that it may have.
fn one_of<'w>(
    page: Page<'_>,
    (word, values): (&Word, &'w [Word]),
    allowed: &[&str],
    found: &mut Vec<Diagnostic>,
) -> Option<&'w str> {
    let (name, all) = (&word.text, format!("one of: {}", allowed.join(", ")));
    let value = match values {
        [] => {
            let message = format!("`#@ {name}` needs a value");
            found.push(
                page.at(Severity::Error, "missing-value", &word.span, message).label("nothing follows").note(all),
            );
            return None;
        }
        [value] => value,
        [_, second, ..] => {
            let message = format!("`#@ {name}` takes one value");
            found.push(page.at(Severity::Error, "several-values", &second.span, message).label("one too many"));
            return None;
        }
    };
    if !allowed.contains(&value.text.as_str()) {
        let message = format!("`#@ {name}` cannot be `{}`", value.text);
        let diagnostic = page.at(Severity::Error, "bad-value", &value.span, message).note(all);
        found.push(match nearest(&value.text, allowed.iter().copied()) {
            Some(near) => diagnostic.label(format!("probably `{near}` was meant")),
            None => diagnostic.label("not known"),
        });
        return None;
    }
    Some(&value.text)
}

/// The words behind `#@` that belong to the group above.
pub(crate) fn haresources(page: Page<'_>, at: usize, rest: &[u8], found: &mut Vec<Diagnostic>) -> Vec<GroupWord> {
    let (maybe, words) = split(at, rest);
    let mut understood = Vec::new();
    if words.is_empty() {
        found.push(
            page.at(Severity::Error, "empty-extension", &(at - 2..at), "`#@` without a word").label("nothing follows"),
        );
    }
    if let Some((first, rest)) = words.split_first().filter(|(first, _)| first.text.ends_with(':')) {
        let about = services::resource(page, first, rest, maybe, found);
        return about.into_iter().map(|about| GroupWord::About(Box::new(about))).collect();
    }
    for word in &words {
        match word.text.split_once('=') {
            Some(("retries", value)) => match crate::watching::retries(value) {
                Ok(retries) => understood.push(GroupWord::Retries(retries)),
                Err(why) => {
                    let message = format!("`{}` is not understood", word.text);
                    found.push(page.at(Severity::Error, "bad-value", &word.span, message).label(why));
                }
            },
            Some(("warm", value)) => match crate::watching::warm(value) {
                Ok(warm) => understood.push(GroupWord::Warm(Spanned { value: warm, span: word.span.clone() })),
                Err(why) => {
                    let message = format!("`{}` is not understood", word.text);
                    found.push(page.at(Severity::Error, "bad-value", &word.span, message).label(why));
                }
            },
            Some(("name", name)) if is_group_name(name) => understood.push(GroupWord::Name(name.to_owned())),
            Some(("name", _)) => {
                let message = format!("`{}` gives no name", word.text);
                let diagnostic = page.at(Severity::Error, "bad-group-name", &word.span, message);
                found.push(diagnostic.label("letters, digits, `.`, `_` and `-`, at most 64"));
            }
            _ => {
                let diagnostic = unknown(page, word, maybe).note(
                    "the `#@` words of this version are: name=WORD, retries=3/10m, warm=yes, and RESOURCE: with words about it",
                );
                let key = word.text.split('=').next().unwrap_or_default();
                found.push(match nearest(key, ["name", "retries", "warm"]) {
                    Some(near) if !maybe => diagnostic.label(format!("probably `{near}=` was meant")),
                    _ => diagnostic,
                });
                // What follows an unknown word may be its argument.
                break;
            }
        }
    }
    understood
}

/// `#@` behind other words: Heartbeat's two parsers treat it differently, so nobody may.
pub(crate) fn trailing(page: Page<'_>, span: &Range<usize>) -> Diagnostic {
    page.at(Severity::Error, "extension-not-alone", span, "a `#@` word must stand on a line of its own")
        .label("move this to its own line, below")
}

fn split(at: usize, rest: &[u8]) -> (bool, Vec<Word>) {
    match rest.strip_prefix(b"?") {
        Some(rest) => (true, words(rest, at + 1, blank)),
        None => (false, words(rest, at, blank)),
    }
}

fn unknown(page: Page<'_>, word: &Word, maybe: bool) -> Diagnostic {
    let message = format!("the extension word `{}` is not known", word.text);
    if maybe {
        page.at(Severity::Note, "extension-skipped", &word.span, message).label("skipped, as `#@?` asks")
    } else {
        page.at(Severity::Error, "unknown-extension", &word.span, message)
            .label("not known")
            .note("write `#@?` if an older version may skip it")
    }
}

fn is_group_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

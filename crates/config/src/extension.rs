//! `#@` lines: words that Heartbeat takes for comments (DESIGN section 7). `#@?` asks to skip what is not known.
//! Not here: what the words do; those few that exist are handed to the reader of the file.

use crate::diagnostic::{Diagnostic, Page, Severity};
use crate::suggest::nearest;
use crate::words::{Word, blank, words};
use std::ops::Range;

/// A word behind `#@` in haresources that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupWord {
    /// `name=web`: how people call the group above.
    Name(String),
}

/// ha.cf has no extension words yet: each line is a fault, or with `#@?` a note.
pub(crate) fn ha_cf(page: Page<'_>, at: usize, rest: &[u8], found: &mut Vec<Diagnostic>) {
    let (maybe, words) = split(at, rest);
    let Some(word) = words.first() else {
        found.push(
            page.at(Severity::Error, "empty-extension", &(at - 2..at), "`#@` without a word").label("nothing follows"),
        );
        return;
    };
    let diagnostic = unknown(page, word, maybe).note("ha.cf has no `#@` words in this version");
    found.push(diagnostic);
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
    for word in &words {
        match word.text.split_once('=') {
            Some(("name", name)) if is_group_name(name) => understood.push(GroupWord::Name(name.to_owned())),
            Some(("name", _)) => {
                let message = format!("`{}` gives no name", word.text);
                let diagnostic = page.at(Severity::Error, "bad-group-name", &word.span, message);
                found.push(diagnostic.label("letters, digits, `.`, `_` and `-`, at most 64"));
            }
            _ => {
                let diagnostic = unknown(page, word, maybe).note("the `#@` words of this version are: name=WORD");
                let key = word.text.split('=').next().unwrap_or_default();
                found.push(match nearest(key, ["name"]) {
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

//! `#@ accept N` in authkeys: the one way to let a crc in beside a key with a secret (DESIGN section 7).
//! Not here: what it opens (verdict.rs, protection.rs).

use super::lines::{Reader, at, number};
use crate::diagnostic::Severity;
use crate::suggest::nearest;
use crate::words::{Word, blank, words};

/// What may follow `#@`.
pub(super) const ACCEPT: &str = "accept";

/// `#@` or `#@?`, alone or with the one known word.
pub(super) fn is_extension(word: &str) -> bool {
    let Some(rest) = word.strip_prefix("#@") else { return false };
    let rest = rest.strip_prefix('?').unwrap_or(rest);
    rest.is_empty() || rest == ACCEPT
}

impl Reader<'_> {
    /// `#@ accept N`. Anything else behind `#@` is a fault, or with `#@?` a note.
    pub(super) fn extension(&mut self, start: usize, rest: &[u8]) {
        let sign = start.saturating_sub(2)..start;
        let (maybe, found) = match rest.strip_prefix(b"?") {
            Some(rest) => (true, words(rest, start + 1, blank)),
            None => (false, words(rest, start, blank)),
        };
        let texts: Vec<&str> = found.iter().map(|word| word.text.as_str()).collect();
        let (severity, code, message, label) = match texts[..] {
            [ACCEPT, n] if number(n).is_some() => {
                let span = sign.start..found.last().map_or(start, |word| word.span.end);
                self.accept.extend(number(n).map(|n| (n, span)));
                return;
            }
            [] => (Severity::Error, "empty-extension", "`#@` without a word", "for example: #@ accept 1"),
            [ACCEPT, ..] => {
                let message = "`#@ accept` must be followed by the number of one key, 0 to 15";
                (Severity::Error, "bad-accept", message, "for example: #@ accept 1")
            }
            [_, ..] if maybe => {
                let message = "the extension word behind `#@?` is not known";
                (Severity::Note, "extension-skipped", message, "skipped, as `#@?` asks")
            }
            [word, ..] => {
                let near = nearest(word, [ACCEPT]).is_some();
                let label = if near { "probably `accept` was meant" } else { "the word of authkeys is `accept`" };
                (Severity::Error, "unknown-extension", "the extension word behind `#@` is not known", label)
            }
        };
        self.found.push(at(self.page, severity, code, &sign, message).label(label));
    }

    /// `#@` behind other words: Heartbeat would skip it silently, and so would whoever reads over it.
    pub(super) fn trailing(&mut self, word: &Word, rest: &[Word]) {
        if rest.iter().any(|w| w.text.starts_with("#@")) {
            let message = "a `#@` word must stand on a line of its own";
            self.report("extension-not-alone", word, message, "move what follows to its own line, below");
        }
    }
}

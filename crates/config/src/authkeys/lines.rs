//! The lines of authkeys, and its permissions.
//! No message, label or suggestion made here may hold any word but numbers, `accept` and the names of methods.
//! Not here: what follows from keys that can be read (verdict.rs).

use super::accept::{ACCEPT, is_extension};
use super::verdict::{Keyring, judge};
use super::{AuthKeys, Key, Method};
use crate::diagnostic::{Diagnostic, FileKind, Page, Place, Severity, too_many};
use crate::sources::SourceFile;
use crate::suggest::nearest;
use crate::words::{Word, blank, lines, words};
use std::ops::Range;
use zeroize::Zeroizing;

const METHODS: [&str; 3] = ["crc", "md5", "sha1"];
pub(super) const MAKE_KEY: &str = "make a key with: head -c 20 /dev/urandom | sha1sum | cut -c1-40";

/// Reads the file; keys come back only when nothing is wrong with them.
pub(crate) fn parse(file: &SourceFile, my_uid: u32, found: &mut Vec<Diagnostic>) -> Option<AuthKeys> {
    let page = Page { file: FileKind::Authkeys, path: &file.path, text: &file.text };
    let errors = |found: &[Diagnostic]| found.iter().filter(|d| d.severity == Severity::Error).count();
    let before = errors(found);
    permissions(page, file, my_uid, found);
    let mut reader = Reader { page, found, active: None, tried: false, keys: Vec::new(), accept: Vec::new() };
    for line in lines(&file.text) {
        if too_many(page, reader.found) {
            break;
        }
        if let Some((start, rest)) = line.extension() {
            reader.extension(start, rest);
        } else if !line.is_comment() {
            reader.line(line.bytes, line.start);
        }
    }
    let keys = reader.finish();
    keys.filter(|_| errors(found) == before)
}

fn permissions(page: Page<'_>, file: &SourceFile, my_uid: u32, found: &mut Vec<Diagnostic>) {
    let path = file.path.display();
    if file.mode & 0o077 != 0 {
        let may = match (file.mode & 0o044 != 0, file.mode & 0o022 != 0) {
            (true, true) => "read and written",
            (false, true) => "written",
            _ => "read",
        };
        let message = format!("authkeys can be {may} by others; who has the key can move or stop the service");
        let diagnostic = at(page, Severity::Error, "authkeys-mode", &(0..0), message)
            .label(format!("its mode is {:04o}, and must be 0600", file.mode))
            .note(format!("chmod 600 {path}"));
        found.push(diagnostic);
    }
    if file.uid != 0 && file.uid != my_uid {
        let message = format!("authkeys belongs to user {}, neither to root nor to the user who reads it", file.uid);
        found.push(at(page, Severity::Error, "authkeys-owner", &(0..0), message).note(format!("chown root {path}")));
    }
}

/// A diagnostic in authkeys, its line masked.
pub(super) fn at(
    page: Page<'_>,
    severity: Severity,
    code: &'static str,
    span: &Range<usize>,
    message: impl Into<String>,
) -> Diagnostic {
    let mut place: Place = page.place(span, mask);
    let end = place.text.len();
    place.marked = place.marked.start.min(end)..place.marked.end.min(end);
    let place = Some(place).filter(|_| !page.text.is_empty());
    Diagnostic { place, ..Diagnostic::of_file(severity, code, page.file, page.path, message) }
}

/// Only leading words that are numbers, `auth`, methods or `#@ accept` are shown; spans never reach beyond them.
fn mask(line: &[u8]) -> String {
    let mut shown = 0;
    let found = words(line, 0, blank);
    let extension = found.first().is_some_and(|w| is_extension(&w.text));
    for (index, word) in found.iter().enumerate() {
        let number = word.text.len() <= 2 && word.text.bytes().all(|b| b.is_ascii_digit());
        let plain = match index {
            0 if extension => true,
            1 | 2 if extension => number || word.text == ACCEPT,
            0 => number || word.text == "auth",
            1 => METHODS.contains(&word.text.as_str()) || (number && found.first().is_some_and(|w| w.text == "auth")),
            _ => false,
        };
        if !plain {
            break;
        }
        shown = word.span.end;
    }
    let mut text = crate::words::printable(line.get(..shown).unwrap_or_default());
    if line.get(shown..).is_some_and(|rest| !rest.trim_ascii().is_empty()) {
        text.push_str(if shown == 0 { "***" } else { " ***" });
    }
    text
}

pub(super) struct Reader<'a> {
    pub(super) page: Page<'a>,
    pub(super) found: &'a mut Vec<Diagnostic>,
    active: Option<(u8, Range<usize>)>,
    /// An `auth` line stands there, good or bad.
    tried: bool,
    keys: Vec<(Key, Range<usize>)>,
    pub(super) accept: Vec<(u8, Range<usize>)>,
}

impl Reader<'_> {
    pub(super) fn report(
        &mut self,
        code: &'static str,
        word: &Word,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        self.found.push(at(self.page, Severity::Error, code, &word.span, message).label(label));
    }

    fn line(&mut self, bytes: &[u8], start: usize) {
        let mut found = words(bytes, start, blank);
        if let Some([first, rest @ ..]) = found.get(..) {
            // Heartbeat takes any word with an `a` in front for `auth`.
            if first.text.starts_with('a') {
                self.auth(first, rest);
            } else {
                self.key(first, rest);
            }
        }
        found.iter_mut().for_each(|word| zeroize::Zeroize::zeroize(&mut word.text));
    }

    fn auth(&mut self, word: &Word, rest: &[Word]) {
        self.tried = true;
        let Some(index) = rest.first().and_then(|w| number(&w.text)) else {
            return self.report(
                "bad-auth",
                word,
                "`auth` must be followed by the number of a key, 0 to 15",
                "for example: auth 1",
            );
        };
        self.trailing(word, rest);
        if word.text != "auth" {
            self.found.push(at(self.page, Severity::Warning, "odd-auth", &word.span, "this word is read as `auth`"));
        }
        let span = word.span.start..rest.first().map_or(word.span.end, |w| w.span.end);
        if self.active.is_some() {
            return self.report(
                "auth-twice",
                word,
                "`auth` stands here a second time; only one key can sign",
                "take one of the lines out",
            );
        }
        self.active = Some((index, span));
    }

    fn key(&mut self, word: &Word, rest: &[Word]) {
        let Some(index) = number(&word.text) else {
            return self.report(
                "bad-key-number",
                word,
                "a key begins with its number, 0 to 15",
                "the form is: 1 sha1 KEY",
            );
        };
        let Some(method_word) = rest.first() else {
            return self.report("no-method", word, format!("key {index} has no method"), "the form is: 1 sha1 KEY");
        };
        let method = match method_word.text.as_str() {
            "crc" => Method::Crc,
            "md5" => Method::Md5,
            "sha1" => Method::Sha1,
            other => {
                let label = nearest(other, METHODS)
                    .map_or("not known".to_owned(), |near| format!("probably `{near}` was meant"));
                return self.report(
                    "unknown-method",
                    method_word,
                    format!("the method of key {index} is not crc, md5 or sha1"),
                    label,
                );
            }
        };
        let secret = rest.get(1).map_or(&b""[..], |w| self.page.text.get(w.span.clone()).unwrap_or_default());
        let behind = if method == Method::Crc { 1 } else { 2 };
        self.trailing(word, rest.get(behind..).unwrap_or_default());
        let remark = secret.starts_with(b"#");
        match (method, secret.is_empty()) {
            (Method::Crc, false) if !remark => {
                return self.report(
                    "crc-with-key",
                    method_word,
                    format!("key {index} has the method crc, which takes no key"),
                    "sha1 takes one",
                );
            }
            (Method::Md5 | Method::Sha1, true) => {
                let label = "the form is: 1 sha1 KEY";
                return self.report("no-key", method_word, format!("key {index} has a method but no key"), label);
            }
            _ => {}
        }
        if rest.get(2).is_some_and(|w| !w.text.starts_with('#')) && !remark {
            let message = format!("key {index}: a key is one word; what follows it is ignored");
            self.found.push(at(self.page, Severity::Warning, "key-too-many-words", &method_word.span, message));
        }
        if self.keys.iter().any(|(key, _)| key.index == index) {
            return self.report("key-twice", word, format!("there is already a key {index}"), "give it another number");
        }
        let secret = if method == Method::Crc { Vec::new() } else { secret.to_vec() };
        self.keys.push((Key { index, method, secret: Zeroizing::new(secret) }, word.span.start..method_word.span.end));
    }

    fn finish(self) -> Option<AuthKeys> {
        let Reader { page, found, active, tried, keys, accept } = self;
        let whole = |code, message: &str| at(page, Severity::Error, code, &(0..0), message);
        let Some((active, span)) = active else {
            if tried {
                return None;
            }
            let diagnostic = whole("no-auth", "authkeys does not say which key signs")
                .note("write `auth N` with the number of a key");
            found.push(match keys.first() {
                Some((key, span)) => {
                    let edits = vec![(span.start..span.start, format!("auth {}\n", key.index))];
                    let fixed = page.fixed(diagnostic, edits, format!("key {} signs", key.index));
                    // The lines after the edit hold the key; this one does not.
                    fixed.suggest(format!("auth {}", key.index))
                }
                None => diagnostic.note("and a key: `1 sha1 KEY`").note(MAKE_KEY),
            });
            return None;
        };
        if !keys.iter().any(|(key, _)| key.index == active) {
            let numbers: Vec<String> = keys.iter().map(|(key, _)| key.index.to_string()).collect();
            let has =
                if numbers.is_empty() { "there are none".into() } else { format!("there are: {}", numbers.join(", ")) };
            found.push(
                at(
                    page,
                    Severity::Error,
                    "no-such-key",
                    &span,
                    format!("`auth` names key {active}, which is not there"),
                )
                .label(has),
            );
            return None;
        }
        judge(page, &Keyring { active, keys: &keys, accept: &accept }, found);
        if let Some((_, key)) = keys.iter().find(|(key, at)| key.index == active && at.start < span.start) {
            let message =
                format!("Heartbeat wants `auth {active}` before the line of that key; here the order does not matter");
            found.push(at(page, Severity::Note, "auth-after-key", key, message));
        }
        let mut accept: Vec<u8> = accept.into_iter().map(|(index, _)| index).collect();
        accept.dedup();
        Some(AuthKeys { active, keys: keys.into_iter().map(|(key, _)| key).collect(), accept })
    }
}

/// 0 to 15, digits only.
pub(super) fn number(text: &str) -> Option<u8> {
    text.parse().ok().filter(|n| *n <= 15 && text.bytes().all(|b| b.is_ascii_digit()))
}

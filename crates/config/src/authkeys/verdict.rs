//! What is to be said about keys that can be read: crc, doors left open, secrets that can be guessed.
//! As in lines.rs, no word from here may hold more of the file than numbers and names of methods.

use super::lines::{MAKE_KEY, at};
use super::{Key, Method};
use crate::diagnostic::{Diagnostic, Page, Severity};
use std::collections::BTreeSet;
use std::ops::Range;

/// Shorter secrets can be found by trying.
const SECRET_MIN: usize = 16;
/// Up to this length letters alone are taken for a word, and digits alone for a date or a telephone number.
const WORD_MAX: usize = 24;
/// Secrets with fewer different bytes are a row of one key.
const DIFFERENT_MIN: usize = 6;
/// What stands in manuals and example files, in lower case; whoever can read can have them.
const EXAMPLES: [&str; 12] = [
    "hi!",
    "hello!",
    "key",
    "mysecretkey",
    "secretkey",
    "supersecretkey",
    "somerandomstring",
    "this-is-a-secret-key",
    "put-the-forty-characters-here",
    "mettre-ici-les-quarante-caracteres",
    "put_a_secret_here",
    "changeme",
];

/// Everything that was read of the file.
pub(super) struct Keyring<'a> {
    pub active: u8,
    pub keys: &'a [(Key, Range<usize>)],
    /// `#@ accept N`, each with its place.
    pub accept: &'a [(u8, Range<usize>)],
}

/// Judges the whole; the signing key must be among the keys.
pub(super) fn judge(page: Page<'_>, ring: &Keyring<'_>, found: &mut Vec<Diagnostic>) {
    let Some((signs, _)) = ring.keys.iter().find(|(key, _)| key.index == ring.active) else { return };
    for (key, span) in ring.keys.iter().filter(|(key, _)| key.method == Method::Crc) {
        found.push(if signs.method == Method::Crc {
            crc(page, ring, key, span)
        } else if ring.accept.iter().any(|(index, _)| *index == key.index) {
            crc_accepted(page, key, signs, span)
        } else {
            crc_refused(page, key, signs, span)
        });
    }
    for (index, span) in ring.accept {
        found.extend(accept(page, ring, signs, *index, span));
    }
    secrets(page, ring.keys, found);
}

/// crc signs, or is one more beside a crc that does.
fn crc(page: Page<'_>, ring: &Keyring<'_>, key: &Key, span: &Range<usize>) -> Diagnostic {
    let message = "crc protects nothing: whoever can send to this network can move or stop the service";
    let active = key.index == ring.active;
    let label = if active { "a check sum, no key" } else { "accepted too, although another key signs" };
    let diagnostic = at(page, Severity::Warning, "crc", span, message).label(label);
    if !active {
        return diagnostic.note("take this line out");
    }
    let keyed = ring.keys.iter().find(|(other, _)| other.method != Method::Crc).map(|(other, _)| other);
    let free = (1..=15).find(|index| ring.keys.iter().all(|(other, _)| other.index != *index));
    let (number, method) = keyed.map_or((free.unwrap_or(0), Method::Sha1), |other| (other.index, other.method));
    diagnostic
        .note(MAKE_KEY)
        .note("both nodes need the same line; --fix leaves crc, because it cannot reach the other node")
        .note("without an outage: each step on every node, one node after the other, each restarted before the next")
        .note(format!("step 1: add `{number} {method} KEY` and `#@ accept {0}`; crc still signs", key.index))
        .note(format!("step 2: write `auth {number}`; frames of nodes that still sign with crc are accepted"))
        .note(format!("step 3: take `{0} crc` and `#@ accept {0}` out; now nobody without the key is heard", key.index))
        .suggest(format!("{} sha1 KEY", key.index))
}

fn crc_accepted(page: Page<'_>, key: &Key, signs: &Key, span: &Range<usize>) -> Diagnostic {
    let message = format!(
        "key {} (crc) is accepted beside key {} ({}): whoever can send to this network can still move or stop the service",
        key.index, signs.index, signs.method
    );
    at(page, Severity::Warning, "crc-accepted", span, message)
        .label(format!("the door that `#@ accept {}` holds open", key.index))
        .note(format!(
            "when every node has `auth {1}`, take `{0} crc` and `#@ accept {0}` out on all of them",
            key.index, signs.index
        ))
}

fn crc_refused(page: Page<'_>, key: &Key, signs: &Key, span: &Range<usize>) -> Diagnostic {
    let message = format!(
        "key {} (crc) is refused, because key {} ({}) signs: a check sum beside it would let everybody in",
        key.index, signs.index, signs.method
    );
    at(page, Severity::Warning, "crc-refused", span, message)
        .label("frames signed with it count as silence")
        .note(format!(
            "a node that still signs with it is not heard, and both would serve; while you change keys, add `#@ accept {}`",
            key.index
        ))
        .note("when every node signs with the other key, take this line out")
}

/// An accept line that names nothing, or that changes nothing.
fn accept(page: Page<'_>, ring: &Keyring<'_>, signs: &Key, index: u8, span: &Range<usize>) -> Option<Diagnostic> {
    let Some((key, _)) = ring.keys.iter().find(|(key, _)| key.index == index) else {
        let message = format!("`#@ accept` names key {index}, which is not there");
        let numbers: Vec<String> = ring.keys.iter().map(|(key, _)| key.index.to_string()).collect();
        let label = format!("there are: {}", numbers.join(", "));
        return Some(at(page, Severity::Error, "accept-no-such-key", span, message).label(label));
    };
    let message = match (key.method, signs.method) {
        (Method::Crc, Method::Crc) => format!("key {index} is accepted without this line as long as a crc signs"),
        (Method::Crc, _) => return None,
        _ => format!("key {index} ({}) is accepted without this line; only a crc needs it", key.method),
    };
    Some(at(page, Severity::Note, "accept-idle", span, message))
}

fn secrets(page: Page<'_>, keys: &[(Key, Range<usize>)], found: &mut Vec<Diagnostic>) {
    let keyed: Vec<&(Key, Range<usize>)> = keys.iter().filter(|(key, _)| key.method != Method::Crc).collect();
    for (position, (key, span)) in keyed.iter().enumerate() {
        if let Some(why) = weakness(key.secret()) {
            let message = format!("the secret of key {} {why}", key.index);
            found
                .push(at(page, Severity::Warning, "weak-secret", span, message).label("can be guessed").note(MAKE_KEY));
        }
        let twin = keyed.iter().take(position).find(|(other, _)| other.secret() == key.secret());
        if let Some((twin, _)) = twin {
            let message = format!(
                "keys {} and {} have the same secret: whoever learned the one knows the other",
                twin.index, key.index
            );
            found.push(at(page, Severity::Warning, "same-secret", span, message).note(MAKE_KEY));
        }
    }
}

/// Why a secret can be guessed, as the rest of a sentence.
fn weakness(secret: &[u8]) -> Option<&'static str> {
    let lower = zeroize::Zeroizing::new(secret.to_ascii_lowercase());
    if EXAMPLES.iter().any(|example| example.as_bytes() == &lower[..]) {
        return Some("stands in manuals as an example");
    }
    if secret.len() < SECRET_MIN {
        return Some("is shorter than 16 bytes");
    }
    if secret.iter().collect::<BTreeSet<_>>().len() < DIFFERENT_MIN {
        return Some("is a few characters again and again");
    }
    let one_kind = secret.iter().all(u8::is_ascii_alphabetic) || secret.iter().all(u8::is_ascii_digit);
    (secret.len() < WORD_MAX && one_kind).then_some("looks like a single word or number")
}

//! How a Systole node's part of the beat is spelled: the text field `sy` of `status`.
//! Not here: what claims mean (systole-core), the field's place in the frame (message).
//!
//! `VERSION d=DIGEST [s=STALLED] [l=1] [h=NODE/GEN/SEQ]... [g=ID/STATE/EPOCH/FITNESS[/TO]]...`, words separated by
//! one blank; VERSION decimal, all other numbers lower-case hex without padding, digest and group of eight digits.
//! Short, because a serial line at 19200 baud carries it in every beat. A higher version may add words and parts,
//! which are skipped here; within version 1 anything unexpected refuses the frame.

use crate::reject::Reject;
use std::fmt::Write;
use systole_core::beat::BEAT_VERSION;
use systole_core::{Beat, Claim, ClaimState, Fitness, Generation, GroupId, Hears, NodeName, Sequence};

/// Most `h=` words.
pub const HEARS_MAX: usize = 32;
/// Most `g=` words.
pub const CLAIMS_MAX: usize = 1024;

const STATES: [(ClaimState, &str); 6] = [
    (ClaimState::Idle, "i"),
    (ClaimState::Want, "w"),
    (ClaimState::Starting, "s"),
    (ClaimState::Running, "r"),
    (ClaimState::Stopping, "p"),
    (ClaimState::Blocked, "b"),
];
const FITNESSES: [(Fitness, &str); 4] =
    [(Fitness::Fit, "f"), (Fitness::NoCarrier, "c"), (Fitness::Failed, "x"), (Fitness::Unable, "u")];

/// The text of a beat. The caller has checked that it keeps [`HEARS_MAX`] and [`CLAIMS_MAX`].
pub(crate) fn encode(beat: &Beat) -> String {
    let parts = beat.hears.len().saturating_add(beat.claims.len());
    let mut out = String::with_capacity(parts.saturating_mul(32).saturating_add(32));
    // Writing to a String cannot fail.
    let _ = write!(out, "{}", beat.version);
    out.push_str(" d=");
    push_digits(&mut out, u64::from(beat.configuration), 8);
    if beat.stalled_ms > 0 {
        out.push_str(" s=");
        push_hex(&mut out, u64::from(beat.stalled_ms));
    }
    if beat.leaving {
        out.push_str(" l=1");
    }
    for hears in &beat.hears {
        out.extend([" h=", hears.node.as_str(), "/"]);
        push_hex(&mut out, hears.generation.0);
        out.push('/');
        push_hex(&mut out, hears.sequence.0);
    }
    for claim in &beat.claims {
        let state = letter(&STATES, claim.state);
        let fitness = letter(&FITNESSES, claim.fitness);
        out.push_str(" g=");
        push_digits(&mut out, u64::from(claim.group.0), 8);
        out.extend(["/", state, "/"]);
        push_hex(&mut out, claim.epoch);
        out.extend(["/", fitness]);
        if let Some(to) = &claim.to {
            out.extend(["/", to.as_str()]);
        }
    }
    out
}

/// Lower-case hex without padding. (Formatting takes a tenth of the time of a beat.)
pub(crate) fn push_hex(out: &mut String, number: u64) {
    push_digits(out, number, number.checked_ilog2().unwrap_or(0).checked_div(4).unwrap_or(0).saturating_add(1));
}

fn push_digits(out: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number.checked_shr(place.saturating_mul(4)).unwrap_or(0) & 0xf;
        out.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
    }
}

fn letter<T: Copy + PartialEq>(table: &[(T, &'static str)], value: T) -> &'static str {
    table.iter().find(|(known, _)| *known == value).map_or("?", |(_, letter)| letter)
}

fn of_letter<T: Copy>(table: &[(T, &'static str)], text: &str) -> Option<T> {
    table.iter().find(|(_, letter)| *letter == text).map(|(value, _)| *value)
}

/// The beat that a text spells.
pub(crate) fn decode(text: &str) -> Result<Beat, Reject> {
    parse(text).ok_or(Reject::BadBeat)
}

fn parse(text: &str) -> Option<Beat> {
    let mut words = text.split(' ');
    let version = decimal(words.next()?)?;
    let mut digest = None;
    let mut stalled = None;
    let mut leaving = None;
    let (mut hears, mut claims) = (Vec::new(), Vec::new());
    for word in words {
        let (name, value) = word.split_once('=')?;
        match name {
            "d" => once(&mut digest, eight_digits(value)?)?,
            "s" => once(&mut stalled, u32::try_from(hex(value)?).ok()?)?,
            "l" => once(&mut leaving, flag(value)?)?,
            "h" if hears.len() < HEARS_MAX => hears.push(parse_hears(value, version)?),
            "g" if claims.len() < CLAIMS_MAX => claims.push(parse_claim(value, version)?),
            "h" | "g" => return None,
            _ if version > BEAT_VERSION && is_word(name) => {}
            _ => return None,
        }
    }
    let nodes = hears.iter().map(|h: &Hears| &h.node);
    let groups = claims.iter().map(|c: &Claim| &c.group);
    (all_different(nodes) && all_different(groups)).then_some(())?;
    let (stalled_ms, leaving) = (stalled.unwrap_or(0), leaving.unwrap_or(false));
    Some(Beat { version, configuration: digest?, stalled_ms, leaving, hears, claims })
}

fn parse_hears(value: &str, version: u16) -> Option<Hears> {
    let mut parts = value.split('/');
    let node = node(parts.next()?)?;
    let (generation, sequence) = (Generation(hex(parts.next()?)?), Sequence(hex(parts.next()?)?));
    (version > BEAT_VERSION || parts.next().is_none()).then_some(Hears { node, generation, sequence })
}

fn parse_claim(value: &str, version: u16) -> Option<Claim> {
    let mut parts = value.split('/');
    let group = GroupId(eight_digits(parts.next()?)?);
    let state = of_letter(&STATES, parts.next()?)?;
    let epoch = hex(parts.next()?)?;
    let fitness = of_letter(&FITNESSES, parts.next()?)?;
    let to = match parts.next() {
        None => None,
        // A later version that adds a part leaves this one empty when there is no addressee.
        Some("") if version > BEAT_VERSION => None,
        Some(name) => Some(node(name)?),
    };
    (version > BEAT_VERSION || parts.next().is_none()).then_some(Claim { group, state, epoch, fitness, to })
}

/// Stores a value that may come only once.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

fn all_different<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.windows(2).all(|pair| !matches!(pair, [a, b] if a == b))
}

/// A node name, already in lower case.
fn node(text: &str) -> Option<NodeName> {
    NodeName::new(text).ok().filter(|name| name.as_str() == text)
}

fn is_word(name: &str) -> bool {
    (1..=8).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase())
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

fn decimal(text: &str) -> Option<u16> {
    let clean = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| clean)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn eight_digits(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok().filter(|_| text.len() == 8 && is_hex(text))
}

/// Lower-case hex without padding.
fn hex(text: &str) -> Option<u64> {
    let padded = text.len() > 1 && text.starts_with('0');
    u64::from_str_radix(text, 16).ok().filter(|_| is_hex(text) && !padded)
}

#[cfg(test)]
mod tests;

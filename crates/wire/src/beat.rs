//! How a Systole node's part of the beat is spelled: the text field `sy` of `status`.
//! Not here: what claims mean (systole-core), the field's place in the frame (message).
//!
//! `VERSION d=DIGEST [s=STALLED] [l=1] [p=PINGS] [h=NODE/GEN/SEQ]... [g=ID/STATE/EPOCH/FITNESS[/TO]]...`, words separated by
//! one blank; VERSION decimal, all other numbers lower-case hex without padding, digest and group of eight digits.
//! Short, because a serial line at 19200 baud carries it in every beat. Version 2 adds `p`, how many ping nodes answer;
//! without that word version 1 is said, which earlier programs understand. A higher version may add words and parts,
//! which are skipped here; within versions 1 and 2 anything unexpected refuses the frame.

use crate::reject::Reject;
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
    match u32::from(beat.version) {
        version @ 0..10 => out.push(char::from_digit(version, 10).unwrap_or('0')),
        version => out.push_str(&version.to_string()),
    }
    out.push_str(" d=");
    push_digits(&mut out, u64::from(beat.configuration), 8);
    if beat.stalled_ms > 0 {
        out.push_str(" s=");
        push_hex(&mut out, u64::from(beat.stalled_ms));
    }
    if beat.leaving {
        out.push_str(" l=1");
    }
    if let Some(pings) = beat.pings {
        out.push_str(" p=");
        push_hex(&mut out, u64::from(pings));
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
fn push_hex(out: &mut String, number: u64) {
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

/// What stands before the first `mark`, an ASCII character, and what stands behind it. (The searchers of the standard
/// library are made for long texts: with them these short ones take twice the time.)
fn cut(text: &str, mark: u8) -> (&str, Option<&str>) {
    let place = text.as_bytes().iter().position(|byte| *byte == mark);
    let halves = place.and_then(|place| Some((text.get(..place)?, text.get(place.saturating_add(1)..)?)));
    halves.map_or((text, None), |(before, behind)| (before, Some(behind)))
}

/// Parts between marks, at least one, which may be empty.
struct Parts<'a> {
    rest: Option<&'a str>,
    mark: u8,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (part, rest) = cut(self.rest?, self.mark);
        self.rest = rest;
        Some(part)
    }
}

fn parse(text: &str) -> Option<Beat> {
    let mut words = Parts { rest: Some(text), mark: b' ' };
    let version = decimal(words.next()?)?;
    let mut digest = None;
    let mut stalled = None;
    let mut leaving = None;
    let mut pings = None;
    let (mut hears, mut claims) = (Vec::new(), Vec::new());
    for word in words {
        let (name, Some(value)) = cut(word, b'=') else { return None };
        match name {
            "d" => once(&mut digest, eight_digits(value)?)?,
            "s" => once(&mut stalled, u32::try_from(hex(value)?).ok()?)?,
            "l" => once(&mut leaving, flag(value)?)?,
            "p" if version >= BEAT_VERSION => once(&mut pings, u16::try_from(hex(value)?).ok()?)?,
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
    Some(Beat { version, configuration: digest?, stalled_ms, leaving, pings, hears, claims })
}

fn parse_hears(value: &str, version: u16) -> Option<Hears> {
    let mut parts = Parts { rest: Some(value), mark: b'/' };
    let node = node(parts.next()?)?;
    let (generation, sequence) = (Generation(hex(parts.next()?)?), Sequence(hex(parts.next()?)?));
    (version > BEAT_VERSION || parts.next().is_none()).then_some(Hears { node, generation, sequence })
}

fn parse_claim(value: &str, version: u16) -> Option<Claim> {
    let mut parts = Parts { rest: Some(value), mark: b'/' };
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
    if items.len() < 2 {
        return true;
    }
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

/// Exactly eight digits of lower-case hex.
fn eight_digits(text: &str) -> Option<u32> {
    digits(text).filter(|_| text.len() == 8).and_then(|number| u32::try_from(number).ok())
}

/// Lower-case hex without padding.
fn hex(text: &str) -> Option<u64> {
    let padded = text.len() > 1 && text.starts_with('0');
    digits(text).filter(|_| !padded)
}

fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    text.bytes().try_fold(0u64, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'a'..=b'f' => byte.wrapping_sub(b'a').wrapping_add(10),
            _ => return None,
        };
        Some((number << 4) | u64::from(digit))
    })
}

#[cfg(test)]
mod tests;

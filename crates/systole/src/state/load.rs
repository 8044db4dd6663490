//! A start: reads what is there, makes the best of what is damaged, and writes the new life down.
//! Nothing on a disk keeps a node from starting. Not here: how a file is replaced (`Store`).

use super::forms::{self, Life};
use super::{Disk, Found, GENERATION, LIFE, PEERS, Store, UUID, peers};
use std::path::Path;
use systole_core::{Generation, Identity, Uuid};

/// Two identities made by chance differ in about 64 bits; in so few only when one is a damaged copy of the other.
const DAMAGED_BITS_MAX: u32 = 8;

/// One file as it was found: what it says, or what is wrong with it, or neither when it is not there.
pub(super) struct Look<T> {
    pub value: Option<T>,
    pub damage: Option<String>,
}

/// Reads a file and understands it.
pub(super) fn look<D: Disk, T>(store: &Store<D>, name: &str, parse: fn(&[u8]) -> Option<T>) -> Look<T> {
    match store.read(name) {
        Found::Absent => Look { value: None, damage: None },
        Found::Unreadable(error) => Look { value: None, damage: Some(error.to_string()) },
        Found::Bytes(bytes) => {
            let value = parse(&bytes);
            let damage = value.is_none().then(|| format!("its {} bytes are not what was written", bytes.len()));
            Look { value, damage }
        }
    }
}

/// The identity of this start, one generation further, with what is known of the peers; and warnings for people. `place`
/// is the directory for their sake, `now_s` the wall clock in seconds since 1970, `fresh` makes an identity.
///
/// # Errors
/// Only of `fresh`.
pub fn load<D: Disk>(
    store: &Store<D>,
    place: &Path,
    now_s: u64,
    fresh: impl FnOnce() -> Result<Uuid, String>,
) -> Result<(Identity, Vec<String>), String> {
    let mut warnings = Warnings { place, said: Vec::new() };
    let life = look(store, LIFE, forms::life);
    let number = look(store, GENERATION, forms::generation);
    let (found, damage) = peers::load(store);
    let identity = Identity {
        uuid: known_uuid(store, life.value.as_ref(), &mut warnings).map_or_else(fresh, Ok)?,
        generation: next_generation(number.value, life.value.map(|life| life.generation), now_s),
        known: found.iter().map(|(node, (life, sequence))| (node.clone(), *life, *sequence)).collect(),
    };
    let went_on = format!("the generation goes on at {}", identity.generation.0);
    if number.value.is_none() && number.damage.is_none() && life.value.is_some() {
        warnings.said.push(format!("{} is missing; {went_on}", place.join(GENERATION).display()));
    }
    for (name, damage) in [(GENERATION, number.damage), (LIFE, life.damage)] {
        warnings.damaged(store, name, damage, &went_on);
    }
    let broken = damage.is_some();
    warnings.damaged(store, PEERS, damage, "until the peers are heard, recordings of those that it named may be taken");
    if let Err(error) = write(store, &identity, broken.then(|| peers::text(&found))) {
        warnings.unwritten(&error);
    }
    Ok((identity, warnings.said))
}

/// Above the last one, and not below the clock: a lost file with a right clock, or a kept file with a wrong clock,
/// still grows. Where both are lost the peer tells us (core, `GenerationRaised`).
fn next_generation(kept: Option<Generation>, copy: Option<Generation>, now_s: u64) -> Generation {
    let last = kept.max(copy).map_or(0, |generation| generation.0);
    Generation(last.saturating_add(1).max(now_s))
}

/// The identity on disk, or from its copy when it is damaged. One that was taken away is meant to be a new one: so
/// people part two machines of one disk image.
fn known_uuid<D: Disk>(store: &Store<D>, life: Option<&Life>, warnings: &mut Warnings) -> Option<Uuid> {
    let copy = life.map(|life| life.uuid);
    let found = look(store, UUID, forms::uuid);
    let damage = match (found.value, copy) {
        (Some(uuid), Some(copy)) if uuid != copy && differing_bits(uuid, copy) <= DAMAGED_BITS_MAX => {
            Some(format!("it differs from its copy in {LIFE} by a few bits"))
        }
        (Some(uuid), _) => return Some(uuid),
        (None, _) => found.damage,
    };
    damage.as_ref()?;
    let instead = if copy.is_some() { "the identity is taken from life" } else { "this node has a new identity" };
    warnings.damaged(store, UUID, damage, instead);
    copy
}

fn differing_bits(one: Uuid, other: Uuid) -> u32 {
    one.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// Identity first: `life` is on disk only where `hb_uuid` was.
fn write<D: Disk>(store: &Store<D>, identity: &Identity, peers: Option<String>) -> Result<(), String> {
    let named = |name: &'static str| move |error: std::io::Error| format!("{name}: {error}");
    let life = Life { uuid: identity.uuid, generation: identity.generation };
    let number =
        store.replace(GENERATION, forms::generation_text(life.generation).as_bytes()).map_err(named(GENERATION));
    let uuid = match look(store, UUID, forms::uuid).value {
        Some(kept) if kept == life.uuid => Ok(()),
        _ => store.replace(UUID, &life.uuid.0).map_err(named(UUID)),
    };
    let copy = uuid.and_then(|()| store.replace(LIFE, forms::life_text(&life).as_bytes()).map_err(named(LIFE)));
    let peers = peers.map_or(Ok(()), |text| store.replace(PEERS, text.as_bytes()).map_err(named(PEERS)));
    number.and(copy).and(peers)
}

/// Lines for people: what happened, what is done about it, what to do.
struct Warnings<'a> {
    place: &'a Path,
    said: Vec<String>,
}

impl Warnings<'_> {
    fn damaged<D: Disk>(&mut self, store: &Store<D>, name: &str, damage: Option<String>, instead: &str) {
        let Some(damage) = damage else { return };
        let aside = match store.set_aside(name) {
            Ok(aside) => format!("kept as {aside}"),
            Err(error) => format!("could not be kept as {name}.damaged ({error})"),
        };
        self.said.push(format!(
            "{} is damaged ({damage}); {aside}, and written anew: {instead}. Look at this machine's disk if it happens \
             again (dmesg, smartctl)",
            self.place.join(name).display()
        ));
    }

    fn unwritten(&mut self, error: &str) {
        self.said.push(format!(
            "cannot write to {}: {error}; the node runs and goes on trying. Free or mend it: until then a restart \
             may give another identity, or a generation that the peer refuses at first",
            self.place.display()
        ));
    }
}

//! A running node: brings the disk to what the node knows, and puts back what somebody took away or set back.
//! Not here: when that is done (`hands::memory`).

use super::forms::{self, Life};
use super::load::look;
use super::{Disk, GENERATION, LIFE, PEERS, Store, UUID, peers, peers::Peers};
use std::io;
use systole_core::{Generation, NodeName, Uuid};

/// What a running node knows and must know after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub uuid: Uuid,
    /// In force now.
    pub generation: Generation,
    /// How far peers were heard in this life.
    pub peers: Peers,
}

/// Writes whatever the disk knows less of; numbers there only grow. Of the peers there, only `nodes` are kept. Gives
/// the names of the files written.
///
/// # Errors
/// One sentence a person can read about the first file that could not be written; the others are tried all the same.
pub fn keep<D: Disk>(store: &Store<D>, kept: &Kept, nodes: &[NodeName]) -> Result<Vec<&'static str>, String> {
    let mut written = Vec::new();
    let generation = keep_generation(store, kept.generation, &mut written)
        .map_err(|error| format!("Generation {} could not be kept: {error}", kept.generation.0));
    let life = keep_life(store, kept, &mut written)
        .map_err(|error| format!("The identity of this node could not be kept: {error}"));
    let peers = keep_peers(store, &kept.peers, nodes, &mut written)
        .map_err(|error| format!("The peers' numbers could not be kept: {error}"));
    generation.and(life).and(peers).map(|()| written)
}

fn keep_generation<D: Disk>(
    store: &Store<D>,
    generation: Generation,
    written: &mut Vec<&'static str>,
) -> io::Result<()> {
    if look(store, GENERATION, forms::generation).value >= Some(generation) {
        return Ok(());
    }
    store.replace(GENERATION, forms::generation_text(generation).as_bytes())?;
    written.push(GENERATION);
    Ok(())
}

/// `hb_uuid` alone may be gone because somebody wants another identity at the next start.
fn keep_life<D: Disk>(store: &Store<D>, kept: &Kept, written: &mut Vec<&'static str>) -> io::Result<()> {
    let (life, uuid) = (look(store, LIFE, forms::life), look(store, UUID, forms::uuid));
    if uuid.damage.is_some() || (uuid.value.is_none() && life.value.is_none()) {
        store.replace(UUID, &kept.uuid.0)?;
        written.push(UUID);
    }
    let there = life.value.filter(|life| life.uuid == kept.uuid && life.generation >= kept.generation);
    if there.is_none() {
        let generation = life.value.map_or(kept.generation, |life| life.generation.max(kept.generation));
        store.replace(LIFE, forms::life_text(&Life { uuid: kept.uuid, generation }).as_bytes())?;
        written.push(LIFE);
    }
    Ok(())
}

fn keep_peers<D: Disk>(
    store: &Store<D>,
    heard: &Peers,
    nodes: &[NodeName],
    written: &mut Vec<&'static str>,
) -> io::Result<()> {
    let (before, damage) = peers::load(store);
    let mut wanted = before.clone();
    wanted.retain(|node, _| nodes.contains(node));
    peers::join(&mut wanted, heard.clone());
    if damage.is_none() && wanted == before {
        return Ok(());
    }
    if damage.is_some() {
        // Only for whoever wants to look at it; the numbers matter more.
        let _ = store.set_aside(PEERS);
    }
    store.replace(PEERS, peers::text(&wanted).as_bytes())?;
    written.push(PEERS);
    Ok(())
}

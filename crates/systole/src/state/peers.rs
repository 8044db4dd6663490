//! The file `peers`: how far each peer was heard, so that a recording of before is refused after a restart.
//! A number too high would refuse the peer itself, so each line carries a checksum. Not here: when it is written.

use super::forms::{sealed, unsealed};
use super::{Disk, Found, PEERS, Store};
use std::collections::BTreeMap;
use systole_core::{Generation, NodeName, Sequence};

/// Life and newest number of each peer.
pub type Peers = BTreeMap<NodeName, (Generation, Sequence)>;

/// What the file says, and what is wrong with it. No file means nothing known.
pub fn load<D: Disk>(store: &Store<D>) -> (Peers, Option<String>) {
    match store.read(PEERS) {
        Found::Absent => (Peers::new(), None),
        Found::Unreadable(error) => (Peers::new(), Some(error.to_string())),
        Found::Bytes(bytes) => parse(&bytes),
    }
}

/// One line a peer: name, generation, sequence, both decimal, and the checksum of what stands before it.
pub fn text(peers: &Peers) -> String {
    peers.iter().map(|(node, (life, number))| sealed(&format!("{node} {} {}", life.0, number.0))).collect()
}

/// The higher of both for each peer.
pub fn join(peers: &mut Peers, others: Peers) {
    for (node, place) in others {
        let known = peers.entry(node).or_insert(place);
        *known = place.max(*known);
    }
}

/// Good lines are taken, whatever the others are: each stands for itself.
fn parse(bytes: &[u8]) -> (Peers, Option<String>) {
    let mut peers = Peers::new();
    let mut bad = Vec::new();
    // Bytes that are no text make only their own line a bad one.
    for (index, line) in String::from_utf8_lossy(bytes).split_terminator('\n').enumerate() {
        match parse_line(line) {
            Some((node, place)) => join(&mut peers, [(node, place)].into()),
            None => bad.push((index + 1).to_string()),
        }
    }
    let all = bad.len();
    bad.truncate(10);
    let dots = if all > bad.len() { ", ..." } else { "" };
    let damage = (all > 0).then(|| format!("line {}{dots} not understood", bad.join(", ")));
    (peers, damage)
}

fn parse_line(line: &str) -> Option<(NodeName, (Generation, Sequence))> {
    let mut words = unsealed(line)?.split(' ');
    let node = NodeName::new(words.next()?).ok()?;
    let (life, number) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some((node, (Generation(life), Sequence(number))))
}

#[cfg(test)]
mod tests;

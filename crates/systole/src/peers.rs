//! The file `peers` of the state directory: how far each peer was heard, so that a recording of before is refused after
//! a restart. Heart reads it at its start, hands keeps it. Not here: when it is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use systole_core::{Generation, NodeName, Sequence};

/// Its name in the state directory.
pub const NAME: &str = "peers";
/// A file longer than this is none of ours.
const LENGTH_MAX: u64 = 256 * 1024;

/// Life and newest number of each peer.
pub type Peers = BTreeMap<NodeName, (Generation, Sequence)>;

/// What the file says, and a warning for each thing that could not be read. No file means nothing known.
pub fn load(state_dir: &Path) -> (Peers, Vec<String>) {
    let path = state_dir.join(NAME);
    let mut text = String::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(LENGTH_MAX).read_to_string(&mut text));
    match read {
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => (Peers::new(), Vec::new()),
        Err(e) => {
            let text = format!(
                "cannot read {}: {e}; until the peers are heard, recordings of them from before this start are not \
                 recognised",
                path.display()
            );
            (Peers::new(), vec![text])
        }
        Ok(_) => parse(&text, &path.display().to_string()),
    }
}

fn parse(text: &str, path: &str) -> (Peers, Vec<String>) {
    let mut peers = Peers::new();
    let mut bad = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match parse_line(line) {
            Some((node, place)) => drop(peers.insert(node, place)),
            None => bad.push((index + 1).to_string()),
        }
    }
    bad.truncate(10);
    let warning = format!("{path}: line {} not understood and passed over; it is written anew", bad.join(", "));
    (peers, if bad.is_empty() { Vec::new() } else { vec![warning] })
}

fn parse_line(line: &str) -> Option<(NodeName, (Generation, Sequence))> {
    let mut words = line.split_ascii_whitespace();
    let node = NodeName::new(words.next()?).ok()?;
    let (life, number) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some((node, (Generation(life), Sequence(number))))
}

/// One line a peer: name, generation, sequence, all decimal.
pub fn text(peers: &Peers) -> String {
    let mut text = String::new();
    for (node, (life, number)) in peers {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{node} {} {}", life.0, number.0);
    }
    text
}

#[cfg(test)]
mod tests;

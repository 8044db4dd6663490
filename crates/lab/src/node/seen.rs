//! What runs on a machine, as /proc of the host tells.
//! Not here: starting or ending any of it.

use crate::namespace::Namespace;
use anyhow::Result;
use std::path::Path;

/// One process of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Process id on the host.
    pub pid: u32,
    /// Name of the program.
    pub name: String,
    /// Its command line; empty for a zombie.
    pub line: String,
    /// Ended, but nobody has collected it.
    pub zombie: bool,
}

/// All processes whose process namespace is the one of `machine`.
pub fn inside(machine: &Namespace) -> Result<Vec<Seen>> {
    let wanted = std::fs::read_link(machine.path("pid"))?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end between any two of these lines; then it is not there.
        let here = std::fs::read_link(entry.path().join("ns/pid")).is_ok_and(|namespace| namespace == wanted);
        if let Some(seen) = here.then(|| look(pid, &entry.path())).flatten() {
            found.push(seen);
        }
    }
    Ok(found)
}

fn look(pid: u32, directory: &Path) -> Option<Seen> {
    let stat = std::fs::read_to_string(directory.join("stat")).ok()?;
    // "PID (name) S ...": the name itself may hold blanks and brackets.
    let (head, tail) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let line = std::fs::read(directory.join("cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line).replace('\0', " ").trim().to_owned();
    Some(Seen { pid, name, line, zombie: tail.trim_start().starts_with(['Z', 'X']) })
}

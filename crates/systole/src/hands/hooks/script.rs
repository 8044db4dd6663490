//! Which scripts of `rc.d` may run: those that root alone can change, and that do not do systoled's own work.
//! Not here: running them.

use super::STATUS;
use crate::hands::agent::trusted;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Of a script so much is read, in bytes.
const SIZE: u64 = 256 * 1024;

/// Programs by which Heartbeat's own scripts moved resources. A script that calls one would start groups behind the
/// back of the node that decides who may.
const ACTS: [&str; 9] = [
    "mach_down",
    "req_resource",
    "ResourceManager",
    "hb_standby",
    "hb_takeover",
    "hb_addnode",
    "hb_delnode",
    "ha_clustermsg",
    "harc",
];

/// May it run?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Run,
    /// There is none.
    Absent,
    /// A sentence that begins after "is not run:".
    Refused(String),
}

/// Looks at one script.
pub fn judge(path: &Path) -> Verdict {
    match trusted(path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Verdict::Absent,
        Err(error) => return Verdict::Refused(error.to_string()),
    }
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(SIZE).read_to_end(&mut text)) {
        Err(error) => Verdict::Refused(format!("it cannot be read: {error}")),
        Ok(_) => match acts(&String::from_utf8_lossy(&text)) {
            None => Verdict::Run,
            Some(word) => Verdict::Refused(format!(
                "it calls {word}, as Heartbeat's own scripts do to move resources; systoled moves them itself. Keep \
                 your own commands in it, and take that one out"
            )),
        },
    }
}

/// The first program in a script that acts on resources; comments do not count.
fn acts(text: &str) -> Option<&'static str> {
    text.lines().find_map(|line| {
        let mut words = code(line).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.find_map(|word| ACTS.into_iter().find(|act| *act == word))
    })
}

/// The part of a line before its comment: a `#` at the start of a word.
fn code(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return line.get(..at).unwrap_or_default();
        }
        before = c;
    }
    line
}

/// Names of the executable scripts of the directory that no event runs, in order.
pub fn unused(directory: &Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let runs = |entry: &std::fs::DirEntry| {
        std::fs::metadata(entry.path()).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let names = entries.filter(runs).filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name != STATUS).collect();
    names.sort();
    names
}

/// Why no event runs a script of that name; begins after "is not run:".
pub fn why_unused(name: &str) -> String {
    match name {
        "ip-request" | "ip-request-resp" | "hb_takeover" | "ask_resources" => {
            "it was Heartbeat's own way to move resources, which systoled does itself".to_owned()
        }
        _ => format!("only {STATUS} is told to scripts"),
    }
}

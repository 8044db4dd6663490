//! Gathers the three files and the facts of this machine that reading them needs; no program is run for it.
//! Not here: what follows from them (systole-config).

mod services;

use crate::paths::Paths;
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use systole_config::{DirectoryFact, FILE_MAX, InterfaceFact, SourceFile, Sources, Surroundings, Unreadable, Why};
use systole_sys::netlink::Netlink;

/// Reads files and facts. Whatever cannot be found out is left empty, which means "not known".
pub fn gather(paths: &Paths) -> (Sources, Surroundings) {
    let directory = paths.config();
    let sources = Sources {
        ha_cf: source(&directory.join("ha.cf")),
        haresources: source(&directory.join("haresources")),
        authkeys: source(&directory.join("authkeys")),
    };
    let catalogue = services::catalogue(&directory);
    let surroundings = Surroundings {
        uname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        my_uid: rustix::process::geteuid().as_raw(),
        nodeinfo: first_line(&directory.join("nodeinfo")),
        interfaces: interfaces().unwrap_or_default(),
        ttys: ttys(&sources),
        enabled_units: services::enabled(&catalogue),
        catalogue,
        users: recipients(),
        mailer: Path::new("/usr/sbin/sendmail").exists() || smtp_listens(),
        directory: fs::metadata(&directory).ok().map(|m| DirectoryFact { mode: m.mode() & 0o7777, uid: m.uid() }),
    };
    (sources, surroundings)
}

fn source(path: &Path) -> Result<SourceFile, Unreadable> {
    read(path).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::NotFound => Why::Absent,
            ErrorKind::PermissionDenied => Why::Denied,
            ErrorKind::IsADirectory => Why::Directory,
            ErrorKind::FileTooLarge => Why::TooLong,
            _ => Why::Other(error.to_string()),
        };
        Unreadable { path: path.to_owned(), why }
    })
}

fn read(path: &Path) -> io::Result<SourceFile> {
    // A named pipe in the place of a file must not hold the start.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let facts = file.metadata()?;
    if facts.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !facts.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if facts.len() > FILE_MAX as u64 {
        return Err(ErrorKind::FileTooLarge.into());
    }
    // Big enough at once: a growing buffer would leave copies of keys behind.
    let mut text = Vec::with_capacity(FILE_MAX + 1);
    file.take(FILE_MAX as u64 + 1).read_to_end(&mut text)?;
    if text.len() > FILE_MAX {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(SourceFile { path: path.to_owned(), text: text.into(), mode: facts.mode() & 0o7777, uid: facts.uid() })
}

fn first_line(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(4096).read_to_string(&mut text).ok()?;
    Some(text.lines().next().unwrap_or_default().trim().to_owned()).filter(|name| !name.is_empty())
}

fn interfaces() -> io::Result<Vec<InterfaceFact>> {
    let mut kernel = Netlink::open()?;
    let addresses = kernel.addresses()?;
    let fact = |link: systole_sys::netlink::Interface| InterfaceFact {
        networks: addresses.iter().filter(|a| a.index == link.index).map(|a| (a.ip, a.prefix)).collect(),
        name: link.name,
        has_broadcast: link.broadcast,
    };
    Ok(kernel.interfaces()?.into_iter().map(fact).collect())
}

/// The serial ports of /dev, and every character device that ha.cf names by another path.
fn ttys(sources: &Sources) -> Vec<PathBuf> {
    let is_device = |path: &PathBuf| fs::metadata(path).is_ok_and(|m| m.file_type().is_char_device());
    let serial = |name: &str| ["ttyS", "ttyUSB", "ttyACM", "ttyAMA"].iter().any(|start| name.starts_with(start));
    let mut found: Vec<PathBuf> = entries(Path::new("/dev"))
        .filter(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(serial))
        .filter(is_device)
        .collect();
    if let Ok(file) = &sources.ha_cf {
        let text = String::from_utf8_lossy(&file.text);
        let named = text.split([' ', '\t', ',', '\n', '\r']).filter(|word| word.starts_with('/')).map(PathBuf::from);
        found.extend(named.filter(is_device));
    }
    found.sort();
    found.dedup();
    found
}

/// Whom mail can be written to without an `@`: users and aliases.
fn recipients() -> Vec<String> {
    let names = |path: &str| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let name = |line: &str| line.split_once(':').map(|(name, _)| name.trim().to_owned());
        text.lines().filter(|line| !line.starts_with('#')).filter_map(name).collect()
    };
    let mut all = names("/etc/passwd");
    all.extend(names("/etc/aliases"));
    all
}

/// Does anything listen on port 25?
fn smtp_listens() -> bool {
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|path| {
        let table = fs::read_to_string(path).unwrap_or_default();
        table.lines().skip(1).any(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let port_25 = fields.next().is_some_and(|local| local.ends_with(":0019"));
            port_25 && fields.nth(1) == Some("0A")
        })
    })
}

/// The paths in a directory, in the order of their names; none when it cannot be read.
fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(directory).into_iter().flatten().flatten().map(|e| e.path()).collect();
    found.sort();
    found.into_iter()
}

#[cfg(test)]
mod tests;

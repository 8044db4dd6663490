//! What the reader of the files must know about the machine. Gathered by the program, so that reading stays pure.
//! Not here: how it is found out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

/// Facts of this machine. An empty list of interfaces, ttys or users means "not known": nothing is checked against it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `uname -n`.
    pub uname: String,
    /// The user that reads the files, and would run the daemon.
    pub my_uid: u32,
    /// First line of `nodeinfo` in the configuration directory, if that file exists; goes before `uname`.
    pub nodeinfo: Option<String>,
    pub interfaces: Vec<InterfaceFact>,
    /// Serial ports that exist.
    pub ttys: Vec<PathBuf>,
    pub catalogue: Catalogue,
    /// Services that the init system starts by itself at boot: `apache2` (no `.service`).
    pub enabled_units: Vec<String>,
    /// Local users.
    pub users: Vec<String>,
    /// Some program that takes mail (`sendmail` or `mail`) is installed.
    pub mailer: bool,
    /// The directory of the three files, if it could be looked at.
    pub directory: Option<DirectoryFact>,
}

/// Who may change a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryFact {
    /// Permission bits (`st_mode & 0o7777`).
    pub mode: u32,
    pub uid: u32,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceFact {
    pub name: String,
    pub has_broadcast: bool,
    /// Its own addresses with their prefix lengths.
    pub networks: Vec<(IpAddr, u8)>,
}

impl InterfaceFact {
    /// Does a network of this interface hold the address?
    pub fn holds(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|(own, prefix)| same_network(*own, address, *prefix))
    }
}

fn same_network(left: IpAddr, right: IpAddr, prefix: u8) -> bool {
    let same = |left: u128, right: u128, width: u32| {
        let shift = width.saturating_sub(u32::from(prefix));
        left.checked_shr(shift).unwrap_or(0) == right.checked_shr(shift).unwrap_or(0)
    };
    match (left, right) {
        (IpAddr::V4(left), IpAddr::V4(right)) => same(left.to_bits().into(), right.to_bits().into(), 32),
        (IpAddr::V6(left), IpAddr::V6(right)) => same(left.to_bits(), right.to_bits(), 128),
        _ => false,
    }
}

/// What a resource word can name here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Executable scripts of `resource.d`, by name.
    pub resource_d: BTreeMap<String, PathBuf>,
    /// Executable init scripts, by name.
    pub lsb: BTreeMap<String, PathBuf>,
    /// Unit files, with their suffix: `apache2.service`, `openvpn@.service`.
    pub units: BTreeSet<String>,
    /// systemd runs as process 1.
    pub systemd_runs: bool,
    /// OCF agents as (provider, agent).
    pub ocf: BTreeSet<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let eth0 = InterfaceFact {
            name: "eth0".into(),
            has_broadcast: true,
            networks: vec![([192, 168, 1, 10].into(), 24), ([0xfd00, 0, 0, 0, 0, 0, 0, 1].into(), 64)],
        };
        for (address, held) in
            [("192.168.1.236", true), ("192.168.2.1", false), ("fd00::99", true), ("fd01::1", false), ("::1", false)]
        {
            assert_eq!(address.parse().map(|a| eth0.holds(a)), Ok(held), "{address}");
        }
        let all = InterfaceFact { networks: vec![([0, 0, 0, 0].into(), 0)], ..eth0 };
        assert!(all.holds([8, 8, 8, 8].into()));
    }
}

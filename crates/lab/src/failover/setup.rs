//! What a pair of the comparison is: which product, at which timings, on how many media, with how many addresses.
//! Not here: how a product is told so; that is peer/.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The service address.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 236);
/// The two machines; the first is preferred where somebody is.
pub const NAMES: [&str; 2] = ["alpha", "beta"];
/// Addresses of their cards.
pub const CARDS: [&str; 2] = ["192.168.1.1", "192.168.1.2"];

/// A product of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// Address and Apache move together; Apache runs only where the address is.
    Systole,
    /// Apache runs on both machines, outside the group; only the address moves.
    SystoleWarm,
    /// Heartbeat 3.0.6; address and Apache move together.
    Heartbeat,
    /// Apache runs on both machines, and a script of keepalived looks at it.
    Keepalived,
    /// Pacemaker on Corosync; address and Apache as OCF agents in one group.
    Pacemaker,
}

/// How fast a product is told to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// keepalive 2 s, deadtime 10 s.
    Tutorial,
    /// keepalive 200 ms, deadtime 2 s; or what the product does when it is told nothing.
    Default,
    /// keepalive 10 ms; or the fastest with which the product holds together.
    Fast,
}

/// Everything that decides how the two machines are set up. Runs with equal set-ups share a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setup {
    pub peer: Peer,
    pub profile: Profile,
    /// Does the service go back to the first machine by itself?
    pub failback: bool,
    /// Ethernet and, where the product knows it, a serial line; or Ethernet alone.
    pub serial: bool,
    /// Addresses beside the service address.
    pub more_addresses: usize,
}

impl Peer {
    pub const ALL: [Peer; 5] = [Peer::Systole, Peer::SystoleWarm, Peer::Heartbeat, Peer::Keepalived, Peer::Pacemaker];

    /// As the command line and the results spell it.
    pub fn word(self) -> &'static str {
        match self {
            Peer::Systole => "systole",
            Peer::SystoleWarm => "systole-warm",
            Peer::Heartbeat => "heartbeat",
            Peer::Keepalived => "keepalived",
            Peer::Pacemaker => "pacemaker",
        }
    }

    /// As the tables name it.
    pub fn title(self) -> &'static str {
        match self {
            Peer::Systole => "Systole",
            Peer::SystoleWarm => "Systole, warm Apache",
            Peer::Heartbeat => "Heartbeat",
            Peer::Keepalived => "keepalived, warm Apache",
            Peer::Pacemaker => "Pacemaker",
        }
    }

    /// Profiles that mean something different to it.
    pub fn profiles(self) -> &'static [Profile] {
        match self {
            Peer::Systole | Peer::SystoleWarm | Peer::Heartbeat => {
                &[Profile::Tutorial, Profile::Default, Profile::Fast]
            }
            Peer::Keepalived | Peer::Pacemaker => &[Profile::Default, Profile::Fast],
        }
    }

    /// Apache runs on both machines, started by the lab.
    pub fn warm(self) -> bool {
        matches!(self, Peer::SystoleWarm | Peer::Keepalived)
    }

    /// Something of it looks after Apache, so that an Apache which dies or hangs is its business.
    pub fn watches_service(self) -> bool {
        self != Peer::SystoleWarm
    }

    /// It can beat over a serial line.
    pub fn knows_serial(self) -> bool {
        matches!(self, Peer::Systole | Peer::SystoleWarm | Peer::Heartbeat)
    }

    /// Debian packages whose version the results name; none for ours.
    pub fn packages(self) -> &'static [&'static str] {
        match self {
            Peer::Systole | Peer::SystoleWarm => &[],
            Peer::Heartbeat => &["heartbeat", "resource-agents"],
            Peer::Keepalived => &["keepalived"],
            Peer::Pacemaker => &["pacemaker", "corosync", "resource-agents"],
        }
    }
}

impl Profile {
    pub const ALL: [Profile; 3] = [Profile::Tutorial, Profile::Default, Profile::Fast];

    pub fn word(self) -> &'static str {
        match self {
            Profile::Tutorial => "tutorial",
            Profile::Default => "default",
            Profile::Fast => "fast",
        }
    }
}

impl Setup {
    /// The service address and all others.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        std::iter::once(ADDRESS).chain(self.crowd())
    }

    /// The others alone.
    pub fn crowd(&self) -> BTreeSet<Ipv4Addr> {
        let part = |number: usize| u8::try_from(1 + number).unwrap_or(u8::MAX);
        (0..self.more_addresses).map(|number| Ipv4Addr::new(10, 9, part(number / 250), part(number % 250))).collect()
    }

    /// Prefix length of an address of this set-up.
    pub fn prefix(address: Ipv4Addr) -> u8 {
        if address == ADDRESS { 24 } else { 16 }
    }
}

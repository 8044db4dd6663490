//! The configuration as the program runs it: everything is present, checked and of its final type.
//! Not here: how the files spell it; secrets (see authkeys).

use crate::authkeys::Protection;
use crate::watching::Watching;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use systole_core::{GroupId, LinkName, NodeName, Settings};

/// All of the three files but the keys. Heart hands it to hands as one JSON line, so both run the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// What the core decides by.
    pub core: Settings,
    /// The media in the order of ha.cf; the order and names equal `core.links`.
    pub media: Vec<Medium>,
    /// Hosts outside the cluster that are pinged; the names equal `core.pings`.
    #[serde(default)]
    pub pings: Vec<PingNode>,
    /// The groups in the order of haresources; ids equal those of `core.groups`.
    pub groups: Vec<Group>,
    pub logging: Logging,
    pub realtime: Realtime,
    /// `env NAME=VALUE` and the recorded directives: what scripts see as `HA_NAME`.
    pub environment: Vec<(String, String)>,
    /// The directory the files came from (`HA_DIR`).
    pub directory: PathBuf,
    /// `watchdog` device.
    pub watchdog: Option<PathBuf>,
    /// How frames are authenticated; the keys themselves stay in heart.
    #[serde(default)]
    pub protection: Option<Protection>,
    /// `#@ expire`: the kernel takes addresses away that heart does not refresh.
    #[serde(default = "yes")]
    pub expire: bool,
    /// What ha.cf says of all services.
    #[serde(default)]
    pub watching: Watching,
}

fn yes() -> bool {
    true
}

impl Configuration {
    /// How long the kernel keeps a service address that heart does not refresh; nothing where it stays for ever: a
    /// cluster of one node has nobody to lose it to, and `#@ expire off` says so.
    pub fn address_lifetime_s(&self) -> Option<u32> {
        self.core.timing.address_lifetime_s().filter(|_| self.expire && self.core.nodes.len() > 1)
    }
}

/// `ping host` (one host, named as itself) or `ping_group name host...` (alive when any of them answers).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PingNode {
    pub name: NodeName,
    /// Names or IPv4 addresses, resolved while the node runs.
    pub hosts: Vec<String>,
    /// Written with `ping_group`.
    pub group: bool,
}

/// One medium for beats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    Bcast {
        device: String,
        port: u16,
    },
    Mcast {
        device: String,
        group: Ipv4Addr,
        port: u16,
        ttl: u8,
        loopback: bool,
    },
    Mcast6 {
        device: String,
        group: Ipv6Addr,
        port: u16,
        hops: u8,
        loopback: bool,
    },
    /// `host` is a name or an address, resolved when the medium is opened.
    Ucast {
        device: String,
        host: String,
        port: u16,
    },
    Ucast6 {
        device: String,
        host: String,
        port: u16,
    },
    Serial {
        tty: PathBuf,
        baud: u32,
    },
}

impl Medium {
    /// The name Heartbeat gives the link: the device, or the path of the tty.
    pub fn link(&self) -> LinkName {
        LinkName::from(match self {
            Medium::Bcast { device, .. }
            | Medium::Mcast { device, .. }
            | Medium::Mcast6 { device, .. }
            | Medium::Ucast { device, .. }
            | Medium::Ucast6 { device, .. } => device.clone(),
            Medium::Serial { tty, .. } => tty.display().to_string(),
        })
    }

    /// The network interface it needs, if it needs one.
    pub fn device(&self) -> Option<&str> {
        match self {
            Medium::Serial { .. } => None,
            Medium::Bcast { device, .. }
            | Medium::Mcast { device, .. }
            | Medium::Mcast6 { device, .. }
            | Medium::Ucast { device, .. }
            | Medium::Ucast6 { device, .. } => Some(device),
        }
    }
}

/// A medium in words, for people.
impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Medium::Bcast { device, port } => write!(f, "broadcast on {device}, port {port}"),
            Medium::Mcast { device, group, port, .. } => write!(f, "multicast on {device} to {group}, port {port}"),
            Medium::Mcast6 { device, group, port, .. } => write!(f, "multicast on {device} to {group}, port {port}"),
            Medium::Ucast { device, host, port } | Medium::Ucast6 { device, host, port } => {
                write!(f, "unicast on {device} to {host}, port {port}")
            }
            Medium::Serial { tty, baud } => write!(f, "serial line {} at {baud} baud", tty.display()),
        }
    }
}

/// One line of haresources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub id: GroupId,
    /// The first resource word; how people and Heartbeat name the group.
    pub key: String,
    pub home: NodeName,
    /// The line as Heartbeat would log it, words joined by one blank.
    pub line: String,
    /// Start order.
    pub resources: Vec<Resource>,
}

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// As written, without blanks: `IPaddr2::192.168.1.236/24/eth0:0`.
    pub word: String,
    /// What it was found to be; `systole check` prints it.
    pub kind: ResourceKind,
    /// The arguments between `::`.
    pub arguments: Vec<String>,
    /// What `#@ RESOURCE: ...` says.
    #[serde(default)]
    pub watching: Watching,
}

/// What runs a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// Native address (IPaddr, IPaddr2, IPv6addr, or a bare address).
    Address,
    /// Native Apache (`apache`, or `apache2` where no systemd runs).
    Apache,
    /// Native mail notice; never fails a group.
    MailTo,
    /// Script in `resource.d`, called as `script ARG.. ACTION`.
    ResourceD { path: PathBuf },
    /// Init script, called as `script ACTION`.
    Lsb { path: PathBuf },
    /// OCF agent.
    Ocf { provider: String, agent: String },
    /// systemd unit.
    Systemd { unit: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// `logfacility`; `None` for none.
    pub facility: Option<String>,
    pub logfile: Option<PathBuf>,
    pub debugfile: Option<PathBuf>,
    /// `debug` level, 0 to 255.
    pub debug: u8,
}

/// Where `--log` sends lines besides what ha.cf asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogTarget {
    /// To the terminal, in sentences.
    Human,
    /// To standard output, one JSON object a line.
    Json,
    /// Only where ha.cf says.
    Syslog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realtime {
    /// `realtime`: lock memory and run SCHED_FIFO.
    pub enabled: bool,
    /// `rtprio`.
    pub priority: Option<u8>,
}

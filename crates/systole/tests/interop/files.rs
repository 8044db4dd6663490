//! The three files of a pair, the same on both machines.
//! Not here: what runs with them.

use std::os::unix::fs::PermissionsExt;
use systole_lab::Node;
use systole_wire::{Keys, Method};

pub const ONE_GROUP: &str = "alpha IPaddr2::192.168.1.236/24/eth0:0 apache2\n";
pub const TWO_GROUPS: &str = "alpha IPaddr2::192.168.1.236/24/eth0:0 apache2\nbeta IPaddr2::192.168.1.237/24/eth0:1\n";

/// The media of the tutorial.
pub const BCAST_SERIAL: &str = "bcast eth0\nserial /dev/ttyS0\n";

const SECRET: &str = "a-secret-of-the-test";

/// What the three files say beyond what all pairs have.
#[derive(Debug, Clone)]
pub struct Files {
    pub media: &'static str,
    pub method: &'static str,
    pub auto_failback: &'static str,
    pub haresources: &'static str,
    /// More lines of ha.cf.
    pub more: &'static str,
}

impl Default for Files {
    fn default() -> Files {
        Files {
            media: BCAST_SERIAL,
            method: "sha1",
            auto_failback: "on",
            haresources: ONE_GROUP,
            more: "keepalive 500ms\nwarntime 2\ndeadtime 4\ninitdead 10\n",
        }
    }
}

impl Files {
    /// Writes them to the machine's /etc/ha.d.
    pub fn write(&self, node: &Node) {
        let Files { media, auto_failback, more, .. } = self;
        let ha_cf = format!(
            "logfile /var/log/ha-log\ndebugfile /var/log/ha-debug\n{more}udpport 694\n{media}\
         auto_failback {auto_failback}\nnode alpha beta\n"
        );
        let secret = if self.method == "crc" { "" } else { SECRET };
        write(node, "ha.cf", &ha_cf, 0o644);
        write(node, "haresources", self.haresources, 0o644);
        write(node, "authkeys", &format!("auth 1\n1 {} {secret}\n", self.method), 0o600);
    }

    /// What the frames are signed with.
    pub fn keys(&self) -> Keys {
        let (method, secret) = match self.method {
            "crc" => (Method::Crc, Vec::new()),
            "md5" => (Method::Md5, SECRET.into()),
            _ => (Method::Sha1, SECRET.into()),
        };
        Keys::new(1, [(1, method, secret)]).unwrap()
    }
}

/// Writes a file into the machine's /etc/ha.d.
fn write(node: &Node, name: &str, text: &str, mode: u32) {
    let path = node.disk("/etc/ha.d").join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
}

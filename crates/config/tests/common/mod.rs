//! Files and machines for the tests of this crate.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use systole_config::{Catalogue, Diagnostic, FileKind, InterfaceFact, Severity, SourceFile, Sources, Surroundings};

pub const GOOD_HA_CF: &str = "keepalive 2\ndeadtime 10\nwarntime 6\ninitdead 60\nbcast eth0\nserial /dev/ttyS0\nauto_failback on\nnode nico.test.local dracofeu\n";
pub const GOOD_HARESOURCES: &str = "nico.test.local IPaddr2::192.168.1.236/24/eth0:0 apache2 MailTo::root\n";
pub const GOOD_AUTHKEYS: &str = "auth 1\n1 sha1 a-long-and-secret-word\n";

pub fn file(name: &str, text: &[u8], mode: u32) -> SourceFile {
    SourceFile { path: format!("/etc/ha.d/{name}").into(), text: text.to_vec().into(), mode, uid: 0 }
}

pub fn sources(ha_cf: &[u8], haresources: &[u8], authkeys: &[u8]) -> Sources {
    Sources {
        ha_cf: Ok(file("ha.cf", ha_cf, 0o644)),
        haresources: Ok(file("haresources", haresources, 0o644)),
        authkeys: Ok(file("authkeys", authkeys, 0o600)),
    }
}

pub fn with_ha_cf(text: &str) -> Sources {
    sources(text.as_bytes(), GOOD_HARESOURCES.as_bytes(), GOOD_AUTHKEYS.as_bytes())
}

pub fn with_haresources(text: &str) -> Sources {
    sources(GOOD_HA_CF.as_bytes(), text.as_bytes(), GOOD_AUTHKEYS.as_bytes())
}

pub fn with_authkeys(text: &str) -> Sources {
    sources(GOOD_HA_CF.as_bytes(), GOOD_HARESOURCES.as_bytes(), text.as_bytes())
}

/// The tutorial's files as printed, authkeys as an editor makes it.
pub fn tutorial() -> Sources {
    let mut sources = sources(
        include_bytes!("../tutorial/ha.cf"),
        include_bytes!("../tutorial/haresources"),
        include_bytes!("../tutorial/authkeys"),
    );
    sources.authkeys.as_mut().unwrap().mode = 0o644;
    sources
}

/// A Debian machine with eth0, a serial port, Apache and a mailer; no systemd.
pub fn machine(uname: &str) -> Surroundings {
    let interface = |name: &str, has_broadcast, address: [u8; 4], prefix| InterfaceFact {
        name: name.into(),
        has_broadcast,
        networks: vec![(address.into(), prefix)],
    };
    let init = |name: &str| (name.to_owned(), format!("/etc/init.d/{name}").into());
    Surroundings {
        uname: uname.into(),
        my_uid: 0,
        nodeinfo: None,
        interfaces: vec![interface("lo", false, [127, 0, 0, 1], 8), interface("eth0", true, [192, 168, 1, 10], 24)],
        ttys: vec!["/dev/ttyS0".into(), "/dev/ttyS1".into()],
        catalogue: Catalogue {
            resource_d: [("Filesystem".to_owned(), "/etc/ha.d/resource.d/Filesystem".into())].into(),
            lsb: [init("apache2"), init("postfix")].into(),
            units: ["apache2.service".to_owned(), "postfix.service".to_owned(), "openvpn@.service".to_owned()].into(),
            systemd_runs: false,
            ocf: [("heartbeat".to_owned(), "Filesystem".to_owned())].into(),
        },
        enabled_units: Vec::new(),
        users: vec!["root".into(), "daemon".into(), "alice".into()],
        mailer: true,
        directory: None,
    }
}

pub fn nico() -> Surroundings {
    machine("nico.test.local")
}

/// The same with systemd as process 1.
pub fn with_systemd(mut machine: Surroundings) -> Surroundings {
    machine.catalogue.systemd_runs = true;
    machine
}

/// One line for a diagnostic: `error unknown-node haresources:1:1`.
pub fn brief(d: &Diagnostic) -> String {
    let severity = match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let file = match d.file {
        FileKind::HaCf => "ha.cf",
        FileKind::Haresources => "haresources",
        FileKind::Authkeys => "authkeys",
    };
    match &d.place {
        Some(place) => format!("{severity} {} {file}:{}:{}", d.code, place.line, place.column),
        None => format!("{severity} {} {file}", d.code),
    }
}

/// Everything a diagnostic says, for snapshots.
pub fn full(d: &Diagnostic) -> String {
    let mut text = format!("{}\n  {}\n", brief(d), d.message);
    if let Some(place) = &d.place {
        text.push_str(&format!(
            "  | {}\n  | {:>width$}{} {}\n",
            place.text,
            "",
            "^".repeat(place.marked.len().max(1)),
            d.label,
            width = place.column - 1
        ));
    }
    for note in &d.notes {
        text.push_str(&format!("  = {note}\n"));
    }
    for line in d.suggestion.iter().flat_map(|s| s.lines()) {
        text.push_str(&format!("  + {line}\n"));
    }
    text
}

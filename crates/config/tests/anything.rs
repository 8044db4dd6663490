//! Any bytes in any of the files: no panic, a configuration or an error, no secret shown, and mending twice is mending once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{GOOD_AUTHKEYS, GOOD_HA_CF, GOOD_HARESOURCES, full, nico, sources};
use proptest::prelude::*;
use systole_config::{Severity, Sources, fix, read};

/// Pieces that the three grammars know, so that random files get deep into them.
const PIECES: &[&str] = &[
    "node",
    "nico.test.local",
    "dracofeu",
    "nico",
    "keepalive",
    "deadtime",
    "warntime",
    "initdead",
    "2",
    "10",
    "0",
    "500ms",
    "bcast",
    "eth0",
    "serial",
    "/dev/ttyS0",
    "mcast",
    "225.0.0.1",
    "694",
    "1",
    "ucast",
    "192.168.1.9",
    "auto_failback",
    "on",
    "crm",
    "#",
    "#@",
    "#@?",
    "name=web",
    "IPaddr2",
    "::",
    "::192.168.1.5/24/eth0:0",
    "IPaddr2::192.168.1.5",
    "apache2",
    "MailTo",
    "::root",
    "fd00::5/64",
    "\\",
    "\n",
    "\n",
    "\n",
    "\r\n",
    " ",
    " ",
    "\t",
    ",",
    "auth",
    "sha1",
    "md5",
    "crc",
    "s3cretword",
    "demarrer",
    "apahce2",
    "\u{e9}",
    "systemd:apache2",
    "ocf:heartbeat:Filesystem",
    "IPaddr2:192.168.1.7",
    "stonith_host",
    "udpport",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = proptest::collection::vec(proptest::sample::select(PIECES), 0..60);
    prop_oneof![
        4 => pieces.prop_map(|p| p.concat().into_bytes()),
        4 => proptest::collection::vec(proptest::sample::select(PIECES), 0..60).prop_map(|p| p.join(" ").into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..300),
    ]
}

fn files() -> impl Strategy<Value = Sources> {
    let or = |good: &'static str| prop_oneof![text(), Just(good.as_bytes().to_vec())];
    (or(GOOD_HA_CF), or(GOOD_HARESOURCES), or(GOOD_AUTHKEYS)).prop_map(|(a, b, c)| sources(&a, &b, &c))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_configuration_or_an_error(files in files()) {
        let reading = read(&files, &nico());
        let sound = reading.count(Severity::Error) == 0;
        prop_assert_eq!(reading.configuration.is_some(), sound);
        prop_assert_eq!(reading.authkeys.is_some(), sound);
        for diagnostic in &reading.diagnostics {
            full(diagnostic);
            if let Some(place) = &diagnostic.place {
                prop_assert!(place.line >= 1 && place.column >= 1);
                prop_assert!(place.text.get(place.marked.clone()).is_some());
            }
        }
        if let Some(configuration) = reading.configuration {
            let json = serde_json::to_string(&configuration).unwrap();
            prop_assert_eq!(serde_json::from_str::<systole_config::Configuration>(&json).unwrap(), configuration);
        }
    }

    #[test]
    fn mending_twice_is_mending_once(files in files()) {
        let once = fix(&files, &nico());
        let twice = fix(&once.sources, &nico());
        prop_assert!(twice.files.is_empty(), "{:?} -> {:?}", once.sources, twice.files);
        prop_assert!(twice.chmod.is_empty());
    }
}

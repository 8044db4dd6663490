//! The tutorial's files, verbatim: every fault of them at its place, and `fix` makes them start on both machines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{brief, full, machine, tutorial, with_systemd};
use snapbox::{assert_data_eq, file};
use systole_config::{Medium, ResourceKind, Severity, Surroundings, fix, read};

fn with_apache_enabled(mut machine: Surroundings) -> Surroundings {
    machine.enabled_units = vec!["apache2".into(), "cron".into()];
    machine
}

#[test]
fn every_fault_at_its_place() {
    for (machine, snapshot) in [
        (machine("nico.test.local"), file!["snapshots/tutorial-nico.txt"]),
        (with_systemd(machine("dracofeu")), file!["snapshots/tutorial-dracofeu-systemd.txt"]),
    ] {
        let reading = read(&tutorial(), &with_apache_enabled(machine));
        assert!(reading.configuration.is_none());
        let briefs: Vec<String> = reading.diagnostics.iter().map(brief).collect();
        assert_eq!(
            briefs,
            [
                "error comment-tail ha.cf:12:1",
                "error unknown-node haresources:1:1",
                "error blank-before-arguments haresources:1:23",
                "warning managed-and-enabled haresources:1:50",
                "error line-starts-with-resource haresources:2:1",
                "error blank-before-arguments haresources:2:7",
                "error authkeys-mode authkeys:1:1",
                "warning crc authkeys:2:1",
            ]
        );
        let all: Vec<String> = reading.diagnostics.iter().map(full).collect();
        assert_data_eq!(all.join("\n"), snapshot.raw());
    }
}

#[test]
fn fix_makes_them_start_on_both() {
    for uname in ["nico.test.local", "dracofeu", "nico", "dracofeu.test.local"] {
        let machine = with_apache_enabled(machine(uname));
        let fixed = fix(&tutorial(), &machine);
        let haresources = &fixed.sources.haresources.as_ref().unwrap().text;
        assert_eq!(
            String::from_utf8_lossy(haresources),
            "nico.test.local IPaddr2::192.168.1.236/24/eth0:0 apache2 MailTo::root\n"
        );
        assert_eq!(fixed.chmod, [("/etc/ha.d/authkeys".into(), 0o600)]);
        let reading = read(&fixed.sources, &machine);
        assert_eq!(reading.count(Severity::Error), 0, "{:?}", reading.diagnostics);
        let configuration = reading.configuration.unwrap();
        let me = if uname.starts_with("nico") { "nico.test.local" } else { "dracofeu" };
        assert_eq!(configuration.core.me.as_str(), me);
        assert_eq!(configuration.media.len(), 2);
        assert!(matches!(configuration.media[0], Medium::Bcast { port: 694, .. }));
        let kinds: Vec<&ResourceKind> = configuration.groups[0].resources.iter().map(|r| &r.kind).collect();
        assert_eq!(kinds, [&ResourceKind::Address, &ResourceKind::Apache, &ResourceKind::MailTo]);
        assert_eq!(configuration.core.groups[0].interfaces, ["eth0"]);
        assert_eq!(reading.authkeys.unwrap().active, 1);
        let again = fix(&fixed.sources, &machine);
        assert!(again.files.is_empty() && again.chmod.is_empty());
    }
}

#[test]
fn fix_keeps_comments_and_says_what_it_assumed() {
    let fixed = fix(&tutorial(), &machine("dracofeu"));
    let before = tutorial().ha_cf.unwrap().text;
    let after = &fixed.sources.ha_cf.as_ref().unwrap().text;
    let expected = String::from_utf8_lossy(&before).replace("\ndemarrer", "\n#demarrer");
    assert_eq!(String::from_utf8_lossy(after), expected);
    assert_data_eq!(fixed.assumptions.join("\n"), file!["snapshots/tutorial-assumptions.txt"].raw());
}

#[test]
fn both_nodes_have_the_same_digest() {
    let digest = |uname: &str| {
        let machine = machine(uname);
        read(&fix(&tutorial(), &machine).sources, &machine).configuration.unwrap().core.digest
    };
    assert_eq!(digest("nico"), digest("dracofeu"));
}

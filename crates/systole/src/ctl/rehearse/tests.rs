//! The commands on real directories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::situation::tests_only as told;
use super::*;
use crate::ctl::samples;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const MEDIA: &str = "bcast eth0\nserial /dev/ttyS0\n";

/// The tutorial's pair with these media; its keys are not there, and nobody asks for them.
fn directory(media: &str, haresources: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let head = "keepalive 2\nwarntime 6\ndeadtime 10\ninitdead 60\nauto_failback on\nnode alpha beta\n";
    fs::write(root.path().join("ha.cf"), format!("{head}{media}")).unwrap();
    fs::write(root.path().join("haresources"), haresources).unwrap();
    root
}

fn pair(media: &str) -> TempDir {
    directory(media, "alpha IPaddr2::192.168.1.236/24/eth0:0 IPaddr2::192.168.1.237/24/eth0\n")
}

fn paths(root: &Path) -> Paths {
    Paths { config_dir: Some(root.to_owned()), state_dir: "/x".into(), run_dir: root.to_owned() }
}

#[test]
fn the_table_of_a_cable() {
    let root = pair(MEDIA);
    let rehearsal = rehearse(stage(&paths(root.path())).unwrap(), Some("/dev/ttyS0"));
    let page = table::page(&rehearsal, false);
    let (table, _) = page.rsplit_once("\n\n").unwrap();
    let expected = "\
One path: a cable, a switch, a medium, one direction of it
  fault                     what happens     outage  two holders
  silent /dev/ttyS0         alpha serves on  0 s     0 s
  deaf alpha on /dev/ttyS0  alpha serves on  0 s     0 s
  deaf beta on /dev/ttyS0   alpha serves on  0 s     0 s
";
    assert_eq!(table, expected);
}

#[test]
fn two_masters_stand_first_and_are_named() {
    let root = pair("bcast eth0\n");
    let rehearsal = rehearse(stage(&paths(root.path())).unwrap(), Some("eth0"));
    let page = table::page(&rehearsal, false);
    let first = page.lines().nth(2).unwrap();
    assert!(first.contains("both nodes hold it until it is mended") && first.ends_with("TWO MASTERS"), "{page}");
}

#[test]
fn the_json_is_one_object() {
    let root = pair(MEDIA);
    let rehearsal = rehearse(stage(&paths(root.path())).unwrap(), Some("power-cut alpha"));
    let value: serde_json::Value = serde_json::from_str(&json::text(&rehearsal, false)).unwrap();
    assert_eq!(value["faults"][0]["fault"], "power-cut alpha");
    assert_eq!(value["faults"][0]["verdict"], "fine");
    assert!(value["faults"][0]["groups"][0]["outage_ms"]["worst"].as_u64().unwrap() > 7000);
    assert!(value.get("level").is_none(), "some faults alone give no level");
}

#[test]
fn files_with_errors_are_shown_as_check_shows_them() {
    let root = directory(MEDIA, "alpah IPaddr2::192.168.1.236/24/eth0\n");
    let why = stage(&paths(root.path())).unwrap_err();
    assert!(why.contains("haresources:1:1"), "{why}");
}

#[test]
fn a_situation_and_a_change_are_told() {
    let root = pair(MEDIA);
    let text = told::situation(&paths(root.path()), "unplug alpha eth0").unwrap();
    assert!(text.contains("beta takes over; alpha takes it back\n  outage 0."), "{text}");
    assert!(told::situation(&paths(root.path()), "unplug nobody eth0").is_err());
    let other = directory("bcast eth0\n", "beta IPaddr2::192.168.1.236/24/eth0:0\nalpha 192.168.1.240\n");
    let text = told::change(&paths(root.path()), other.path()).unwrap();
    for part in ["0:0 moves from alpha to beta", "192.168.1.240 is started on alpha", "was:     1 (", "will be: 0 ("] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn the_level_in_force_is_derived_once_and_only_for_the_files_in_force() {
    let root = directory("bcast eth0\nserial /dev/ttyS0\n", "alpha IPaddr2::192.168.1.236/24/eth0:0\n");
    let mut status = samples::status();
    let found = |status: &systole_core::Status| level::in_force(status, &paths(root.path())).derived().cloned();
    let derived = found(&status).unwrap();
    assert_eq!((derived.level, &derived.now), (1, &None));
    assert!(derived.missing.contains("both nodes hold"), "{}", derived.missing);
    // What is left when one of two media does not work: as if it were not in the files.
    let serial = systole_core::LinkName("/dev/ttyS0".into());
    for part in 0..2 {
        let mut lame = status.clone();
        if part == 0 {
            lame.media.iter_mut().filter(|medium| medium.link == serial).for_each(|medium| medium.open = false);
        } else {
            let links = lame.nodes.iter_mut().flat_map(|node| &mut node.links);
            links.filter(|link| link.link == serial).for_each(|link| link.up = false);
        }
        assert_eq!(found(&lame).unwrap().now, Some(level::Now { level: 0, without: vec![serial.clone()] }), "{part}");
        let line = level::in_force(&lame, &paths(root.path())).line();
        assert!(line.contains("now 0, as /dev/ttyS0 does not work: a single network fault"), "{line}");
        assert!(line.contains("missing for 2: when"), "{line}");
    }
    // A dead node says nothing about the links to it.
    status.nodes.iter_mut().flat_map(|node| &mut node.links).for_each(|link| link.up = false);
    assert_eq!(found(&status).unwrap().now, None);
    let kept = fs::read_to_string(root.path().join("level")).unwrap();
    fs::write(root.path().join("level"), kept.replace("\"level\":1", "\"level\":2")).unwrap();
    assert_eq!(found(&status).unwrap().level, 2, "it is read, not derived");
    fs::write(root.path().join("haresources"), "beta IPaddr2::192.168.1.236/24/eth0:0\n").unwrap();
    assert_eq!(level::in_force(&status, &paths(root.path())), level::Reached::Changed);
    fs::remove_file(root.path().join("ha.cf")).unwrap();
    assert_eq!(level::in_force(&status, &paths(root.path())), level::Reached::Unknown);
}

#[test]
fn many_groups_of_a_kind_take_no_longer_than_one() {
    let mut haresources = String::from("beta IPaddr2::192.168.2.1/24/eth0\n");
    for n in 1..=300 {
        haresources.push_str(&format!("alpha IPaddr2::192.168.{}.{}/24/eth0:0\n", 3 + n / 200, n % 200 + 1));
    }
    let root = directory("bcast eth0\nserial /dev/ttyS0\n", &haresources);
    let whole = stage(&paths(root.path())).unwrap().plan().clone();
    let kinds: Vec<String> = whole.of_each_kind().groups().iter().map(|group| group.nodes[0].to_string()).collect();
    assert_eq!(kinds, ["beta", "alpha"]);
    let mut status = samples::status();
    let sample = status.groups.remove(0);
    let group = |group: &systole_core::GroupSettings| systole_core::status::GroupStatus {
        key: group.key.clone(),
        home: group.nodes[0].clone(),
        ..sample.clone()
    };
    status.groups = whole.groups().iter().map(group).collect();
    assert_eq!(level::in_force(&status, &paths(root.path())).derived().unwrap().level, 1);
}

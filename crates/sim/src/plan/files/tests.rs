//! Files become clusters, and files with faults are refused in the reader's own words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::run::play;
use crate::script::{Ending, Script, read as read_acts};
use std::time::Duration;

const HA_CF: &str = "keepalive 2\ndeadtime 10\nwarntime 6\ninitdead 60\nudpport 694\nbcast eth0\nucast eth0 10.0.0.2\n\
                     mcast eth1 225.0.0.1 694 1 0\nbaud 19200\nserial /dev/ttyS0\nauto_failback on\nnode nico.test.local \
                     dracofeu\n";
const HARESOURCES: &str = "nico.test.local IPaddr2::192.168.1.236/24/eth0:0 apache2 MailTo::root\ndracofeu 10.0.0.9\n";

#[test]
fn the_files_of_the_tutorial_become_a_cluster() {
    let plan = Plan::from_files(HA_CF, HARESOURCES).unwrap();
    let names: Vec<_> = plan.settings.iter().map(|s| s.me.as_str()).collect();
    assert_eq!(names, ["nico.test.local", "dracofeu"]);
    let link = |name: &str, medium| (LinkName(name.into()), medium);
    assert_eq!(
        plan.links,
        [link("eth0", Medium::Lan), link("eth1", Medium::Lan), link("/dev/ttyS0", Medium::Serial { baud: 19_200 })]
    );
    assert_eq!(plan.timing().deadtime(), Duration::from_secs(10));
    let homes: Vec<_> = plan.groups().iter().map(|g| g.home().unwrap().as_str()).collect();
    assert_eq!(homes, ["nico.test.local", "dracofeu"]);
    assert_eq!(plan.groups()[0].interfaces, ["eth0"]);
    assert_eq!(plan.settings[0].digest, plan.settings[1].digest);
}

#[test]
fn such_a_cluster_runs() {
    let plan = Plan::from_files(HA_CF, HARESOURCES).unwrap();
    let acts = read_acts("0 boot nico.test.local\n1 boot dracofeu\n20 power-cut dracofeu", &plan).unwrap();
    let report = play(&Script { dice: 1, plan, acts, ending: Ending::After { ms: 20_000 } }, true);
    assert_eq!(report.violation, None);
    assert_eq!(report.starts, 3, "{:#?}", report.story);
}

#[test]
fn files_with_faults_are_refused_with_all_of_them() {
    let refused = Plan::from_files("node ada bob\nbcast eth0\ndeadtime x\n", "eve 10.0.0.9\n").unwrap_err();
    let said = refused.to_string();
    assert!(said.contains("ha.cf:3:10: "), "{said}");
    assert!(said.contains("haresources:1:1: "), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn files_that_name_no_node_are_refused() {
    assert!(Plan::from_files("bcast eth0\n", "").unwrap_err().to_string().contains("names no node"));
}

//! Every directive of ha.cf, right and wrong: what becomes of it, and where a fault is shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{GOOD_HA_CF, brief, machine, nico, with_ha_cf};
use systole_config::directives::{DIRECTIVES, Effect};
use systole_config::{Configuration, Medium, PingNode, Severity, duration, read};
use systole_core::{Failback, NodeName};

/// Of `GOOD_HA_CF` and `GOOD_HARESOURCES`, as versions made it that did not read ping nodes.
const OLD_DIGEST: u32 = 2_853_437_154;

/// The diagnostics of lines put in front of a good file.
fn said(lines: &str) -> Vec<String> {
    let reading = read(&with_ha_cf(&format!("{lines}\n{GOOD_HA_CF}")), &nico());
    let has_error = reading.diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(reading.configuration.is_none(), has_error, "{lines}");
    reading.diagnostics.iter().map(brief).collect()
}

fn configuration(text: &str) -> Configuration {
    let reading = read(&with_ha_cf(text), &nico());
    reading.configuration.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

#[test]
fn every_example_of_the_table_is_read_as_the_table_says() {
    for directive in DIRECTIVES.iter().filter(|d| !d.example.is_empty() && d.name != "node") {
        let name = directive.example.split(' ').next().unwrap_or_default();
        let without: String = GOOD_HA_CF.lines().filter(|l| !l.starts_with(name)).map(|l| format!("{l}\n")).collect();
        let rest = if name == "deadtime" { "" } else { "\n" };
        let reading = read(&with_ha_cf(&format!("{}{rest}\n{without}", directive.example)), &nico());
        let codes: Vec<&str> = reading.diagnostics.iter().map(|d| d.code).filter(|c| *c != "own-address").collect();
        let expected: &[&str] = match directive.effect {
            Effect::Needless(_) => &["no-effect"],
            Effect::Missing(_) => &["not-supported"],
            Effect::Works | Effect::Refused(_) => &[],
        };
        // `node alpha beta` aside, an example must be right on any machine.
        assert_eq!(codes, expected, "{}", directive.example);
        assert!(reading.configuration.is_some(), "{}", directive.example);
    }
}

#[test]
fn faults_and_their_places() {
    for (lines, expected) in [
        ("KeepAlive 2", &["error unknown-directive ha.cf:1:1"][..]),
        ("keepalvie 2", &["error unknown-directive ha.cf:1:1"]),
        ("frobnicate the knobs", &["error unknown-directive ha.cf:1:1"]),
        ("# a remark\n  goes on here", &["error comment-tail ha.cf:2:3"]),
        ("node", &["error missing-value ha.cf:1:1"]),
        ("node d\u{e9}j\u{e0}", &["error bad-node-name ha.cf:1:6"]),
        ("node nico.test.local", &["warning node-twice ha.cf:9:6"]),
        ("deadping ten", &["error bad-time ha.cf:1:10"]),
        ("deadping 4", &["error timing ha.cf:1:10"]),
        ("ping", &["error missing-value ha.cf:1:1"]),
        ("ping 192.168.1.1, router.test.local", &[]),
        ("ping 192.168.1.1 192.168.1.1", &["warning ping-twice ha.cf:1:18"]),
        ("ping router\nping Router", &["warning ping-twice ha.cf:2:6"]),
        ("ping fd00::1 192.168.1.300", &["error bad-address ha.cf:1:6", "error bad-address ha.cf:1:14"]),
        ("ping [fd00::1]", &["error bad-address ha.cf:1:6"]),
        ("ping gate/way", &["error bad-address ha.cf:1:6"]),
        ("ping 224.0.0.1", &["error bad-address ha.cf:1:6"]),
        ("ping 192.168.1.10", &["warning ping-self ha.cf:1:6"]),
        ("ping 127.0.0.2", &["warning ping-self ha.cf:1:6"]),
        ("ping dracofeu", &["error ping-is-node ha.cf:1:6"]),
        ("ping_group gw", &["error wrong-count ha.cf:1:1"]),
        ("ping_group 192.168.1.1 192.168.1.2", &["warning group-name ha.cf:1:12"]),
        ("ping_group g/w 192.168.1.1", &["error bad-node-name ha.cf:1:12"]),
        ("ping_group gw fd00::1", &["error bad-address ha.cf:1:15"]),
        ("ping_group dracofeu 192.168.1.1", &["error ping-is-node ha.cf:1:12"]),
        ("ping gw\nping_group gw 192.168.1.1", &["warning ping-twice ha.cf:2:12"]),
        ("respawn hacluster /usr/lib/heartbeat/ipfail", &["note no-effect ha.cf:1:1"]),
        ("respawn hacluster /usr/local/bin/helper", &["warning not-supported ha.cf:1:1"]),
        ("apiauth ipfail gid=haclient uid=hacluster", &["note no-effect ha.cf:1:1"]),
        ("conn_logd_time ten", &["error bad-time ha.cf:1:16"]),
        ("realtime maybe", &["error bad-value ha.cf:1:10"]),
        ("env NAME", &["error bad-value ha.cf:1:5"]),
        ("env 1A=b", &["error bad-value ha.cf:1:5"]),
        ("logfile ha-log", &["error bad-path ha.cf:1:9"]),
        ("logfacility locl0", &["error bad-facility ha.cf:1:13"]),
        ("debug 256", &["error bad-number ha.cf:1:7"]),
        ("rtprio 0", &["error bad-number ha.cf:1:8"]),
        ("udpport 0", &["error bad-number ha.cf:1:9"]),
        ("udpport 70000", &["error bad-number ha.cf:1:9"]),
        ("baud 300", &["error bad-number ha.cf:1:6"]),
        ("bcast eht0", &["warning no-interface ha.cf:1:7"]),
        ("bcast eth0:0", &["error bad-interface ha.cf:1:7"]),
        ("bcast lo", &["warning no-broadcast ha.cf:1:7"]),
        ("udp eth0", &["warning old-name ha.cf:1:1", "warning medium-twice ha.cf:6:7"]),
        ("serial ttyS0", &["error bad-path ha.cf:1:8"]),
        ("serial /dev/ttyS7", &["warning no-tty ha.cf:1:8"]),
        ("mcast eth0 225.0.0.1 694 1", &["error wrong-count ha.cf:1:1"]),
        (
            "mcast eth0 192.0.2.1 0 9 2",
            &[
                "error bad-address ha.cf:1:12",
                "error bad-number ha.cf:1:22",
                "error bad-number ha.cf:1:24",
                "error bad-number ha.cf:1:26",
            ],
        ),
        ("mcast6 eth0 fd00::1 694 1 0", &["error bad-address ha.cf:1:13"]),
        ("ucast eth0", &["error wrong-count ha.cf:1:1"]),
        ("ucast eth0 fd00::2", &["error bad-address ha.cf:1:12"]),
        ("ucast eth0 192.168.1.10", &["note own-address ha.cf:1:12"]),
        ("crm on", &["error refused ha.cf:1:1"]),
        ("pacemaker respawn", &["error refused ha.cf:1:1"]),
        ("autojoin any", &["error refused ha.cf:1:1"]),
        ("stonith_host * apc host user password", &["error refused ha.cf:1:1"]),
        ("nice_failback on", &["warning old-name ha.cf:1:1"]),
        ("msgfmt xml", &["error bad-value ha.cf:1:8"]),
        ("#@ lease 10s", &["error unknown-extension ha.cf:1:4"]),
        ("#@? lease 10s", &["note extension-skipped ha.cf:1:5"]),
        ("#@ probe on", &[]),
        ("#@ expire on", &[]),
        ("#@ probe warn", &["note less-protected ha.cf:1:4"]),
        ("#@ probe off", &["note less-protected ha.cf:1:4"]),
        ("#@ expire off", &["note less-protected ha.cf:1:4"]),
        ("#@ monitor 10s", &[]),
        ("#@ monitor off", &[]),
        ("#@ timeout start=60s stop=60s monitor=20s", &[]),
        ("#@ retries 3/10m", &[]),
        ("#@ stop-fail block", &[]),
        ("#@ stop-fail ignore", &[]),
        ("#@ monitor", &["error missing-value ha.cf:1:4"]),
        ("#@ monitor 10s 20s", &["error several-values ha.cf:1:16"]),
        ("#@ monitor on", &["error bad-value ha.cf:1:12"]),
        ("#@ moniter 10s", &["error unknown-extension ha.cf:1:4"]),
        ("#@ timeout", &["error missing-value ha.cf:1:4"]),
        ("#@ timeout 20s", &["error bad-value ha.cf:1:12"]),
        ("#@ timeout strat=20s", &["error bad-value ha.cf:1:12"]),
        ("#@ timeout start=60s stop=x", &["error bad-value ha.cf:1:22"]),
        ("#@ retries 3", &["error bad-value ha.cf:1:12"]),
        ("#@ retries 3/10x", &["error bad-value ha.cf:1:12"]),
        ("#@ stop-fail reset", &["error bad-value ha.cf:1:14"]),
        ("#@ stop-fail blok", &["error bad-value ha.cf:1:14"]),
        ("#@ probe", &["error missing-value ha.cf:1:4"]),
        ("#@ probe on off", &["error several-values ha.cf:1:13"]),
        ("#@ probe yes", &["error bad-value ha.cf:1:10"]),
        ("#@ fastdead off", &[]),
        ("#@ fastdead auto", &[]),
        ("#@ fastdead 400ms", &[]),
        ("#@ fastdead 1.5", &[]),
        ("#@ fastdead", &["error missing-value ha.cf:1:4"]),
        ("#@ fastdead on", &["error bad-value ha.cf:1:13"]),
        ("#@ fastdead 10ms", &["error bad-value ha.cf:1:13"]),
        ("#@ fastdead 4lightyears", &["error bad-value ha.cf:1:13"]),
        ("#@ fastdead 1 2", &["error several-values ha.cf:1:15"]),
        ("#@ expire warn", &["error bad-value ha.cf:1:11"]),
        ("#@ porbe on", &["error unknown-extension ha.cf:1:4"]),
        ("#@", &["error empty-extension ha.cf:1:1"]),
        ("debug 0 #@ monitor", &["error extension-not-alone ha.cf:1:9"]),
        ("debug 0 1", &["warning several-values ha.cf:1:7"]),
        ("debug 0\ndebug 1", &["warning given-twice ha.cf:2:1"]),
        ("debug \u{7}", &["error unprintable ha.cf:1:7"]),
    ] {
        assert_eq!(said(lines), expected, "{lines}");
    }
}

#[test]
fn values_that_only_replace_are_told_twice_given() {
    for (lines, code) in [
        ("keepalive 10x", "error bad-time ha.cf:1:11"),
        ("deadtime 0,5", "warning several-values ha.cf:1:10"),
        ("auto_failback maybe", "error bad-value ha.cf:1:15"),
    ] {
        assert!(said(lines).contains(&code.to_owned()), "{lines}: {:?}", said(lines));
    }
}

#[test]
fn ping_nodes_reach_the_daemon_and_the_core() {
    let lines = "deadping 6\nping 192.168.1.1 Router\nping_group GW 192.168.1.2 192.168.1.3\n";
    let with = configuration(&format!("{lines}{GOOD_HA_CF}"));
    let node = |name: &str, hosts: &[&str], group| PingNode {
        name: NodeName::new(name).unwrap(),
        hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
        group,
    };
    let wanted = [
        node("192.168.1.1", &["192.168.1.1"], false),
        node("router", &["Router"], false),
        node("gw", &["192.168.1.2", "192.168.1.3"], true),
    ];
    assert_eq!(with.pings, wanted);
    assert_eq!(with.core.pings, wanted.map(|p| p.name));
    assert_eq!(with.core.deadping.as_secs(), 6);
    let without = configuration(GOOD_HA_CF);
    assert_eq!((without.pings, without.core.deadping.as_secs()), (vec![], 10), "deadping is deadtime when not given");
    assert!(with.environment.contains(&("deadping".into(), "6".into())), "scripts see it as HA_deadping");
}

#[test]
fn lines_to_compare_differ_where_the_digest_does_and_nowhere_else() {
    let of = |text: &str| {
        let configuration = configuration(text);
        (configuration.core.digest, systole_config::common_lines(&configuration))
    };
    let (digest, lines) = of(GOOD_HA_CF);
    assert!(lines.iter().any(|line| line.starts_with("haresources: 1: ")), "{lines:?}");
    for (change, named) in [
        ("deadtime 31\n", "ha.cf: deadtime 31"),
        ("warntime 7\n", "ha.cf: warntime 7"),
        ("ping router\n", "ha.cf: ping router"),
        ("auto_failback off\n", "ha.cf: auto_failback off"),
    ] {
        // The first of two lines for one thing counts, or the last: either way the good one goes.
        let word = change.split(' ').next().unwrap();
        let rest: String =
            GOOD_HA_CF.lines().filter(|line| !line.starts_with(word)).flat_map(|line| [line, "\n"]).collect();
        let (other, other_lines) = of(&format!("{change}{rest}"));
        assert_ne!(other, digest, "{change}");
        let new: Vec<&String> = other_lines.iter().filter(|line| !lines.contains(line)).collect();
        assert_eq!(new, [named], "{change}");
    }
    for same in ["deadping 6\n", "#@ probe off\n", "#@ monitor 20s\n"] {
        assert_eq!(of(&format!("{same}{GOOD_HA_CF}")), (digest, lines.clone()), "{same}");
    }
}

#[test]
fn the_digest_holds_the_names_of_ping_nodes_and_is_the_old_one_without_them() {
    let digest = |lines: &str| configuration(&format!("{lines}{GOOD_HA_CF}")).core.digest;
    assert_eq!(digest(""), OLD_DIGEST);
    assert_eq!(digest("deadping 6\n"), OLD_DIGEST);
    assert_ne!(digest("ping router\n"), OLD_DIGEST);
    assert_eq!(digest("ping a b\n"), digest("ping b\nping a\n"));
    assert_eq!(digest("ping_group a 192.168.1.1\n"), digest("ping_group a 192.168.1.2\n"));
}

#[test]
fn too_many_hosts_are_refused() {
    let hosts: Vec<String> = (1..=65).map(|n| format!("192.168.2.{n}")).collect();
    assert_eq!(said(&format!("ping {}", hosts[..64].join(" "))), [""; 0]);
    assert_eq!(said(&format!("ping {}", hosts.join(" "))), ["error too-many-pings ha.cf:1:829"]);
}

#[test]
fn passwords_of_stonith_lines_are_not_shown() {
    let reading = read(&with_ha_cf(&format!("stonith_host * apc host user hunter2\n{GOOD_HA_CF}")), &nico());
    assert!(!format!("{:?}", reading.diagnostics).contains("hunter2"));
}

#[test]
fn a_good_file_means_what_it_says() {
    let text = "udpport 695\nbaud 9600\nkeepalive 500ms\ndeadtime 3s\nbcast eth0\nserial /dev/ttyS0\nmcast eth0 225.0.0.1 694 1 0\n\
                mcast6 eth0 ff02::5 694 1 1\nucast eth0 beta.example\nucast6 eth0 fd00::2\nauto_failback off\nlogfile /var/log/a\n\
                debugfile /var/log/b\nlogfacility none\ndebug 3\nwatchdog /dev/watchdog\nrealtime no\nrtprio 7\nenv A=b, C=d\nnode NICO dracofeu\n";
    let c = configuration(text);
    assert_eq!(c.core.me.as_str(), "nico");
    let t = c.core.timing;
    assert_eq!(
        [t.keepalive(), t.warntime(), t.deadtime(), t.initdead()].map(duration::show),
        ["500ms", "1500ms", "3", "12"]
    );
    assert_eq!(c.core.failback, Failback::Off);
    assert_eq!(c.media[0], Medium::Bcast { device: "eth0".into(), port: 695 });
    assert_eq!(c.media[1], Medium::Serial { tty: "/dev/ttyS0".into(), baud: 9600 });
    assert_eq!(c.media.len(), 6);
    let links: Vec<_> = c.media.iter().map(Medium::link).collect();
    assert_eq!(c.core.links, links);
    assert_eq!((c.logging.facility, c.logging.debug), (None, 3));
    assert_eq!((c.realtime.enabled, c.realtime.priority), (false, Some(7)));
    assert_eq!(c.watchdog.unwrap().to_str(), Some("/dev/watchdog"));
    for pair in [("A", "b"), ("C", "d"), ("keepalive", "500ms")] {
        assert!(c.environment.contains(&(pair.0.into(), pair.1.into())), "{pair:?}");
    }
    assert_eq!(c.directory.to_str(), Some("/etc/ha.d"));
}

#[test]
fn defaults_of_times() {
    for (given, expected) in [
        ("", ["1", "15", "30", "30"]),
        ("deadtime 10", ["1", "5", "10", "20"]),
        ("deadtime 5", ["1", "2500ms", "5", "12"]),
        ("deadtime 11", ["1", "5500ms", "11", "11"]),
    ] {
        let t = configuration(&format!("{given}\nbcast eth0\nnode nico dracofeu\n")).core.timing;
        assert_eq!([t.keepalive(), t.warntime(), t.deadtime(), t.initdead()].map(duration::show), expected, "{given}");
    }
}

#[test]
fn times_that_do_not_fit_are_shown_at_their_lines() {
    for (lines, expected) in [
        ("keepalive 0", &["error timing ha.cf:1:11"][..]),
        ("keepalive 5\ndeadtime 10", &["error timing ha.cf:2:10"]),
        ("keepalive 20", &["error timing ha.cf:1:11"]),
        ("deadtime 10\nwarntime 11", &["error timing ha.cf:2:10"]),
        ("deadtime 10\ninitdead 9", &["error timing ha.cf:2:10"]),
        ("warntime 11\ndeadtime 10\ninitdead 9", &["error timing ha.cf:1:10", "error timing ha.cf:3:10"]),
    ] {
        let text = format!("{lines}\nbcast eth0\nauto_failback on\nnode nico.test.local dracofeu\n");
        let found: Vec<String> = read(&with_ha_cf(&text), &nico()).diagnostics.iter().map(brief).collect();
        assert_eq!(found, expected, "{lines}");
    }
}

#[test]
fn what_must_be_there() {
    for (text, code) in [
        ("node nico dracofeu\n", "no-medium"),
        ("bcast eth0\n", "no-nodes"),
        ("bcast eth0\nnode alpha beta\n", "own-node-missing"),
        ("bcast eth0\nnode nico dracofeu\n", "no-failback"),
        ("bcast eth0\nnode nico\n", "one-node"),
        ("ucast eth0 192.168.1.10\nnode nico dracofeu\n", "no-medium"),
    ] {
        let reading = read(&with_ha_cf(text), &nico());
        assert!(reading.diagnostics.iter().any(|d| d.code == code), "{text}: {:?}", reading.diagnostics);
    }
}

#[test]
fn own_names_match_short_and_full() {
    for (uname, nodes, me) in [
        ("nico.test.local", "nico.test.local b", Some("nico.test.local")),
        ("nico.test.local", "nico b", Some("nico")),
        ("nico", "nico.test.local b", Some("nico.test.local")),
        ("NICO", "nico b", Some("nico")),
        ("nico.a", "nico.b c", None),
        ("nico", "nico.a nico.b", None),
    ] {
        let text = format!("bcast eth0\nauto_failback on\nnode {nodes}\n");
        let resources = format!("{} MailTo::root\n", nodes.split(' ').next().unwrap());
        let sources = common::sources(text.as_bytes(), resources.as_bytes(), common::GOOD_AUTHKEYS.as_bytes());
        let found = read(&sources, &machine(uname)).configuration.map(|c| c.core.me.to_string());
        assert_eq!(found.as_deref(), me, "{uname} {nodes}");
    }
    let mut around = machine("other");
    around.nodeinfo = Some("nico.test.local".into());
    assert!(read(&with_ha_cf(GOOD_HA_CF), &around).configuration.is_some());
}

#[test]
fn a_file_of_nothing_but_faults_ends_early() {
    let text = "x\n".repeat(100_000);
    let reading = read(&with_ha_cf(&text), &nico());
    assert!(reading.diagnostics.iter().any(|d| d.code == "too-many-errors"));
    assert!(reading.diagnostics.len() < 210);
}

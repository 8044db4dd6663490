//! Lines of haresources: what each resource is found to be, and every fault at its place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{GOOD_HA_CF, brief, full, nico, with_ha_cf, with_haresources, with_systemd};
use snapbox::{assert_data_eq, file};
use systole_config::ResourceKind::{self, *};
use systole_config::{Severity, read};
use systole_core::GroupId;

fn said(text: &str) -> Vec<String> {
    read(&with_haresources(text), &nico()).diagnostics.iter().map(brief).collect()
}

fn kind(word: &str, systemd: bool) -> ResourceKind {
    let around = if systemd { with_systemd(nico()) } else { nico() };
    let reading = read(&with_haresources(&format!("dracofeu {word}\n")), &around);
    let configuration = reading.configuration.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    configuration.groups[0].resources[0].kind.clone()
}

#[test]
fn words_are_found_in_the_order_of_the_design() {
    let unit = |unit: &str| Systemd { unit: unit.into() };
    let lsb = |name: &str| Lsb { path: format!("/etc/init.d/{name}").into() };
    for (word, systemd, expected) in [
        ("192.168.1.5", false, Address),
        ("192.168.1.5/24/eth0", false, Address),
        ("IPaddr::192.168.1.5", true, Address),
        ("IPv6addr::fd00::5/64/eth0", false, Address),
        ("fd00::5/64/eth0", false, Address),
        ("MailTo::root::subject", false, MailTo),
        ("apache", true, Apache),
        ("apache2", false, Apache),
        ("apache2", true, unit("apache2.service")),
        ("postfix", false, lsb("postfix")),
        ("postfix", true, unit("postfix.service")),
        ("lsb:postfix", true, lsb("postfix")),
        ("systemd:postfix.service", true, unit("postfix.service")),
        ("openvpn@office", true, unit("openvpn@office.service")),
        ("Filesystem::/dev/sdb1::/srv::ext4", true, ResourceD { path: "/etc/ha.d/resource.d/Filesystem".into() }),
        (
            "ocf:heartbeat:Filesystem::device=/dev/sdb1",
            false,
            Ocf { provider: "heartbeat".into(), agent: "Filesystem".into() },
        ),
    ] {
        assert_eq!(kind(word, systemd), expected, "{word}");
    }
}

#[test]
fn a_line_becomes_a_group() {
    let text = "DRACOFEU 192.168.1.5 \\\n  postfix # mail\n#@ name=mail\nnico.test.local IPaddr2::10.0.0.1/8/eth1\n";
    let reading = read(&with_haresources(text), &nico());
    let c = reading.configuration.unwrap();
    assert_eq!(c.groups[0].line, "dracofeu 192.168.1.5 postfix");
    assert_eq!(c.groups[0].key, "192.168.1.5");
    assert_eq!(c.groups[0].id, GroupId::of_key("192.168.1.5"));
    assert_eq!(c.groups[0].resources[0].arguments, ["192.168.1.5"]);
    let nodes: Vec<&str> = c.core.groups[0].nodes.iter().map(|n| n.as_str()).collect();
    assert_eq!(nodes, ["dracofeu", "nico.test.local"]);
    // The interface whose network holds the address; or the one that is named, there or not.
    assert_eq!(c.core.groups[0].interfaces, ["eth0"]);
    assert_eq!(c.core.groups[1].interfaces, ["eth1"]);
    assert_eq!(reading.names[&c.groups[0].id], "mail");
}

#[test]
fn faults_and_their_places() {
    for (text, expected) in [
        ("", &["warning no-groups haresources"][..]),
        ("nico 192.168.1.5\n", &["warning node-other-form haresources:1:1"]),
        ("darcofeu 192.168.1.5\n", &["error unknown-node haresources:1:1"]),
        ("192.168.1.5 postfix\n", &["error line-starts-with-resource haresources:1:1"]),
        (
            "dracofeu postfix\npostfix::x\n",
            &[
                "error line-starts-with-resource haresources:2:1",
                "warning resource-twice haresources:2:1",
                "warning arguments-ignored haresources:2:1",
            ],
        ),
        ("dracofeu\n", &["error no-resources haresources:1:1"]),
        ("dracofeu psotfix\n", &["error unknown-resource haresources:1:10"]),
        ("dracofeu zzz\n", &["error unknown-resource haresources:1:10"]),
        ("dracofeu IPaddr2:192.168.1.5\n", &["error unknown-resource haresources:1:10"]),
        ("dracofeu systemd:apache2\n", &["error unknown-resource haresources:1:10"]),
        ("dracofeu sytemd:apache2\n", &["error unknown-resource haresources:1:10"]),
        ("dracofeu ocf:heartbeat:Filesytem\n", &["error unknown-resource haresources:1:10"]),
        ("dracofeu IPaddr2:: 192.168.1.5\n", &["error blank-before-arguments haresources:1:17"]),
        (
            "dracofeu IPaddr2 :: 192.168.1.5\n",
            &["error blank-before-arguments haresources:1:17", "error blank-before-arguments haresources:1:18"],
        ),
        ("dracofeu IPaddr2::192.168.1.300\n", &["error bad-address haresources:1:10"]),
        ("dracofeu 192.168.1.300\n", &["error bad-address haresources:1:10"]),
        ("dracofeu IPaddr2\n", &["error bad-address haresources:1:10"]),
        ("dracofeu IPaddr2::192.168.1.5/24/eht0\n", &["warning no-interface haresources:1:10"]),
        ("dracofeu 10.1.1.1\n", &["warning no-network haresources:1:10"]),
        ("dracofeu MailTo\n", &["error no-recipient haresources:1:10"]),
        ("dracofeu MailTo::roto\n", &["note no-user haresources:1:10"]),
        ("dracofeu postfix::x\n", &["warning arguments-ignored haresources:1:10"]),
        ("dracofeu 192.168.1.5\nnico.test.local 192.168.1.5\n", &["error group-twice haresources:2:17"]),
        (
            "dracofeu 192.168.1.5 postfix\nnico.test.local 192.168.1.6 postfix\n",
            &["warning resource-twice haresources:2:29"],
        ),
        ("dracofeu postfix \\\n# why\n 192.168.1.5\n", &["error comment-in-entry haresources:2:1"]),
        ("dracofeu postfix \\ \n 192.168.1.5\n", &["warning blank-after-backslash haresources:1:18"]),
        ("dracofeu postfix #@ name=x\n", &["error extension-not-alone haresources:1:18"]),
        ("#@ name=x\ndracofeu postfix\n", &["error extension-without-entry haresources:1:1"]),
        ("dracofeu postfix\n#@ nmae=x\n", &["error unknown-extension haresources:2:4"]),
        ("dracofeu postfix\n#@ name=\n", &["error bad-group-name haresources:2:4"]),
        ("dracofeu postfix\n#@ retries=3\n", &["error bad-value haresources:2:4"]),
        ("dracofeu postfix\n#@ retires=3/10m\n", &["error unknown-extension haresources:2:4"]),
        ("dracofeu postfix\n#@ postfix:\n", &["error missing-value haresources:2:4"]),
        ("dracofeu postfix\n#@ posfix: monitor=15s\n", &["error unknown-member haresources:2:4"]),
        ("dracofeu postfix\n#@ postfix#2: monitor=15s\n", &["error unknown-member haresources:2:4"]),
        ("dracofeu postfix\n#@ postfix#x: monitor=15s\n", &["error unknown-member haresources:2:4"]),
        ("dracofeu postfix\n#@ postfix: moniter=15s\n", &["error unknown-extension haresources:2:13"]),
        ("dracofeu postfix\n#@? postfix: warmer=15s\n", &["note extension-skipped haresources:2:14"]),
        ("dracofeu postfix\n#@ postfix: monitor\n", &["error bad-value haresources:2:13"]),
        ("dracofeu postfix\n#@ postfix: monitor=on\n", &["error bad-value haresources:2:13"]),
        ("dracofeu postfix\n#@ postfix: timeout=0\n", &["error bad-value haresources:2:13"]),
        ("dracofeu postfix\n#@ postfix: start=x\n", &["error bad-value haresources:2:13"]),
        ("dracofeu postfix\n#@ postfix: retries=x/10m\n", &["error bad-value haresources:2:13"]),
        ("dracofeu postfix\n#@ postfix: check=htp://x/\n", &["error bad-value haresources:2:13"]),
        ("dracofeu postfix\n#@ postfix: check=http://x/ expect=99\n", &["error bad-value haresources:2:29"]),
        ("dracofeu postfix\n#@ postfix: check=unit expect=200\n", &["error expect-without-page haresources:2:4"]),
        ("dracofeu postfix\n#@ postfix: stop-fail=reset\n", &["error bad-value haresources:2:13"]),
        ("dracofeu 192.168.1.5 postfix\n#@ 192.168.1.5: monitor=1s\n", &["error not-watched haresources:2:4"]),
        ("dracofeu 192.168.1.5 postfix\n#@ wram=yes\n", &["error unknown-extension haresources:2:4"]),
        ("dracofeu 192.168.1.5 postfix\n#@ warm=on\n", &["error bad-value haresources:2:4"]),
        ("dracofeu 192.168.1.5 postfix\n#@ warm\n", &["error unknown-extension haresources:2:4"]),
        ("dracofeu 192.168.1.5 postfix\n#@ postfix: warm=maybe\n", &["error bad-value haresources:2:13"]),
        ("dracofeu 192.168.1.5 postfix\n#@ postfix: wamr=yes\n", &["error unknown-extension haresources:2:13"]),
        ("dracofeu 192.168.1.5 postfix\n#@ 192.168.1.5: warm=yes\n", &["error not-watched haresources:2:4"]),
        ("dracofeu 192.168.1.5\n#@ warm=yes\n", &["error warm-without-service haresources:2:4"]),
        ("dracofeu postfix\n#@ warm=yes\n", &["error warm-without-address haresources:2:4"]),
        (
            "dracofeu 192.168.1.5 postfix\n#@ warm=yes\n#@ postfix: monitor=off\n",
            &["warning warm-unwatched haresources:2:4"],
        ),
        ("#@ postfix: monitor=15s\ndracofeu postfix\n", &["error extension-without-entry haresources:1:1"]),
        ("dracofeu postfix\n#@? after=web\n", &["note extension-skipped haresources:2:5"]),
        ("dracofeu postfix\r\n", &["warning carriage-return haresources:1:17"]),
        ("dracofeu post\u{1b}fix\n", &["error unprintable haresources:1:10"]),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn what_people_read() {
    let text = "darcofeu psotfix IPaddr2:192.168.1.5 IPaddr2::192.168.1.6/33\n192.168.1.300 \\\n zzz\n#@ after=web\nnico.test.local 10.0.0.1\n";
    let all: Vec<String> = read(&with_haresources(text), &nico()).diagnostics.iter().map(full).collect();
    assert_data_eq!(all.join("\n"), file!["snapshots/haresources.txt"].raw());
}

#[test]
fn a_comment_between_two_halves_stays() {
    let text = "dracofeu 192.168.1.5 # address\n# the rest:\nMailTo ::root\n";
    let fixed = systole_config::fix(&with_haresources(text), &nico());
    let after = String::from_utf8(fixed.files[0].text.to_vec()).unwrap();
    assert_eq!(after, "dracofeu 192.168.1.5 MailTo::root # address\n# the rest:\n\n");
    assert_eq!(read(&fixed.sources, &nico()).count(Severity::Error), 0);
}

#[test]
fn a_service_that_starts_at_boot_is_told_with_what_stops_that() {
    for (systemd, command) in [(true, "systemctl disable --now postfix"), (false, "update-rc.d postfix disable")] {
        let mut around = if systemd { with_systemd(nico()) } else { nico() };
        around.enabled_units = vec!["postfix".into()];
        around.mailer = false;
        let reading = read(&with_haresources("dracofeu postfix MailTo::root\n"), &around);
        let notes: Vec<&String> = reading.diagnostics.iter().flat_map(|d| &d.notes).collect();
        assert!(notes.iter().any(|n| n.contains(command)), "{notes:?}");
        assert!(reading.diagnostics.iter().any(|d| d.code == "no-mailer"));
    }
}

#[test]
fn what_is_said_of_a_service_reaches_it() {
    use std::time::Duration;
    use systole_config::watching::{Check, Expect, Monitor, StopFail};
    use systole_core::Retries;
    let text = "dracofeu 192.168.1.5 postfix\n#@ name=mail retries=2/5m\n\
                #@ postfix: monitor=15s timeout=10s check=http://192.168.1.5:8025/health expect=200\n\
                #@ postfix: stop=90s stop-fail=ignore\nnico.test.local 192.168.1.6\n";
    let mut sources = with_haresources(text);
    sources.ha_cf = with_ha_cf(&format!("{GOOD_HA_CF}#@ retries 5/1h\n#@ monitor 20s\n")).ha_cf;
    let reading = read(&sources, &nico());
    assert_eq!(reading.count(Severity::Error), 0, "{:?}", reading.diagnostics);
    let c = reading.configuration.unwrap();
    let second = Duration::from_secs(1);
    let postfix = &c.groups[0].resources[1].watching;
    assert_eq!(postfix.monitor, Some(Monitor::Every(15 * second)));
    assert_eq!((postfix.timeout, postfix.stop, postfix.start), (Some(10 * second), Some(90 * second), None));
    assert_eq!(postfix.stop_fail, Some(StopFail::Ignore));
    assert_eq!(postfix.expect, Some(Expect::Status(200)));
    assert!(matches!(&postfix.check, Some(Check::Http(url)) if url.to_string() == "192.168.1.5:8025/health"));
    assert_eq!(c.core.groups[0].retries, Retries { count: 2, within: 300 * second });
    assert_eq!(c.core.groups[1].retries, Retries { count: 5, within: 3600 * second });
    assert_eq!(c.watching.monitor, Some(Monitor::Every(20 * second)));
}

#[test]
fn a_warm_group_is_one_with_a_warm_service() {
    let of = |words: &str| {
        let text = format!("dracofeu 192.168.1.5 postfix MailTo::root\n{words}");
        let reading = read(&with_haresources(&text), &nico());
        assert_eq!(reading.count(Severity::Error), 0, "{:?}", reading.diagnostics);
        let c = reading.configuration.unwrap();
        let warm: Vec<_> = c.groups[0].resources.iter().map(|r| r.watching.warm).collect();
        (c.core.groups[0].warm, warm, c.core.digest)
    };
    let (cold, none, digest) = of("");
    assert_eq!((cold, none), (false, vec![None; 3]));
    let (all, which, other) = of("#@ warm=yes\n");
    assert_eq!((all, which), (true, vec![None, Some(true), None]));
    assert_ne!(digest, other, "both nodes have to agree on it");
    let text = "dracofeu 192.168.1.5 postfix\n#@ warm=yes\n";
    let lines = systole_config::common_lines(&read(&with_haresources(text), &nico()).configuration.unwrap());
    assert_eq!(lines.last().unwrap(), "haresources: 1: #@ postfix: warm=yes");
    assert_eq!(of("#@ postfix: warm=yes\n"), (true, vec![None, Some(true), None], other));
    // The word about one service goes before that about all.
    assert_eq!(of("#@ warm=yes\n#@ postfix: warm=no\n"), (false, vec![None, Some(false), None], digest));
}

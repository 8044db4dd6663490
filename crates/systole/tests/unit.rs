//! The unit of the package under a real systemd: bad files, the start, the death of heart, the stop.
//! Not here: what two nodes do to each other (cluster.rs).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../src/hands/agent/systemd/tests/throwaway.rs"]
mod throwaway;

use std::path::Path;
use std::process::Output;
use throwaway::Throwaway;

const HA_CF: &str = "keepalive 200ms\nwarntime 1\ndeadtime 2\ninitdead 4\nudpport 694\nbcast eth0\nauto_failback on\n\
                     logfile /var/log/ha-log\nnode throwaway other\n";

/// Of the machine's own units the test wants none. A stop that waits for a deadline of ours (60 s) is a failed stop.
const DROP_IN: &str = "[Unit]\nDefaultDependencies=no\n[Service]\nStandardError=append:/run/said\nTimeoutStopSec=40\n";

/// One of the names in the unit's After.
const MANAGED: &str = "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=/bin/sleep infinity\n";

fn boot() -> Throwaway {
    let files = [
        ("/etc/systemd/system/systoled.service", include_str!("../../../packaging/systoled.service")),
        ("/etc/systemd/system/systoled.service.d/test.conf", DROP_IN),
        ("/etc/systemd/system/network-online.target", "[Unit]\nDefaultDependencies=no\n"),
        ("/etc/systemd/system/haproxy.service", MANAGED),
        ("/etc/ha.d/ha.cf", HA_CF),
        ("/etc/ha.d/haresources", "throwaway systemd:haproxy.service\n"),
        ("/etc/ha.d/authkeys", "auth 1\n1 sha1 a-secret-of-the-test\n"),
    ];
    let systemd = Throwaway::boot(&files, &[("/usr/sbin/systoled", Path::new(env!("CARGO_BIN_EXE_systole")))]);
    for line in [
        "ip link set lo up",
        "ip link add eth0 type veth peer name eth1",
        "ip addr add 192.168.1.1/24 brd + dev eth0",
        "ip link set eth0 up",
        "ip link set eth1 up",
        "chmod 644 /etc/ha.d/authkeys",
    ] {
        good(&systemd, line);
    }
    systemd
}

fn run(systemd: &Throwaway, line: &str) -> Output {
    systemd.run(&line.split_whitespace().collect::<Vec<_>>())
}

fn good(systemd: &Throwaway, line: &str) {
    let ended = run(systemd, line);
    assert!(ended.status.success(), "{line}: {ended:?}\n{}", said(systemd));
}

/// What the daemon said: before it had its files, and after.
fn said(systemd: &Throwaway) -> String {
    let text = |path: &str| std::fs::read_to_string(systemd.path(path)).unwrap_or_default();
    format!("{}{}", text("/run/said"), text("/var/log/ha-log"))
}

fn property(systemd: &Throwaway, unit: &str, name: &str) -> String {
    let ended = run(systemd, &format!("systemctl show {unit} --value --property {name}"));
    String::from_utf8(ended.stdout).unwrap().trim().to_owned()
}

/// Waits until a property has a value.
fn becomes(systemd: &Throwaway, unit: &str, name: &str, value: &str) {
    let seen = throwaway::soon(|| property(systemd, unit, name) == value);
    let now = property(systemd, unit, name);
    assert!(seen, "{name} of {unit} never became {value:?}; now it is {now:?}\n{}", said(systemd));
}

#[test]
fn the_node_lives_and_ends_as_its_unit_says() {
    let systemd = boot();
    let unit = |name: &str| property(&systemd, "systoled", name);

    let refused = run(&systemd, "systemctl start systoled");
    assert!(!refused.status.success(), "{}", said(&systemd));
    assert!(said(&systemd).contains("authkeys"), "{}", said(&systemd));
    assert_eq!((unit("ActiveState").as_str(), unit("ExecMainStatus").as_str()), ("failed", "6"), "{}", said(&systemd));
    assert_eq!(unit("NRestarts"), "0");

    good(&systemd, "chmod 600 /etc/ha.d/authkeys");
    good(&systemd, "systemctl start systoled");
    assert_eq!(unit("ActiveState"), "active");
    becomes(&systemd, "haproxy", "ActiveState", "active");

    let first = (unit("MainPID"), property(&systemd, "haproxy", "InvocationID"));
    good(&systemd, &format!("kill -KILL {}", first.0));
    becomes(&systemd, "systoled", "NRestarts", "1");
    becomes(&systemd, "systoled", "ActiveState", "active");
    becomes(&systemd, "haproxy", "ActiveState", "active");
    let second = (unit("MainPID"), property(&systemd, "haproxy", "InvocationID"));
    assert!(first.0 != second.0 && first.1 != second.1, "{first:?} {second:?}\n{}", said(&systemd));
    assert!(said(&systemd).contains("Everything is released."), "{}", said(&systemd));

    // What somebody ends besides us is seen by systemd's word, counted, and started again.
    for (how, why) in [
        ("systemctl stop haproxy", "was stopped, and not by this program"),
        ("systemctl kill -sKILL haproxy", "has ended: signal"),
    ] {
        let before = property(&systemd, "haproxy", "InvocationID");
        good(&systemd, how);
        let again = throwaway::soon(|| {
            let now = property(&systemd, "haproxy", "InvocationID");
            !now.is_empty() && now != before && property(&systemd, "haproxy", "ActiveState") == "active"
        });
        assert!(again && said(&systemd).contains(why), "{how}\n{}", said(&systemd));
    }
    becomes(&systemd, "haproxy", "ActiveState", "active");

    good(&systemd, "systemctl stop systoled");
    assert_eq!((unit("ActiveState").as_str(), unit("Result").as_str()), ("inactive", "success"), "{}", said(&systemd));
    assert_eq!((unit("SubState").as_str(), unit("ExecMainStatus").as_str()), ("dead", "0"), "{}", said(&systemd));
    assert_eq!(property(&systemd, "haproxy", "ActiveState"), "inactive");
}

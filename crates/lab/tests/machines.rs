//! Machines behave as machines: names, disks, power, plugs; and what the client and the kernel say about them is true.
//! Real Apache, address moved by hand; no Systole here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use systole_lab::{Client, Holders, Lab, Machine, Node, NullModem, Prober, Stop};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 236);
const LONG: Duration = Duration::from_secs(30);

struct Pair {
    stop: Stop,
    holders: Arc<Holders>,
    nodes: [Node; 2],
    cable: NullModem,
    client: Client,
    _lab: Lab,
}

fn pair() -> Pair {
    let stop = Stop::new().unwrap();
    let lab = Lab::new(&stop).unwrap();
    let holders = Arc::new(Holders::new(ADDRESS).unwrap());
    let cable = NullModem::new().unwrap();
    let client = lab.client("192.168.1.100/24").unwrap();
    let nodes = [("nico.test.local", 1, 0), ("dracofeu", 2, 1)].map(|(name, number, end)| {
        let mut node = lab
            .machine(Machine {
                name: name.into(),
                address: format!("192.168.1.{number}/24"),
                program: None,
                serial: Some(cable.ends()[end].clone()),
            })
            .unwrap();
        node.watched_by(&holders);
        node.power_on().unwrap();
        node
    });
    Pair { stop, holders, nodes, cable, client, _lab: lab }
}

impl Pair {
    fn wait(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let seen = self.stop.until(LONG, || Ok(condition().then_some(()))).unwrap();
        assert!(seen.is_some(), "waited {LONG:?} for: {what}");
    }
}

fn done(node: &Node, line: &str) -> String {
    node.sh(line).unwrap().ok(line).unwrap().out
}

/// The address comes up and is announced, as a request to the client that carries it as the sender.
fn take(node: &Node) {
    done(node, "ip address add 192.168.1.236/24 dev eth0 label eth0:0 && ip neighbour flush dev eth0");
    reach(node, "192.168.1.100", Some("192.168.1.236"));
}

/// Does the other one answer to ARP? A datagram nobody wants makes the kernel ask.
fn reach(node: &Node, other: &str, from: Option<&str>) -> bool {
    let bind = from.map(|from| format!("src {from}")).unwrap_or_default();
    done(node, &format!("ip route replace {other}/32 dev eth0 {bind} && echo x >/dev/udp/{other}/9"));
    let found = format!(
        "for i in $(seq 100); do ip neighbour show {other} dev eth0 | grep -q lladdr && exit 0; \
         ip neighbour show {other} dev eth0 | grep -q FAILED && exit 1; sleep 0.05; done; exit 1"
    );
    let code = node.sh(&found).unwrap().code();
    done(node, &format!("ip route delete {other}/32 dev eth0; ip neighbour flush dev eth0"));
    code == Some(0)
}

fn release(node: &Node) {
    done(node, "ip address delete 192.168.1.236/24 dev eth0");
}

/// Client and prober have seen `count` good pages in a row.
fn steady(pair: &Pair, prober: &Prober, who: &str, count: usize) {
    let from = Instant::now();
    pair.wait(&format!("{count} pages of {who}"), || prober.look(|seen| seen.steady(from, who, count)));
}

#[test]
fn a_machine_has_its_own_name_disk_and_processes() {
    let mut pair = pair();
    let [first, second] = &pair.nodes;
    assert_eq!(done(first, "uname -n").trim(), "nico.test.local");
    assert_eq!(done(second, "uname -n").trim(), "dracofeu");
    done(first, "echo kept >/var/lib/heartbeat/x; echo gone >/run/x; echo gone >/tmp/x");
    assert!(!second.disk("/var/lib/heartbeat/x").exists());
    assert!(first.sh("touch /usr/x").unwrap().code() != Some(0), "the host's programs are read-only");
    done(first, "test -d /proc/1 && test $(ls -d /proc/[0-9]* | wc -l) -lt 10 && test -d /sys/class/net/eth0");

    let mut process = first.spawn("sleeper", &["sleep", "1000"]).unwrap();
    // It enters the machine first, and then becomes what it is to run.
    pair.wait("sleep on the first machine", || {
        let seen = first.processes().unwrap();
        seen.iter().any(|p| p.pid == process.pid() && p.name == "sleep")
    });
    assert!(second.processes().unwrap().iter().all(|p| p.name != "sleep"));

    pair.nodes[0].power_cut().unwrap();
    assert!(process.wait(LONG).unwrap().is_some(), "dead with its machine");
    pair.nodes[0].power_on().unwrap();
    let first = &pair.nodes[0];
    assert_eq!(done(first, "cat /var/lib/heartbeat/x").trim(), "kept");
    done(first, "test ! -e /run/x && test ! -e /tmp/x");
    assert_eq!(first.processes().unwrap().len(), 1);
}

#[test]
fn orphans_are_collected() {
    let pair = pair();
    let node = &pair.nodes[0];
    done(node, "setsid -f sh -c 'sleep 0.01 & exit' </dev/null");
    pair.wait("no process but the first", || node.processes().unwrap().len() == 1);
}

#[test]
fn the_serial_test_of_the_tutorial() {
    let pair = pair();
    let [first, second] = &pair.nodes;
    for (from, to) in [(first, second), (second, first)] {
        let reader = to.spawn("cat", &["cat", "/dev/ttyS0"]).unwrap();
        done(from, "echo test >/dev/ttyS0");
        pair.wait("the word", || std::fs::read_to_string(reader.log()).unwrap().ends_with("test\n"));
    }
    // Counted after it is handed over.
    pair.wait("all bytes counted", || pair.cable.taken() >= 10);
    assert_eq!(pair.cable.carried(), 10, "no echo");
}

#[test]
fn a_pulled_plug_drops_the_carrier_and_a_silent_port_does_not() {
    let mut pair = pair();
    let carrier = |node: &Node| done(node, "cat /sys/class/net/eth0/carrier 2>/dev/null || echo 0").trim() == "1";
    pair.wait("carrier", || carrier(&pair.nodes[0]));
    pair.nodes[0].unplug().unwrap();
    pair.wait("no carrier", || !carrier(&pair.nodes[0]));
    assert!(carrier(&pair.nodes[1]), "the other one keeps its light");
    pair.nodes[0].plug().unwrap();
    pair.wait("carrier again", || carrier(&pair.nodes[0]));
    let answers = |pair: &Pair| reach(&pair.nodes[1], "192.168.1.1", None);
    pair.wait("an answer", || answers(&pair));
    pair.nodes[0].silence(true).unwrap();
    assert!(!answers(&pair));
    assert!(carrier(&pair.nodes[0]), "its light is on");
    pair.nodes[0].silence(false).unwrap();
    pair.wait("an answer again", || answers(&pair));
    assert!(carrier(&pair.nodes[0]));
}

#[test]
fn the_client_measures_an_outage_of_known_length() {
    let pair = pair();
    let [first, second] = &pair.nodes;
    for node in &pair.nodes {
        done(node, "apache2ctl start");
    }
    let prober = pair.client.probe(ADDRESS).unwrap();
    take(first);
    steady(&pair, &prober, "nico.test.local", 20);
    assert_eq!(pair.holders.now().unwrap(), ["nico.test.local"]);

    // Silent from before `begin` to after `end`: the gap is at least what lies between, and no more than around it.
    let before = Instant::now();
    first.silence(true).unwrap();
    let begin = Instant::now();
    pair.wait("40 failed requests", || prober.look(|seen| seen.failed(begin, Instant::now())) >= 40);
    let end = Instant::now();
    first.silence(false).unwrap();
    steady(&pair, &prober, "nico.test.local", 20);
    let after = Instant::now();
    let gap = prober.look(|seen| seen.longest_gap(before, after));
    assert!(gap.length >= end - begin && gap.length <= after - before + Duration::from_secs(1), "{gap:?}");
    assert_eq!((gap.before.as_deref(), gap.after.as_deref()), (Some("nico.test.local"), Some("nico.test.local")));

    // A move by hand, with both holding in between.
    let from = Instant::now();
    take(second);
    pair.wait("two holders", || pair.holders.now().unwrap().len() == 2);
    let both = Instant::now();
    let still = Instant::now();
    release(first);
    pair.wait("one holder", || pair.holders.now().unwrap() == ["dracofeu"]);
    steady(&pair, &prober, "dracofeu", 20);
    let now = Instant::now();
    let two = pair.holders.two_at_once(from, now).unwrap();
    assert!(two >= still - both && two <= now - from && !two.is_zero(), "{two:?}");
    assert!(prober.look(|seen| seen.moved(from, "dracofeu")).is_some());
}

#[test]
fn a_power_cut_ends_page_and_holding_at_once() {
    let mut pair = pair();
    done(&pair.nodes[0], "apache2ctl start");
    let prober = pair.client.probe(ADDRESS).unwrap();
    take(&pair.nodes[0]);
    steady(&pair, &prober, "nico.test.local", 20);
    let cut = pair.nodes[0].power_cut().unwrap();
    assert_eq!(pair.holders.now().unwrap(), Vec::<String>::new());
    let dark = Instant::now();
    pair.wait("40 failed requests", || prober.look(|seen| seen.failed(cut, Instant::now())) >= 40);
    assert_eq!(prober.look(|seen| seen.first(dark, "nico.test.local")), None);
}

#[test]
fn two_labs_side_by_side_do_not_meet() {
    let (here, there) = (pair(), pair());
    for (pair, node) in [(&here, &here.nodes[0]), (&there, &there.nodes[1])] {
        done(node, "apache2ctl start");
        take(node);
        let prober = pair.client.probe(ADDRESS).unwrap();
        steady(pair, &prober, node.name(), 20);
        assert_eq!(pair.holders.now().unwrap(), [node.name()]);
    }
    done(&here.nodes[0], "echo x >/dev/ttyS0");
    here.wait("the byte", || here.cable.carried() == 2);
    assert_eq!(there.cable.carried(), 0);
}

#[test]
fn a_stranger_hears_and_reaches_every_machine() {
    let pair = pair();
    let stranger = pair._lab.stranger("192.168.1.66/24").unwrap();
    let from = Instant::now();
    let ears = pair.nodes.each_ref().map(|node| node.ear().unwrap());
    stranger.shout(b"to all").unwrap();
    stranger.say(Ipv4Addr::new(192, 168, 1, 2), b"to one").unwrap();
    let said = |ear: &systole_lab::Ear| ear.heard(from).into_iter().map(|d| d.bytes).collect::<Vec<_>>();
    pair.wait("both", || said(&ears[0]) == [b"to all"] && said(&ears[1]) == [b"to all", b"to one"]);
    // And a machine that speaks to everybody is heard by the stranger.
    let shout = "socket S, PF_INET, SOCK_DGRAM, 0; setsockopt S, SOL_SOCKET, SO_BROADCAST, 1; \
                 send S, q(beat), 0, sockaddr_in 694, inet_aton q(192.168.1.255)";
    done(&pair.nodes[0], &format!("perl -MSocket -e '{shout}'"));
    pair.wait("the beat", || stranger.heard(from).iter().any(|d| d.bytes == b"beat"));
    assert!(stranger.shout(&vec![0; 70_000]).is_err(), "no datagram is that long");
}

//! Other machines on the wire that claim the service address, with real daemons on machines of the lab: named, answered, and
//! what answers for everybody keeps nobody from taking over. And who announces what after a daemon was killed.
//! Not here: the bounds of it (hands, native/address/rivals).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{ADDRESS, HARESOURCES, Member, Pair, pair, write};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use systole_lab::{Machine, Node};
use systole_sys::announce::Announcer;
use systole_sys::netlink::Netlink;
use systole_sys::probe::Prober;

/// A third machine on the switch.
fn third(pair: &Pair) -> Node {
    let machine = Machine { name: "gamma".into(), address: "192.168.1.3/24".into(), program: None, serial: None };
    let mut node = pair.lab.machine(machine).unwrap();
    node.power_on().unwrap();
    node
}

/// Does something again and again in the network of a process, until dropped.
struct Helper {
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Helper {
    fn start<T>(
        pid: u32,
        make: impl FnOnce() -> T + Send + 'static,
        again: impl Fn(&mut T) + Send + 'static,
    ) -> Helper {
        let ending = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ending);
        let thread = std::thread::spawn(move || {
            let network = std::fs::File::open(format!("/proc/{pid}/ns/net")).unwrap();
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            let mut made = make();
            while !seen.load(Ordering::SeqCst) {
                again(&mut made);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Helper { ending, thread: Some(thread) }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn prober() -> Prober {
    Prober::on(&Netlink::open().unwrap().interface("eth0").unwrap(), false).unwrap()
}

/// Announcements of the service address as they come to the client.
fn announcements(pair: &Pair) -> (Helper, Arc<Mutex<Vec<Instant>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heard);
    let helper = Helper::start(pair.client.pid(), prober, move |ear| {
        let claims = ear.heard().unwrap().into_iter().filter(|said| said.ip == IpAddr::V4(ADDRESS) && !said.asks);
        noted.lock().unwrap().extend(claims.map(|_| Instant::now()));
    });
    (helper, heard)
}

fn mac_of(node: &Node) -> String {
    node.sh("cat /sys/class/net/eth0/address").unwrap().out.trim().to_owned()
}

fn kill(pid: u32) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
}

/// Does somebody on that machine listen to everything that is said by ARP?
fn listens(member: &Member) -> bool {
    let sockets = member.node.sh("cat /proc/net/packet").unwrap().out;
    sockets.lines().any(|line| line.split_whitespace().nth(3) == Some("0806"))
}

fn rivals(member: &Member) -> Vec<serde_json::Value> {
    member.status()["rivals"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_machine_that_claims_the_address_is_named_and_answered_at_once() {
    let mut pair = pair("on", HARESOURCES);
    let gamma = third(&pair);
    pair.up();
    let (mac, from) = (mac_of(&gamma), Instant::now());
    assert!(rivals(&pair.alpha).is_empty());
    let (_ear, heard) = announcements(&pair);
    // It listens: it has asked for the address.
    pair.wait("alpha to listen", |pair| Ok(listens(&pair.alpha)));
    let said = Instant::now();
    // Once, as a machine does that has just got the address.
    let claim = Helper::start(
        gamma.pid().unwrap(),
        || (Announcer::open("eth0").unwrap(), false),
        |(mouth, done)| {
            if !std::mem::replace(done, true) {
                mouth.announce(ADDRESS.into()).unwrap();
            }
        },
    );
    pair.wait("alpha to name it", |pair| Ok(!rivals(&pair.alpha).is_empty()));
    drop(claim);
    let rival = rivals(&pair.alpha).remove(0);
    assert_eq!((&rival["address"], &rival["by"]), (&"192.168.1.236".into(), &mac.as_str().into()), "{rival}");
    // Two frames of its own, and two of the owner that answers, long before its next announcement is due.
    pair.wait("alpha to answer", |_| Ok(heard.lock().unwrap().iter().filter(|at| **at > said).count() >= 4));
    let page = pair.alpha.systole(&["status"]);
    assert_eq!(page.code(), Some(1), "{}", page.out);
    assert!(page.out.contains(&format!("{mac} also answers for 192.168.1.236, which is here")), "{}", page.out);
    assert!(pair.alpha.said().contains(&format!("{mac} also answers for 192.168.1.236")), "{}", pair.alpha.said());
    assert!(rivals(&pair.beta).is_empty());
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
}

#[test]
fn a_quiet_machine_with_the_address_is_found_by_asking() {
    let mut pair = pair("on", HARESOURCES);
    for member in [&pair.alpha, &pair.beta] {
        let path = member.node.disk("/etc/ha.d").join("ha.cf");
        let text = std::fs::read_to_string(path).unwrap() + "#@ probe off\n";
        write(&member.node, "ha.cf", &text, 0o644);
    }
    let gamma = third(&pair);
    assert_eq!(gamma.sh("ip addr add 192.168.1.236/24 dev eth0").unwrap().code(), Some(0));
    pair.alpha.start();
    pair.beta.start();
    pair.wait("alpha to name it", |pair| Ok(!rivals(&pair.alpha).is_empty()));
    assert!(pair.alpha.said().contains("also answers for 192.168.1.236"), "{}", pair.alpha.said());
    assert_eq!(rivals(&pair.alpha)[0]["by"], mac_of(&gamma).as_str());
}

#[test]
fn an_ipv6_address_that_failed_the_kernels_search_is_added_anew_and_the_other_one_named() {
    let mut pair = pair("on", "alpha IPaddr2::192.168.1.236/24/eth0:0 IPv6addr::fd09::7/64/eth0 apache2\n");
    for member in [&pair.alpha, &pair.beta] {
        let path = member.node.disk("/etc/ha.d").join("ha.cf");
        // What expires is taken away by the kernel when it fails, and put back as anything that somebody removed.
        let text = std::fs::read_to_string(path).unwrap() + "#@ expire off\n";
        write(&member.node, "ha.cf", &text, 0o644);
    }
    let gamma = third(&pair);
    pair.up();
    pair.wait("alpha to listen", |pair| Ok(listens(&pair.alpha)));
    let from = Instant::now();
    assert_eq!(gamma.sh("ip addr add fd09::7/64 dev eth0 nodad").unwrap().code(), Some(0));
    let anew = "printf 'addr del fd09::7/64 dev eth0\\naddr add fd09::7/64 dev eth0\\n' | ip -batch -";
    // Hands may be quicker, and put it back in between.
    pair.wait("another program to add it", |pair| Ok(pair.alpha.node.sh(anew)?.code() == Some(0)));
    pair.wait("it to be repaired", |pair| {
        Ok(pair
            .alpha
            .said()
            .contains("fd09::7 was marked as a duplicate (dadfailed) and could not be used; it is added"))
    });
    let shown = pair.alpha.node.sh("ip -6 -o addr show dev eth0 to fd09::7").unwrap().out;
    assert!(shown.contains("fd09::7") && !shown.contains("dadfailed") && !shown.contains("tentative"), "{shown}");
    pair.wait("alpha to name it", |pair| Ok(rivals(&pair.alpha).iter().any(|one| one["address"] == "fd09::7")));
    assert!(rivals(&pair.alpha).iter().all(|one| one["by"] == mac_of(&gamma).as_str()));
    pair.undisturbed("alpha", from);
}

#[test]
fn who_answers_for_everybody_is_named_and_keeps_nobody_from_taking_over() {
    let mut pair = pair("on", HARESOURCES);
    let gamma = third(&pair);
    let mac = mac_of(&gamma);
    // As a router with proxy ARP does: it answers whoever asks, for whatever.
    let _proxy = Helper::start(
        gamma.pid().unwrap(),
        || (prober(), Announcer::open("eth0").unwrap()),
        |(ear, mouth)| {
            for asked in ear.heard().unwrap().into_iter().filter(|said| said.asks) {
                mouth.announce(asked.ip).unwrap();
            }
        },
    );
    pair.alpha.start();
    pair.beta.start();
    pair.wait("alpha to hold it", |pair| Ok(pair.holders.now()? == ["alpha"]));
    pair.wait("both active", |pair| Ok(pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active"));
    pair.wait("alpha to name it", |pair| Ok(rivals(&pair.alpha).iter().any(|one| one["address"].is_null())));
    let page = pair.alpha.systole(&["status"]).out;
    assert!(page.contains(&format!("{mac} answers for addresses that nobody has (proxy ARP")), "{page}");
    assert!(!page.contains("also answers for"), "{page}");
    let cut = pair.alpha.power_cut();
    pair.wait("beta to hold it", |pair| Ok(pair.holders.now()? == ["beta"]));
    assert!(cut.elapsed() < Duration::from_secs(20), "{:?}", cut.elapsed());
    pair.wait("beta to say why", |pair| Ok(pair.beta.said().contains("so only silence counts")));
    assert!(pair.beta.said().contains("(proxy ARP), so its answers prove nothing"), "{}", pair.beta.said());
}

#[test]
fn whoever_comes_after_a_killed_hands_goes_on_announcing() {
    let mut pair = pair("on", HARESOURCES);
    // A lifetime that outlasts the time without hands, however busy this machine is.
    for member in [&pair.alpha, &pair.beta] {
        let text = "keepalive 500ms\nwarntime 3\ndeadtime 10\ninitdead 20\nudpport 694\nbcast eth0\nserial /dev/ttyS0\n\
                    auto_failback on\nnode alpha beta\n";
        write(&member.node, "ha.cf", text, 0o644);
    }
    pair.up();
    // The announcements of the start are over.
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(7) {
        pair.settled("alpha");
    }
    let (_ear, heard) = announcements(&pair);
    let (killed, before) = (Instant::now(), pair.alpha.hands());
    kill(before[0]);
    pair.wait("three rounds of its successor", |_| {
        Ok(heard.lock().unwrap().iter().filter(|at| **at > killed).count() >= 6)
    });
    assert_ne!(pair.alpha.hands(), before);
    pair.undisturbed("alpha", killed);
}

//! How long addresses and their announcement take, in a network namespace that the bench makes for itself (as root).
//! Goals: one address with its announcement within 1 ms, 100 within 2 ms, 1000 within 30 ms (release, medians).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use divan::Bencher;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use systole_sys::announce::Announcer;
use systole_sys::netlink::{Added, Address, Netlink};

const SIZES: [u32; 3] = [1, 100, 1000];
const INSIDE: &str = "SYSTOLE_BENCH_INSIDE";

fn main() -> ExitCode {
    if std::env::var_os(INSIDE).is_none() {
        // Once more, alone in a new network: traffic and addresses stay in there and end with it.
        let own = std::env::current_exe().expect("the path of this bench");
        let mut again = Command::new("unshare");
        again.arg("--net").arg(own).args(std::env::args_os().skip(1)).env(INSIDE, "1");
        let status = again.status().expect("this bench needs unshare (util-linux) and root");
        return if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    for words in [
        "link add left type veth peer name right",
        "link set left up",
        "link set right up",
        "addr add 10.9.0.1/16 dev left",
    ] {
        let done = Command::new("ip").args(words.split(' ')).status().expect("this bench needs iproute2");
        assert!(done.success(), "ip {words}");
    }
    divan::main();
    ExitCode::SUCCESS
}

fn index() -> u32 {
    static INDEX: OnceLock<u32> = OnceLock::new();
    *INDEX.get_or_init(|| Netlink::open().unwrap().interface("left").unwrap().index)
}

fn addresses(count: u32) -> Vec<Address> {
    let one = |n| Address {
        index: index(),
        ip: IpAddr::from(Ipv4Addr::from(0x0a09_0100 + n)),
        prefix: 16,
        label: Some("left:0".to_owned()),
        broadcast: Some(Ipv4Addr::new(10, 9, 255, 255)),
    };
    (0..count).map(one).collect()
}

fn add(netlink: &mut Netlink, all: &[Address]) {
    for result in netlink.add_addresses(all, None) {
        assert_eq!(result.unwrap(), Added::New);
    }
}

fn remove(netlink: &mut Netlink, all: &[Address]) {
    for result in netlink.remove_addresses(all) {
        result.unwrap();
    }
}

/// The way of a takeover: sockets are opened too. They are closed outside of the measure: the kernel keeps who closes
/// a packet socket waiting for some milliseconds, which is why hands keeps its announcers.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn add_and_announce(bencher: Bencher, count: u32) {
    bencher.with_inputs(|| absent(count)).bench_local_values(|all| {
        let mut netlink = Netlink::open().unwrap();
        add(&mut netlink, &all);
        let announcer = Announcer::open("left").unwrap();
        all.iter().for_each(|a| announcer.announce(a.ip).unwrap());
        (netlink, announcer, all)
    });
    absent(count);
}

#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn add_only(bencher: Bencher, count: u32) {
    let mut netlink = Netlink::open().unwrap();
    bencher.with_inputs(|| absent(count)).bench_local_values(|all| add(&mut netlink, &all));
    absent(count);
}

#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn remove_only(bencher: Bencher, count: u32) {
    let mut netlink = Netlink::open().unwrap();
    let present = || {
        let all = absent(count);
        add(&mut Netlink::open().unwrap(), &all);
        all
    };
    bencher.with_inputs(present).bench_local_values(|all| remove(&mut netlink, &all));
}

#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn announce_only(bencher: Bencher, count: u32) {
    let (all, announcer) = (addresses(count), Announcer::open("left").unwrap());
    bencher.bench_local(|| all.iter().for_each(|a| announcer.announce(a.ip).unwrap()));
}

/// The addresses, none of which is on the interface.
fn absent(count: u32) -> Vec<Address> {
    let all = addresses(count);
    remove(&mut Netlink::open().unwrap(), &all);
    all
}

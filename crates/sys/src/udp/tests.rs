//! Tests of `udp`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::testing::{Machine, cable, in_private_network, ip, wait_for};
use crate::wait::monotonic_ns;
use std::os::fd::AsRawFd;

const PORT: u16 = 694;

/// The next datagram. The descriptor is borrowed beside the link, so it is waited for by a copy.
fn next(link: &mut UdpLink) -> (Vec<u8>, Received) {
    let fd = link.as_fd().try_clone_to_owned().unwrap();
    let mut buf = [0_u8; 2048];
    let got = wait_for(&fd, || link.receive(&mut buf).unwrap());
    (buf[..got.len].to_vec(), got)
}

/// Sends until it arrives: a neighbour must first be found, and IPv6 needs its moment after the cable.
fn heard(from: &UdpLink, at: &mut UdpLink, words: &[u8]) -> Received {
    let fd = at.as_fd().try_clone_to_owned().unwrap();
    let mut buf = [0_u8; 2048];
    let got = wait_for(&fd, || {
        if let Err(e) = from.send(words) {
            let waiting = [libc::ENETUNREACH, libc::EADDRNOTAVAIL, libc::EHOSTUNREACH];
            assert!(e.raw_os_error().is_some_and(|n| waiting.contains(&n)), "{e}");
        }
        at.receive(&mut buf).unwrap()
    });
    assert_eq!(&buf[..got.len], words);
    got
}

fn there<T: Send + 'static>(machine: &Machine, open: impl FnOnce() -> io::Result<T> + Send + 'static) -> T {
    machine.run(open).unwrap()
}

#[test]
fn broadcast_reaches_the_peer_and_ourselves() {
    in_private_network(|| {
        let right = cable();
        let mut ours = UdpLink::bcast("left", PORT).unwrap();
        let mut theirs = there(&right, || UdpLink::bcast("right", PORT));
        assert_eq!(ours.peer(), IpAddr::from([10, 9, 0, 255]));
        let before = monotonic_ns();
        assert!(ours.send(b"beat").unwrap());
        let (words, got) = next(&mut theirs);
        assert_eq!(words, b"beat");
        assert_eq!(got.from.ip(), IpAddr::from([10, 9, 0, 1]));
        assert_ne!(got.from.port(), PORT, "the sender has a port of its own");
        assert!(got.at_ns >= before - 1_000_000 && got.at_ns <= monotonic_ns());
        assert_eq!(next(&mut ours).0, b"beat", "our own frame comes back");
        assert!(theirs.receive(&mut [0; 10]).unwrap().is_none());
    });
}

#[test]
fn the_moment_is_that_of_arrival_not_of_reading() {
    in_private_network(|| {
        let right = cable();
        let ours = UdpLink::bcast("left", PORT).unwrap();
        let mut theirs = there(&right, || UdpLink::bcast("right", PORT));
        let fd = theirs.as_fd().try_clone_to_owned().unwrap();
        // The kernel switches stamping on a moment after the first socket asked for it, and stamps what arrived before
        // that when it is read; so the first datagrams may miss it, but not all of them.
        let stamped_on_arrival = (0..50).any(|_| {
            ours.send(b"early").unwrap();
            assert_eq!(crate::wait::poll(&mut [wait::PollFd::new(&fd, wait::PollFlags::IN)], None).unwrap(), 1);
            let arrived = monotonic_ns();
            // Reading late: a later moment than `arrived` would be the moment of reading.
            std::thread::sleep(std::time::Duration::from_millis(30));
            next(&mut theirs).1.at_ns <= arrived
        });
        assert!(stamped_on_arrival, "every datagram got the moment of reading");
    });
}

#[test]
fn a_stepped_wall_clock_makes_the_moment_now() {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    let second = 1_000_000_000;
    let mut receiver = receive::Receiver::new(socket, 100 * second, 10 * second);
    let stamp = |s: u64| Some(s * second);
    assert_eq!(receiver.moment(stamp(103), 104 * second, 14 * second), 13 * second);
    // Set back by an hour, and forward: the datagram counts as fresh; the one after it is measured again.
    assert_eq!(receiver.moment(stamp(105), 50 * second, 15 * second), 15 * second);
    assert_eq!(receiver.moment(stamp(50), 51 * second, 16 * second), 15 * second);
    assert_eq!(receiver.moment(stamp(51), 9000 * second, 17 * second), 17 * second);
    // A stamp from the future and none at all.
    assert_eq!(receiver.moment(stamp(9900), 9001 * second, 18 * second), 18 * second);
    assert_eq!(receiver.moment(None, 9002 * second, 19 * second), 19 * second);
}

#[test]
fn multicast_reaches_its_group_and_loops_back_when_asked() {
    in_private_network(|| {
        let right = cable();
        let group = Ipv4Addr::new(225, 0, 0, 1);
        let mut ours = UdpLink::mcast("left", group, PORT, 1, true).unwrap();
        let mut theirs = there(&right, move || UdpLink::mcast("right", group, PORT, 1, false));
        heard(&ours, &mut theirs, b"to all");
        assert_eq!(next(&mut ours).0, b"to all");
        // Their loop is off: what they send reaches us, not them.
        heard(&theirs, &mut ours, b"back");
        assert!(theirs.receive(&mut [0; 10]).unwrap().is_none());
    });
}

#[test]
fn multicast_and_unicast_over_ipv6() {
    in_private_network(|| {
        let right = cable();
        let group: Ipv6Addr = "ff02::694".parse().unwrap();
        let mut ours = UdpLink::mcast6("left", group, PORT, 1, false).unwrap();
        let mut theirs = there(&right, move || UdpLink::mcast6("right", group, PORT, 1, false));
        heard(&ours, &mut theirs, b"six");
        heard(&theirs, &mut ours, b"seis");
        let peer = |n: u16| SocketAddrV6::new(Ipv6Addr::new(0xfd09, 0, 0, 0, 0, 0, 0, n), 1694, 0, 0);
        let ours = UdpLink::ucast6("left", peer(2), 1694).unwrap();
        let mut theirs = there(&right, move || UdpLink::ucast6("right", peer(1), 1694));
        let got = heard(&ours, &mut theirs, b"straight");
        assert_eq!(got.from.ip(), IpAddr::from(*peer(1).ip()));
    });
}

#[test]
fn unicast_with_two_peers_shares_one_receiver() {
    in_private_network(|| {
        let right = cable();
        let peer = |n: u8| SocketAddrV4::new(Ipv4Addr::new(10, 9, 0, n), PORT);
        // As in a file that is the same on both nodes: one line for each node, the own one included.
        let mut first = UdpLink::ucast("left", peer(1), PORT).unwrap();
        let second = first.ucast_beside(SocketAddr::V4(peer(2))).unwrap();
        let mut theirs = there(&right, move || UdpLink::ucast("right", peer(1), PORT));
        assert!(first.receives() && !second.receives());
        heard(&second, &mut theirs, b"there");
        for round in 0_u8..50 {
            let got = heard(&theirs, &mut first, &[round]);
            assert_eq!(got.from.ip(), second.peer());
        }
        assert_eq!(
            crate::wait::poll(&mut [wait::PollFd::new(&second, wait::PollFlags::IN)], Some(Default::default()))
                .unwrap(),
            0
        );
    });
}

#[test]
fn datagrams_are_marked_and_bound() {
    in_private_network(|| {
        let _right = cable();
        let link = UdpLink::bcast("left", PORT).unwrap();
        assert_eq!(link.sender.tos_v4().unwrap(), 0x10);
        assert_eq!(link.sender.device().unwrap().as_deref(), Some(b"left".as_slice()));
        assert!(link.sender.nonblocking().unwrap());
        let flags = rustix::io::fcntl_getfd(&link).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "descriptor {}", link.as_fd().as_raw_fd());
    });
}

#[test]
fn an_interface_that_goes_is_an_error_of_sending() {
    in_private_network(|| {
        let _right = cable();
        let link = UdpLink::bcast("left", PORT).unwrap();
        assert!(link.send(b"x").unwrap());
        ip("link set left down");
        let down = link.send(b"x").unwrap_err().raw_os_error().unwrap();
        assert!([libc::ENETUNREACH, libc::ENETDOWN].contains(&down), "{down}");
        ip("link del left");
        let gone = link.send(b"x").unwrap_err().raw_os_error().unwrap();
        assert!([libc::ENODEV, libc::ENETUNREACH, libc::ENETDOWN].contains(&gone), "{gone}");
    });
}

#[test]
fn errors_say_what_is_missing() {
    in_private_network(|| {
        let text = UdpLink::bcast("eth9", PORT).unwrap_err().to_string();
        assert!(text.contains("there is no interface eth9"), "{text}");
        let text = UdpLink::ucast("eth9", SocketAddrV4::new(Ipv4Addr::LOCALHOST, PORT), PORT).unwrap_err().to_string();
        assert!(text.contains("there is no interface eth9"), "{text}");
        ip("link add bare type veth peer name end");
        let text = UdpLink::bcast("bare", PORT).unwrap_err().to_string();
        assert!(text.contains("no broadcast") && text.contains("no IPv4 address"), "{text}");
        let text = UdpLink::bcast("lo", PORT).unwrap_err().to_string();
        assert!(text.contains("no broadcast on interface lo"), "{text}");
        let text = UdpLink::mcast("bare", Ipv4Addr::LOCALHOST, PORT, 1, false).unwrap_err().to_string();
        assert!(text.contains("multicast group"), "{text}");
        // Without an explicit broadcast address the last one of the network is taken.
        ip("addr add 10.8.0.1/20 dev bare");
        ip("link set bare up");
        assert_eq!(UdpLink::bcast("bare", PORT).unwrap().peer(), IpAddr::from([10, 8, 15, 255]));
    });
}

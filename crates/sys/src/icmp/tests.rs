//! Tests of `icmp`, over a cable to a machine whose kernel answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::testing::{cable, in_private_network, ip, wait_for};
use std::thread::yield_now;

const THERE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);
const ID: u16 = 0x1234;

/// The next answer: who, number, payload.
fn next(echo: &mut Echo) -> (Ipv4Addr, u16, Vec<u8>) {
    let fd = echo.as_fd().try_clone_to_owned().unwrap();
    wait_for(&fd, || echo.receive().unwrap().map(|r| (r.from, r.sequence, r.payload.to_vec())))
}

/// A raw socket that says anything.
fn stranger() -> Socket {
    Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)).unwrap()
}

/// A message of that type and id with a right checksum.
fn message(kind: u8, id: u16, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let ([i, d], [s, q]) = (id.to_be_bytes(), sequence.to_be_bytes());
    let mut all = [&[kind, 0, 0, 0, i, d, s, q], payload].concat();
    let sum = checksum(&all).to_be_bytes();
    all[2..4].copy_from_slice(&sum);
    all
}

#[test]
fn a_host_answers_with_what_it_was_sent() {
    in_private_network(|| {
        let _right = cable();
        let mut echo = Echo::open(ID).unwrap();
        assert!(echo.receive().unwrap().is_none(), "nothing was asked");
        for (sequence, payload) in [(0, &b"even"[..]), (1, b"odd"), (u16::MAX, &[7; PAYLOAD_MAX])] {
            assert!(echo.send(THERE, sequence, payload).unwrap());
            assert_eq!(next(&mut echo), (THERE, sequence, payload.to_vec()));
        }
        assert!(echo.receive().unwrap().is_none());
        let too_long = echo.send(THERE, 2, &[7; PAYLOAD_MAX + 1]).unwrap_err();
        assert_eq!(too_long.kind(), io::ErrorKind::InvalidInput);
    });
}

#[test]
fn only_whole_answers_with_our_id_are_heard() {
    in_private_network(|| {
        let right = cable();
        let mut echo = Echo::open(ID).unwrap();
        let mut other = Echo::open(ID + 1).unwrap();
        assert!(other.send(THERE, 5, b"of another").unwrap());
        assert_eq!(next(&mut other).2, b"of another");
        let mut damaged = message(ECHO_REPLY, ID, 6, b"damaged");
        *damaged.last_mut().unwrap() ^= 1;
        let short = message(ECHO_REPLY, ID, 7, b"")[..6].to_vec();
        let good = message(ECHO_REPLY, ID, 9, b"good");
        let all =
            [damaged, short, message(13, ID, 8, b"another type"), message(ECHO_REQUEST, ID, 8, b"a question"), good];
        right.run(move || {
            let socket = stranger();
            let here = SocketAddrV4::new(Ipv4Addr::new(10, 9, 0, 1), 0).into();
            for words in &all {
                assert_eq!(socket.send_to(words, &here).unwrap(), words.len());
            }
        });
        assert_eq!(next(&mut echo), (THERE, 9, b"good".to_vec()), "what came before it was passed over");
        assert!(echo.receive().unwrap().is_none());
    });
}

#[test]
fn foreign_answers_do_not_even_wake_us() {
    in_private_network(|| {
        let _right = cable();
        let echo = Echo::open(ID).unwrap();
        let mut other = Echo::open(ID + 1).unwrap();
        assert!(other.send(THERE, 5, b"of another").unwrap());
        next(&mut other);
        let mut fds = [crate::wait::PollFd::new(&echo, crate::wait::PollFlags::IN)];
        assert_eq!(crate::wait::poll(&mut fds, Some(std::time::Duration::ZERO)).unwrap(), 0);
    });
}

#[test]
fn a_host_that_cannot_be_reached_is_an_error_and_the_socket_lives() {
    in_private_network(|| {
        let mut echo = Echo::open(ID).unwrap();
        let error = echo.send(THERE, 1, b"nowhere").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENETUNREACH));
        let _right = cable();
        assert!(echo.send(THERE, 2, b"there").unwrap());
        assert_eq!(next(&mut echo).1, 2);
        ip("link set left down");
        assert!(echo.send(THERE, 3, b"nowhere").is_err());
        ip("link set left up");
        while echo.send(THERE, 4, b"again").is_err() {
            yield_now();
        }
        assert_eq!(next(&mut echo).1, 4);
    });
}

#[test]
fn cut_packets_are_no_answers() {
    let mut packet =
        [&[0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1][..], &message(0, ID, 3, b"abc")].concat();
    assert_eq!(answer(&packet, ID), Some((THERE, 3, packet.len() - 3)));
    for len in 0..packet.len() {
        assert_eq!(answer(&packet[..len], ID), None, "{len} bytes");
    }
    for (first, what) in [(0x44, "a header of 16 bytes"), (0x4f, "a header beyond the end"), (0x65, "IPv6")] {
        packet[0] = first;
        assert_eq!(answer(&packet, ID), None, "{what}");
    }
}

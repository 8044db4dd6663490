//! The null-modem carries bytes both ways, and can be cut, stalled and disturbed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::File;
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use systole_lab::{NullModem, SerialEnd};

fn open(end: &SerialEnd) -> File {
    File::options().read(true).write(true).open(end.path()).unwrap()
}

fn expect(line: &mut File, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    line.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_byte_arrives_as_it_was_both_ways() {
    let cable = NullModem::new().unwrap();
    let [mut a, mut b] = cable.ends().each_ref().map(open);
    let all: Vec<u8> = (0..=255).collect();
    a.write_all(&all).unwrap();
    b.write_all(b"\r\n\x03\x04\x11\x13").unwrap();
    assert_eq!(expect(&mut b, 256), all, "no byte is changed, eaten or doubled");
    assert_eq!(expect(&mut a, 6), b"\r\n\x03\x04\x11\x13");
    taken(&cable, 262);
    assert_eq!(cable.carried(), 262, "nothing was echoed");
}

#[test]
fn what_is_sent_into_a_cut_cable_is_lost_and_only_that() {
    let cable = NullModem::new().unwrap();
    let [mut a, mut b] = cable.ends().each_ref().map(open);
    a.write_all(b"one").unwrap();
    assert_eq!(expect(&mut b, 3), b"one");
    cable.cut();
    a.write_all(b"two").unwrap();
    taken(&cable, 6);
    cable.restore();
    a.write_all(b"three").unwrap();
    assert_eq!(expect(&mut b, 5), b"three");
}

#[test]
fn a_machine_without_power_hears_nothing_and_remembers_nothing() {
    let cable = NullModem::new().unwrap();
    let [mut a, mut b] = cable.ends().each_ref().map(open);
    a.write_all(b"unread").unwrap();
    taken(&cable, 6);
    let end = &cable.ends()[1];
    end.set_power(false);
    a.write_all(b"into the dark").unwrap();
    taken(&cable, 19);
    end.set_power(true);
    a.write_all(b"hello").unwrap();
    assert_eq!(expect(&mut b, 5), b"hello");
}

#[test]
fn a_stalled_line_takes_nothing_and_loses_nothing() {
    let cable = NullModem::new().unwrap();
    let [mut a, mut b] = cable.ends().each_ref().map(open);
    cable.stall(true);
    a.write_all(b"patience").unwrap();
    assert_eq!(cable.taken(), 0);
    cable.stall(false);
    assert_eq!(expect(&mut b, 8), b"patience");
}

#[test]
fn noise_damages_some_bytes_and_drops_none() {
    let cable = NullModem::new().unwrap();
    let [mut a, mut b] = cable.ends().each_ref().map(open);
    cable.noise(10);
    let sent = vec![0u8; 2000];
    a.write_all(&sent).unwrap();
    let damaged = expect(&mut b, 2000).iter().filter(|byte| **byte != 0).count();
    assert!((50..500).contains(&damaged), "{damaged} of 2000");
}

#[test]
fn what_is_injected_reaches_one_end_only() {
    let cable = NullModem::new().unwrap();
    let [mut a, mut b] = cable.ends().each_ref().map(open);
    assert_eq!(cable.inject(1, b"stranger").unwrap(), 8);
    assert_eq!(expect(&mut b, 8), b"stranger");
    a.write_all(b"friend").unwrap();
    assert_eq!(expect(&mut b, 6), b"friend");
    b.write_all(b"answer").unwrap();
    assert_eq!(expect(&mut a, 6), b"answer", "and nothing of what went to the other end");
}

/// Waits until the cable has taken `count` bytes from the senders.
fn taken(cable: &NullModem, count: u64) {
    let end = Instant::now() + Duration::from_secs(10);
    while cable.taken() < count {
        assert!(Instant::now() < end, "only {} of {count} bytes were taken", cable.taken());
        std::thread::yield_now();
    }
}

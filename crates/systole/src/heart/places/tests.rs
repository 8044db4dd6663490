//! Tests of `places`: names and addresses of refused frames.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use systole_wire::{Frame, Keys, Method, Value, encode_net};

const PAUSE: u64 = 1_000;

fn name(text: &str) -> NodeName {
    NodeName::new(text).unwrap()
}

fn ip(last: u8) -> IpAddr {
    IpAddr::from([192, 168, 1, last])
}

fn places(others: &[&str]) -> Places {
    let place = |n: &&str| Place { node: name(n), addresses: BTreeSet::new(), passed_ns: [None; 2] };
    Places { others: others.iter().map(place).collect(), pause_ns: PAUSE }
}

fn from(sender: &str) -> Vec<u8> {
    let mut frame = Frame::new();
    frame.push("t", Value::Text(b"status")).unwrap();
    frame.push("src", Value::Text(sender.as_bytes())).unwrap();
    encode_net(&frame, &Keys::new(1, [(1, Method::Sha1, b"other".to_vec())]).unwrap())
}

#[test]
fn a_refused_frame_is_of_whom_it_names_and_placed_where_that_one_was_believed() {
    let mut places = places(&["beta"]);
    places.learn(&name("beta"), ip(2));
    places.learn(&name("nobody"), ip(9));
    let refused = |placed| Some(Refused { node: name("beta"), why: Refusal::Key, placed });
    assert_eq!(places.of_datagram(&from("beta"), ip(2), Refusal::Key, 1), refused(true));
    assert_eq!(places.of_datagram(&from("beta"), ip(9), Refusal::Key, 1), refused(false));
    for other in ["alpha", "beta2", "somebody-of-another-cluster"] {
        assert_eq!(places.of_datagram(&from(other), ip(2), Refusal::Key, 1), None, "{other}");
    }
}

#[test]
fn of_a_flood_one_frame_in_a_pause_is_passed_on_and_no_stranger_crowds_out_the_true_place() {
    let mut places = places(&["beta"]);
    places.learn(&name("beta"), ip(2));
    let mut passed = 0;
    for now in 0..10 * PAUSE {
        passed += usize::from(places.of_datagram(&from("beta"), ip(9), Refusal::Key, now).is_some());
    }
    assert_eq!(passed, 10);
    assert!(places.of_datagram(&from("beta"), ip(2), Refusal::Key, 10 * PAUSE - 1).is_some_and(|r| r.placed));
}

#[test]
fn at_the_end_of_a_serial_line_is_the_only_other_node_and_with_more_nobody_knows() {
    let refused = places(&["beta"]).of_line(Refusal::Version, 1);
    assert_eq!(refused, Some(Refused { node: name("beta"), why: Refusal::Version, placed: true }));
    assert_eq!(places(&["beta", "gamma"]).of_line(Refusal::Version, 1), None);
}

#[test]
fn no_more_addresses_are_kept_than_a_node_has() {
    let mut places = places(&["beta"]);
    (0..100).for_each(|last| places.learn(&name("beta"), ip(last)));
    assert_eq!(places.others[0].addresses.len(), ADDRESSES_MAX);
}

//! Rights end by themselves, and only those that were granted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn spec() -> AddressSpec {
    AddressSpec::parse(&["192.0.2.7/24/eth0".to_owned()]).unwrap()
}

#[test]
fn a_right_that_is_not_renewed_ends() {
    let (specs, now) = ([spec()], wait::monotonic_ns());
    let mut rights = Rights::new(Some(2));
    assert_eq!(
        (rights.check(&specs), rights.seconds_left(&specs)),
        (Ok(()), Some(2)),
        "nothing was granted or taken yet"
    );
    rights.grant(&specs, now);
    assert_eq!(rights.seconds_left(&specs), Some(2));
    rights.grant(&specs, now - SECOND_NS);
    assert_eq!(rights.seconds_left(&specs), Some(2), "an older grant changes nothing");
    rights.end(specs[0].ip);
    rights.grant(&specs, now - SECOND_NS);
    assert_eq!(rights.seconds_left(&specs), Some(1));
    rights.end(specs[0].ip);
    rights.grant(&specs, now - 3 * SECOND_NS);
    assert_eq!(rights.seconds_left(&specs), None);
    assert!(!rights.holds(specs[0].ip));
    rights.end(specs[0].ip);
    rights.grant(&specs, now - 3 * SECOND_NS / 2);
    assert!(rights.holds(specs[0].ip) && rights.check(&specs).is_err(), "less than a second is nothing to add it with");
    rights.end(specs[0].ip);
    rights.grant(&specs, now - 3 * SECOND_NS);
    assert!(rights.check(&specs).unwrap_err().starts_with("192.0.2.7: heart has not run"));
}

#[test]
fn without_a_lifetime_nothing_ends() {
    let specs = [spec()];
    let mut rights = Rights::new(None);
    rights.grant(&specs, 1);
    assert_eq!((rights.check(&specs), rights.seconds_left(&specs)), (Ok(()), None));
}

#[test]
fn what_was_found_has_no_right_before_heart_grants_it() {
    let (specs, now) = ([spec()], wait::monotonic_ns());
    let mut rights = Rights::new(Some(2));
    rights.find(specs[0].ip);
    assert!(rights.check(&specs).is_err() && !rights.holds(specs[0].ip));
    rights.grant(&specs, now);
    rights.find(specs[0].ip);
    assert_eq!((rights.check(&specs), rights.seconds_left(&specs)), (Ok(()), Some(2)), "granted since");
    rights.end(specs[0].ip);
    rights.find(specs[0].ip);
    rights.begin(&specs);
    assert_eq!(rights.check(&specs), Ok(()), "a job of heart takes it");
}

//! Tests of `bars`: each bar is about something that is measured.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::failover::scenario;

#[test]
fn every_bar_names_a_scenario_that_is_run_for_its_product() {
    for bar in BARS {
        let scenario = scenario::find(bar.scenario).unwrap_or_else(|| panic!("no scenario {}", bar.scenario));
        assert!(scenario.setup(bar.peer, bar.profile).is_some(), "{} is never run for it", bar.what);
        assert!(bar.peer.profiles().contains(&bar.profile), "{}", bar.what);
    }
}

#[test]
fn the_median_of_two_lies_between_them() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[1.0, 2.0]), Some(1.5));
    assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
}

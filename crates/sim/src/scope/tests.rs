//! Every situation stands as it is meant to, and a part of its cases; the whole is for `make sim`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::situation::What;
use super::*;
use systole_core::Failback;

/// One case in so many.
const STRIDE: usize = 397;

#[test]
fn a_part_of_all_cases_breaks_no_rule() {
    for situation in Situation::all() {
        let (count, broken) = explore(situation, STRIDE).unwrap();
        assert!(count > 20, "{count} cases of {situation:?}");
        assert!(broken.is_none(), "{situation:?}: {broken:?}");
    }
}

#[test]
fn situations_are_what_they_are_called() {
    let of = |what, failback| Situation { what, failback, nodes: 2, groups: 1 };
    let holds = |world: &World| [world.nodes[0].resources[0].holds, world.nodes[1].resources[0].holds];
    assert_eq!(holds(&of(What::Heal, Failback::Off).begin(false).unwrap()), [true, true]);
    let thaw = of(What::Thaw, Failback::Off).begin(false).unwrap();
    assert_eq!(holds(&thaw), [false, true], "its address has expired");
    assert_ne!(thaw.nodes[0].resources[0].found, systole_core::Condition::Stopped, "its service still runs");
    let mut world = of(What::Failback, Failback::On).begin(false).unwrap();
    assert_eq!(holds(&world), [false, true]);
    let stops = world.stops;
    world.run(5_000_000).unwrap();
    assert_eq!(world.stops, stops + 1, "it goes home at once");
}

#[test]
fn a_frame_that_is_lost_does_not_arrive() {
    let situation = Situation { what: What::Standby, failback: Failback::Off, nodes: 2, groups: 1 };
    let told = |bits| tell(situation, Case::Losses(bits)).unwrap();
    assert_ne!(told(0)[1..], told(0xfff)[1..]);
}

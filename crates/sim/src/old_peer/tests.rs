//! The model beside what was captured of two originals (spec/WIRE.md section 9): keepalive 0.5 s, deadtime 4 s, initdead
//! 10 s, each node home of a group. The times of the captures depend on scripts and on the moment within a keepalive.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::chronicle::Figures;
use crate::plan::Plan;
use crate::scenario::{Played, Scenario, Story};

fn two_originals(failback: &str, story: &str) -> Played {
    let ha_cf = format!(
        "keepalive 500ms\nwarntime 2\ndeadtime 4\ninitdead 10\nbcast eth0\nbcast eth1\nauto_failback {failback}\nnode \
         alpha beta\n"
    );
    let mut plan = Plan::from_files(&ha_cf, "alpha 192.0.2.1/24/eth0\nbeta 192.0.2.2/24/eth0\n").unwrap();
    let text = format!("# Two originals.\nold alpha\nold beta\n0 boot alpha\n0 boot beta\n{story}");
    let story = Story::read(&text, &mut plan).unwrap();
    Scenario { plan, story }.play()
}

fn figures(played: &Played) -> [Figures; 2] {
    [0, 1].map(|group| played.chronicle.figures(group, played.end))
}

fn tenths(ns: u64) -> u64 {
    ns / 100_000_000
}

#[test]
fn cold_start_takes_twelve_seconds() {
    let played = two_originals("on", "end +30");
    for (node, group) in figures(&played).iter().enumerate() {
        let first = tenths(group.first_ns.unwrap());
        assert!((110..=130).contains(&first), "{first}\n{}", played.told);
        assert_eq!(group.last.servers, [node], "{}", played.told);
        assert_eq!(group.doubled_ns, 0);
    }
}

#[test]
fn a_crash_is_answered_at_deadtime_and_the_return_goes_by_failback() {
    for (failback, holder) in [("on", 0), ("off", 1)] {
        let played = two_originals(failback, "30 power-cut alpha for 20\nend +60");
        let [alphas, betas] = figures(&played);
        assert!((40..=70).contains(&tenths(alphas.outage_ns)), "{}", played.told);
        assert_eq!((alphas.last.servers, alphas.doubled_ns), (vec![holder], 0), "{}", played.told);
        assert_eq!((betas.last.servers, betas.outage_ns), (vec![1], 0), "{}", played.told);
    }
}

#[test]
fn a_goodbye_is_answered_within_a_second() {
    let [alphas, _] = figures(&two_originals("on", "30 ask alpha shutdown\nend +30"));
    assert!((3..=15).contains(&tenths(alphas.outage_ns)), "{alphas:?}");
    assert_eq!(alphas.last.servers, [1]);
}

#[test]
fn standby_and_takeover_move_a_half_within_two_seconds() {
    for words in ["30 ask alpha standby all", "30 ask beta takeover all"] {
        let played = two_originals("on", &format!("{words}\nend +30"));
        let [alphas, betas] = figures(&played);
        assert_eq!((alphas.last.servers, betas.last.servers), (vec![1], vec![1]), "{}", played.told);
        assert!((4..=20).contains(&tenths(alphas.outage_ns)), "{}", played.told);
        assert_eq!((alphas.doubled_ns, alphas.moves), (0, 1), "{}", played.told);
    }
}

#[test]
fn after_a_split_both_give_up_and_start_anew() {
    let played = two_originals("on", "30 isolate alpha for 30\nend +60");
    for (node, group) in figures(&played).iter().enumerate() {
        assert!(group.doubled_ns > 20_000_000_000, "{}", played.told);
        let outage = tenths(group.outage_ns);
        assert!((160..=220).contains(&outage), "{outage}: about 18 s were captured\n{}", played.told);
        assert_eq!(group.last.servers, [node], "{}", played.told);
    }
}

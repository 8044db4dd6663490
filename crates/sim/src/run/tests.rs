//! Seeds: the same one gives the same story, and the first of them break nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::run;
use crate::fault::{Fault, Injected};

/// Seeds of one `cargo test`; `make sim` runs many more.
const SEEDS: u64 = 24;

#[test]
fn a_seed_gives_the_same_story_each_time() {
    let (first, second) = (run(3, true), run(3, true));
    assert!(first.story.len() > 100, "{} lines", first.story.len());
    assert_eq!(first.story, second.story);
    assert_ne!(first.story, run(4, true).story);
}

#[test]
fn the_first_seeds_break_no_rule_and_inject_every_fault() {
    let mut injected = Injected::default();
    for seed in 0..SEEDS {
        let report = run(seed, false);
        assert_eq!(report.violation, None, "seed {seed}");
        assert!(report.starts > 0, "seed {seed}: nothing was ever started");
        injected.add(&report.injected);
    }
    for fault in Fault::ALL {
        assert!(injected.times(fault) > 0, "{} was never injected", fault.id());
    }
}

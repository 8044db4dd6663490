//! Tests of `report`: nothing unmeasured looks measured, and a missed bar says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::failover::results::Case;
use crate::scratch::Scratch;
use std::collections::BTreeMap;

fn results(directory: &Scratch, outages: &[f64]) -> Results {
    let mut results = Results::open(&directory.path().join("results.jsonl")).unwrap();
    for (run, outage) in (1..).zip(outages) {
        let case = Case { scenario: "power-cut".into(), profile: Profile::Fast, peer: Peer::SystoleWarm };
        let values = BTreeMap::from([("outage_s".to_owned(), *outage), ("two_s".to_owned(), 0.0)]);
        results.add(Record { case, run, at: 0, version: "v".into(), load: 0.0, values, error: None }).unwrap();
    }
    results
}

fn verdict(text: &str) -> &str {
    text.lines().find(|line| line.starts_with("| power cut, fast, warm ")).unwrap()
}

#[test]
fn without_runs_no_figure_stands_anywhere() {
    let directory = Scratch::new().unwrap();
    let text = tables(&results(&directory, &[]));
    assert_eq!(text.matches("not measured").count(), BARS.len());
    assert!(!text.contains("reached"), "{text}");
}

#[test]
fn the_median_decides_and_a_missed_bar_is_named() {
    let directory = Scratch::new().unwrap();
    let reached = tables(&results(&directory, &[0.018, 0.019, 0.5]));
    assert!(verdict(&reached).contains("0.019 (0.018 to 0.500) s (3 runs) | reached"), "{reached}");
    let directory = Scratch::new().unwrap();
    let missed = tables(&results(&directory, &[0.030]));
    assert!(verdict(&missed).contains("**MISSED** by 0.010"), "{missed}");
}

#[test]
fn only_what_lies_between_the_markers_changes() {
    let old = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
    assert_eq!(between(&old, "new\n").unwrap(), format!("before\n{BEGIN}\nnew\n{END}\nafter\n"));
    assert!(between("no markers", "new").is_err());
}

//! Tests of `results`: what a run that was broken off leaves, and how the next one reads it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::scratch::Scratch;

fn record(run: u32, error: Option<&str>) -> Record {
    let case = Case { scenario: "power-cut".into(), profile: Profile::Fast, peer: Peer::SystoleWarm };
    let values = BTreeMap::from([("outage_s".to_owned(), 0.25)]);
    Record { case, run, at: 1, version: "x".into(), load: 0.5, values, error: error.map(str::to_owned) }
}

#[test]
fn what_is_added_is_read_again_and_failures_do_not_count() {
    let directory = Scratch::new().unwrap();
    let path = directory.path().join("results.jsonl");
    let mut results = Results::open(&path).unwrap();
    results.add(record(1, None)).unwrap();
    results.add(record(2, Some("no pair"))).unwrap();
    let again = Results::open(&path).unwrap();
    assert_eq!(again.records, [record(1, None), record(2, Some("no pair"))]);
    assert_eq!(again.done(&record(1, None).case), 1);
}

#[test]
fn a_line_cut_off_by_a_kill_is_dropped_and_the_next_one_starts_clean() {
    let directory = Scratch::new().unwrap();
    let path = directory.path().join("results.jsonl");
    Results::open(&path).unwrap().add(record(1, None)).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"scenario\":\"pow")).unwrap();
    Results::open(&path).unwrap().add(record(2, None)).unwrap();
    assert_eq!(Results::open(&path).unwrap().records.len(), 2);
}

#[test]
fn a_foreign_file_is_refused_by_its_line() {
    let directory = Scratch::new().unwrap();
    let path = directory.path().join("results.jsonl");
    std::fs::write(&path, "{}\n").unwrap();
    let error = format!("{:#}", Results::open(&path).unwrap_err());
    assert!(error.contains("line 1"), "{error}");
}

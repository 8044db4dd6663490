//! Tests of `plan`: what words choose, and what is not run twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use std::path::PathBuf;

fn options(short: bool, only: &[&str]) -> FailoverOptions {
    FailoverOptions {
        program: PathBuf::new(),
        short,
        only: only.iter().map(|word| (*word).to_owned()).collect(),
        runs: None,
        results: PathBuf::new(),
        document: PathBuf::new(),
        report_only: false,
    }
}

#[test]
fn words_of_one_kind_add_and_of_two_kinds_narrow() {
    let plan = plan(&options(false, &["systole", "heartbeat", "fast", "power-cut"])).unwrap();
    let cases: Vec<(Peer, Profile)> = plan.iter().map(|p| (p.case.peer, p.case.profile)).collect();
    assert_eq!(cases, [(Peer::Systole, Profile::Fast), (Peer::Heartbeat, Profile::Fast)]);
}

#[test]
fn runs_on_one_set_up_follow_one_another() {
    let plan = plan(&options(false, &[])).unwrap();
    let mut seen: Vec<Setup> = Vec::new();
    for planned in &plan {
        if seen.last() != Some(&planned.setup) {
            assert!(!seen.contains(&planned.setup), "{:?} is set up twice", planned.setup);
            seen.push(planned.setup);
        }
    }
}

#[test]
fn a_product_without_a_serial_line_is_not_asked_about_two_media() {
    let error = plan(&options(false, &["keepalived", "loss-20-all"])).unwrap_err();
    assert!(error.to_string().contains("nothing to run"), "{error}");
}

#[test]
fn an_unknown_word_is_answered_with_the_known_ones() {
    let error = plan(&options(false, &["pwoer-cut"])).unwrap_err().to_string();
    assert!(error.contains("pwoer-cut") && error.contains("power-cut"), "{error}");
}

#[test]
fn the_short_form_stays_below_a_quarter_of_an_hour() {
    let directory = crate::scratch::Scratch::new().unwrap();
    let results = Results::open(&directory.path().join("none.jsonl")).unwrap();
    let plan = plan(&options(true, &[])).unwrap();
    let minutes: u64 = duration(&plan, &results).trim_end_matches(" min").parse().unwrap();
    assert!(minutes < 15, "{minutes} min");
}

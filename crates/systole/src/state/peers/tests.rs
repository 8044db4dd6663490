//! The file of the peers: there and back, damaged, absent.
#![allow(clippy::unwrap_used)]

use super::{Peers, join, parse, text};
use systole_core::{Generation, NodeName, Sequence};

fn entry(name: &str, life: u64, number: u64) -> (NodeName, (Generation, Sequence)) {
    (NodeName::new(name).unwrap(), (Generation(life), Sequence(number)))
}

fn two() -> Peers {
    [entry("alpha", 1_795_370_102, 70_001), entry("beta.test.local", 7, u64::MAX)].into()
}

#[test]
fn what_is_written_is_read() {
    let written = text(&two());
    assert!(written.starts_with("alpha 1795370102 70001 "), "{written}");
    assert_eq!(parse(written.as_bytes()), (two(), None));
    assert_eq!(parse(b""), (Peers::new(), None));
}

#[test]
fn damaged_lines_are_named_and_the_others_kept() {
    let good = text(&two());
    let (first, second) = good.split_once('\n').unwrap();
    let bad = second.replace('7', "8");
    let (peers, damage) = parse(format!("{first}\n\n\u{fffd}\nalpha 1 2\n{bad}{second}").as_bytes());
    assert_eq!(peers, two());
    assert_eq!(damage.as_deref(), Some("line 2, 3, 4, 5 not understood"));
    let (peers, damage) = parse(&[b'\n'; 64]);
    assert_eq!(peers, Peers::new());
    assert!(damage.unwrap().ends_with("9, 10, ... not understood"));
}

#[test]
fn of_two_places_the_later_one_is_known() {
    let mut peers: Peers = [entry("beta", 500, 9), entry("gamma", 1, 1)].into();
    join(&mut peers, [entry("beta", 499, 1000), entry("gamma", 1, 2)].into());
    assert_eq!(peers, [entry("beta", 500, 9), entry("gamma", 1, 2)].into());
}

//! The file of the peers: there and back, damaged, absent.
#![allow(clippy::unwrap_used)]

use super::{NAME, Peers, load, parse, text};
use systole_core::{Generation, NodeName, Sequence};

fn two() -> Peers {
    let entry = |name: &str, life, number| (NodeName::new(name).unwrap(), (Generation(life), Sequence(number)));
    [entry("alpha", 1_795_370_102, 70_001), entry("beta.test.local", 7, u64::MAX)].into()
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(NAME), text(&two())).unwrap();
    assert_eq!(load(dir.path()), (two(), vec![]));
    assert_eq!(text(&two()), "alpha 1795370102 70001\nbeta.test.local 7 18446744073709551615\n");
}

#[test]
fn no_file_is_nothing_known() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(load(dir.path()), (Peers::new(), vec![]));
}

#[test]
fn damaged_lines_are_named_and_the_others_kept() {
    let damaged = "alpha 1795370102 70001\n\nbeta.test.local 7\nbad name 1 2 3\nx! 1 2\nalpha -1 2\nbeta.test.local 7 18446744073709551615\n";
    let (peers, warnings) = parse(damaged, "peers");
    assert_eq!(peers, two());
    assert_eq!(warnings, ["peers: line 2, 3, 4, 5, 6 not understood and passed over; it is written anew"]);
}

#[test]
fn a_file_of_garbage_warns_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(NAME), [0xff; 64]).unwrap();
    let (peers, warnings) = load(dir.path());
    assert_eq!((peers.len(), warnings.len()), (0, 1));
    assert!(warnings[0].contains("cannot read"), "{warnings:?}");
    std::fs::remove_file(dir.path().join(NAME)).unwrap();
    std::fs::create_dir(dir.path().join(NAME)).unwrap();
    assert_eq!(load(dir.path()).1.len(), 1);
}

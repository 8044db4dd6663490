//! Near misses.
use super::*;

#[test]
fn near_words_are_found() {
    let words = ["keepalive", "deadtime", "node", "bcast", "eth0", "eth1"];
    for (typed, meant) in [
        ("keepalvie", Some("keepalive")),
        ("KeepAlive", Some("keepalive")),
        ("dedtime", Some("deadtime")),
        ("nod", Some("node")),
        ("eht0", Some("eth0")),
        ("eth9", Some("eth0")),
        ("demarrer", None),
        ("", None),
        ("x", None),
    ] {
        assert_eq!(nearest(typed, words), meant, "{typed}");
    }
}

#[test]
fn distance_counts_edits() {
    for (left, right, edits) in
        [("", "", 0), ("a", "", 1), ("abc", "abd", 1), ("abc", "acb", 1), ("kitten", "sitting", 3)]
    {
        assert_eq!(distance(left, right), edits, "{left} {right}");
    }
}

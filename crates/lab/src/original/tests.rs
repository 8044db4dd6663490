//! What counts as a complaint of the original.
//! Not here: the running daemon (the tests of the program meet it).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::Original;

#[test]
fn complaints_are_all_lines_of_weight_but_those_of_every_start() {
    let log = "Nov 22 23:04:24 a heartbeat: [179]: WARN: Core dumps could be lost if multiple dumps occur.\n\
        Nov 22 23:04:24 a heartbeat: [180]: info: Link b:eth0 up.\n\
        Nov 22 23:04:25 a heartbeat: [180]: ERROR: should_drop_message: attempted replay attack [b]?\n\
        2026/11/22_23:04:36  ResourceManager(default)[355]:    CRIT: Giving up resources due to failure of x\n\
        Nov 22 23:04:25 a heartbeat: [180]: WARN: 1 lost packet(s) for [b] [5:7]\n";
    let found = Original::complaints(log.lines());
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("replay attack") && found[1].contains("CRIT") && found[2].contains("lost packet"));
}

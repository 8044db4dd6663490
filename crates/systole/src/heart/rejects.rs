//! Frames that were refused: counted all, told rarely. Heartbeat's dump of every bad frame fills disks (spec QUIRKS 2).

use std::collections::BTreeMap;
use systole_core::LinkName;
use systole_wire::Reject;

/// One line per link and reason in this time.
const PAUSE_NS: u64 = 10_000_000_000;

#[derive(Default)]
pub struct Rejects(BTreeMap<(LinkName, &'static str), Count>);

#[derive(Default)]
struct Count {
    all: u64,
    told: u64,
    told_at_ns: Option<u64>,
}

impl Rejects {
    /// Counts one; gives the line for the log when one is due.
    pub fn note(&mut self, link: &LinkName, reject: &Reject, now_ns: u64) -> Option<String> {
        let count = self.0.entry((link.clone(), reject.reason())).or_default();
        count.all += 1;
        if count.told_at_ns.is_some_and(|at| now_ns.saturating_sub(at) < PAUSE_NS) {
            return None;
        }
        let more = count.all - count.told;
        count.told = count.all;
        count.told_at_ns = Some(now_ns);
        Some(format!("{link}: {more} frame(s) refused ({}): {reject}", reject.reason()))
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE_NS, Rejects};
    use systole_core::LinkName;
    use systole_wire::Reject;

    #[test]
    fn a_flood_is_one_line_and_a_count() {
        let (mut rejects, link) = (Rejects::default(), LinkName("eth0".into()));
        let first = rejects.note(&link, &Reject::Malformed, 1);
        assert!(first.is_some_and(|line| line.starts_with("eth0: 1 frame(s) refused (malformed)")));
        for _ in 0..10_000 {
            assert_eq!(rejects.note(&link, &Reject::Malformed, 2), None);
        }
        let later = rejects.note(&link, &Reject::Malformed, 1 + PAUSE_NS);
        assert!(later.is_some_and(|line| line.starts_with("eth0: 10001 frame(s) refused (malformed)")));
        assert!(rejects.note(&link, &Reject::WrongDigest(1), 3).is_some(), "another reason has its own line");
    }
}

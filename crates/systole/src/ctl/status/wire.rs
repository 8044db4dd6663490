//! What other machines on the wire say about the addresses of this node, as troubles of its status.
//! Not here: hearing them (hands).

use super::page::span;
use super::verdict::Trouble;
use crate::ctl::exit;
use crate::hands::native::address::Rival;

/// Never more than a shadow over a service that runs: whether clients reach it, or the other machine, depends on whom they
/// believe.
pub fn trouble(rival: &Rival) -> Trouble {
    let (by, ago) = (&rival.by, span(rival.last_ms));
    let text = match rival.address {
        Some(address) => format!(
            "{by} also answers for {address}, which is here (for {}, last heard {ago} ago): find that machine and take the \
             address off it",
            span(rival.for_ms)
        ),
        None => format!(
            "{by} answers for addresses that nobody has (proxy ARP, last {ago} ago), so a takeover goes by silence alone: \
             switch proxy ARP off on it for this network"
        ),
    };
    Trouble { code: exit::DEGRADED, text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_rival_and_who_answers_for_all_are_told_apart() {
        let mut rival =
            Rival { address: "192.0.2.7".parse().ok(), by: "02:00:00:00:00:01".into(), for_ms: 65_000, last_ms: 500 };
        let said = trouble(&rival);
        assert_eq!(said.code, 1);
        assert!(said.text.starts_with("02:00:00:00:00:01 also answers for 192.0.2.7"), "{}", said.text);
        assert!(said.text.contains("for 1 min 5 s, last heard 0.5 s ago"), "{}", said.text);
        rival.address = None;
        assert!(trouble(&rival).text.contains("proxy ARP"));
    }
}

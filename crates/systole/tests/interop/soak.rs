//! A mixed pair for a long time on a bad network: nothing may happen.
//! How long: `SYSTOLE_SOAK_SECONDS`, half an hour without it.

use crate::files::Files;
use crate::member::{Kind, Member};
use crate::pair::{Kinds, Pair, pair};
use std::time::{Duration, Instant};

/// At keepalive 200 ms with 2 % of all frames on the switch lost and a serial line that loses none.
pub fn soak(kinds: Kinds) {
    let files = Files {
        more: "keepalive 200ms\nwarntime 2\ndeadtime 4\ninitdead 10\nbaud 115200\n",
        auto_failback: "off",
        ..Files::default()
    };
    let mut pair = pair(kinds, &files);
    pair.up();
    pair.calm();
    pair.lose("< 2");
    let seconds = std::env::var("SYSTOLE_SOAK_SECONDS").map_or(1800, |text| text.parse().unwrap());
    let half = Duration::from_secs(seconds) / 2;
    rest(&pair, "alpha", half);
    pair.alpha.standby("all");
    pair.settled_despite_loss("beta");
    rest(&pair, "beta", half);
    for member in [&pair.alpha, &pair.beta] {
        let log = member.original().log();
        assert!(!log.contains("Message hist queue is filling up"), "{}", pair.story());
        assert!(!log.contains("Irretrievably lost packet"), "{}", pair.story());
    }
    pair.done(&["lost packet(s) for", "Late heartbeat"]);
}

/// `owner` keeps what it has for so long, and both keep answering.
fn rest(pair: &Pair, owner: &str, long: Duration) {
    let from = Instant::now();
    let mut looked = Instant::now();
    while from.elapsed() < long {
        pair.pause(Duration::from_secs(1));
        assert_eq!(pair.holders.now().unwrap(), [owner], "after {:?}\n{}", from.elapsed(), pair.story());
        if looked.elapsed() > Duration::from_secs(10) {
            looked = Instant::now();
            for (member, other) in [(&pair.alpha, "beta"), (&pair.beta, "alpha")] {
                well(pair, member, other);
            }
        }
    }
    let others = pair.prober.look(|seen| {
        let recent = seen.answers.iter().filter(|answer| answer.asked > from);
        recent.filter(|answer| answer.who.as_deref().is_some_and(|who| who != owner)).count()
    });
    assert_eq!(others, 0, "pages of another than {owner}\n{}", pair.story());
    pair.never_two(from);
}

fn well(pair: &Pair, member: &Member, other: &str) {
    assert_eq!(member.sees(other), "active", "{} of {other}\n{}", member.name(), pair.story());
    for link in ["eth0", "/dev/ttyS0"] {
        assert!(member.link_up(other, link), "{link} on {}\n{}", member.name(), pair.story());
    }
    if member.kind == Kind::Original {
        assert_ne!(member.holds().as_deref(), Some("transition"), "{}", pair.story());
    }
}

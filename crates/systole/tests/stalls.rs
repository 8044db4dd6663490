//! Daemons that are stopped for a while, at random, and machines whose cores others eat: nothing moves that need not, nobody
//! serves twice, and the service comes back by itself. The long forms are `make stalls`; what it prints begins with the
//! order, so that one stop can be done again: `STALLS_SEED=7 STALLS_FIRST=431 STALLS=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

#[path = "stalls/many.rs"]
mod many;
#[path = "stalls/plan.rs"]
mod plan;
#[path = "stalls/stop.rs"]
mod stop;

use pair::{HARESOURCES, MEDIA, Member, Pair, alone, pair, write};
use rustix::process::Signal;
use std::time::{Duration, Instant};
use systole_lab::Process;

/// The address stays for four seconds without its heart, and a node is dead after five.
const DEADTIME: Duration = Duration::from_secs(5);

/// A week of quiet, as hands writes it: verdicts come before deadtime where they may.
fn knows(member: &Member, peer: &str) {
    let day = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    let lines: String = (day - 3..=day).map(|day| sealed(&format!("{peer} {day} 230 86400"))).collect();
    let directory = member.node.disk("/var/lib/heartbeat");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("silences"), lines).unwrap();
}

/// As in the state directory: the CRC of a line behind it.
fn sealed(text: &str) -> String {
    let mut sum = u32::MAX;
    for byte in text.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    format!("{text} {:08x}\n", !sum)
}

/// Gives a pair, before its start, a longer deadtime and a past.
fn known(pair: Pair, deadtime: Duration) -> Pair {
    for (member, peer) in [(&pair.alpha, "beta"), (&pair.beta, "alpha")] {
        let text = format!(
            "keepalive 200ms\nwarntime 1\ndeadtime {}\ninitdead 8\nudpport 694\n{MEDIA}auto_failback off\nnode alpha beta\n",
            deadtime.as_secs()
        );
        write(&member.node, "ha.cf", &text, 0o644);
        knows(member, peer);
    }
    pair
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_stops_of_the_daemons_make_no_second_master_and_lose_no_service() {
    let _alone = alone();
    // One of the owner, long enough for a takeover, one of the standby, one of both; none of half a minute.
    many::stops(many::Order { seed: 247, first: 1, count: 3, pairs: 1, deadtime: DEADTIME });
}

#[test]
#[ignore = "half an hour; make stalls"]
fn a_thousand_random_stops() {
    let _alone = alone();
    let small = |name: &str, default: u64| u32::try_from(number(name, default)).unwrap();
    many::stops(many::Order {
        seed: number("STALLS_SEED", std::process::id().into()),
        first: small("STALLS_FIRST", 1),
        count: small("STALLS", 1000),
        pairs: small("STALLS_PAIRS", 8),
        deadtime: Duration::from_secs(number("STALLS_DEADTIME", DEADTIME.as_secs())),
    });
}

/// Four busy processes for each of two nodes, so many that every core has several, for so long: nothing moves.
fn starved_for(span: Duration) {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    let busy = |member: &Member| member.node.spawn("sh", &["sh", "-c", "while :; do :; done"]).unwrap();
    let mut eaters: Vec<Process> = (0..4).flat_map(|_| [&pair.alpha, &pair.beta]).map(busy).collect();
    while from.elapsed() < span {
        pair.settled("alpha");
        assert_eq!(pair.beta.apache(), Vec::<u32>::new(), "{}", pair.logs());
        println!("{:.0} of {:.0} s, nothing moved", from.elapsed().as_secs_f64(), span.as_secs_f64());
    }
    pair.undisturbed("alpha", from);
    for eater in &mut eaters {
        eater.signal(Signal::KILL).unwrap();
    }
    assert!(!pair.beta.said().contains("node alpha: is dead"), "{}", pair.logs());
}

#[test]
fn starved_cores_move_nothing() {
    starved_for(Duration::from_secs(10));
}

#[test]
#[ignore = "ten minutes; make stalls"]
fn starved_cores_move_nothing_for_ten_minutes() {
    starved_for(Duration::from_secs(number("STARVED", 600)));
}

#[test]
#[ignore = "more than a minute: links must have been up for so long; make stalls"]
fn a_power_cut_is_answered_before_deadtime_when_a_week_was_quiet() {
    let mut pair = known(pair("off", HARESOURCES), DEADTIME);
    pair.up();
    pair.wait("an early verdict in force on beta", |pair| {
        std::thread::sleep(Duration::from_secs(1));
        let status = pair.beta.status();
        let silence = status["nodes"].as_array().and_then(|nodes| nodes.iter().find(|n| n["name"] == "alpha").cloned());
        Ok(silence.is_some_and(|node| node["silence"]["verdict"] == "early"))
    });
    let from = pair.alpha.power_cut();
    pair.page("beta", from);
    let outage = pair.prober.look(|seen| seen.moved(from, "beta")).unwrap();
    println!("page back after {outage:?}");
    assert!(outage < DEADTIME, "{outage:?}\n{}", pair.logs());
    pair.never_two(from);
}

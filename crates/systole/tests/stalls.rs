//! Daemons that are stopped for a while, at random, and machines whose cores others eat: nothing moves that need not, nobody
//! serves twice, and the service comes back by itself. The long forms are `make stalls`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, MEDIA, Member, Pair, pair, write};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use systole_lab::Process;

/// The address stays for four seconds without its heart, and a node is dead after five.
const DEADTIME: Duration = Duration::from_secs(5);
/// A node that was stopped for less has lost nothing: its right to the address was renewed a second before, at worst.
const HARMLESS: Duration = Duration::from_millis(2500);
const STOP_MIN: f64 = 0.2;
const STOP_MAX: f64 = 30.0;

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

fn known_pair() -> Pair {
    let pair = pair("off", HARESOURCES);
    for (member, peer) in [(&pair.alpha, "beta"), (&pair.beta, "alpha")] {
        let text = format!(
            "keepalive 200ms\nwarntime 2\ndeadtime {}\ninitdead 8\nudpport 694\n{MEDIA}auto_failback off\nnode alpha beta\n",
            DEADTIME.as_secs()
        );
        write(&member.node, "ha.cf", &text, 0o644);
        knows(member, peer);
    }
    pair
}

/// A small generator: the seed is all that is needed to do it again.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0.2 to 30 s, each order of magnitude as likely as any other.
    fn span(&mut self) -> Duration {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_secs_f64(STOP_MIN * (STOP_MAX / STOP_MIN).powf(share))
    }
}

/// One stop of one node's daemons.
struct Stopped {
    pids: Vec<Pid>,
    until: Instant,
}

impl Stopped {
    fn now(member: &mut Member, hands_too: bool, span: Duration) -> Stopped {
        let hands = if hands_too { member.hands() } else { Vec::new() };
        let all = hands.into_iter().chain([member.daemon().pid()]);
        let pids: Vec<Pid> = all.map(|pid| Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()).collect();
        pids.iter().for_each(|pid| kill_process(*pid, Signal::STOP).unwrap());
        Stopped { pids, until: Instant::now() + span }
    }

    fn go_on(&self) {
        std::thread::sleep(self.until.saturating_duration_since(Instant::now()));
        // A hands that was stopped is replaced by its heart; it is gone then.
        for pid in &self.pids {
            let _ = kill_process(*pid, Signal::CONT);
        }
    }
}

fn holder(pair: &Pair) -> String {
    pair.wait("one holder, both nodes active", |pair| {
        let active = pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active";
        Ok(active && pair.holders.now()?.len() == 1)
    });
    pair.holders.now().unwrap().remove(0)
}

/// So many random stops in a row, of the owner, the standby or both.
fn random_stops(count: u32, seed: u64) {
    let mut dice = Dice(seed.max(1));
    let mut pair = known_pair();
    pair.up();
    let (begin, mut moves) = (Instant::now(), 0);
    for number in 1..=count {
        let owner = holder(&pair);
        pair.settled(&owner);
        let from = Instant::now();
        let (who, hands_too) = (dice.next() % 3, dice.next().is_multiple_of(2));
        let (owners, standbys) = (dice.span(), dice.span());
        let (one, other) =
            if owner == "alpha" { (&mut pair.alpha, &mut pair.beta) } else { (&mut pair.beta, &mut pair.alpha) };
        let mut stopped = Vec::new();
        if who != 1 {
            stopped.push(Stopped::now(one, hands_too, owners));
        }
        if who != 0 {
            stopped.push(Stopped::now(other, hands_too, standbys));
        }
        stopped.sort_by_key(|s| s.until);
        stopped.iter().for_each(Stopped::go_on);
        let after = holder(&pair);
        pair.settled(&after);
        pair.never_two(from);
        if who == 1 || owners < HARMLESS {
            // Nobody had a reason to take anything, and nobody else ever answered.
            pair.undisturbed(&owner, from);
        }
        moves += u32::from(owner != after);
        let what = ["the owner", "the standby", "both"][usize::try_from(who).unwrap()];
        let spans = if who == 1 { (Duration::ZERO, standbys) } else { (owners, standbys) };
        let spans = if who == 0 { (owners, Duration::ZERO) } else { spans };
        println!(
            "{number} of {count}, {:.0} s: {what} ({:.1} s and {:.1} s): {owner} -> {after}; {moves} moves, never two holders",
            begin.elapsed().as_secs_f64(),
            spans.0.as_secs_f64(),
            spans.1.as_secs_f64()
        );
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_stops_of_the_daemons_make_no_second_master_and_lose_no_service() {
    random_stops(3, 5);
}

#[test]
#[ignore = "hours; make stalls"]
fn a_thousand_random_stops() {
    let seed = number("STALLS_SEED", std::process::id().into());
    println!("STALLS_SEED={seed}");
    random_stops(u32::try_from(number("STALLS", 1000)).unwrap(), seed);
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
    let mut pair = known_pair();
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

//! One random stop, done to a pair, and what must not come of it.
//! Not here: what is stopped when, and many of them.

use crate::pair::{Member, Pair};
use crate::plan::{Part, Plan, Who};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::time::{Duration, Instant};

/// Longer without a page than this is an interruption.
const INTERRUPTION: Duration = Duration::from_millis(500);

/// Beyond deadtime, for the start of the service and a busy machine.
const LEEWAY: Duration = Duration::from_secs(5);

/// What was seen of one stop.
#[derive(Debug)]
pub struct Seen {
    pub moved: bool,
    /// How long, each time, no page came.
    pub dark: Vec<Duration>,
    /// The longest of them less the time in which nobody could serve.
    pub ours: Duration,
    /// From the last process going on to one node that serves and two that know each other.
    pub rest: Duration,
}

/// Makes the stop on a pair that rests, and waits until it rests again.
pub fn stop(pair: &mut Pair, plan: &Plan, deadtime: Duration) -> Seen {
    let owner = at_rest(pair);
    let from = Instant::now();
    let done = stand_still(pair, plan, &owner, from);
    let after = at_rest(pair);
    let until = Instant::now();
    pair.never_two(from);
    if plan.owners_heart() <= harmless(deadtime) {
        // Nobody had a reason to take anything, and nobody else ever answered.
        pair.undisturbed(&owner, from);
    }
    let dark = dark(pair, from, until);
    let ours = dark.iter().max().copied().unwrap_or_default().saturating_sub(plan.nobody());
    assert!(ours < deadtime + LEEWAY, "no page for {dark:?}\n{}", pair.logs());
    assert!(dark.len() <= plan.0.len(), "lost more than once: {dark:?}\n{}", pair.logs());
    Seen { moved: owner != after, dark, ours, rest: until - done }
}

/// An owner whose heart stood still for no longer has lost nothing: its right to the address, deadtime less 0.7 s in whole
/// seconds, was renewed a second before, at worst.
fn harmless(deadtime: Duration) -> Duration {
    let lifetime = Duration::from_secs(deadtime.saturating_sub(Duration::from_millis(700)).as_secs());
    lifetime.saturating_sub(Duration::from_millis(1500))
}

/// Waits until one node serves, and the two know each other. Gives it.
fn at_rest(pair: &Pair) -> String {
    let (from, mut who) = (Instant::now(), String::new());
    pair.wait("one that serves, and both nodes active", |pair| {
        let holders = pair.holders.now()?;
        let [holder] = &holders[..] else { return Ok(false) };
        who.clone_from(holder);
        let known = || pair.alpha.sees("beta") == "active" && pair.beta.sees("alpha") == "active";
        Ok(pair.serves(holder, from) && known() && pair.holders.now()? == holders)
    });
    who
}

/// Stops and goes on as planned; gives the moment of the end.
fn stand_still(pair: &mut Pair, plan: &Plan, owner: &str, from: Instant) -> Instant {
    let mut events: Vec<(Duration, usize, Signal)> = Vec::new();
    for (index, stop) in plan.0.iter().enumerate() {
        events.extend([(stop.begin, index, Signal::STOP), (stop.end, index, Signal::CONT)]);
    }
    events.sort_by_key(|(at, ..)| *at);
    let mut stopped: Vec<Vec<OwnedFd>> = plan.0.iter().map(|_| Vec::new()).collect();
    for (at, index, signal) in events {
        std::thread::sleep((from + at).saturating_duration_since(Instant::now()));
        if signal == Signal::STOP {
            let is_owner = plan.0[index].who == Who::Owner;
            let member = if is_owner == (owner == "alpha") { &mut pair.alpha } else { &mut pair.beta };
            stopped[index] = processes(member, plan.0[index].part);
        }
        for process in &stopped[index] {
            // A hands that was stopped is replaced by its heart; it is gone then.
            let _ = pidfd_send_signal(process, signal);
        }
    }
    Instant::now()
}

fn processes(member: &mut Member, part: Part) -> Vec<OwnedFd> {
    let hands = if part == Part::Heart { Vec::new() } else { member.hands() };
    let heart = (part != Part::Hands).then(|| member.daemon().pid());
    let all = hands.into_iter().chain(heart);
    let open = |pid: u32| pidfd_open(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), PidfdFlags::empty());
    // Hands may have ended since it was found.
    all.filter_map(|pid| open(pid).ok()).collect()
}

/// The times without a page between the two moments, as the client saw it.
fn dark(pair: &Pair, from: Instant, until: Instant) -> Vec<Duration> {
    let good: Vec<Instant> = pair.prober.look(|seen| {
        let recent = seen.answers.iter().rev().take_while(|answer| answer.done > from);
        recent.filter(|answer| answer.who.is_some() && answer.done <= until).map(|answer| answer.done).collect()
    });
    let marks: Vec<Instant> = [until].into_iter().chain(good).chain([from]).collect();
    let spans = marks.windows(2).map(|pair| pair[0].saturating_duration_since(pair[1]));
    spans.filter(|span| *span >= INTERRUPTION).collect()
}

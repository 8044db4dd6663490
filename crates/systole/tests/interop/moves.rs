//! Planned moves: standby and takeover with all four words from either side, clean stops, two groups with two homes.

use crate::files::{Files, TWO_GROUPS};
use crate::member::{Kind, Member};
use crate::pair::{DEADTIME, Kinds, Pair, pair};
use std::time::Instant;

/// Where, what, which word, and who has the group then.
type Step = (&'static str, fn(&Member, &str), &'static str, &'static str);

/// Each word once from each side where it has something to move; what it says is said from where it is typed.
pub fn words(kinds: Kinds) {
    let mut pair = pair(kinds, &Files { auto_failback: "off", ..Files::default() });
    let from = Instant::now();
    pair.up();
    let steps: [Step; 10] = [
        ("alpha", Member::standby, "all", "beta"),
        ("alpha", Member::takeover, "all", "alpha"),
        ("beta", Member::takeover, "all", "beta"),
        ("beta", Member::standby, "all", "alpha"),
        ("alpha", Member::standby, "local", "beta"),
        ("beta", Member::standby, "foreign", "alpha"),
        ("beta", Member::takeover, "foreign", "beta"),
        ("alpha", Member::takeover, "local", "alpha"),
        ("beta", Member::takeover, "failback", "beta"),
        ("beta", Member::standby, "failback", "alpha"),
    ];
    for (at, verb, word, owner) in steps {
        pair.calm();
        verb(pair.member(at), word);
        pair.settled(owner);
        pair.never_two(from);
    }
    pair.calm();
    pair.done(&[]);
}

/// The owner leaves, and comes back to take its group home.
pub fn leave_and_return(kinds: Kinds) {
    let mut pair = pair(kinds, &Files::default());
    pair.up();
    let from = Instant::now();
    handed_over(&mut pair);
    pair.alpha.start();
    pair.friends();
    pair.page("alpha", Instant::now());
    pair.settled("alpha");
    assert_eq!(pair.beta.apache(), [0; 0], "{}", pair.story());
    pair.never_two(from);
    pair.calm();
    pair.done(LEFT);
}

/// The owner leaves and comes back to find that its group stays where it is.
pub fn leave_and_stay_away(kinds: Kinds) {
    let mut pair = pair(kinds, &Files { auto_failback: "off", ..Files::default() });
    pair.up();
    let from = Instant::now();
    handed_over(&mut pair);
    pair.alpha.start();
    pair.friends();
    let back = Instant::now();
    pair.calm();
    pair.settled("beta");
    pair.undisturbed("beta", back);
    assert_eq!(pair.alpha.apache(), [0; 0], "{}", pair.story());
    pair.never_two(from);
    pair.done(LEFT);
}

/// The other one leaves and comes back: the owner serves on.
pub fn the_idle_one_leaves(kinds: Kinds) {
    for auto_failback in ["on", "off"] {
        let mut pair = pair(kinds, &Files { auto_failback, ..Files::default() });
        pair.up();
        let from = Instant::now();
        pair.beta.stop();
        pair.wait("beta to be gone for alpha", |pair| pair.alpha.sees("beta") == "dead");
        pair.beta.start();
        pair.friends();
        pair.calm();
        pair.settled("alpha");
        pair.undisturbed("alpha", from);
        assert_eq!(pair.beta.apache(), [0; 0], "{}", pair.story());
        pair.done(LEFT);
    }
}

/// What the original says when a peer has left as it should, whoever that was.
pub const LEFT: &[&str] = &["node alpha: is dead", "node beta: is dead"];

fn handed_over(pair: &mut Pair) {
    pair.calm();
    let from = Instant::now();
    pair.alpha.stop();
    pair.page("beta", from);
    let outage = pair.prober.look(|seen| seen.moved(from, "beta")).unwrap();
    assert!(outage < DEADTIME, "a clean stop must not look like a death: {outage:?}\n{}", pair.story());
    pair.settled("beta");
    assert_eq!(pair.alpha.apache(), [0; 0], "{}", pair.story());
}

/// Two groups, each with a home of its own: together, apart, and after the loss of either machine.
pub fn two_groups(kinds: Kinds) {
    let mut pair = pair(kinds, &Files { haresources: TWO_GROUPS, ..Files::default() });
    let from = Instant::now();
    let homes = |pair: &Pair| {
        pair.settled("alpha");
        pair.second_at("beta");
        pair.calm();
    };
    pair.up();
    homes(&pair);
    pair.beta.standby("local");
    pair.second_at("alpha");
    pair.calm();
    pair.beta.takeover("local");
    homes(&pair);
    pair.alpha.standby("local");
    pair.settled("beta");
    pair.second_at("beta");
    pair.calm();
    pair.beta.standby("foreign");
    homes(&pair);
    pair.beta.stop();
    pair.second_at("alpha");
    pair.settled("alpha");
    pair.beta.start();
    pair.friends();
    homes(&pair);
    pair.never_two(from);
    pair.done(LEFT);
}

/// The same with a power cut of each machine.
pub fn two_groups_without_power(kinds: Kinds) {
    let mut pair = pair(kinds, &Files { haresources: TWO_GROUPS, ..Files::default() });
    let from = Instant::now();
    pair.up();
    for (lost, other) in [("alpha", "beta"), ("beta", "alpha")] {
        pair.second_at("beta");
        pair.calm();
        pair.member_mut(lost).power_cut();
        pair.settled(other);
        pair.second_at(other);
        let member = pair.member_mut(lost);
        member.node.power_on().unwrap();
        member.start();
        pair.friends();
        pair.settled("alpha");
        pair.second_at("beta");
    }
    pair.never_two(from);
    pair.done(crate::failures::CUT);
}

/// No half, no standby: each asks for its own group by name when it comes, and gets it.
pub fn legacy(kinds: Kinds) {
    let mut pair = pair(kinds, &Files { auto_failback: "legacy", ..Files::default() });
    pair.up();
    let from = Instant::now();
    handed_over(&mut pair);
    pair.wait("alpha to be gone for beta", |pair| pair.beta.sees("alpha") == "dead");
    pair.alpha.start();
    pair.friends();
    pair.settled("alpha");
    assert_eq!(pair.beta.apache(), [0; 0], "{}", pair.story());
    let words = |member: &Member| member.kind == Kind::Ours || member.holds().as_deref() == Some("none");
    assert!(words(&pair.alpha) && words(&pair.beta), "{}", pair.story());
    pair.never_two(from);
    pair.done(LEFT);
}

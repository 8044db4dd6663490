//! Unplanned losses: power, processes, all links at once; and ipfail, which makes a loss of the way out a planned move.

use crate::files::Files;
use crate::member::Kind;
use crate::pair::{Kinds, Pair, pair};
use std::time::Instant;
use systole_lab::Node;

/// What the original says when a peer is gone or comes back, whoever that was.
pub const CUT: &[&str] = &[
    "node alpha: is dead",
    "node beta: is dead",
    "No STONITH device configured",
    "Shared disks are not protected",
    "Late heartbeat",
];

fn power(kinds: Kinds, auto_failback: &'static str, end: &str) {
    let mut pair = pair(kinds, &Files { auto_failback, ..Files::default() });
    pair.up();
    pair.calm();
    let from = Instant::now();
    pair.alpha.power_cut();
    pair.page("beta", from);
    pair.settled("beta");
    pair.alpha.node.power_on().unwrap();
    pair.alpha.start();
    pair.friends();
    let back = Instant::now();
    if end == "alpha" {
        pair.page("alpha", back);
    }
    pair.calm();
    pair.settled(end);
    if end == "beta" {
        pair.undisturbed("beta", back);
    }
    pair.never_two(from);
    pair.done(CUT);
}

/// Power cut of the owner; its group goes home with it.
pub fn power_cut(kinds: Kinds) {
    power(kinds, "on", "alpha");
}

/// Power cut of the owner; its group stays where it went.
pub fn power_cut_without_failback(kinds: Kinds) {
    power(kinds, "off", "beta");
}

/// Power cut of the one that serves nothing.
pub fn power_cut_of_the_idle_one(kinds: Kinds) {
    let mut pair = pair(kinds, &Files::default());
    pair.up();
    pair.calm();
    let from = Instant::now();
    pair.beta.power_cut();
    pair.wait("beta to be dead for alpha", |pair| pair.alpha.sees("beta") == "dead");
    pair.beta.node.power_on().unwrap();
    pair.beta.start();
    pair.friends();
    pair.calm();
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    pair.done(CUT);
}

/// All processes of the owner killed at once, so nobody is left to release. An original leaves its address up (QUIRKS 14):
/// an original takes it all the same, and ours sees that it still answers and serves, and leaves it. Ours leaves it to the
/// kernel, which takes it away. When the killed one is started again, one holds it, at home.
pub fn killed(kinds: Kinds) {
    let mut pair = pair(kinds, &Files::default());
    pair.up();
    pair.calm();
    pair.alpha.kill();
    if kinds == (Kind::Original, Kind::Ours) {
        pair.wait("beta to see alpha dead", |pair| pair.beta.sees("alpha") == "dead");
        pair.calm();
        assert_eq!(pair.holders.now().unwrap(), ["alpha"], "its address is alive, and so is the service");
        assert!(pair.beta.apache().is_empty());
    } else {
        pair.wait("beta to take over", |pair| pair.holders.now().unwrap().contains(&"beta".to_owned()));
        pair.wait("Apache on beta", |pair| !pair.beta.apache().is_empty());
        pair.calm();
    }
    pair.alpha.start();
    pair.friends();
    pair.calm();
    pair.settled("alpha");
    pair.wait("no Apache on beta", |pair| pair.beta.apache().is_empty());
    // The init script of the original says of what still runs that it should not; and the original says so when a node
    // comes back while its own takeover is still running its scripts, whoever that node is.
    pair.done(&[CUT, &["CRITICAL: ", "T_STARTING received during takeover"]].concat());
}

/// All links cut, both serve, all links back: an original restarts itself and ours serves on, and takes what it drops.
pub fn partition(kinds: Kinds) {
    let mut pair = pair(kinds, &Files { auto_failback: "off", ..Files::default() });
    pair.up();
    pair.calm();
    pair.cable.cut();
    pair.alpha.node.silence(true).unwrap();
    pair.wait("both without each other", |pair| pair.alpha.sees("beta") == "dead" && pair.beta.sees("alpha") == "dead");
    pair.wait("both in service", |pair| pair.holders.now().unwrap().len() == 2 && !pair.beta.apache().is_empty());
    let served = [&pair.alpha, &pair.beta].map(|member| member.apache());
    pair.cable.restore();
    pair.alpha.node.silence(false).unwrap();
    pair.wait("one of them to let go", |pair| pair.holders.now().unwrap().len() < 2);
    pair.friends();
    pair.wait("one holder", |pair| pair.holders.now().unwrap().len() == 1);
    pair.calm();
    let winner = match kinds {
        // Both restart; the home node starts cold.
        (Kind::Original, Kind::Original) => "alpha".to_owned(),
        (Kind::Ours, Kind::Original) => "alpha".to_owned(),
        (Kind::Original, Kind::Ours) => "beta".to_owned(),
        (Kind::Ours, Kind::Ours) => pair.holders.now().unwrap().remove(0),
    };
    pair.settled(&winner);
    let (now, before) = (pair.member(&winner).apache(), &served[usize::from(winner == "beta")]);
    if pair.member(&winner).kind == Kind::Ours {
        assert_eq!(now.first(), before.first(), "the winner's Apache is the one from before\n{}", pair.story());
    }
    let loser = if winner == "alpha" { &pair.beta } else { &pair.alpha };
    assert_eq!(loser.apache(), [0; 0], "{}", pair.story());
    // For some moments both do own everything, and the original says so of every message that it hears then.
    let split =
        ["returning after partition", "Deadtime value may be too small", "Both machines own", "Shutdown delayed"];
    pair.done(&[CUT, &split, &["lost packet(s)"]].concat());
}

/// The service card of the owner loses its plug while the serial line beats on: the one that reaches fewer ping nodes
/// gives up, the original by its ipfail. Ours does so for the carrier alone.
pub fn ipfail(kinds: Kinds) {
    lost_way(kinds, Node::unplug, Node::plug);
}

/// The same with the light of the card still on, as when a switch further on is dead: only pings tell. Two of ours show
/// it and do not move for it.
pub fn ipfail_with_carrier(kinds: Kinds) {
    if kinds != (Kind::Ours, Kind::Ours) {
        return lost_way(kinds, |owner| owner.silence(true), |owner| owner.silence(false));
    }
    let pair = watched(kinds);
    let from = Instant::now();
    pair.alpha.node.silence(true).unwrap();
    pair.wait("alpha to lose the ping node alone", |pair| {
        pair.alpha.sees(PING) == "dead" && pair.beta.sees(PING) == "ping"
    });
    pair.calm();
    pair.alpha.node.silence(false).unwrap();
    pair.wait("alpha to reach it again", |pair| pair.alpha.sees(PING) == "ping");
    // Nothing would have brought it back, with auto_failback off.
    pair.settled("alpha");
    pair.never_two(from);
    pair.done(CUT);
}

/// Something done to a machine, and when.
type Step = fn(&mut Node) -> anyhow::Result<Instant>;

/// The host outside the cluster that is pinged.
const PING: &str = "192.168.1.100";

/// A pair in service that sees its ping node.
fn watched(kinds: Kinds) -> Pair {
    let files = Files {
        more: "keepalive 500ms\nwarntime 2\ndeadtime 4\ninitdead 10\ndeadping 4\nping 192.168.1.100\n\
               respawn hacluster /usr/libexec/heartbeat/ipfail\napiauth ipfail uid=hacluster\n",
        auto_failback: "off",
        ..Files::default()
    };
    let mut pair = pair(kinds, &files);
    pair.up();
    pair.calm();
    pair.wait("the ping node to be seen", |pair| [&pair.alpha, &pair.beta].iter().all(|m| m.sees(PING) == "ping"));
    pair
}

fn lost_way(kinds: Kinds, lose: Step, find: Step) {
    let mut pair = watched(kinds);
    let from = Instant::now();
    lose(&mut pair.alpha.node).unwrap();
    pair.page("beta", from);
    pair.settled("beta");
    assert_eq!(pair.beta.sees("alpha"), "active", "over the serial line\n{}", pair.story());
    find(&mut pair.alpha.node).unwrap();
    pair.calm();
    pair.settled("beta");
    pair.done(&[CUT, &[PING, "ipfail"]].concat());
}

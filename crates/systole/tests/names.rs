//! The names of Heartbeat's tools on a real pair: outputs and exit statuses while the daemon runs, is down, stands
//! still; starting, stopping, moving by them; the scripts of rc.d.
//! Not here: each single answer (ctl/compat), what two nodes do to each other (cluster.rs).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "cluster/pair.rs"]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair, write};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use systole_lab::{Finished, Original};

/// By its whole path: Heartbeat's own tools may be installed too.
const OURS: &str = "/opt/systole/bin";

/// Exit status, standard output, standard error.
fn ask(member: &Member, line: &str) -> (Option<i32>, String, String) {
    let line = format!("{OURS}/{line}");
    let ended: Finished = member.node.run(&line.split_whitespace().collect::<Vec<_>>()).unwrap();
    (ended.code(), ended.out, ended.err)
}

fn says(pair: &Pair, line: &str, code: i32, out: &str) {
    let (got, said, error) = ask(&pair.alpha, line);
    assert_eq!((got, said.as_str()), (Some(code), out), "{line}: {error}\n{}", pair.logs());
}

/// Fails with this status, says nothing on standard output, and these words on the other.
fn refuses(pair: &Pair, line: &str, code: i32, words: &str) {
    let (got, said, error) = ask(&pair.alpha, line);
    assert_eq!((got, said.as_str()), (Some(code), ""), "{line}: {error}\n{}", pair.logs());
    assert!(error.contains(words), "{line}: {error}");
}

#[test]
fn cl_status_answers_as_it_always_did() {
    let mut pair = pair("on", HARESOURCES);
    says(&pair, "cl_status hbstatus", 1, "Heartbeat is stopped on this machine.\n");
    refuses(&pair, "cl_status rscstatus", 1, "Cannot signon with heartbeat");
    refuses(&pair, "cl_status nonsense", 11, "nonsense: invalid sub-command.");
    pair.up();
    running(&pair);
    says(&pair, "cl_status rscstatus", 0, "local\n");
    assert_eq!(ask(&pair.beta, "cl_status rscstatus"), (Some(0), "none\n".into(), String::new()));

    // Heart stands still: what hands remembers of it is not passed off as the present.
    stands_still(&mut pair);

    pair.alpha.daemon().signal(Signal::TERM).unwrap();
    pair.alpha.daemon().wait(Duration::from_secs(30)).unwrap().expect("a clean stop");
    says(&pair, "cl_status hbstatus", 1, "Heartbeat is stopped on this machine.\n");
    pair.settled("beta");
    assert_eq!(ask(&pair.beta, "cl_status rscstatus").1, "all\n", "all there is runs on beta");
    assert_eq!(ask(&pair.beta, "cl_status nodestatus alpha"), (Some(1), "dead\n".into(), String::new()));
}

fn running(pair: &Pair) {
    let version = env!("CARGO_PKG_VERSION");
    let nodes = "\nbeta\tactive\t(nodetype: normal)\n\t/dev/ttyS0\tup\n\teth0\tup\n\
                 \nalpha\tactive\t(nodetype: normal)\n\t/dev/ttyS0\tup\n\teth0\tup\n";
    pair.wait("both links of beta", |pair| Ok(ask(&pair.alpha, "cl_status hblinkstatus beta /dev/ttyS0").0 == Some(0)));
    says(pair, "cl_status hbstatus", 0, "Heartbeat is running on this machine.\n");
    says(
        pair,
        "cl_status hbstatus -v",
        0,
        &format!("version:\tsystole {version}\nmanaged by:\t\"haresources\"\n{nodes}"),
    );
    says(pair, "cl_status listnodes", 0, "beta\nalpha\n");
    says(pair, "cl_status listnodes -v", 0, nodes);
    says(pair, "cl_status listnodes -p", 0, "");
    says(pair, "cl_status nodestatus beta", 0, "active\n");
    says(pair, "cl_status nodestatus -m beta", 0, "The cluster node beta is active\n");
    says(pair, "cl_status nodetype beta", 0, "normal\n");
    says(pair, "cl_status nodeweight beta", 0, "100\n");
    says(pair, "cl_status nodesite beta", 0, "\n");
    says(pair, "cl_status listhblinks beta", 0, "\t/dev/ttyS0\n\teth0\n");
    says(pair, "cl_status hblinkstatus beta eth0", 0, "up\n");
    says(pair, "cl_status clientstatus beta ipfail", 1, "offline\n");
    says(pair, "cl_status rscstatus -m", 0, "This node is holding local resources.\n");
    says(pair, "cl_status hbparameter -p keepalive", 0, "200ms\n");
    says(pair, "cl_status hbparameter -p udpport", 0, "694\n");
    refuses(pair, "cl_status hbparameter -p watchdog", 1, "Cannot get parameter watchdog's value");
    refuses(pair, "cl_status nodestatus", 11, "Not enough parameters.");
    refuses(pair, "cl_status nodestatus gamma", 11, "incorrect node name");
    refuses(pair, "cl_status hblinkstatus beta eth9", 13, "Cannot get heartbeat link status");
}

fn stands_still(pair: &mut Pair) {
    pair.alpha.daemon().signal(Signal::STOP).unwrap();
    refuses(pair, "cl_status rscstatus", 12, "does not answer within 5 s");
    pair.alpha.daemon().signal(Signal::CONT).unwrap();
    pair.settled("alpha");

    // Hands that hangs is replaced; what was asked of it is lost, and said to be.
    for (tool, code) in [("cl_status hbstatus", 13), ("hb_standby", 1)] {
        let hands = Pid::from_raw(i32::try_from(pair.alpha.hands()[0]).unwrap()).unwrap();
        kill_process(hands, Signal::STOP).unwrap();
        refuses(pair, tool, code, "closed the connection before it answered");
        pair.wait("an answer of the next one", |pair| Ok(ask(&pair.alpha, "cl_status hbstatus").0 == Some(0)));
    }
    pair.settled("alpha");
}

#[test]
fn moves_wait_for_their_result() {
    let mut pair = pair("on", HARESOURCES);
    for tool in ["hb_standby", "hb_takeover all"] {
        let begun = Instant::now();
        refuses(&pair, tool, 1, "systoled is not running");
        assert!(begun.elapsed() < Duration::from_secs(30), "with the daemon down Heartbeat's never came back");
    }
    refuses(&pair, "hb_standby everything", 1, "wrong resources(everything).");
    pair.up();
    let from = Instant::now();
    let (code, out, error) = ask(&pair.alpha, "hb_standby");
    assert_eq!(code, Some(0), "{error}");
    assert!(out.contains("Going standby [all].\n"), "{out}");
    // It is done when the tool says so, not some time later.
    assert_eq!(pair.holders.now().unwrap(), ["beta"], "{}", pair.logs());
    pair.settled("beta");
    let (code, _, error) = ask(&pair.alpha, "hb_takeover local");
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(pair.holders.now().unwrap(), ["alpha"], "{}", pair.logs());
    pair.settled("alpha");
    pair.never_two(from);

    refuses(&pair, "hb_addnode", 1, "usage: hb_addnode <node> <node> ...");
    refuses(&pair, "hb_addnode gamma", 1, "node gamma");
    says(&pair, "hb_addnode beta", 0, "hb_addnode: beta stands in ha.cf already; nothing to do\n");
    refuses(&pair, "hb_delnode gamma", 1, "no node line of ha.cf names gamma");
    refuses(&pair, "hb_delnode beta", 1, "Stop systoled on beta");
    refuses(&pair, "hb_setweight alpha 200", 1, "nothing was set");
    refuses(&pair, "hb_setsite alpha here/there", 1, "nothing was set");
    says(&pair, "cl_status listnodes", 0, "beta\nalpha\n");
    assert_eq!(pair.beta.sees("alpha"), "active", "none of this was heard by anybody");
}

#[test]
fn heartbeat_starts_and_stops_the_node() {
    let pair = pair("on", HARESOURCES);
    says(&pair, "heartbeat -s", 3, "heartbeat is stopped. No process\n");
    says(&pair, "heartbeat -k", 0, "INFO: Heartbeat already stopped.\n");
    refuses(&pair, "heartbeat -r", 1, "a plain `heartbeat` starts it");
    refuses(&pair, "heartbeat -z", 2, "-z is no option");
    write(&pair.alpha.node, "haresources", "nobody apache2\n", 0o644);
    refuses(&pair, "heartbeat", 6, "nobody");
    says(&pair, "heartbeat -s", 3, "heartbeat is stopped. No process\n");
    write(&pair.alpha.node, "haresources", HARESOURCES, 0o644);

    let (code, out, error) = ask(&pair.alpha, "heartbeat");
    assert_eq!(code, Some(0), "{error}");
    let pid = out.trim().strip_prefix("heartbeat: started [pid ").and_then(|rest| rest.strip_suffix("].")).unwrap();
    says(&pair, "heartbeat -s", 0, &format!("heartbeat OK [pid {pid} et al] is running on alpha [alpha]...\n"));
    says(&pair, "heartbeat", 0, &format!("heartbeat: already running [pid {pid}].\n"));
    says(&pair, "cl_status hbstatus", 0, "Heartbeat is running on this machine.\n");
    says(&pair, "heartbeat -r", 0, "heartbeat: Configuration unchanged.\n");
    pair.settled("alpha");

    write(&pair.alpha.node, "haresources", HARESOURCES, 0o644);
    refuses(&pair, "heartbeat -r", 1, "changed since the daemon started: haresources");
    write(&pair.alpha.node, "authkeys", "auth 1\n", 0o600);
    refuses(&pair, "heartbeat -r", 6, "the node runs on as it was started");

    let seen = pair.alpha.node.processes().unwrap();
    let heart = seen.iter().find(|p| p.line == "systoled --log syslog").expect("started under its own name");
    let heart = Pid::from_raw(i32::try_from(heart.pid).unwrap()).unwrap();
    kill_process(heart, Signal::STOP).unwrap();
    refuses(&pair, "heartbeat -k", 1, "is suspended (SIGSTOP)");
    kill_process(heart, Signal::CONT).unwrap();

    says(&pair, "heartbeat -k", 0, "");
    says(&pair, "heartbeat -s", 3, "heartbeat is stopped. No process\n");
    assert_eq!(pair.holders.now().unwrap(), Vec::<String>::new());
    assert_eq!(pair.alpha.apache(), Vec::<u32>::new());

    // What goes wrong after the files were read comes back too.
    write(&pair.alpha.node, "authkeys", "auth 1\n1 sha1 a-secret-of-the-test\n", 0o600);
    pair.alpha.node.sh("rm -r /run/systole && touch /run/systole").unwrap().ok("a file there").unwrap();
    refuses(&pair, "heartbeat", 1, "cannot make the directory /run/systole");
    says(&pair, "heartbeat -s", 3, "heartbeat is stopped. No process\n");
}

#[test]
fn cl_respawn_starts_its_program_again_until_it_ends_as_agreed() {
    let pair = pair("on", HARESOURCES);
    let program = "echo again >>/tmp/runs; exit $((99 + $(wc -l </tmp/runs)))";
    let line = format!("{OURS}/cl_respawn -m 101 -p /tmp/pid sh -c '{program}'");
    let ended = pair.alpha.node.sh(&line).unwrap();
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
    let left = pair.alpha.node.sh("cat /tmp/runs; ls /tmp/pid").unwrap();
    assert_eq!(left.out, "again\nagain\n", "two runs, and the file with the process id is gone");
    assert!(ended.err.contains("sh ended (exit status: 100); it is started again"), "{}", ended.err);

    // Told to end, it takes along what it started.
    let mut respawn = pair.alpha.node.spawn("respawn", &["/opt/systole/bin/cl_respawn", "sleep", "1000"]).unwrap();
    let sleeps = |pair: &Pair| pair.alpha.node.processes().unwrap().iter().any(|p| p.line == "sleep 1000");
    pair.wait("the program to run", |pair| Ok(sleeps(pair)));
    respawn.signal(Signal::TERM).unwrap();
    assert_eq!(respawn.wait(Duration::from_secs(30)).unwrap().and_then(|status| status.code()), Some(0));
    assert!(!sleeps(&pair));
    refuses(&pair, "cl_respawn -m many true", 2, "many is no exit status");
    refuses(&pair, "cl_respawn /nonexistent", 1, "cannot run /nonexistent");
}

#[test]
fn scripts_of_rc_d_hear_of_the_other_node() {
    let mut pair = pair("on", HARESOURCES);
    let script = "#!/bin/sh\necho \"$1 $HA_t $HA_src $HA_st $HA_OSTATUS $HA_CURHOST\" >>/var/log/hook\n";
    write(&pair.alpha.node, "rc.d/status", script, 0o755);
    // Heartbeat's own, which would start the groups of a dead node beside us.
    write(&pair.beta.node, "rc.d/status", "#!/bin/sh\ntouch /var/log/hook\n/bin/mach_down $HA_src\n", 0o755);
    let checked = pair.alpha.systole(&["check"]);
    assert!(checked.out.contains("rc.d/status: run when the state of another node changes"), "{}", checked.out);
    let checked = pair.beta.systole(&["check"]);
    assert!(checked.out.contains("rc.d/status: not run: it calls mach_down"), "{}", checked.out);

    pair.up();
    // Our own state at that moment: either node may have heard the other first.
    let heard = |pair: &Pair, state: &str, own: &[&str]| {
        let text = std::fs::read_to_string(pair.alpha.node.disk("/var/log/hook")).unwrap_or_default();
        let wanted = |own: &&str| text.lines().any(|line| line == format!("status status beta {state} {own} alpha"));
        Ok(own.iter().any(wanted))
    };
    pair.wait("beta active, told to the script", |pair| heard(pair, "active", &["up", "active"]));
    pair.beta.daemon().signal(Signal::TERM).unwrap();
    pair.wait("beta gone, told to the script", |pair| heard(pair, "dead", &["active"]));
    pair.beta.daemon().wait(Duration::from_secs(30)).unwrap().expect("a clean stop");
    assert!(!pair.beta.node.disk("/var/log/hook").exists(), "{}", pair.logs());
    assert!(pair.logs().contains("rc.d/status is not run: it calls mach_down"), "{}", pair.logs());
}

/// Questions whose answer cannot depend on which of the two programs gives it; both nodes are well.
const ALIKE: [&str; 31] = [
    "hbstatus",
    "hbstatus -m",
    "listnodes",
    "listnodes -m",
    "listnodes -n",
    "listnodes -p",
    "nodestatus alpha",
    "nodestatus BETA",
    "nodestatus -m beta",
    "nodestatus beta -m",
    "nodestatus gamma",
    "nodestatus",
    "nodetype beta",
    "nodetype -m beta",
    "nodetype gamma",
    "nodeweight alpha",
    "nodeweight -m beta",
    "nodeweight gamma",
    "nodesite beta",
    "nodesite -m beta",
    "listhblinks alpha",
    "listhblinks -m -v beta",
    "listhblinks gamma",
    "hblinkstatus beta eth0",
    "hblinkstatus -m beta /dev/ttyS0",
    "hblinkstatus beta eth9",
    "hblinkstatus beta",
    "hbparameter -p keepalive",
    "hbparameter -m -p baud",
    "hbparameter -p node",
    "nonsense",
];

#[test]
fn heartbeat_s_own_cl_status_says_the_same() {
    if let Some(why) = Original::missing() {
        panic!("{why}");
    }
    let mut pair = pair("on", HARESOURCES);
    Original::install(&pair.alpha.node).unwrap();
    Original::on(&pair.alpha.node).start().unwrap();
    pair.beta.start();
    let theirs = |pair: &Pair, line: &str| {
        let ended = Original::on(&pair.alpha.node).cl_status(&line.split_whitespace().collect::<Vec<_>>()).unwrap();
        (ended.code(), ended.out)
    };
    pair.wait("both to see each other on both links", |pair| {
        let well = |line: &str, other: &str| {
            let questions = [format!("nodestatus {other}"), format!("hblinkstatus {other} eth0")];
            let serial = format!("hblinkstatus {other} /dev/ttyS0");
            let answer = |question: &String| match line {
                "theirs" => theirs(pair, question).0,
                _ => ask(&pair.beta, &format!("cl_status {question}")).0,
            };
            questions.iter().chain([&serial]).all(|question| answer(question) == Some(0))
        };
        Ok(well("ours", "alpha") && well("theirs", "beta"))
    });
    for line in ALIKE {
        let (code, out, error) = ask(&pair.beta, &format!("cl_status {line}"));
        assert_eq!((code, out), theirs(&pair, line), "cl_status {line}: {error}");
    }
    Original::on(&pair.alpha.node).stop().unwrap();
    // Both down.
    pair.beta.daemon().signal(Signal::TERM).unwrap();
    pair.beta.daemon().wait(Duration::from_secs(60)).unwrap().expect("a clean stop");
    for line in ["hbstatus", "rscstatus", "nodestatus", "hbparameter -p keepalive", "nonsense"] {
        let (code, out, error) = ask(&pair.beta, &format!("cl_status {line}"));
        assert_eq!((code, out), theirs(&pair, line), "cl_status {line}: {error}");
    }
}

//! Services that die, hang, lie or do not stop, on two machines of the lab with real Apache: restarted here, moved, left
//! and tried again. Not here: the counting in virtual time (core, scenarios/service-*).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "some of it is for the other tests")]
mod pair;

use pair::{HARESOURCES, Member, Pair, pair, write};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

const NONE: [u32; 0] = [];

fn signal(pids: &[u32], signal: Signal) {
    for pid in pids {
        // A child may have gone with its parent.
        let _ = kill_process(Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap(), signal);
    }
}

/// What `status` says of the group.
fn why(member: &Member) -> String {
    member.status()["groups"][0]["why"].as_str().unwrap_or_default().to_owned()
}

fn said(member: &Member, what: &str) -> usize {
    member.said().matches(what).count()
}

/// Apache's settings on that machine become senseless, or good again.
fn spoil(member: &Member, spoilt: bool) {
    let file = member.node.disk("/etc/apache2/ports.conf");
    let text = std::fs::read_to_string(&file).unwrap();
    let good = text.replace("\nNonsense on\n", "");
    std::fs::write(&file, if spoilt { format!("{good}\nNonsense on\n") } else { good }).unwrap();
}

/// Kills Apache as soon as it runs there, until it does not come back.
fn kills_it_until_it_leaves(pair: &Pair, member: &Member, restarts: usize) {
    for count in 1..=restarts {
        let from = Instant::now();
        signal(&member.apache(), Signal::KILL);
        pair.page(member.node.name(), from);
        let wanted = format!("restart {count} of {restarts}");
        // One that is killed while it starts has failed to start, which is another thing.
        let runs = || member.status()["groups"][0]["here"] == "running";
        pair.wait(&wanted, |_| Ok(why(member).contains(&wanted) && runs()));
    }
    signal(&member.apache(), Signal::KILL);
}

#[test]
fn a_killed_apache_is_served_again_at_once_and_where_it_was() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let before = pair.alpha.apache();
    let from = Instant::now();
    signal(&before, Signal::KILL);
    pair.page("alpha", from);
    pair.settled("alpha");
    let gap = pair.prober.look(|seen| seen.longest_gap(from, Instant::now()));
    println!("all Apache processes killed, page back: longest gap {:?}", gap.length);
    let after = pair.alpha.apache();
    assert!(after.iter().all(|pid| !before.contains(pid)), "{before:?} {after:?}");
    pair.undisturbed("alpha", from);
    assert_eq!(pair.beta.apache(), NONE);
    assert!(why(&pair.alpha).contains("has ended; restart 1 of 3 within 10 min"), "{}", why(&pair.alpha));
    assert_eq!(said(&pair.alpha, "failed here; what failed is started again"), 1, "{}", pair.logs());

    // The main process alone: its children would serve on, and hold the port.
    let (from, main) = (Instant::now(), after[0]);
    signal(&[main], Signal::KILL);
    pair.wait("a second restart", |pair| Ok(why(&pair.alpha).contains("restart 2 of 3")));
    pair.settled("alpha");
    assert!(!pair.alpha.apache().contains(&main));
    pair.undisturbed("alpha", from);
}

#[test]
fn an_apache_that_hangs_is_restarted() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let before = pair.alpha.apache();
    let from = Instant::now();
    // A page has to be answered once before its silence counts.
    std::thread::sleep(Duration::from_secs(3));
    signal(&before, Signal::STOP);
    let stopped = Instant::now();
    pair.wait("a new Apache", |pair| Ok(pair.alpha.apache().iter().all(|pid| !before.contains(pid))));
    pair.page("alpha", stopped);
    pair.settled("alpha");
    println!("hung Apache, page back after {:?}", stopped.elapsed());
    pair.undisturbed("alpha", from);
    assert!(
        why(&pair.alpha).contains("no answer from http://192.168.1.236:80/ within 5s, twice"),
        "{}",
        why(&pair.alpha)
    );
}

#[test]
fn what_cannot_be_started_again_goes_to_the_peer() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    spoil(&pair.alpha, true);
    let from = Instant::now();
    signal(&pair.alpha.apache(), Signal::KILL);
    pair.page("beta", from);
    pair.settled("beta");
    pair.never_two(from);
    assert_eq!(pair.alpha.apache(), NONE);
    for _ in 0..3 {
        pair.settled("beta");
    }
    assert_eq!(
        said(&pair.beta, "Resource group IPaddr2::192.168.1.236/24/eth0:0 runs here now."),
        1,
        "{}",
        pair.logs()
    );
}

#[test]
fn a_service_that_fails_again_and_again_moves_once() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    kills_it_until_it_leaves(&pair, &pair.alpha, 3);
    pair.page("beta", from);
    pair.settled("beta");
    pair.never_two(from);
    assert_eq!(pair.alpha.apache(), NONE);
    assert!(pair.alpha.said().contains("(4 failures here within 10 min), to beta"), "{}", pair.logs());
    let cleaned = pair.alpha.systole(&["cleanup"]);
    assert_eq!(cleaned.code(), Some(0), "{}{}", cleaned.out, cleaned.err);
    // With its failures forgotten alpha is a home again.
    pair.page("alpha", Instant::now());
    pair.settled("alpha");
    pair.never_two(from);
}

#[test]
fn what_fails_on_both_stops_says_so_and_comes_back_by_itself_when_it_is_mended() {
    let mut pair = pair("on", HARESOURCES);
    pair.up();
    let from = Instant::now();
    for member in [&pair.alpha, &pair.beta] {
        spoil(member, true);
    }
    signal(&pair.alpha.apache(), Signal::KILL);
    pair.wait("nobody to serve it", |pair| {
        Ok(why(&pair.alpha).contains("tried here again in") && why(&pair.beta).contains("tried here again in"))
    });
    assert!(pair.holders.now().unwrap().is_empty(), "{}", pair.logs());
    assert_eq!(pair.alpha.systole(&["status"]).code(), Some(2), "down is told as down");
    pair.wait("another attempt", |pair| {
        Ok(said(&pair.alpha, "may run here again") + said(&pair.beta, "may run here again") > 0)
    });
    let attempts =
        |pair: &Pair| said(&pair.alpha, "could not be started here") + said(&pair.beta, "could not be started here");
    assert!(attempts(&pair) <= 4, "to and fro\n{}", pair.logs());
    for member in [&pair.alpha, &pair.beta] {
        spoil(member, false);
    }
    pair.wait("a holder", |pair| Ok(pair.holders.now()?.len() == 1));
    let who = pair.holders.now().unwrap().remove(0);
    pair.settled(&who);
    pair.never_two(from);
}

/// A script of both machines in resource.d.
fn script(pair: &Pair, name: &str, text: &str) {
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, &format!("resource.d/{name}"), &format!("#!/bin/sh\n{text}\n"), 0o755);
    }
}

fn lines(member: &Member, file: &str) -> usize {
    std::fs::read_to_string(member.node.disk(file)).map_or(0, |text| text.lines().count())
}

#[test]
fn an_apache_that_answers_with_500_fails() {
    let words = format!("{HARESOURCES}#@ apache2: monitor=1s timeout=2s retries=0/10m\n");
    let mut pair = pair("on", &words);
    pair.up();
    // A good page has to be seen before a bad one means anything.
    std::thread::sleep(Duration::from_secs(3));
    let from = Instant::now();
    let settings = pair.alpha.node.disk("/etc/apache2/apache2.conf");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}\nRedirect 500 /\n")).unwrap();
    signal(&pair.alpha.apache()[..1], Signal::USR1);
    pair.page("beta", from);
    pair.settled("beta");
    pair.never_two(from);
    assert!(pair.alpha.said().contains("answers 500 Internal Server Error, twice"), "{}", pair.logs());
}

#[test]
fn what_does_not_stop_after_a_failure_is_blocked_and_told() {
    let line = "alpha IPaddr2::192.168.1.236/24/eth0:0 stubborn apache2\n#@ retries=0/10m\n#@ stubborn: stop=2s\n";
    let mut pair = pair("on", line);
    script(
        &pair,
        "stubborn",
        "case $1 in\nstart) touch /run/stubborn ;;\nstop) [ -e /var/mended ] && rm -f /run/stubborn ;;\n\
                               status) [ -e /run/stubborn ] && echo running || echo stopped ;;\nesac",
    );
    pair.up();
    signal(&pair.alpha.apache(), Signal::KILL);
    let state = |member: &Member| member.status()["groups"][0]["here"].as_str().unwrap_or_default().to_owned();
    pair.wait("alpha to be blocked", |pair| Ok(state(&pair.alpha) == "blocked"));
    let status = pair.alpha.systole(&["status"]);
    assert_eq!(status.code(), Some(2));
    assert!(status.out.contains("stop it by hand, then: systole cleanup"), "{}", status.out);
    assert!(pair.alpha.said().contains("could not be stopped here; no node may take it"), "{}", pair.logs());
    assert_eq!(pair.beta.apache(), NONE, "{}", pair.logs());
    pair.wait("beta to know it", |pair| Ok(pair.beta.systole(&["status"]).out.contains("a stop failed on alpha")));
    assert_eq!(pair.beta.systole(&["status"]).code(), Some(2));
    assert!(pair.holders.now().unwrap().len() <= 1);
    // Mended by hand, and said so.
    pair.alpha.node.sh("touch /var/mended; rm -f /run/stubborn").unwrap();
    let cleaned = pair.alpha.systole(&["cleanup"]);
    assert_eq!(cleaned.code(), Some(0), "{}{}", cleaned.out, cleaned.err);
    pair.wait("a holder", |pair| Ok(pair.holders.now()?.len() == 1 && state(&pair.alpha) != "blocked"));
    let who = pair.holders.now().unwrap().remove(0);
    pair.settled(&who);
}

#[test]
fn a_script_that_lies_is_found_out_by_a_check() {
    let line = "alpha IPaddr2::192.168.1.236/24/eth0:0 apache2 liar\n\
                #@ liar: monitor=1s timeout=5s check=cmd=/etc/ha.d/is-well\n";
    let mut pair = pair("on", line);
    script(
        &pair,
        "liar",
        "case $1 in\nstart) touch /run/liar; echo x >>/var/liar ;;\nstop) rm -f /run/liar /run/liar.lies ;;\n\
                           status) [ -e /run/liar ] || [ -e /run/liar.lies ] && echo running || echo stopped ;;\nesac",
    );
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, "is-well", "#!/bin/sh\n[ -e /run/liar ] || { echo it is gone; exit 1; }\n", 0o755);
    }
    pair.up();
    let (from, apache) = (Instant::now(), pair.alpha.apache());
    assert_eq!(lines(&pair.alpha, "/var/liar"), 1);
    // It is dead, and its script goes on to say that it runs.
    pair.alpha.node.sh("touch /run/liar.lies; rm /run/liar").unwrap();
    pair.wait("another start", |pair| Ok(lines(&pair.alpha, "/var/liar") == 2));
    pair.wait("its reason", |pair| Ok(why(&pair.alpha).contains("it is gone")));
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
    assert_eq!(pair.alpha.apache().first(), apache.first(), "what it stands on was not touched\n{}", pair.logs());
}

#[test]
fn a_slow_script_is_asked_one_question_at_a_time_and_is_not_failed() {
    let line = "alpha IPaddr2::192.168.1.236/24/eth0:0 apache2 slow\n#@ slow: monitor=100ms\n";
    let mut pair = pair("on", line);
    script(
        &pair,
        "slow",
        "[ $1 = status ] && { mkdir /run/busy || echo two >>/var/two; sleep 2; rmdir /run/busy; echo x >>/var/asked; }\n\
                           case $1 in\nstart) touch /run/slow ;;\nstop) rm -f /run/slow ;;\n\
                           status) [ -e /run/slow ] && echo running || echo stopped ;;\nesac",
    );
    pair.up();
    let from = Instant::now();
    let asked = lines(&pair.alpha, "/var/asked");
    pair.wait("five more questions", |pair| Ok(lines(&pair.alpha, "/var/asked") >= asked + 5));
    assert_eq!(lines(&pair.alpha, "/var/two"), 0, "{}", pair.logs());
    pair.undisturbed("alpha", from);
    // And its end is seen.
    pair.alpha.node.sh("rm /run/slow").unwrap();
    pair.wait("a restart", |pair| Ok(why(&pair.alpha).contains("does not run; restart 1 of 3")));
    pair.settled("alpha");
    pair.undisturbed("alpha", from);
}

//! The steps, one function each: do it, wait for what must come, hand the figures to the report.
//! Not here: their order and titles (demo.rs).

use super::pair::{Member, Pair};
use super::report::{Report, seconds};
use super::{DEADTIME, PATIENCE};
use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// A cable that is pulled while another medium is alive, and a move that somebody asked for, need no waiting for a
/// verdict: half a second is Apache's stop and start on a busy machine, many times over.
const SWIFT: Duration = Duration::from_millis(500);
/// Nothing happened: less than the client waits for one page, so what a busy machine alone can cause.
pub(super) const NOTHING: Duration = Duration::from_millis(250);
/// A node that went silent: its deadtime, and the takeover.
pub(super) const SILENT: Duration = DEADTIME.saturating_add(Duration::from_millis(300));
/// Cold start: from the moment both have heard each other.
const COLD: Duration = Duration::from_secs(2);

const FILES: [(&str, &str); 3] = [
    ("ha.cf", include_str!("../../tutorial/ha.cf")),
    ("haresources", include_str!("../../tutorial/haresources")),
    ("authkeys", include_str!("../../tutorial/authkeys")),
];

pub fn serial(pair: &mut Pair, report: &mut Report) -> Result<()> {
    let (master, slave) = (&pair.master.node, &pair.slave.node);
    for (here, there) in [(master, slave), (slave, master)] {
        // exec: this very process reads, and nobody else afterwards.
        let reader = here.spawn("cat", &["sh", "-c", "exec cat < /dev/ttyS0"])?;
        there.sh("echo test > /dev/ttyS0")?.ok("echo test > /dev/ttyS0")?;
        let what = format!("the word from {} at {}", there.name(), here.name());
        let arrived = report.wait(pair.stop(), &what, PATIENCE, || {
            let text = std::fs::read_to_string(reader.log())?;
            Ok(text.ends_with('\n').then_some(text))
        })?;
        if arrived != "test\n" {
            report.quote(&arrived);
        }
        let what = format!("\"test\" from {} reaches {}", there.name(), here.name());
        report.checked(&what, arrived == "test\n");
    }
    Ok(())
}

pub fn files(pair: &mut Pair, report: &mut Report) -> Result<()> {
    let (master, slave) = (&pair.master.node, &pair.slave.node);
    for node in [master, slave] {
        std::fs::create_dir_all(node.disk("/etc/ha.d"))?;
    }
    for (name, text) in FILES {
        let path = master.disk(&format!("/etc/ha.d/{name}"));
        std::fs::write(&path, text)?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644))?;
    }
    report.say("  systole check, on the files as the tutorial prints them:");
    let check = master.run(&["systole", "check"])?;
    let words = format!("{}{}", check.out, check.err);
    report.quote(&words);
    report.checked("the printed files are refused (exit status 2)", check.code() == Some(2));
    for fault in ["demarrer", "serveur-miatre", "IPaddr2 ::", "MailTo ::root", "authkeys", "crc"] {
        report.checked(&format!("named: {fault}"), words.contains(fault));
    }
    report.say("  systole check --fix:");
    let fix = master.run(&["systole", "check", "--fix"])?;
    report.quote(&format!("{}{}", fix.out, fix.err));
    for (name, _) in FILES {
        let path = format!("/etc/ha.d/{name}");
        std::fs::copy(master.disk(&path), slave.disk(&path)).with_context(|| format!("{path} for the slave"))?;
    }
    for node in [master, slave] {
        let again = node.run(&["systole", "check"])?;
        let good = matches!(again.code(), Some(0 | 1));
        if !good {
            report.quote(&format!("{}{}", again.out, again.err));
        }
        report.checked(&format!("the corrected files have no error on {}", node.name()), good);
        if !good {
            bail!("the pair cannot start with these files");
        }
    }
    Ok(())
}

pub fn start(pair: &mut Pair, report: &mut Report) -> Result<()> {
    let from = Instant::now();
    pair.master.start()?;
    pair.slave.start()?;
    let heard = both_heard(pair, report)?;
    let page = pair.page_of(report, pair.master.name(), from)?;
    let after = page.saturating_duration_since(heard);
    report.say(&format!(
        "  The page came {} after the first start, {} after both had heard each other.",
        seconds(page - from),
        seconds(after)
    ));
    pair.home(report)?;
    report.measured("start to page, from hearing each other", after, pair.two_since(from)?, COLD);
    Ok(())
}

/// The moment at which the later of the two had heard the other.
fn both_heard(pair: &mut Pair, report: &Report) -> Result<Instant> {
    let stop = pair.stop().clone();
    let (master, slave) = (&mut pair.master, &mut pair.slave);
    let mut heard: [Option<Instant>; 2] = [None, None];
    report.wait(&stop, "both nodes to hear each other", PATIENCE, || {
        master.alive()?;
        slave.alive()?;
        for (slot, member, other) in [(0, &*master, slave.name()), (1, &*slave, master.name())] {
            let Some(slot) = heard.get_mut(slot).filter(|slot| slot.is_none()) else { continue };
            *slot = member.last_beat(other)?.and_then(|age| Instant::now().checked_sub(age));
        }
        Ok(match heard {
            [Some(first), Some(second)] => Some(first.max(second)),
            _ => None,
        })
    })
}

pub fn absent(pair: &mut Pair, report: &mut Report) -> Result<()> {
    report.checked("Apache runs on the master", pair.master.apache()?);
    report.checked("Apache does not run on the slave", !pair.slave.apache()?);
    report.checked("the address is on the master alone", pair.holders.now()? == [pair.master.name()]);
    Ok(())
}

pub fn page(pair: &mut Pair, report: &mut Report) -> Result<()> {
    let from = Instant::now();
    pair.steady(report, pair.master.name(), 200)?;
    let failed = pair.prober.look(|seen| seen.failed(from, Instant::now()));
    report.checked("200 requests in a row show nico.test.local", failed == 0);
    Ok(())
}

pub fn cable(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let pulled = pair.master.node.unplug()?;
    to_slave(pair, report, pulled, "RJ45 of the master pulled, serial alive", SWIFT)?;

    let plugged = pair.master.node.plug()?;
    let back = pair.page_of(report, pair.master.name(), plugged)?;
    let gap = pair.moved(plugged, pair.master.name())?;
    pair.home(report)?;
    let two = pair.two_since(plugged)?;
    // Up to the last page of the slave this is about the plug alone; what follows is the way home.
    let plug = pair.prober.look(|seen| seen.longest_gap(plugged, back.checked_sub(gap).unwrap_or(plugged)));
    report.measured("plugged back: the slave serves on", plug.length, two, NOTHING);
    report.measured("failback to the master (auto_failback on)", gap, two, SWIFT);
    Ok(())
}

pub fn power(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let cut = pair.master.node.power_cut()?;
    pair.master.daemon = None;
    to_slave(pair, report, cut, "power cut of the master (deadtime 10 s)", SILENT)?;

    report.say("  The master is switched on again and starts its daemon.");
    let on = Instant::now();
    pair.master.node.power_on()?;
    pair.master.start()?;
    to_master(pair, report, on, "return of the master with failback")
}

pub fn kill(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let daemon = pair.master.daemon.as_ref().context("no daemon on the master")?;
    let killed = Instant::now();
    daemon.signal(Signal::KILL)?;
    let name = pair.master.name();
    report.wait(pair.stop(), "the master to let go of address and Apache", PATIENCE, || {
        let gone = !pair.holders.now()?.iter().any(|holder| holder == name) && !pair.master.apache()?;
        Ok(gone.then_some(()))
    })?;
    let cleaned = killed.elapsed();
    report.say(&format!("  Address and Apache were gone from the master after {}.", seconds(cleaned)));
    report.checked("what the killed daemon ran is gone from the master before the peer may act", cleaned < DEADTIME);
    to_slave(pair, report, killed, "daemon of the master killed (deadtime 10 s)", SILENT)?;

    report.say("  The daemon of the master is started again.");
    let again = Instant::now();
    pair.master.start()?;
    to_master(pair, report, again, "return of the daemon with failback")
}

pub fn stop(pair: &mut Pair, report: &mut Report) -> Result<()> {
    pair.home(report)?;
    let asked = Instant::now();
    end(&mut pair.master)?;
    to_slave(pair, report, asked, "clean stop of the master, no waiting for deadtime", SWIFT)?;
    ended(&mut pair.master, report)?;

    end(&mut pair.slave)?;
    ended(&mut pair.slave, report)?;
    report.checked("nobody holds the address any more", pair.holders.now()?.is_empty());
    let same = replays(&pair.master, report)? & replays(&pair.slave, report)?;
    report.checked("the recordings of both nodes replay to the same decisions", same);
    Ok(())
}

/// Plays every recording of a node again. False when there is none, or one decides otherwise.
fn replays(member: &Member, report: &Report) -> Result<bool> {
    const DIRECTORY: &str = "/var/lib/heartbeat/recordings";
    let found = std::fs::read_dir(member.node.disk(DIRECTORY)).context("there is no recording")?;
    let mut names = found.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    names.sort();
    report.say(&format!("  systole replay, on {}:", member.name()));
    let mut same = !names.is_empty();
    for name in names {
        let file = format!("{DIRECTORY}/{}", name.to_string_lossy());
        let played = member.node.run(&["systole", "replay", &file])?;
        report.quote(&format!("{}{}", played.out, played.err));
        same &= played.code() == Some(0);
    }
    Ok(same)
}

/// Asks the daemon to end.
fn end(member: &mut Member) -> Result<()> {
    member.daemon.as_ref().context("no daemon to stop")?.signal(Signal::TERM)
}

/// Waits until it has ended, and looks at what it left.
fn ended(member: &mut Member, report: &mut Report) -> Result<()> {
    let mut daemon = member.daemon.take().context("no daemon to wait for")?;
    let status = daemon.wait(PATIENCE)?;
    let status = status.with_context(|| format!("the daemon on {} did not end", member.name()))?;
    let first = member.node.pid()?;
    let left = member.node.processes()?.into_iter().filter(|p| p.pid != first && !p.zombie);
    let left: Vec<String> = left.map(|p| p.name).collect();
    if !left.is_empty() || !status.success() {
        report.say(&format!("  {} ended with {status}; still running there: {}", member.name(), left.join(", ")));
    }
    let what = format!("the daemon on {} ended well and left no process", member.name());
    report.checked(&what, left.is_empty() && status.success());
    Ok(())
}

pub(super) fn to_slave(pair: &Pair, report: &mut Report, from: Instant, what: &str, bound: Duration) -> Result<()> {
    arrived(pair, report, from, pair.slave.name(), what, bound)
}

pub(super) fn to_master(pair: &Pair, report: &mut Report, from: Instant, what: &str) -> Result<()> {
    arrived(pair, report, from, pair.master.name(), what, SWIFT)
}

/// Waits until the page has moved to `who` and stays there, and reports the outage of the move.
fn arrived(pair: &Pair, report: &mut Report, from: Instant, who: &str, what: &str, bound: Duration) -> Result<()> {
    pair.page_of(report, who, from)?;
    pair.steady(report, who, 100)?;
    pair.only_holder(report, who)?;
    let outage = pair.prober.look(|seen| seen.longest_gap(from, Instant::now())).length;
    report.measured(what, outage.max(pair.moved(from, who)?), pair.two_since(from)?, bound);
    Ok(())
}

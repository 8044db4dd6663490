//! The page of `systole status` for people: the verdict, what is amiss, then groups, nodes, links, media, ping nodes.
//! Not here: what counts as amiss (verdict).

use super::verdict::{FRESH_MS, Trouble, word, worst};
use crate::ctl::exit;
use crate::hands::log::clean;
use std::fmt::Write as _;
use systole_config::Protection;
use systole_core::status::{GroupStatus, Named, NodeStatus, PingStatus, Verdict};
use systole_core::{ClaimState, Elsewhere, Fitness, NodeName, NodeState, Status, Warmth};

const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "1;31";
const BOLD: &str = "1";
const DIM: &str = "2";

/// A cell: its text and its colour, empty for none.
type Cell = (String, &'static str);

/// The whole page.
pub fn page(
    status: &Status,
    age_ms: u64,
    troubles: &[Trouble],
    protection: Option<&Protection>,
    colour: bool,
) -> String {
    let mut out = String::new();
    head(&mut out, status, age_ms, troubles, colour);
    if let Some(protection) = protection {
        guard(&mut out, protection, colour);
    }
    table(&mut out, "Groups", status.groups.iter().map(|g| group(g, status)).collect(), colour);
    for group in status.groups.iter().filter(|g| !g.why.is_empty()) {
        let _ = writeln!(
            out,
            "    {}",
            paint(&format!("{}: {}", clean(&group.key, 200), clean(&group.why, 1000)), DIM, colour)
        );
    }
    for group in &status.groups {
        warm(&mut out, group, status, colour);
    }
    table(&mut out, "Nodes", status.nodes.iter().map(|n| node(n, status)).collect(), colour);
    for node in &status.nodes {
        silence(&mut out, node, colour);
    }
    table(&mut out, "Links", status.nodes.iter().flat_map(links).collect(), colour);
    let media = status.media.iter().map(|medium| {
        let state = if medium.open { plain("open", GREEN) } else { plain("not open", RED) };
        vec![plain(&medium.link.0, ""), state, plain(&medium.detail, DIM)]
    });
    table(&mut out, "Media of this node", media.collect(), colour);
    table(&mut out, "Ping nodes", status.pings.iter().map(ping).collect(), colour);
    out
}

/// A span of time in at most two units: `0.4 s`, `2 min 5 s`, `3 d 4 h`.
pub fn span(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0..10 => format!("{}.{} s", s, ms % 1000 / 100),
        10..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        3600..86_400 => format!("{} h {} min", s / 3600, s % 3600 / 60),
        _ => format!("{} d {} h", s / 86_400, s % 86_400 / 3600),
    }
}

fn head(out: &mut String, status: &Status, age_ms: u64, troubles: &[Trouble], colour: bool) {
    let code = worst(troubles);
    let (tone, verdict) = match code {
        0 => (GREEN, "everything is fine"),
        exit::DEGRADED => (YELLOW, word(code)),
        _ => (RED, word(code)),
    };
    let age = if age_ms < FRESH_MS { "answered just now".to_owned() } else { format!("answer {} old", span(age_ms)) };
    let _ = writeln!(
        out,
        "{} {}: {}   {}",
        paint("●", tone, colour),
        paint(status.node.as_str(), BOLD, colour),
        paint(verdict, tone, colour),
        paint(&format!("({age})"), DIM, colour)
    );
    for trouble in troubles {
        let tone = if trouble.code >= exit::DOWN { RED } else { YELLOW };
        let _ = writeln!(out, "  {} {}", paint("!", tone, colour), clean(&trouble.text, 1000));
    }
}

/// What frames prove: a quiet line when only who has the key is heard, a loud one otherwise. No trouble of this moment,
/// so the verdict stays.
fn guard(out: &mut String, protection: &Protection, colour: bool) {
    let (sign, text, tone) = match protection.open() {
        Some(open) => ("!", open, YELLOW),
        None => (" ", protection.describe(), DIM),
    };
    let text = if tone == DIM { paint(&text, DIM, colour) } else { text };
    let _ = writeln!(out, "  {} {text}", paint(sign, tone, colour));
}

fn group(group: &GroupStatus, status: &Status) -> Vec<Cell> {
    let mine = group.owners.contains(&status.node);
    // Where a stop failed it is not served from, whatever is left there.
    let serving: Vec<_> = group.owners.iter().filter(|node| !group.blocked_on.contains(node)).cloned().collect();
    let owner = match (serving.as_slice(), group.here) {
        (_, ClaimState::Blocked) => plain("BLOCKED here", RED),
        ([], _) if !group.blocked_on.is_empty() => plain(&format!("a stop failed on {}", blocked(group)), RED),
        ([], _) if matches!(group.elsewhere, Some(Elsewhere::Answers { .. })) => plain("on another machine", YELLOW),
        ([], ClaimState::Want) => plain("nobody yet, wanted here", YELLOW),
        ([], _) if group.elsewhere.is_some() => plain("on no node that is heard", RED),
        ([], _) => plain("nobody", RED),
        ([one], _) => plain(&format!("on {one}"), GREEN),
        (many, _) => {
            let names: Vec<&str> = many.iter().map(|node| node.as_str()).collect();
            plain(&format!("on {} AT ONCE", names.join(" and ")), RED)
        }
    };
    let home =
        if group.owners.first() == Some(&group.home) { "at home".into() } else { format!("home {}", group.home) };
    let here = match group.here {
        ClaimState::Starting => plain("starting here", YELLOW),
        ClaimState::Stopping => plain("stopping here", YELLOW),
        ClaimState::Blocked => plain("may still run here", RED),
        ClaimState::Running if !mine => plain("running here", GREEN),
        _ => fitness(group.fitness, mine),
    };
    let since = format!("for {}", span(group.since_ms));
    vec![plain(&group.key, BOLD), owner, plain(&home, DIM), plain(&since, ""), here]
}

/// The nodes where a stop of it failed.
fn blocked(group: &GroupStatus) -> String {
    let names: Vec<&str> = group.blocked_on.iter().map(|node| node.as_str()).collect();
    names.join(" and ")
}

/// Where its warm services run, on a line of its own.
fn warm(out: &mut String, group: &GroupStatus, status: &Status, colour: bool) {
    let Some(warm) = &group.warm else { return };
    let mine = group.here.runs();
    let here = match warm.here {
        _ if mine => ("serves", GREEN),
        Warmth::Warm => ("ready", GREEN),
        Warmth::Warming => ("starting", YELLOW),
        Warmth::Unknown => ("not known", YELLOW),
        Warmth::Cooling => ("stopping", YELLOW),
        Warmth::Cold => ("not running", RED),
        Warmth::Stuck => ("does not stop", RED),
    };
    let other = |(name, ready): &(NodeName, bool)| match ready {
        _ if group.owners.contains(name) => (name.to_string(), "serves", GREEN),
        true => (name.to_string(), "ready", GREEN),
        false => (name.to_string(), "cannot take it", RED),
    };
    let all = std::iter::once((status.node.to_string(), here.0, here.1)).chain(warm.others.iter().map(other));
    let words: Vec<String> =
        all.map(|(name, word, tone)| format!("{}: {}", clean(&name, 200), paint(word, tone, colour))).collect();
    let _ = writeln!(out, "    {} {}", paint("warm on every node:", DIM, colour), words.join(", "));
}

/// Whether this node could take it; of no interest where it runs and is well.
fn fitness(fitness: Fitness, mine: bool) -> Cell {
    match fitness {
        Fitness::Fit if mine => plain("", ""),
        Fitness::Fit => plain("ready to run here", DIM),
        Fitness::NoCarrier => plain("no carrier here", YELLOW),
        Fitness::Failed => plain("failed here", RED),
        Fitness::Unable => plain("cannot run here", YELLOW),
    }
}

fn node(node: &NodeStatus, status: &Status) -> Vec<Cell> {
    let tone = match node.state {
        NodeState::Active | NodeState::Ping => GREEN,
        NodeState::Up | NodeState::Init => YELLOW,
        NodeState::Dead => RED,
    };
    let speaks = match node.systole {
        Some(true) => "Systole",
        Some(false) => "Heartbeat",
        None => "not heard yet",
    };
    let mut said = Vec::new();
    if node.me {
        said.push(format!("this node, up for {}", span(status.uptime_ms)));
    } else if let Some(age) = node.last_beat_ms {
        said.push(format!("last beat {} ago", span(age)));
    }
    match node.hears_us {
        Some(true) => said.push("hears us".into()),
        Some(false) => said.push("does NOT hear us".into()),
        None => {}
    }
    match node.named.first() {
        Some(Named::WrongKey { last_ms, .. }) => said.push(format!("another KEY than ours, {} ago", span(*last_ms))),
        Some(Named::WrongVersion { last_ms, .. }) => said.push(format!("unreadable VERSION, {} ago", span(*last_ms))),
        _ => {}
    }
    if node.same_configuration == Some(false) {
        said.push("other files than ours".into());
    }
    let speaks = if node.me { "Systole" } else { speaks };
    vec![
        plain(node.name.as_str(), BOLD),
        plain(node.state.as_str(), tone),
        plain(speaks, ""),
        plain(&said.join(", "), ""),
    ]
}

/// How long that node may be silent, what was seen of it, and what should be changed.
fn silence(out: &mut String, node: &NodeStatus, colour: bool) {
    let Some(silence) = &node.silence else { return };
    let why = match silence.verdict {
        Verdict::Early => "before deadtime",
        Verdict::Off => "deadtime: fastdead is off",
        Verdict::NoUse => "deadtime",
        Verdict::Unread => "deadtime: frames in its name are refused",
        Verdict::Learning => "deadtime, until a day was observed",
        Verdict::NotEarlier => "deadtime: what was observed allows none before it",
        Verdict::OneLink => "deadtime: fewer than two links are steadily up",
        Verdict::Unwitnessed => "deadtime: all links may hang on one switch, and no ping node answers",
    };
    let mut said = format!("{}: dead after {} ({why})", node.name, exact(silence.verdict_ms));
    let _ = write!(said, "; worst gap {} in {}", exact(silence.worst_gap_ms), span(silence.watched_s * 1000));
    let _ = write!(said, ", {} lost, {} near misses", silence.lost, silence.near_misses);
    if silence.own_stalls > 0 {
        let _ =
            write!(said, ", {} stalls of this node, {} at worst", silence.own_stalls, exact(silence.worst_stall_ms));
    }
    let _ = writeln!(out, "    {}", paint(&said, DIM, colour));
    if let Some(better) = silence.better_deadtime_ms {
        let text = format!("by what was observed of {}, `deadtime {}` would fit better", node.name, exact(better));
        let _ = writeln!(out, "    {} {text}", paint("!", YELLOW, colour));
    }
}

/// A short time as it is written in ha.cf.
fn exact(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
}

fn links(node: &NodeStatus) -> Vec<Vec<Cell>> {
    let row = |link: &systole_core::status::LinkStatus| {
        let state = if link.up { plain("up", GREEN) } else { plain("down", RED) };
        let age = link.last_beat_ms.map_or_else(|| "never heard".into(), |ms| format!("last beat {} ago", span(ms)));
        vec![plain(&format!("{}:{}", node.name, link.link), ""), state, plain(&age, "")]
    };
    node.links.iter().map(row).collect()
}

fn ping(ping: &PingStatus) -> Vec<Cell> {
    let state = if ping.alive { plain("answers", GREEN) } else { plain("dead", RED) };
    let age = ping.last_answer_ms.map_or_else(|| "never answered".into(), |ms| format!("last answer {} ago", span(ms)));
    vec![plain(ping.name.as_str(), BOLD), state, plain(&age, "")]
}

fn plain(text: &str, tone: &'static str) -> Cell {
    (clean(text, 200), tone)
}

/// Rows in aligned columns under a heading; nothing at all without rows.
fn table(out: &mut String, title: &str, rows: Vec<Vec<Cell>>, colour: bool) {
    if rows.is_empty() {
        return;
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide =
        |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|(text, _)| text.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(wide).collect();
    let _ = writeln!(out, "\n{}", paint(title, BOLD, colour));
    for row in &rows {
        let mut line = String::new();
        let mut blanks = 2;
        for ((text, tone), width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            if !text.is_empty() {
                let _ = write!(line, "{}{}", " ".repeat(blanks), paint(text, tone, colour));
                blanks = 0;
            }
            blanks += width - text.chars().count() + 2;
        }
        let _ = writeln!(out, "{line}");
    }
}

fn paint(text: &str, tone: &str, colour: bool) -> String {
    if colour && !tone.is_empty() { format!("\x1b[{tone}m{text}\x1b[0m") } else { text.to_owned() }
}

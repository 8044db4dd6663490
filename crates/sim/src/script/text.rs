//! The words of a script, one act a line: `12.300 pause ada for 14.8`. What is written here is what is read.
//! Not here: what the acts mean (script.rs).

use super::{Act, Harm, Misdeed, Step, Trouble};
use crate::plan::Plan;
use std::fmt::Write as _;
use systole_core::{Ask, NodeName, Which};
use thiserror::Error;

/// A line that is no act.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct Misread {
    /// From 1.
    pub line: usize,
    pub what: String,
}

/// The acts as text.
pub fn words(acts: &[Step], plan: &Plan) -> String {
    let mut text = String::new();
    for step in acts {
        let _ = writeln!(text, "{:>9} {}", seconds(step.at_ms), act_words(&step.act, plan));
    }
    text
}

/// Reads acts. Empty lines and what follows a `#` are passed over; `+3` is three seconds after the act before.
///
/// # Errors
/// The first line that is none, and what is wrong with it.
pub fn read(text: &str, plan: &Plan) -> Result<Vec<Step>, Misread> {
    let mut acts: Vec<Step> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split_once('#').map_or(line, |(before, _)| before).trim();
        if line.is_empty() {
            continue;
        }
        let before = acts.last().map_or(0, |step| step.at_ms);
        let step = read_step(line, before, plan).map_err(|what| Misread { line: number + 1, what })?;
        acts.push(step);
    }
    Ok(acts)
}

fn act_words(act: &Act, plan: &Plan) -> String {
    let name = |node: usize| plan.name(node).as_str();
    match act {
        Act::Boot { node } => format!("boot {}", name(*node)),
        Act::PowerCut { node, back_ms } => format!("power-cut {}{}", name(*node), lasting(*back_ms)),
        Act::KillHeart { node } => format!("kill-heart {}", name(*node)),
        Act::KillHands { node } => format!("kill-hands {}", name(*node)),
        Act::Pause { node, ms } => format!("pause {}{}", name(*node), lasting(Some(*ms))),
        Act::KillBoth { node, back_ms } => format!("kill-both {}{}", name(*node), lasting(*back_ms)),
        Act::Ask { node, ask } => format!("ask {} {}", name(*node), ask_words(ask)),
        Act::Replay { to } => format!("replay {}", name(*to)),
        Act::ReplayUnheard { to } => format!("replay-unheard {}", name(*to)),
        Act::ReplayNewborn { to } => format!("replay-newborn {}", name(*to)),
        Act::Forge { from, to, life } => {
            format!("forge {} to {} {}", name(*from), name(*to), if *life { "life" } else { "number" })
        }
        Act::Keyless { from, to } => format!("forge {} to {} keyless", name(*from), name(*to)),
        Act::Malformed { to } => format!("malformed {}", name(*to)),
        Act::ByHand { node, group } => format!("by-hand {} {}", name(*node), plan.groups()[*group].key),
        Act::SyncFails { node } => format!("sync-fails {}", name(*node)),
        Act::PauseAll { ms } => format!("pause-all{}", lasting(Some(*ms))),
        Act::Freeze { node, ms, told } => {
            format!("{} {}{}", if *told { "suspend" } else { "freeze" }, name(*node), lasting(Some(*ms)))
        }
        Act::Harm { node, harm: Harm::Lost } => format!("lose-state {}", name(*node)),
        Act::Harm { node, harm: Harm::Torn } => format!("tear-state {}", name(*node)),
        Act::Harm { node, harm: Harm::Old } => format!("restore-state {}", name(*node)),
        Act::StepClock { node, seconds } => format!("step-clock {} {seconds}", name(*node)),
        Act::AskAll { ask } => format!("ask-all {}", ask_words(ask)),
        Act::Reload { node } => format!("reload {}", name(*node)),
        Act::Trouble { trouble, ms } => format!("{}{}", trouble_words(trouble, plan), lasting(*ms)),
        Act::Mend => "mend".into(),
    }
}

fn trouble_words(trouble: &Trouble, plan: &Plan) -> String {
    let name = |node: usize| plan.name(node).as_str();
    let link = |link: usize| plan.links[link].0.0.as_ref();
    let percent = |per_mille: u64| format!("{}.{}%", per_mille / 10, per_mille % 10);
    match *trouble {
        Trouble::Loss { per_mille } => format!("loss {}", percent(per_mille)),
        Trouble::Duplicate { per_mille } => format!("duplicate {}", percent(per_mille)),
        Trouble::Corrupt { per_mille } => format!("corrupt {}", percent(per_mille)),
        Trouble::Noise { per_mille } => format!("noise {}", percent(per_mille)),
        Trouble::Delay { ms } => format!("delay {}", seconds(ms)),
        Trouble::Silent { link: l } => format!("silent {}", link(l)),
        Trouble::Alone { node } => format!("isolate {}", name(node)),
        Trouble::Filtered { node } => format!("filter {}", name(node)),
        Trouble::FilteredTo { from, to } => format!("filter {} from {}", name(to), name(from)),
        Trouble::OneWay { from, to } => format!("deafen {} to {}", name(to), name(from)),
        Trouble::OneWayOn { from, to, link: l } => format!("deafen {} to {} on {}", name(to), name(from), link(l)),
        Trouble::Pair { one, other } => format!("part {} from {}", name(one), name(other)),
        Trouble::Carrier { node, link: l } => format!("unplug {} {}", name(node), link(l)),
        Trouble::Agent { misdeed, node, group } => {
            let misdeed = match misdeed {
                Misdeed::StartFails => "start-fails",
                Misdeed::StopFails => "stop-fails",
                Misdeed::Hangs => "hangs",
                Misdeed::Slow => "slow",
                Misdeed::StartLies => "start-lies",
                Misdeed::StatusLies => "status-lies",
                Misdeed::Dies => "agent-dies",
                Misdeed::ServiceDies => "service-dies",
                Misdeed::ServiceHangs => "service-hangs",
            };
            format!("{misdeed} {} {}", name(node), plan.groups()[group].key)
        }
        Trouble::Tail { per_mille } => format!("tail {}", percent(per_mille)),
        Trouble::Reorder { per_mille } => format!("reorder {}", percent(per_mille)),
        Trouble::Bursts { link: l } => format!("bursts {}", link(l)),
        Trouble::Flapping { node, link: l, ms } => format!("flap {} {} {}", name(node), link(l), seconds(ms)),
        Trouble::Starved { node } => format!("starve {}", name(node)),
        Trouble::Flood { node } => format!("flood {}", name(node)),
        Trouble::Clone { node } => format!("clone {}", name(node)),
        Trouble::OutOfMemory { node } => format!("out-of-memory {}", name(node)),
        Trouble::ForkFails { node } => format!("fork-fails {}", name(node)),
        Trouble::DiskFull { node } => format!("disk-full {}", name(node)),
        Trouble::DiskUnreadable { node } => format!("disk-unreadable {}", name(node)),
        Trouble::DiskHangs { node } => format!("disk-hangs {}", name(node)),
        Trouble::WrongKey { node } => format!("wrong-key {}", name(node)),
    }
}

fn ask_words(ask: &Ask) -> String {
    let which = |which: &Which| match which {
        Which::All => "all",
        Which::Local => "local",
        Which::Foreign => "foreign",
        Which::Failback => "failback",
    };
    match ask {
        Ask::Status => "status".into(),
        Ask::Standby { which: w } => format!("standby {}", which(w)),
        Ask::Takeover { which: w } => format!("takeover {}", which(w)),
        Ask::Move { group, node } => format!("move {group} {node}"),
        Ask::Cleanup { group: Some(group) } => format!("cleanup {group}"),
        Ask::Cleanup { group: None } => "cleanup".into(),
        Ask::Shutdown => "shutdown".into(),
    }
}

fn lasting(ms: Option<u64>) -> String {
    ms.map_or_else(String::new, |ms| format!(" for {}", seconds(ms)))
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn read_step(line: &str, before: u64, plan: &Plan) -> Result<Step, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (time, rest) = words.split_first().ok_or("nothing is said")?;
    let at_ms = match time.strip_prefix('+') {
        Some(more) => before + read_ms(more)?,
        None => read_ms(time)?,
    };
    if at_ms < before {
        return Err(format!("{time} is before the line above"));
    }
    let (rest, ms) = match rest {
        [rest @ .., "for", span] => (rest, Some(read_ms(span)?)),
        rest => (rest, None),
    };
    let act = read_act(rest, ms, plan)?;
    Ok(Step { at_ms, act })
}

fn read_act(words: &[&str], ms: Option<u64>, plan: &Plan) -> Result<Act, String> {
    let node = |name: &str| {
        let found = plan.settings.iter().position(|s| s.me.as_str() == name);
        found.ok_or_else(|| format!("{name} is no node of this cluster"))
    };
    Ok(match *words {
        ["boot", name] => Act::Boot { node: node(name)? },
        ["power-cut", name] => Act::PowerCut { node: node(name)?, back_ms: ms },
        ["kill-heart", name] => Act::KillHeart { node: node(name)? },
        ["kill-hands", name] => Act::KillHands { node: node(name)? },
        ["pause", name] => Act::Pause { node: node(name)?, ms: ms.ok_or("a pause needs its time: pause NODE for 3")? },
        ["kill-both", name] => Act::KillBoth { node: node(name)?, back_ms: ms },
        ["ask", name, ref ask @ ..] => Act::Ask { node: node(name)?, ask: read_ask(ask)? },
        ["replay", name] => Act::Replay { to: node(name)? },
        ["replay-unheard", name] => Act::ReplayUnheard { to: node(name)? },
        ["replay-newborn", name] => Act::ReplayNewborn { to: node(name)? },
        ["forge", from, "to", to, "life"] => Act::Forge { from: node(from)?, to: node(to)?, life: true },
        ["forge", from, "to", to, "number"] => Act::Forge { from: node(from)?, to: node(to)?, life: false },
        ["forge", from, "to", to, "keyless"] => Act::Keyless { from: node(from)?, to: node(to)? },
        ["malformed", name] => Act::Malformed { to: node(name)? },
        ["by-hand", name, key] => Act::ByHand { node: node(name)?, group: group_of(key, plan)? },
        ["sync-fails", name] => Act::SyncFails { node: node(name)? },
        ["pause-all"] => Act::PauseAll { ms: ms.ok_or("a pause needs its time: pause-all for 3")? },
        [word @ ("freeze" | "suspend"), name] => {
            let ms = ms.ok_or_else(|| format!("it needs its time: {word} NODE for 3"))?;
            Act::Freeze { node: node(name)?, ms, told: word == "suspend" }
        }
        ["lose-state", name] => Act::Harm { node: node(name)?, harm: Harm::Lost },
        ["tear-state", name] => Act::Harm { node: node(name)?, harm: Harm::Torn },
        ["restore-state", name] => Act::Harm { node: node(name)?, harm: Harm::Old },
        ["step-clock", name, seconds] => {
            let seconds = seconds.parse().map_err(|_| format!("{seconds}: whole seconds are wanted, as -3600"))?;
            Act::StepClock { node: node(name)?, seconds }
        }
        ["ask-all", ref ask @ ..] => Act::AskAll { ask: read_ask(ask)? },
        ["reload", name] => Act::Reload { node: node(name)? },
        ["mend"] => Act::Mend,
        _ => Act::Trouble { trouble: read_trouble(words, plan)?, ms },
    })
}

fn read_trouble(words: &[&str], plan: &Plan) -> Result<Trouble, String> {
    let node = |name: &str| {
        let found = plan.settings.iter().position(|s| s.me.as_str() == name);
        found.ok_or_else(|| format!("{name} is no node of this cluster"))
    };
    let link = |name: &str| {
        let found = plan.links.iter().position(|(l, _)| &*l.0 == name);
        found.ok_or_else(|| format!("{name} is no medium of this cluster"))
    };
    let agent = |misdeed: Misdeed, name: &str, key: &str| {
        Ok::<_, String>(Trouble::Agent { misdeed, node: node(name)?, group: group_of(key, plan)? })
    };
    Ok(match *words {
        ["loss", much] => Trouble::Loss { per_mille: read_per_mille(much)? },
        ["duplicate", much] => Trouble::Duplicate { per_mille: read_per_mille(much)? },
        ["corrupt", much] => Trouble::Corrupt { per_mille: read_per_mille(much)? },
        ["noise", much] => Trouble::Noise { per_mille: read_per_mille(much)? },
        ["delay", span] => Trouble::Delay { ms: read_ms(span)? },
        ["silent", name] => Trouble::Silent { link: link(name)? },
        ["isolate", name] => Trouble::Alone { node: node(name)? },
        ["filter", name] => Trouble::Filtered { node: node(name)? },
        ["filter", to, "from", from] => Trouble::FilteredTo { from: node(from)?, to: node(to)? },
        ["deafen", to, "to", from] => Trouble::OneWay { from: node(from)?, to: node(to)? },
        ["deafen", to, "to", from, "on", medium] => {
            Trouble::OneWayOn { from: node(from)?, to: node(to)?, link: link(medium)? }
        }
        ["part", one, "from", other] => Trouble::Pair { one: node(one)?, other: node(other)? },
        ["unplug", name, cable] => Trouble::Carrier { node: node(name)?, link: link(cable)? },
        ["start-fails", name, key] => agent(Misdeed::StartFails, name, key)?,
        ["stop-fails", name, key] => agent(Misdeed::StopFails, name, key)?,
        ["hangs", name, key] => agent(Misdeed::Hangs, name, key)?,
        ["slow", name, key] => agent(Misdeed::Slow, name, key)?,
        ["start-lies", name, key] => agent(Misdeed::StartLies, name, key)?,
        ["status-lies", name, key] => agent(Misdeed::StatusLies, name, key)?,
        ["service-dies", name, key] => agent(Misdeed::ServiceDies, name, key)?,
        ["service-hangs", name, key] => agent(Misdeed::ServiceHangs, name, key)?,
        ["tail", much] => Trouble::Tail { per_mille: read_per_mille(much)? },
        ["reorder", much] => Trouble::Reorder { per_mille: read_per_mille(much)? },
        ["bursts", name] => Trouble::Bursts { link: link(name)? },
        ["flap", name, cable, period] => {
            Trouble::Flapping { node: node(name)?, link: link(cable)?, ms: read_ms(period)?.max(2) }
        }
        ["starve", name] => Trouble::Starved { node: node(name)? },
        ["flood", name] => Trouble::Flood { node: node(name)? },
        ["clone", name] => Trouble::Clone { node: node(name)? },
        ["agent-dies", name, key] => agent(Misdeed::Dies, name, key)?,
        ["out-of-memory", name] => Trouble::OutOfMemory { node: node(name)? },
        ["fork-fails", name] => Trouble::ForkFails { node: node(name)? },
        ["disk-full", name] => Trouble::DiskFull { node: node(name)? },
        ["disk-unreadable", name] => Trouble::DiskUnreadable { node: node(name)? },
        ["disk-hangs", name] => Trouble::DiskHangs { node: node(name)? },
        ["wrong-key", name] => Trouble::WrongKey { node: node(name)? },
        _ => return Err(format!("`{}` is no act", words.join(" "))),
    })
}

fn group_of(key: &str, plan: &Plan) -> Result<usize, String> {
    let group = plan.groups().iter().position(|g| g.key == key);
    group.ok_or_else(|| format!("{key} is no group of this cluster"))
}

fn read_ask(words: &[&str]) -> Result<Ask, String> {
    let which = |word: &str| match word {
        "all" => Ok(Which::All),
        "local" => Ok(Which::Local),
        "foreign" => Ok(Which::Foreign),
        "failback" => Ok(Which::Failback),
        _ => Err(format!("{word}: it is all, local, foreign or failback")),
    };
    Ok(match *words {
        ["status"] => Ask::Status,
        ["standby", word] => Ask::Standby { which: which(word)? },
        ["takeover", word] => Ask::Takeover { which: which(word)? },
        ["move", key, name] => {
            let node = NodeName::new(name).map_err(|e| e.to_string())?;
            Ask::Move { group: key.into(), node }
        }
        ["cleanup"] => Ask::Cleanup { group: None },
        ["cleanup", key] => Ask::Cleanup { group: Some(key.into()) },
        ["shutdown"] => Ask::Shutdown,
        _ => return Err(format!("`{}` is nothing that can be asked", words.join(" "))),
    })
}

/// Seconds with at most three decimals.
fn read_ms(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text} is no time: seconds are wanted, as 2 or 0.25");
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if part.len() > 3 || part.is_empty() {
        return Err(wrong());
    }
    let (whole, part): (u64, u64) =
        (whole.parse().map_err(|_| wrong())?, format!("{part:0<3}").parse().map_err(|_| wrong())?);
    whole.checked_mul(1000).and_then(|ms| ms.checked_add(part)).ok_or_else(wrong)
}

/// Percent with at most one decimal.
fn read_per_mille(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text} is no share: percent are wanted, as 20% or 0.5%");
    let number = text.strip_suffix('%').ok_or_else(wrong)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let (whole, part): (u64, u64) = (whole.parse().map_err(|_| wrong())?, part.parse().map_err(|_| wrong())?);
    if whole > 100 || part > 9 { Err(wrong()) } else { Ok(whole * 10 + part) }
}

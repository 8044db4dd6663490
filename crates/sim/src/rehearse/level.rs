//! The protection level (design, section 5), derived from what the single faults did, and what would raise it.
//! Not here: showing it.

use super::catalogue::{Incident, Kind};
use super::telling::span;
use super::trial::{self, Row, Stands};
use super::{NeverServed, Stage, TWO_MASTERS_MS, spread};
use crate::network::Medium;
use crate::plan::Plan;
use std::sync::atomic::{AtomicBool, Ordering};
use systole_core::LinkName;

/// How far the address is safe from two owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// 0, 1 or 2. 3 and 4 need a lease or fencing, which no rehearsal can see in these files.
    pub number: u8,
    /// What the number means.
    pub means: &'static str,
    /// The worst single fault that keeps the level from being higher, by its name.
    pub fault: Option<String>,
    /// Why it is not higher, in a sentence.
    pub because: String,
}

/// A line that raises the level, and the level that was found with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// To be added to ha.cf on all nodes.
    pub line: String,
    pub level: u8,
}

impl Level {
    /// What follows from single incidents on a plan.
    pub fn of(plan: &Plan, rows: &[Row]) -> Level {
        let worst = |path: bool| {
            let guilty = rows.iter().filter(|row| (row.incident.kind == Kind::Path) == path && row.two_masters());
            guilty.max_by_key(|row| row.doubled_ms())
        };
        let (number, row) = match (worst(true), worst(false)) {
            (Some(row), _) => (0, Some(row)),
            (None, Some(row)) => (1, Some(row)),
            (None, None) => (2, None),
        };
        let because = row.map_or_else(
            || "3 needs a lease or fencing, and this version has neither".to_owned(),
            |row| blame(plan, row),
        );
        Level { number, means: meaning(number), fault: row.map(|row| row.incident.name.clone()), because }
    }
}

/// What a level promises.
pub fn meaning(level: u8) -> &'static str {
    match level {
        0 => "a single network fault makes two owners",
        1 => "no single fault of a path makes two owners",
        _ => "no single fault that is modelled makes two owners",
    }
}

fn blame(plan: &Plan, row: &Row) -> String {
    let longest = |group: &usize| row.of_group(*group).map(|course| course.doubled_ms).max();
    let group = (0..plan.groups().len()).max_by_key(longest).unwrap_or(0);
    let key = plan.groups().get(group).map_or("", |group| group.key.as_str());
    let who = if plan.count() == 2 { "both nodes hold" } else { "several nodes hold" };
    let held = row.of_group(group).any(|course| matches!(course.lasting, Stands::Doubled(_)));
    let long = if held { "until it is mended".to_owned() } else { format!("for {}", span(row.doubled_ms())) };
    format!("when {}, {who} {key} {long}", row.incident.what)
}

impl Stage {
    /// The level with its reason. Other faults are not played when a path is guilty already.
    pub fn level(&self, jobs: usize) -> Level {
        let (paths, others): (Vec<Incident>, Vec<Incident>) =
            self.catalogue().into_iter().partition(|incident| incident.kind == Kind::Path);
        let level = Level::of(self.plan(), &self.singles(paths, jobs, |_, _| {}));
        if level.number == 0 { level } else { Level::of(self.plan(), &self.singles(others, jobs, |_, _| {})) }
    }

    /// The number alone, as quickly as it can be had: nothing more is played once it is sure.
    pub fn level_number(&self, jobs: usize) -> u8 {
        let (paths, others): (Vec<Incident>, Vec<Incident>) =
            self.catalogue().into_iter().partition(|incident| incident.kind == Kind::Path);
        if self.any_doubles(&paths, jobs) {
            0
        } else if self.any_doubles(&others, jobs) {
            1
        } else {
            2
        }
    }

    fn any_doubles(&self, incidents: &[Incident], jobs: usize) -> bool {
        let found = AtomicBool::new(false);
        let doubles = |n: usize| {
            let doubled = |die| self.play(&incidents[n], die).iter().any(|course| course.doubled_ms > TWO_MASTERS_MS);
            if (1..=trial::DICE).any(|die| !found.load(Ordering::Relaxed) && doubled(die)) {
                found.store(true, Ordering::Relaxed);
            }
        };
        spread(incidents.len(), jobs, doubles, |_, _| {});
        found.into_inner()
    }
}

/// What to add where a single path decides, tried out. None where no line of today's files would help.
///
/// # Errors
/// As [`Stage::set`].
pub fn proposal(plan: &Plan, level: &Level, jobs: usize) -> Result<Option<Proposal>, NeverServed> {
    if level.number > 0 {
        return Ok(None);
    }
    let has = |name: &str| plan.links.iter().any(|(link, _)| &*link.0 == name);
    let serial = plan.links.iter().any(|(_, medium)| *medium != Medium::Lan);
    let (line, link) = if plan.count() == 2 && !serial {
        ("serial /dev/ttyS0".to_owned(), (LinkName("/dev/ttyS0".into()), Medium::Serial { baud: 19_200 }))
    } else {
        let free = (0..).map(|n| format!("eth{n}")).find(|name| !has(name)).unwrap_or_default();
        (format!("bcast {free}"), (LinkName(free.into()), Medium::Lan))
    };
    let mut better = plan.clone();
    for settings in &mut better.settings {
        settings.links.push(link.0.clone());
    }
    better.links.push(link);
    let found = Stage::set(better)?.level_number(jobs);
    Ok((found > level.number).then_some(Proposal { line, level: found }))
}

//! A rehearsal as one JSON object, for programs.
//! Not here: the page for people (table).

use super::{Rehearsal, Whole};
use serde_json::{Value, json};
use systole_sim::Plan;
use systole_sim::rehearse::{Course, Kind, Level, Pair, Proposal, Row, Stands, Summary, sentence};

/// The object and a line feed. Times are milliseconds.
pub(super) fn text(rehearsal: &Rehearsal, all_pairs: bool) -> String {
    let plan = rehearsal.stage.plan();
    let faults: Vec<Value> = rehearsal.rows.iter().map(|row| fault(plan, row)).collect();
    let mut object = json!({
        "nodes": plan.settings.iter().map(|settings| settings.me.as_str()).collect::<Vec<_>>(),
        "media": plan.links.iter().map(|(link, _)| link.0.as_ref()).collect::<Vec<_>>(),
        "faults": faults,
        "seconds": rehearsal.seconds,
    });
    if let (Some(whole), Some(object)) = (&rehearsal.whole, object.as_object_mut()) {
        object.insert("pairs".to_owned(), pairs(rehearsal, whole, all_pairs));
        object.insert("level".to_owned(), level(&whole.level, whole.proposal.as_ref()));
    }
    format!("{object}\n")
}

/// The level, alone.
pub(super) fn level(level: &Level, proposal: Option<&Proposal>) -> Value {
    json!({
        "number": level.number,
        "means": level.means,
        "fault": level.fault,
        "because": level.because,
        "raise": proposal.map(|p| json!({"line": p.line, "level": p.level})),
    })
}

/// A row with all its groups.
pub(super) fn fault(plan: &Plan, row: &Row) -> Value {
    let group = |group: usize| {
        let (median, worst) = row.outage_ms(group);
        let course = row.worst(group)?;
        let doubled = row.of_group(group).map(|course| course.doubled_ms).max();
        let mut value = of_course(plan, course);
        let object = value.as_object_mut()?;
        object.insert("group".to_owned(), json!(plan.groups()[group].key));
        object.insert("outage_ms".to_owned(), json!({"median": median, "worst": worst}));
        object.insert("two_holders_ms".to_owned(), json!(doubled));
        Some(value)
    };
    let kind = match row.incident.kind {
        Kind::Path => "path",
        Kind::Other => "other",
        Kind::Planned => "planned",
    };
    let verdict = match (row.two_masters(), row.dark()) {
        (true, _) => "two masters",
        (false, true) => "not served",
        (false, false) => "fine",
    };
    let groups: Vec<Value> = (0..plan.groups().len()).filter_map(group).collect();
    json!({"fault": row.incident.name, "what": row.incident.what, "kind": kind, "verdict": verdict, "groups": groups})
}

fn of_course(plan: &Plan, course: &Course) -> Value {
    json!({
        "story": sentence(plan, course),
        "served_while_it_lasts": matches!(course.lasting, Stands::On(_)),
        "outage_ms": course.outage_ms,
        "two_holders_ms": course.doubled_ms,
        "outage_on_the_way_back_ms": course.back_ms,
        "moves": course.moves,
        "needs_cleanup": course.cleanup,
    })
}

fn pairs(rehearsal: &Rehearsal, whole: &Whole, all: bool) -> Value {
    let plan = rehearsal.stage.plan();
    let summary = Summary::of(&whole.pairs);
    let name = |place: usize| rehearsal.rows.get(place).map(|row| row.incident.name.as_str());
    let pair = |pair: &Pair| {
        let group = plan.groups().get(pair.group).map(|group| group.key.as_str());
        json!({
            "first": name(pair.first),
            "second": name(pair.second),
            "after_ms": pair.gap_ms,
            "group": group,
            "two_masters_by_one_alone": pair.expected,
            "course": of_course(plan, &pair.course),
        })
    };
    let shown = whole.pairs.iter().filter(|pair| all || pair.two_masters() && !pair.expected);
    let shown: Vec<Value> = shown.take(if all { usize::MAX } else { 10 }).map(pair).collect();
    json!({
        "count": summary.pairs,
        "two_masters": summary.two_masters,
        "two_masters_only_together": summary.only_together,
        "not_served": summary.dark,
        "shown": shown,
    })
}

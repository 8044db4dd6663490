//! A rehearsal for people: the single faults by kind, the worst first; the pairs; the protection level.
//! Not here: JSON (json).

use super::{Rehearsal, Whole};
use crate::hands::log::clean;
use std::fmt::Write as _;
use systole_sim::rehearse::{Course, Kind, Level, Pair, Proposal, Row, Stage, Stands, Summary, sentence, span};

/// Without `--pairs` so many pairs are shown.
const PAIRS_SHOWN: usize = 10;
const HEADINGS: [(Kind, &str); 3] = [
    (Kind::Path, "One path: a cable, a switch, a medium, one direction of it"),
    (Kind::Other, "One machine, daemon or agent, or all media at once"),
    (Kind::Planned, "Asked for"),
];

/// The whole page.
pub(super) fn page(rehearsal: &Rehearsal, all_pairs: bool) -> String {
    let mut text = String::new();
    let stage = &rehearsal.stage;
    for (kind, heading) in HEADINGS {
        let mut rows: Vec<&Row> = rehearsal.rows.iter().filter(|row| row.incident.kind == kind).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.badness()));
        let lines: Vec<[String; 5]> = rows.iter().flat_map(|row| lines(stage, row)).collect();
        if !lines.is_empty() {
            text.push_str(&format!("{heading}\n{}\n", columns(&lines)));
        }
    }
    if let Some(Whole { pairs, level, proposal }) = &rehearsal.whole {
        text.push_str(&of_pairs(rehearsal, pairs, all_pairs));
        text.push_str(&of_level(level, proposal.as_ref()));
    }
    let faults = if rehearsal.rows.len() == 1 { "fault" } else { "faults" };
    let _ = writeln!(text, "\n{} single {faults} rehearsed in {:.1} s.", rehearsal.rows.len(), rehearsal.seconds);
    text
}

/// A line for each way in which the groups fare; mostly there is one.
fn lines(stage: &Stage, row: &Row) -> Vec<[String; 5]> {
    let mut ways: Vec<(String, Vec<usize>)> = Vec::new();
    for group in 0..stage.plan().groups().len() {
        let Some(course) = row.worst(group) else { continue };
        let story = sentence(stage.plan(), course);
        match ways.iter_mut().find(|(known, _)| *known == story) {
            Some((_, groups)) => groups.push(group),
            None => ways.push((story, vec![group])),
        }
    }
    let several = ways.len() > 1;
    let line = |(story, groups): (String, Vec<usize>)| {
        let keys: Vec<&str> = groups.iter().map(|group| stage.plan().groups()[*group].key.as_str()).collect();
        let story = if several { format!("{}: {story}", keys.join(", ")) } else { story };
        let worst = groups.iter().max_by_key(|group| row.worst(**group).map(Course::badness)).copied().unwrap_or(0);
        let doubled = groups.iter().flat_map(|group| row.of_group(*group)).map(|course| course.doubled_ms).max();
        let until = row.worst(worst);
        let held = until.is_some_and(|course| matches!(course.lasting, Stands::Doubled(_)));
        let two = if held { "until mended".to_owned() } else { span(doubled.unwrap_or(0)) };
        [clean(&row.incident.name, 200), clean(&story, 400), outage(row, worst), two, verdict(until).to_owned()]
    };
    ways.into_iter().map(line).collect()
}

/// `9.7 s (10.3 s)`: median and worst.
pub(super) fn outage(row: &Row, group: usize) -> String {
    if row.of_group(group).any(|course| course.lasting == Stands::Nowhere) {
        return "until mended".to_owned();
    }
    let (median, worst) = row.outage_ms(group);
    if worst > median + median / 10 { format!("{} ({})", span(median), span(worst)) } else { span(worst) }
}

fn verdict(course: Option<&Course>) -> &'static str {
    match course {
        Some(course) if course.badness().0 => "TWO MASTERS",
        Some(course) if course.lasting == Stands::Nowhere => "NOT SERVED",
        Some(course) if course.cleanup => "needs cleanup",
        _ => "",
    }
}

fn of_pairs(rehearsal: &Rehearsal, pairs: &[Pair], all: bool) -> String {
    let summary = Summary::of(pairs);
    let share = |count: usize| format!("{count} ({} %)", (count * 100 + summary.pairs / 2) / summary.pairs.max(1));
    let mut text = format!(
        "Pairs: {} of them, each at once and one {} or {} after the other, either way round.\n  \
         {} make two masters, {} of these although neither fault does so alone.\n  \
         {} leave a group without service until something is mended.\n",
        summary.pairs,
        gap(rehearsal, 1),
        gap(rehearsal, 2),
        share(summary.two_masters),
        summary.only_together,
        share(summary.dark),
    );
    let plan = rehearsal.stage.plan();
    let shown = pairs.iter().filter(|pair| all || pair.two_masters() && !pair.expected);
    let shown = shown.take(if all { usize::MAX } else { PAIRS_SHOWN });
    let name = |place: usize| rehearsal.rows.get(place).map_or("", |row| row.incident.name.as_str());
    let line = |pair: &Pair| {
        let later = if pair.gap_ms == 0 { "and".to_owned() } else { format!("and {} later", span(pair.gap_ms)) };
        let both = format!("{} {later} {}", name(pair.first), name(pair.second));
        let course = &pair.course;
        let until = |ends: bool, ms: u64| if ends { span(ms) } else { "until mended".to_owned() };
        let outage = until(course.lasting != Stands::Nowhere, course.outage_ms);
        let two = until(!matches!(course.lasting, Stands::Doubled(_)), course.doubled_ms);
        [clean(&both, 400), clean(&sentence(plan, course), 400), outage, two, verdict(Some(course)).to_owned()]
    };
    let lines: Vec<[String; 5]> = shown.map(line).collect();
    if !lines.is_empty() {
        text.push_str(if all { "\nAll pairs\n" } else { "\nThe worst of those that only come together\n" });
        text.push_str(&columns(&lines));
    }
    text.push('\n');
    text
}

/// The second fault comes so much later.
fn gap(rehearsal: &Rehearsal, number: usize) -> String {
    span(rehearsal.stage.gaps_ms().get(number).copied().unwrap_or(0))
}

/// The level, why it is not higher, and what would raise it.
pub(super) fn of_level(level: &Level, proposal: Option<&Proposal>) -> String {
    let mut text = format!("Protection level {} of 4: {}.\n", level.number, level.means);
    let because = clean(&level.because, 1000);
    let _ = match level.number {
        2 => writeln!(text, "Not higher: {because}."),
        number => writeln!(text, "Not {}: {because}.", number + 1),
    };
    match proposal {
        Some(Proposal { line, level }) => {
            let _ = writeln!(
                text,
                "To raise it: a second medium. With the line `{line}` in ha.cf of all nodes, and the cable, the same \
                 faults give level {level}."
            );
        }
        None if level.number == 1 => text.push_str("No line of these files raises it in this version.\n"),
        None => {}
    }
    text
}

fn columns(lines: &[[String; 5]]) -> String {
    let head = ["fault", "what happens", "outage", "two holders", ""].map(str::to_owned);
    let wide = |n: usize| lines.iter().chain([&head]).map(|line| line[n].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(wide).collect();
    let mut text = String::new();
    for line in [&head].into_iter().chain(lines) {
        let mut row = String::from(" ");
        for (cell, width) in line.iter().zip(&widths) {
            let _ = write!(row, " {cell:<width$} ");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

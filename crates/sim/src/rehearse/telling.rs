//! A course in words for people: what happens while it lasts, and what happens when it is mended.
//! Not here: tables.

use super::trial::{Course, Stands};
use crate::plan::Plan;

/// `dracofeu takes over; nico takes it back`.
pub fn sentence(plan: &Plan, course: &Course) -> String {
    let name = |node: usize| plan.name(node).as_str();
    let mut words = match (course.before, course.lasting) {
        (_, Stands::Doubled(2)) => "both nodes hold it until it is mended".to_owned(),
        (_, Stands::Doubled(many)) => format!("{many} nodes hold it until it is mended"),
        (_, Stands::Nowhere) => "nobody serves it until it is mended".to_owned(),
        (Stands::On(before), Stands::On(node)) if node != before => format!("{} takes over", name(node)),
        (_, Stands::On(node)) if course.moves == 2 && plan.count() == 2 => {
            format!("{} takes over; {} takes it back", name(1 - node.min(1)), name(node))
        }
        (_, Stands::On(node)) if course.moves > 1 => format!("it moves {} times, back to {}", course.moves, name(node)),
        (_, Stands::On(node)) if course.outage_ms > 0 => format!("{} serves again", name(node)),
        (_, Stands::On(node)) => format!("{} serves on", name(node)),
    };
    match course.after {
        _ if course.cleanup => words.push_str("; then only after systole cleanup"),
        Stands::Nowhere => words.push_str("; and nobody after that"),
        Stands::Doubled(_) => words.push_str("; and both after that"),
        Stands::On(node) => match course.lasting {
            Stands::On(lasting) if lasting == node => {}
            Stands::On(_) if course.before == course.after => {
                words.push_str(&format!("; {} takes it back", name(node)))
            }
            _ => words.push_str(&format!("; then {}", name(node))),
        },
    }
    words
}

/// Milliseconds as `0 s`, `0.05 s`, `9.8 s` or `25 s`.
pub fn span(ms: u64) -> String {
    match ms {
        0 => "0 s".to_owned(),
        1..1000 => format!("0.{:02} s", ms.div_ceil(10).min(99)),
        1000..100_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} s", ms / 1000),
    }
}

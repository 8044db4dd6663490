//! The file `silences`: for each peer and day the longest silence that it survived, and how long it was watched.
//! Bounded: a week of days for each node of ha.cf. Not here: when it is written (hands).

use super::forms::{sealed, unsealed};
use std::collections::BTreeMap;
use systole_core::{NodeName, Observed};

/// Days since 1970.
pub type Day = u64;
/// What was observed, by node and day.
pub type Book = BTreeMap<NodeName, BTreeMap<Day, Observed>>;

/// So many days count, today among them.
const DAYS: u64 = 7;

/// Adds to the book of a day; days that count no more are forgotten.
pub fn add(book: &mut Book, node: &NodeName, today: Day, observed: Observed) {
    let days = book.entry(node.clone()).or_default();
    let day = days.entry(today).or_default();
    day.worst_ms = day.worst_ms.max(observed.worst_ms);
    day.for_s = day.for_s.saturating_add(observed.for_s);
    // Days to come are of a clock that was wrong; they count as long as days gone by.
    days.retain(|day, _| today.abs_diff(*day) < DAYS);
}

/// What the days that count say of a node.
pub fn week(book: &Book, node: &NodeName, today: Day) -> Observed {
    let days = book.get(node).into_iter().flatten().filter(|(day, _)| today.abs_diff(**day) < DAYS);
    days.fold(Observed::default(), |sum, (_, day)| Observed {
        worst_ms: sum.worst_ms.max(day.worst_ms),
        for_s: sum.for_s.saturating_add(day.for_s),
    })
}

/// One line a node and day: name, day, milliseconds, seconds, and the checksum of what stands before it.
pub fn text(book: &Book) -> String {
    let line = |node: &NodeName, (day, seen): (&Day, &Observed)| {
        sealed(&format!("{node} {day} {} {}", seen.worst_ms, seen.for_s))
    };
    book.iter().flat_map(|(node, days)| days.iter().map(move |day| line(node, day))).collect()
}

/// Lines of these nodes. One that is damaged makes its node unknown: a worst silence may have stood there.
pub fn parse(bytes: &[u8], nodes: &[NodeName]) -> Book {
    let mut book = Book::new();
    for line in String::from_utf8_lossy(bytes).split_terminator('\n').take(nodes.len() * 16) {
        let Some((node, day, observed)) = parse_line(line) else { return Book::new() };
        if nodes.contains(&node) {
            book.entry(node).or_default().insert(day, observed);
        }
    }
    book
}

fn parse_line(line: &str) -> Option<(NodeName, Day, Observed)> {
    let mut words = unsealed(line)?.split(' ');
    let node = NodeName::new(words.next()?).ok()?;
    let mut number = || words.next()?.parse::<u64>().ok();
    let (day, worst_ms, for_s) = (number()?, number()?, number()?);
    words.next().is_none().then_some((node, day, Observed { worst_ms, for_s }))
}

#[cfg(test)]
mod tests;

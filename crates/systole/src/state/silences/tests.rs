//! The book of a week.
#![allow(clippy::unwrap_used)]

use super::{Book, add, parse, text, week};
use systole_core::{NodeName, Observed};

fn beta() -> NodeName {
    NodeName::new("beta").unwrap()
}

fn seen(worst_ms: u64, for_s: u64) -> Observed {
    Observed { worst_ms, for_s }
}

#[test]
fn a_week_is_the_worst_of_its_days_and_forgets_the_eighth() {
    let mut book = Book::new();
    for (day, worst) in (20_000..).zip([900, 300, 200, 400, 200, 200, 200, 200]) {
        add(&mut book, &beta(), day, seen(worst, 600));
        add(&mut book, &beta(), day, seen(100, 600));
    }
    assert_eq!(week(&book, &beta(), 20_006), seen(400, 8400), "the first day is gone already, the seventh is today");
    assert_eq!(week(&book, &beta(), 20_007), seen(400, 8400));
    assert_eq!(week(&book, &beta(), 20_010), seen(200, 4800));
    assert_eq!(week(&book, &beta(), 30_000), seen(0, 0));
    assert_eq!(text(&book).lines().count(), 7);
}

#[test]
fn what_is_written_is_read_and_one_damaged_line_makes_all_of_it_unknown() {
    let mut book = Book::new();
    add(&mut book, &beta(), 20_000, seen(900, 600));
    add(&mut book, &beta(), 20_001, seen(100, 600));
    let whole = text(&book);
    assert_eq!(parse(whole.as_bytes(), &[beta()]), book);
    assert_eq!(parse(whole.as_bytes(), &[]), Book::new(), "a node that is not in ha.cf");
    assert_eq!(parse(whole.replace("900", "901").as_bytes(), &[beta()]), Book::new());
    assert_eq!(parse(b"\xff\n", &[beta()]), Book::new());
}

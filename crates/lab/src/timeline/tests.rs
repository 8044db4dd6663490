//! Tests of `timeline`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn timeline(start: Instant, answers: &[(u64, Option<&str>)]) -> Timeline {
    let answer = |(at, who): &(u64, Option<&str>)| Answer {
        asked: start + Duration::from_millis(*at),
        done: start + Duration::from_millis(*at),
        who: who.map(str::to_owned),
    };
    Timeline { answers: answers.iter().map(answer).collect() }
}

const A: Option<&str> = Some("a");
const B: Option<&str> = Some("b");

#[test]
fn a_gap_runs_from_good_page_to_good_page() {
    let start = Instant::now();
    let ms = |n| start + Duration::from_millis(n);
    let seen = timeline(start, &[(10, A), (20, A), (25, None), (90, None), (120, B), (125, B)]);
    let gap = seen.longest_gap(ms(0), ms(126));
    assert_eq!(gap, Gap { length: Duration::from_millis(100), before: Some("a".into()), after: Some("b".into()) });
    // Began before the first moment: counts in full.
    assert_eq!(seen.longest_gap(ms(50), ms(126)).length, Duration::from_millis(100));
    // Lasts at the end: counts up to it.
    assert_eq!(
        seen.longest_gap(ms(0), ms(80)),
        Gap { length: Duration::from_millis(60), before: Some("a".into()), after: None }
    );
    assert_eq!(seen.longest_gap(ms(121), ms(126)).length, Duration::from_millis(5));
    // What an earlier fault has left is not the healing's.
    assert_eq!(seen.longest_gap_after(ms(100), ms(126)).length, Duration::from_millis(20));
    assert_eq!(seen.failed(ms(0), ms(126)), 2);
}

#[test]
fn no_answer_at_all_is_one_gap() {
    let start = Instant::now();
    let until = start + Duration::from_secs(3);
    assert_eq!(Timeline::default().longest_gap(start, until).length, Duration::from_secs(3));
}

#[test]
fn a_move_is_from_the_last_of_the_old_to_the_first_of_the_new() {
    let start = Instant::now();
    let seen = timeline(start, &[(10, A), (20, A), (25, None), (70, B), (80, B)]);
    assert_eq!(seen.moved(start, "b"), Some(Duration::from_millis(50)));
    assert_eq!(seen.moved(start, "c"), None);
    assert_eq!(seen.moved(start + Duration::from_millis(75), "b"), Some(Duration::from_millis(60)));
}

#[test]
fn steady_needs_the_full_number_without_a_miss() {
    let start = Instant::now();
    let seen = timeline(start, &[(10, A), (20, None), (30, A), (40, A)]);
    assert!(seen.steady(start, "a", 2));
    assert!(!seen.steady(start, "a", 3));
    assert!(!seen.steady(start, "b", 1));
    assert!(!seen.steady(start + Duration::from_millis(35), "a", 2), "only what came since the moment counts");
    assert!(!seen.steady(start + Duration::from_millis(40), "a", 1));
}

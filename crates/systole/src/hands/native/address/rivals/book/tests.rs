//! What becomes news, what is answered, what is over; in made-up time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const MAC: Mac = [2, 0, 0, 0, 0, 1];

fn ip(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn news(book: &mut Book, now: Instant) -> Vec<(String, bool)> {
    let told = book.settle(now, |index| format!("eth{index}"));
    let words = |event| match event {
        Event::AlsoAnswers { address, over, .. } => (address, over),
        Event::AnswersForAll { interface, by } => (format!("all on {interface} {by}"), false),
        other => panic!("{other:?}"),
    };
    told.into_iter().map(words).collect()
}

#[test]
fn a_claim_is_answered_at_once_and_then_not_more_than_once_in_ten_seconds() {
    let (mut book, start) = (Book::default(), Instant::now());
    let at = |ms| start + Duration::from_millis(ms);
    let answered: Vec<u64> = (0..300).map(|n| n * 100).filter(|ms| book.claimed(ip(7), MAC, 0, at(*ms))).collect();
    assert_eq!(answered, [0, 10_000, 20_000]);
    // Another one with the same address changes nothing of that; another address is its own affair.
    assert!(!book.claimed(ip(7), [2, 0, 0, 0, 0, 9], 0, at(29_950)));
    assert!(book.claimed(ip(8), MAC, 0, at(29_950)));
}

#[test]
fn it_is_told_once_shown_while_it_lasts_and_told_when_it_is_over() {
    let (mut book, start) = (Book::default(), Instant::now());
    let at = |s| start + Duration::from_secs(s);
    book.claimed(ip(7), MAC, 0, at(0));
    assert_eq!(news(&mut book, at(0)), []);
    assert!(!book.is_open() && book.is_claimed(ip(7)));
    assert_eq!(news(&mut book, at(1)), [("192.0.2.7".to_owned(), false)]);
    book.claimed(ip(7), MAC, 0, at(60));
    assert_eq!(news(&mut book, at(61)), []);
    let shown = Rival { address: Some(ip(7)), by: "02:00:00:00:00:01".into(), for_ms: 65_000, last_ms: 5000 };
    assert_eq!(book.rivals(at(65)), [shown]);
    assert_eq!(news(&mut book, at(130)), [("192.0.2.7".to_owned(), true)]);
    assert!(!book.is_open() && !book.is_claimed(ip(7)));
    assert_eq!(book.rivals(at(130)), []);
}

#[test]
fn who_answers_for_nobodys_addresses_is_no_rival_but_named() {
    let (mut book, start) = (Book::default(), Instant::now());
    let at = |s| start + Duration::from_secs(s);
    book.claimed(ip(7), MAC, 3, at(0));
    book.answered_for_nobody(MAC, ip(100), at(0));
    // One such answer may be a host that nobody has told us of.
    assert_eq!(news(&mut book, at(0)), []);
    book.answered_for_nobody(MAC, ip(101), at(0));
    assert_eq!(news(&mut book, at(1)), [("all on eth3 02:00:00:00:00:01".to_owned(), false)]);
    assert_eq!(news(&mut book, at(2)), []);
    assert!(!book.claimed(ip(7), MAC, 3, at(60)), "it is not fought");
    assert_eq!(book.rivals(at(60)).len(), 1);
    assert_eq!(book.rivals(at(60))[0].address, None);
    assert_eq!(news(&mut book, at(601)), []);
    assert!(!book.is_open(), "believed again");
}

#[test]
fn what_is_not_held_any_more_is_forgotten_and_nothing_grows_without_end() {
    let (mut book, now) = (Book::default(), Instant::now());
    for n in 0..1000_u32 {
        let [.., a, b] = n.to_be_bytes();
        book.claimed(ip(7), [2, 0, 0, 0, a, b], 0, now);
        book.answered_for_nobody([4, 0, 0, 0, a, b], ip(100), now);
    }
    assert_eq!((book.claims.len(), book.proxies.len()), (KEPT_MAX, KEPT_MAX));
    book.retain(|held| *held != ip(7));
    assert!(book.claims.is_empty() && book.defended.is_empty());
    assert_eq!(news(&mut book, now + Duration::from_secs(2)), []);
}

//! Tests of `holders`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn at(start: Instant, millis: u64, machine: &str, present: bool) -> (Instant, String, bool) {
    (start + Duration::from_millis(millis), machine.to_owned(), present)
}

#[test]
fn only_time_with_two_counts_and_only_between_the_moments() {
    let start = Instant::now();
    let moment = |millis| start + Duration::from_millis(millis);
    let events = [
        at(start, 0, "a", true),
        at(start, 100, "b", true),
        // A refreshed lifetime tells of the address again; it is still one holder.
        at(start, 150, "b", true),
        at(start, 300, "a", false),
        at(start, 500, "a", true),
    ];
    let ms = Duration::from_millis;
    assert_eq!(overlap(&events, start, moment(400)), ms(200));
    assert_eq!(overlap(&events, moment(250), moment(400)), ms(50));
    assert_eq!(overlap(&events, start, moment(600)), ms(300), "still two at the end");
    assert_eq!(overlap(&events, start, moment(90)), ms(0));
}

#[test]
fn a_power_cut_noted_late_counts_from_its_own_moment() {
    let start = Instant::now();
    let events = [at(start, 0, "a", true), at(start, 50, "b", true), at(start, 40, "a", false)];
    assert_eq!(overlap(&events, start, start + Duration::from_millis(100)), Duration::ZERO);
}

#[test]
fn what_a_kernel_still_says_after_the_power_cut_holds_nothing() {
    let start = Instant::now();
    let holders = Holders::new(Ipv4Addr::LOCALHOST).unwrap();
    let refreshed = at(start, 7, "a", true);
    holders.inner.book().events.extend([at(start, 0, "a", true), refreshed, at(start, 9, "b", true)]);
    holders.forget("a", start + Duration::from_millis(5));
    assert_eq!(holders.two_at_once(start, start + Duration::from_secs(9)).unwrap(), Duration::ZERO);
    assert_eq!(holders.now().unwrap(), ["b"]);
}

//! Times as written and as shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

#[test]
fn times_are_exact() {
    for (text, micros) in [
        ("2", 2_000_000),
        ("0", 0),
        ("1.5", 1_500_000),
        (".5", 500_000),
        ("2.", 2_000_000),
        ("500ms", 500_000),
        ("500msec", 500_000),
        ("0.1ms", 100),
        ("250us", 250),
        ("10s", 10_000_000),
        ("10sec", 10_000_000),
        ("1m", 60_000_000),
        ("1.5min", 90_000_000),
        ("1h", 3_600_000_000),
        ("0.100000000000000000", 100_000),
    ] {
        assert_eq!(parse(text), Ok(Duration::from_micros(micros)), "{text}");
    }
}

#[test]
fn what_is_no_time() {
    for (text, why) in [
        ("", TimeError::NotANumber),
        (".", TimeError::NotANumber),
        ("-1", TimeError::NotANumber),
        ("1.2.3", TimeError::NotANumber),
        ("ten", TimeError::NotANumber),
        ("s", TimeError::NotANumber),
        ("ms", TimeError::NotANumber),
        ("10 s", TimeError::UnknownUnit),
        ("10d", TimeError::UnknownUnit),
        ("1e3", TimeError::UnknownUnit),
        ("0.1us", TimeError::TooFine),
        ("0.0000001", TimeError::TooFine),
        ("99999999999999999999999999", TimeError::TooLong),
        ("40000000", TimeError::TooLong),
    ] {
        assert_eq!(parse(text), Err(why), "{text}");
    }
}

#[test]
fn shown_times_read_back() {
    for micros in [0, 1, 999, 1_000, 1_500, 500_000, 1_000_000, 1_500_000, 60_000_000] {
        let time = Duration::from_micros(micros);
        assert_eq!(parse(&show(time)).unwrap(), time);
    }
}

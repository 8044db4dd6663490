//! How checks are written and read.
//! Not here: where they may stand (tests/haresources.rs).
#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn checks_are_read_as_they_are_shown() {
    for (text, shown) in [
        ("http://192.168.1.236/health", "http://192.168.1.236:80/health"),
        ("http://web:8080", "http://web:8080/"),
        ("http://[fd00::99]/x?y=z", "http://[fd00::99]:80/x?y=z"),
        ("https://web/", "https://web:443/"),
        ("tcp://192.168.1.236:3306", "tcp://192.168.1.236:3306"),
        ("unit", "unit"),
        ("proc=mysqld", "proc=mysqld"),
        ("cmd=/bin/true", "cmd=/bin/true"),
    ] {
        assert_eq!(check(text).unwrap().to_string(), shown);
        assert_eq!(check(shown).unwrap(), check(text).unwrap());
    }
}

#[test]
fn what_is_no_check_is_told() {
    for (text, why) in [
        ("htp://web/", "one of: http://HOST"),
        ("http", "one of: http://HOST"),
        ("http://", "the host is missing"),
        ("http://:80/", "the host is missing"),
        ("http://web:0/", "a port is a number"),
        ("http://web:http/", "a port is a number"),
        ("http://fd00::99/", "in brackets"),
        ("http://[fd00::99/", "closing bracket"),
        ("tcp://web", "a host and a port"),
        ("tcp://web:80/x", "a host and a port"),
        ("tcp://web:80/", "a host and a port"),
        ("proc=", "name of a process"),
        ("cmd=true", "path of a program"),
        ("unti", "one of: http://HOST"),
    ] {
        let said = check(text).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}

#[test]
fn times_counts_and_words() {
    let seconds = Duration::from_secs;
    assert_eq!(monitor("15s"), Ok(Monitor::Every(seconds(15))));
    assert_eq!(monitor("off"), Ok(Monitor::Off));
    assert!(monitor("on").unwrap_err().ends_with("a time as 10s, or off"));
    assert!(monitor("0").unwrap_err().starts_with("this must be above zero"));
    assert_eq!(retries("3/10m"), Ok(Retries { count: 3, within: seconds(600) }));
    assert_eq!(retries("0/1h"), Ok(Retries { count: 0, within: seconds(3600) }));
    for bad in ["3", "3/", "/10m", "x/10m", "-1/10m", "3/0", "2000/10m", "3/10x"] {
        assert!(retries(bad).is_err(), "{bad}");
    }
    assert_eq!(stop_fail("ignore"), Ok(StopFail::Ignore));
    assert!(stop_fail("reset").unwrap_err().contains("watchdog"));
    assert_eq!(stop_fail("blok"), Err("one of: block, ignore".into()));
    assert_eq!(expect("200"), Ok(Expect::Status(200)));
    assert_eq!(expect("fine"), Ok(Expect::Text("fine".into())));
    assert!(expect("600").is_err() && expect("").is_err() && expect("99").is_err());
}

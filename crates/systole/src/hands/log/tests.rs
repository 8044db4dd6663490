//! Wording, formats and bad targets of the log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::line::{LINE_MAX, Line, clean};
use super::{Log, limit, outlet::Warn, sentences, syslog};
use crate::bridge::Level;
use crate::hands::tests::begin;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use systole_core::output::GroupChange;
use systole_core::{Assertion, Event, Generation, GroupId, LinkName, NodeName, NodeState, Refusal, Sequence};
use systole_sys::localtime::local_time;

fn beta() -> NodeName {
    NodeName::new("beta").unwrap()
}

fn group(key: &str, change: GroupChange, why: &str) -> Event {
    Event::Group { group: GroupId::of_key(key), key: key.into(), change, why: why.into() }
}

/// The numbers in the brackets are those around the hole, as Heartbeat has them.
#[test]
fn lost_messages_are_told_as_heartbeat_tells_them() {
    let dir = tempfile::tempdir().unwrap();
    let view = sentences::View::new(&begin(dir.path()));
    let said = |event: Event| sentences::of(&event, &view);
    let (first, last) = (Sequence(216), Sequence(218));
    let lost = said(Event::PacketsLost { node: beta(), first, last });
    assert_eq!(lost, [(Level::Warn, "3 lost packet(s) for [beta] [215:219]".into())]);
    let complete = said(Event::PacketsComplete { node: beta() });
    assert_eq!(complete, [(Level::Info, "No pkts missing from beta!".into())]);
    let gone = said(Event::PacketGone { node: beta(), sequence: first });
    assert_eq!(gone, [(Level::Error, "Irretrievably lost packet: node beta seq 216".into())]);
}

/// Every sentence that people grep for, to the letter; what follows in brackets is ours.
#[test]
fn the_lines_people_grep_keep_their_wording() {
    let dir = tempfile::tempdir().unwrap();
    let view = sentences::View::new(&begin(dir.path()));
    let (node, link) = (beta(), LinkName("eth0".into()));
    let id = GroupId::of_key("web");
    let both =
        |key: &str, we_keep| Event::BothHold { group: GroupId::of_key(key), key: key.into(), node: beta(), we_keep };
    let table: Vec<(Event, Vec<&str>)> = vec![
        (Event::LinkUp { node: node.clone(), link: link.clone() }, vec!["Link beta:eth0 up."]),
        (Event::LinkDead { node: node.clone(), link }, vec!["Link beta:eth0 dead."]),
        (
            Event::PeerDead { node: node.clone(), silent_ms: 10020 },
            vec!["node beta: is dead (no beat on any link for 10020 ms)"],
        ),
        (
            Event::PeerState { node: node.clone(), state: NodeState::Active },
            vec!["Status update for node beta: status active"],
        ),
        (Event::PeerState { node: node.clone(), state: NodeState::Up }, vec!["Status update for node beta: status up"]),
        (Event::LocalState { state: NodeState::Up }, vec!["Local status now set to: 'up'"]),
        (
            Event::LocalState { state: NodeState::Active },
            vec!["Comm_now_up(): updating status to active", "Local status now set to: 'active'"],
        ),
        (Event::ShutdownBegun, vec!["Heartbeat shutdown in progress. (18)", "Giving up all HA resources."]),
        (Event::ShutdownDone, vec!["All HA resources relinquished.", "alpha Heartbeat shutdown complete."]),
        (
            Event::HeldDown {
                group: GroupId::of_key("apache2"),
                key: "apache2".into(),
                node: beta(),
                crashes: 3,
                for_ms: 40_000,
            },
            vec![
                "Node beta went down 3 times while it held the group apache2: it goes back there when that node has run \
                 for 40 s (at once: systole takeover there; when it is mended: systole cleanup here).",
            ],
        ),
        (
            Event::ShutdownIncomplete { left: vec!["apache2".into()] },
            vec![
                "alpha shuts down, but apache2 could not be stopped and may still run here. No other node will start it. \
                 Stop it by hand, then start Systole here once, so that the others hear that nothing is left.",
            ],
        ),
        (
            Event::AssertionFailed { rule: Assertion::S4, what: "alpha would start web, which beta holds".into() },
            vec![
                "BUG in systole (assertion S4): alpha would start web, which beta holds. The start was held \
                  back and is tried again when the other side is silent. Please keep the recording and this log, and \
                  report both to the authors of systole.",
            ],
        ),
        (Event::PeerLeft { node: node.clone() }, vec!["Received shutdown notice from 'beta'."]),
        (
            Event::LateBeat { node: node.clone(), interval_ms: 2510 },
            vec!["Late heartbeat: Node beta: interval 2510 ms"],
        ),
        (Event::PeerReturned { node }, vec!["Cluster node beta returning after partition."]),
        (
            Event::GenerationRaised { generation: Generation(1_795_368_773) },
            vec!["Heartbeat generation: 1795368773 (a peer knew a newer life of this node than it did itself)"],
        ),
        (group("web", GroupChange::Acquiring, ""), vec!["Acquiring resource group: alpha web apache2"]),
        (
            group("mail", GroupChange::Acquiring, "beta is dead"),
            vec!["Taking over resource group mail", "Acquiring resource group: beta mail (beta is dead)"],
        ),
        (group("web", GroupChange::Acquired, ""), vec!["Local Resource acquisition completed. (web runs here)"]),
        (
            group("web", GroupChange::Releasing, "standby"),
            vec!["Releasing resource group: alpha web apache2 (standby)"],
        ),
        (
            both("web", true),
            vec!["Both machines own our resources! (web is held by beta too: we keep it, it has to stop)"],
        ),
        (
            both("mail", false),
            vec!["Both machines own foreign resources! (mail is held by beta too: we stop, it keeps it)"],
        ),
    ];
    for (event, expected) in table {
        let said: Vec<String> = sentences::of(&event, &view).into_iter().map(|(_, text)| text).collect();
        assert_eq!(said, expected, "{event:?}");
    }
    assert_eq!(sentences::HEART_DIED, "Emergency Shutdown: Master Control process died.");
    assert_eq!(id, GroupId::of_key("web"));
}

#[test]
fn no_event_shows_its_debug_form() {
    let dir = tempfile::tempdir().unwrap();
    let view = sentences::View::new(&begin(dir.path()));
    let (node, link) = (beta(), LinkName("eth0".into()));
    let all = [
        Event::PeerRestarted { node: node.clone(), generation: Generation(3) },
        Event::ConfigurationDiffers { node: node.clone() },
        Event::PeerRefused { node: node.clone(), link: link.clone(), why: Refusal::Key },
        Event::PeerRefused { node: node.clone(), link: link.clone(), why: Refusal::Version },
        Event::PeerDeaf { node: node.clone(), deaf: true },
        Event::PeerDeaf { node: node.clone(), deaf: false },
        Event::OldGeneration { node: node.clone(), heard: Generation(1), known: Generation(2) },
        Event::UnknownNode { node },
        Event::MediumOpen { link: link.clone() },
        Event::MediumFailed { link, why: "no such device".into() },
        Event::Carrier { interface: "eth0".into(), carrier: true },
        Event::Carrier { interface: "eth0".into(), carrier: false },
        Event::Stalled { for_ms: 5 },
        Event::HandsDown,
        Event::HandsUp,
        Event::AlsoAnswers { address: "192.0.2.7".into(), by: "02:00:00:00:00:01".into(), over: false },
        Event::AlsoAnswers { address: "192.0.2.7".into(), by: "02:00:00:00:00:01".into(), over: true },
        Event::AnswersForAll { interface: "eth0".into(), by: "02:00:00:00:00:01".into() },
    ];
    let changes = [GroupChange::Released, GroupChange::Failed, GroupChange::Blocked, GroupChange::Refused];
    for event in all.into_iter().chain(changes.map(|change| group("web", change, "why"))) {
        for (level, text) in sentences::of(&event, &view) {
            assert!(level > Level::Debug && text.contains(' ') && !text.contains('{'), "{event:?}: {text}");
        }
    }
}

fn line(text: &str) -> Line {
    Line::new(1_795_368_774_250, Level::Info, text, None, "alpha", 18)
}

#[test]
fn the_daemon_line_has_heartbeats_format() {
    let time = local_time(1_795_368_774);
    let stamp = format!("Nov {:2} {:02}:{:02}:{:02}", time.day, time.hour, time.minute, time.second);
    assert_eq!(line("text").heartbeat(), format!("{stamp} alpha heartbeat: [18]: info: text"));
    let warn = Line { level: Level::Warn, ..line("text") };
    assert!(warn.heartbeat().ends_with("[18]: WARN: text"));
    let shown = super::terminal::spell(&warn, false);
    assert_eq!(shown, format!("{:02}:{:02}:{:02}  WARN: text\n", time.hour, time.minute, time.second));
    assert_eq!(super::journal::spell(&warn), "<4>text\n");
}

#[test]
fn json_is_one_object_with_the_event() {
    let event = Event::HandsUp;
    let text = Line::new(1_795_368_774_250, Level::Info, "it said \"ready\"", Some(&event), "alpha", 18).json();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["text"], "it said \"ready\"");
    assert_eq!(value["event"]["event"], "hands_up");
    assert_eq!(value["at_ms"], 1_795_368_774_250_u64);
    assert!(!text.contains('\n'));
}

#[test]
fn nothing_foreign_goes_into_a_line_as_it_is_and_no_line_is_long() {
    let forged = line("a\nNov 22 17:32:54 alpha heartbeat: [18]: info: forged\x1b[2J\u{202e}\0");
    assert_eq!(forged.text, "a\\nNov 22 17:32:54 alpha heartbeat: [18]: info: forged\\u{1b}[2J\\u{202e}\\u{0}");
    let node = "n".repeat(99);
    for text in ["\u{1}".repeat(5000), "é".repeat(5000), "x".repeat(1 << 20)] {
        let long = Line::new(0, Level::Notice, &text, None, &node, u32::MAX);
        assert!(long.heartbeat().len() < LINE_MAX, "{}", long.heartbeat().len());
        assert!(long.text.ends_with("..."));
    }
    assert_eq!(clean("abcdef", 6), "abcdef");
    assert_eq!(clean("abcdefg", 6), "abc...");
}

#[test]
fn a_repeated_line_is_held_back_and_counted() {
    let mut limit = limit::Limit::default();
    let begun = Instant::now();
    let passed = (0..10).filter(|_| limit.pass(begun, Level::Info, "again")).count();
    assert_eq!(passed, 3);
    assert!(limit.pass(begun, Level::Info, "another"));
    assert_eq!(limit.next_due(), Some(begun + limit::WINDOW));
    assert!(limit.due(begun).is_empty());
    assert_eq!(limit.due(begun + limit::WINDOW), [(Level::Info, "(repeated 7 more times) again".to_owned())]);
    assert_eq!(limit.next_due(), None);
    assert!(limit.pass(begun + limit::WINDOW, Level::Info, "again"), "a new window begins");
}

/// A log to the given files, its syslog at `dev_log`, and what it warns of.
fn open(dir: &Path, change: impl FnOnce(&mut crate::bridge::Begin), dev_log: &Path) -> (Log, Arc<Mutex<Vec<String>>>) {
    let mut begin = begin(dir);
    change(&mut begin);
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let kept = warnings.clone();
    let warn: Warn = Arc::new(move |text: &str| kept.lock().unwrap().push(text.to_owned()));
    (Log::open_with(&begin, dev_log, &warn), warnings)
}

#[test]
fn logfile_gets_all_but_debug_and_debugfile_all() {
    let dir = tempfile::tempdir().unwrap();
    let (file, debug) = (dir.path().join("ha-log"), dir.path().join("ha-debug"));
    let files = |begin: &mut crate::bridge::Begin| {
        begin.configuration.logging.logfile = Some(file.clone());
        begin.configuration.logging.debugfile = Some(debug.clone());
    };
    let (mut log, warnings) = open(dir.path(), files, Path::new("/nonexistent"));
    log.say(Level::Info, "one");
    log.say(Level::Debug, "two");
    log.tell(1_795_368_774_000, &Event::LinkUp { node: beta(), link: LinkName("eth0".into()) });
    log.close(Duration::from_secs(30));
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().next().unwrap().ends_with(" alpha heartbeat: [18]: info: one"), "{text}");
    assert!(text.ends_with("heartbeat: [18]: info: Link beta:eth0 up.\n"), "{text}");
    assert_eq!(std::fs::read_to_string(&debug).unwrap().lines().count(), 3);
    assert!(warnings.lock().unwrap().is_empty());
}

#[test]
fn a_bad_target_is_named_once_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (missing, good) = (dir.path().join("no/such/ha-log"), dir.path().join("ha-debug"));
    let files = |begin: &mut crate::bridge::Begin| {
        begin.configuration.logging.logfile = Some(missing.clone());
        begin.configuration.logging.debugfile = Some(good.clone());
        begin.configuration.logging.facility = Some("local0".into());
    };
    let (mut log, warnings) = open(dir.path(), files, &dir.path().join("no-dev-log"));
    for n in 0..5 {
        log.say(Level::Info, &format!("line {n}"));
    }
    log.close(Duration::from_secs(30));
    assert_eq!(std::fs::read_to_string(&good).unwrap().lines().count(), 5);
    let mut warnings = warnings.lock().unwrap().clone();
    warnings.sort();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("ha-log") && warnings[0].contains("does not exist; create it"), "{warnings:?}");
    assert!(warnings[1].contains("syslog"), "{warnings:?}");
}

#[test]
fn a_full_disk_is_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let full = |begin: &mut crate::bridge::Begin| begin.configuration.logging.logfile = Some("/dev/full".into());
    let (mut log, warnings) = open(dir.path(), full, Path::new("/nonexistent"));
    log.say(Level::Info, "one");
    log.say(Level::Info, "two");
    log.close(Duration::from_secs(30));
    let warnings = warnings.lock().unwrap().clone();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("No space left"), "{warnings:?}");
}

#[test]
fn a_rotated_logfile_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ha-log");
    let mut file = super::files::LogFile::new(&path, Level::Info);
    super::outlet::Target::write(&mut file, &line("old")).unwrap();
    std::fs::rename(&path, dir.path().join("ha-log.1")).unwrap();
    super::outlet::Target::write(&mut file, &line("new")).unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("info: new\n"));
    assert!(std::fs::read_to_string(dir.path().join("ha-log.1")).unwrap().ends_with("info: old\n"));
}

fn received(socket: &UnixDatagram) -> String {
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut bytes = [0; 4096];
    let n = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..n].to_vec()).unwrap()
}

#[test]
fn syslog_gets_datagrams_and_its_restart_loses_only_what_came_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut target = syslog::Syslog::new(&path, syslog::facility("local0").unwrap(), false);
    let mut write = |text: &str| super::outlet::Target::write(&mut target, &line(text));
    write("one").unwrap();
    let expected = format!("<134>{} heartbeat: [18]: info: one", line("").stamp());
    assert_eq!(received(&socket), expected);
    drop(socket);
    std::fs::remove_file(&path).unwrap();
    assert!(write("two").is_err());
    let socket = UnixDatagram::bind(&path).unwrap();
    write("three").unwrap();
    assert!(received(&socket).ends_with("info: three"));
    write("four").unwrap();
    assert!(received(&socket).ends_with("info: four"));
}

#[test]
fn lost_lines_are_counted_when_the_target_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let dev_log = dir.path().join("dev-log");
    let facility = |begin: &mut crate::bridge::Begin| begin.configuration.logging.facility = Some("daemon".into());
    let (mut log, warnings) = open(dir.path(), facility, &dev_log);
    log.say(Level::Info, "lost");
    let until = Instant::now() + Duration::from_secs(30);
    while warnings.lock().unwrap().is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(2));
    }
    let socket = UnixDatagram::bind(&dev_log).unwrap();
    log.say(Level::Info, "back");
    assert!(received(&socket).ends_with("info: back"));
    assert!(received(&socket).ends_with("WARN: 1 earlier log line could not be written here"));
    log.close(Duration::from_secs(30));
}

#[test]
fn facilities_are_those_of_syslog() {
    for (word, number) in [("kern", 0), ("daemon", 3), ("LOCAL7", 23), ("authpriv", 10), ("security", 4)] {
        assert_eq!(syslog::facility(word), Some(number));
    }
    assert_eq!(syslog::facility("local8"), None);
    assert_eq!(syslog::facility("none"), None);
}

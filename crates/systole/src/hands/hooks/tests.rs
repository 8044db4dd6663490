//! Real scripts and the events that run them, hang them, flood them.
//! Not here: how events come about (core).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::script::{judge, unused};
use super::*;
use crate::hands::testing::{LONG, configuration, until, write_script};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

struct Place {
    dir: tempfile::TempDir,
    hooks: Hooks,
    notes: UnboundedReceiver<Report>,
}

fn place(script: &str, deadline: Duration) -> Place {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("rc.d")).unwrap();
    write_script(&dir.path().join("rc.d/status"), script);
    let configuration = Configuration { directory: dir.path().into(), ..configuration(vec![]) };
    let (notes, told) = unbounded_channel();
    Place { hooks: Hooks::with(&configuration, notes, deadline), notes: told, dir }
}

fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

fn state(name: &str, state: NodeState) -> Event {
    Event::PeerState { node: node(name), state }
}

/// The next line of the log that contains these words; those before are dropped.
async fn note(notes: &mut UnboundedReceiver<Report>, words: &str) -> String {
    let mut seen = Vec::new();
    let wait = async {
        loop {
            match notes.recv().await {
                Some(Report::Note { level, text }) if text.contains(words) => return format!("{level:?} {text}"),
                Some(other) => seen.push(other),
                None => panic!("never: {words}"),
            }
        }
    };
    tokio::time::timeout(LONG, wait).await.unwrap_or_else(|_| panic!("never: {words}: {seen:?}"))
}

#[tokio::test]
async fn each_change_of_a_node_runs_the_script_once_with_checked_facts_only() {
    let mut place =
        place("#!/bin/sh\nenv >>${HA_DIR}/env\necho \"$1 $HA_src $HA_st $HA_OSTATUS\" >>$HA_DIR/ran\n", LONG);
    let dead = |name: &str| Event::PeerDead { node: node(name), silent_ms: 2000 };
    for event in [
        Event::LocalState { state: NodeState::Up },
        state("beta", NodeState::Up),
        Event::LocalState { state: NodeState::Active },
        state("beta", NodeState::Active),
        state("beta", NodeState::Active),
        dead("beta"),
        Event::PeerLeft { node: node("beta") },
        Event::LateBeat { node: node("beta"), interval_ms: 9 },
    ] {
        place.hooks.told(&event);
    }
    place.hooks.close(LONG).await;
    let ran = std::fs::read_to_string(place.dir.path().join("ran")).unwrap();
    assert_eq!(ran, "status beta up up\nstatus beta active active\nstatus beta dead active\n");
    let env = std::fs::read_to_string(place.dir.path().join("env")).unwrap();
    let mut names: Vec<&str> = env.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.retain(|name| !matches!(*name, "PWD" | "_" | "OLDPWD" | "SHLVL"));
    names.sort_unstable();
    names.dedup();
    let own = crate::hands::testing::environment();
    let mut wanted: Vec<&str> = own.pairs().iter().map(|(name, _)| name.as_str()).collect();
    wanted.extend(["HA_t", "HA_src", "HA_st", "HA_OSTATUS"]);
    wanted.sort_unstable();
    assert_eq!(names, wanted);
    assert!(env.contains("HA_t=status\n"));
}

#[tokio::test]
async fn a_script_that_hangs_is_killed_with_what_it_started_and_the_next_one_runs() {
    let script = "#!/bin/sh\n[ $HA_st = up ] || { echo $HA_st >$HA_DIR/ran; exit 3; }\nsleep 1000 & echo $! >$HA_DIR/pid; wait\n";
    let mut place = place(script, Duration::from_millis(300));
    place.hooks.told(&state("beta", NodeState::Up));
    place.hooks.told(&state("beta", NodeState::Active));
    note(&mut place.notes, "did not end within").await;
    assert!(note(&mut place.notes, "exit code 3").await.starts_with("Warn"));
    assert_eq!(std::fs::read_to_string(place.dir.path().join("ran")).unwrap(), "active\n");
    let pid = std::fs::read_to_string(place.dir.path().join("pid")).unwrap().trim().parse().unwrap();
    // It is killed by then; its entry goes when it has been reaped.
    until("its child is gone", || crate::hands::agent::family::Kin::of(pid).is_none()).await;
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_script_and_leaves_none() {
    let mut place = place("#!/bin/sh\necho $$ >$HA_DIR/pid; exec sleep 1000\n", LONG);
    place.hooks.told(&state("beta", NodeState::Dead));
    let file = place.dir.path().join("pid");
    until("the script runs", || std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))).await;
    place.hooks.close(Duration::from_millis(50)).await;
    let pid = std::fs::read_to_string(&file).unwrap();
    assert_eq!(crate::hands::agent::family::Kin::of(pid.trim().parse().unwrap()), None);
}

#[tokio::test]
async fn a_flood_is_bounded_and_told() {
    let mut place = place("#!/bin/sh\nexec sleep 1000\n", LONG);
    for number in 0..=QUEUE + 1 {
        place.hooks.told(&state(&format!("node{number}"), NodeState::Up));
    }
    let lost = note(&mut place.notes, "events behind").await;
    assert!(lost.starts_with("Warn rc.d/status is 64 events behind and will not hear that node"), "{lost}");
    place.hooks.close(Duration::ZERO).await;
}

#[tokio::test]
async fn a_refused_script_is_told_once() {
    let mut place = place("#!/bin/sh\n. $HA_FUNCS\ncase $HA_st in\n  dead) $HA_BIN/mach_down $HA_src;;\nesac\n", LONG);
    place.hooks.told(&state("beta", NodeState::Up));
    place.hooks.told(&state("beta", NodeState::Dead));
    place.hooks.close(LONG).await;
    let mut texts = Vec::new();
    while let Ok(Report::Note { text, .. }) = place.notes.try_recv() {
        texts.push(text);
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("rc.d/status is not run: it calls mach_down"), "{texts:?}");
}

#[test]
fn only_root_s_own_scripts_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("status");
    assert_eq!(judge(&path), Verdict::Absent);
    let refused = |path: &Path, words: &str| match judge(path) {
        Verdict::Refused(why) => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    };
    write_script(&path, "#!/bin/sh\n# once it called mach_down\necho \"$HA_src#harc\" my_mach_down\n");
    refused(&path, "harc");
    write_script(&path, "#!/bin/sh\n# once it called mach_down\nlogger $HA_src # not hb_standby\n");
    assert_eq!(judge(&path), Verdict::Run);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o775)).unwrap();
    refused(&path, "others than root may change it");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    refused(&path, "no executable file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
    refused(&path, "others than root may change it");
    for call in ["/usr/lib/x/req_resource $1", "$HA_NOARCHBIN/ResourceManager takegroup $k", "x=`hb_takeover all`"] {
        std::fs::remove_file(&path).unwrap();
        write_script(&path, &format!("#!/bin/sh\n{call}\n"));
        refused(&path, "it calls");
    }
}

#[test]
fn scripts_that_no_event_runs_are_known() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["status", "ip-request", "starting"] {
        write_script(&dir.path().join(name), "#!/bin/sh\n");
    }
    std::fs::write(dir.path().join("README"), "").unwrap();
    assert_eq!(unused(dir.path()), ["ip-request", "starting"]);
    assert!(why_of("ip-request").contains("does itself"));
    assert_eq!(why_of("starting"), "only status is told to scripts");
}

fn why_of(name: &str) -> String {
    super::script::why_unused(name)
}

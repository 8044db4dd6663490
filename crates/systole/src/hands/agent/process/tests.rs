//! Tests of `hands::agent::process`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::agent::family::Kin;

fn shell(script: &str, deadline: Duration) -> Call {
    Call {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: vec![("PATH".into(), "/usr/bin:/bin".into()), ("HA_CURHOST".into(), "alpha".into())],
        deadline,
    }
}

const LONG: Duration = Duration::from_secs(60);

fn lives(pid: &str) -> bool {
    Kin::of(pid.trim().parse().unwrap()).is_some()
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn nothing_of_our_own_environment_input_or_directory_is_inherited() {
    let call = shell("env; pwd; read x || echo no input", LONG);
    let text = call.run(&Turn::default()).await.unwrap().output.text();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["/", "HA_CURHOST=alpha", "PATH=/usr/bin:/bin", "PWD=/", "no input"]);
}

#[tokio::test]
async fn a_process_that_ignores_term_is_killed_at_its_deadline_with_all_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pids");
    let script = format!(
        "trap '' TERM; echo before; (trap '' TERM; sleep 1000) & setsid sleep 1000 & echo $! $$ > {0}.new; \
         mv {0}.new {0}; wait",
        file.display()
    );
    let error = shell(&script, Duration::from_secs(1)).run(&Turn::default()).await.unwrap_err();
    assert!(error.to_string().contains("did not end within 1s and was killed: before"), "{error}");
    let pids = std::fs::read_to_string(&file).unwrap();
    for pid in pids.split_whitespace() {
        until("killed process gone", || !lives(pid)).await;
    }
}

#[tokio::test]
async fn a_daemon_that_holds_the_pipe_neither_delays_the_answer_nor_loses_its_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    // The daemon writes far more than a pipe holds, after its parent has ended, then says that it survived.
    let script = format!(
        "(sleep 0.2; head -c 1000000 /dev/zero; echo survived > {0}.ok; exec sleep 1000) & echo $! > {0}; echo started",
        file.display()
    );
    let finished = shell(&script, LONG).run(&Turn::default()).await.unwrap();
    assert!(finished.status.success());
    assert_eq!(finished.output.text(), "started\n");
    let left = finished.left.expect("the daemon was seen");
    assert!(left.lives());
    until("daemon wrote all", || file.with_extension("ok").exists()).await;
    left.signal(Signal::KILL);
    until("daemon gone", || !left.lives()).await;
}

#[tokio::test]
async fn a_hundred_megabytes_are_drained_and_only_the_ends_kept() {
    let script = "echo head; head -c 100000000 /dev/zero; echo; echo tail; exit 3";
    let finished = shell(script, LONG).run(&Turn::default()).await.unwrap();
    assert_eq!(exit_words(finished.status), "exit code 3");
    let text = finished.output.text();
    assert!(text.starts_with("head\n") && text.ends_with("\ntail\n") && text.len() < 70_000);
}

#[tokio::test]
async fn losing_interest_kills_the_family_before_the_next_one_runs() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let turn = Turn::default();
    let script =
        format!("trap '' TERM; echo $$ > {0}.new; mv {0}.new {0}; while :; do sleep 1000; done", file.display());
    let call = shell(&script, LONG);
    let other = turn.clone();
    let task = tokio::spawn(async move { call.run(&other).await });
    until("running", || file.exists()).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    turn.wait().await;
    assert!(!lives(&std::fs::read_to_string(&file).unwrap()), "the turn was given away too early");
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let call = Call { program: "/nonexistent/agent".into(), arguments: vec![], environment: vec![], deadline: LONG };
    let text = call.run(&Turn::default()).await.unwrap_err().to_string();
    assert!(text.starts_with("cannot run /nonexistent/agent: No such file"), "{text}");
}

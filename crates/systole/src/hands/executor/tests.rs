//! Tests of `hands::executor`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::testing::{Bench, Stage, in_private_network, resource, until, write_script};
use std::time::Duration;
use systole_config::{Resource, ResourceKind};

mod warm;

/// Deadlines of a test: the third attempt of a stop still fits.
fn brief() -> Surroundings {
    let ms = Duration::from_millis;
    Surroundings { limits: Limits { start: ms(3000), stop: ms(2000), monitor: ms(3000) }, mailer: Mailer::default() }
}

fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed { why } => why,
        other => panic!("not failed: {other:?}"),
    }
}

fn stuck(outcome: Outcome) -> String {
    match outcome {
        Outcome::Stuck { why } => why,
        other => panic!("not stuck: {other:?}"),
    }
}

fn lives(stage: &Stage, file: &str) -> bool {
    let pid = std::fs::read_to_string(stage.path(file)).unwrap();
    crate::hands::agent::family::Kin::of(pid.trim().parse().unwrap()).is_some()
}

#[test]
fn starts_left_to_right_once_stops_right_to_left_and_says_what_runs() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut b = stage.agent("b", "");
        b.arguments = vec!["x".into(), "$(y) *".into()];
        let mut bench = Bench::new(vec![vec![stage.agent("a", ""), b, stage.agent("c", "")]], &brief());
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(stage.trace(), ["a start", "b x $(y) * start", "c start"], "arguments are taken literally");
        std::fs::remove_file(stage.path("b.on")).unwrap();
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Partial));
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert_eq!(stage.trace()[3..], ["c stop", "b x $(y) * stop", "a stop"]);
        assert_eq!(bench.executor.inspect_all().await, [(bench.groups[0], Condition::Stopped)]);
    });
}

#[test]
fn scripts_see_the_contract_s_environment_and_nothing_else() {
    in_private_network(|| async {
        let stage = Stage::new();
        let agent = stage.agent("a", &format!("env > {}", stage.path("env").display()));
        let mut bench = Bench::new(vec![vec![agent]], &brief());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let text = std::fs::read_to_string(stage.path("env")).unwrap();
        let mut names: Vec<&str> = text.lines().map(|l| l.split('=').next().unwrap()).collect();
        names.retain(|name| !matches!(*name, "PWD" | "_" | "OLDPWD" | "SHLVL"));
        names.sort_unstable();
        let wanted = "HA_CURHOST HA_DATEFMT HA_DEBUGLOG HA_DIR HA_FUNCS HA_LOGD HA_LOGFACILITY HA_LOGFILE \
                      HA_NICEFAILBACK HA_RCDIR HA_RESOURCEDIR HA_debug HA_keepalive LANG OCF_ROOT PATH";
        assert_eq!(names.join(" "), wanted);
        assert!(text.contains("HA_CURHOST=alpha\n") && text.contains("HA_FUNCS=/etc/ha.d/shellfuncs\n"));
    });
}

#[test]
fn a1_a_failed_start_is_undone_in_reverse_and_told_with_code_and_words() {
    in_private_network(|| async {
        let stage = Stage::new();
        let bad = stage.agent("bad", "[ $action = start ] && { echo one; echo no disk >&2; exit 5; }");
        let group = vec![stage.agent("a", ""), stage.agent("b", ""), bad, stage.agent("later", "")];
        let mut bench = Bench::new(vec![group], &brief());
        let why = failed(bench.work(0, JobKind::Start).await);
        assert_eq!(why, "bad: start failed with exit code 5: one | no disk");
        assert_eq!(stage.trace(), ["a start", "b start", "bad start", "bad stop", "b stop", "a stop"]);
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
    });
}

#[test]
fn a1_an_undo_also_ends_what_ran_before_right_of_the_failure() {
    in_private_network(|| async {
        let stage = Stage::new();
        let bad = stage.agent("bad", "[ $action = start ] && exit 1");
        let mut bench = Bench::new(vec![vec![bad, stage.agent("later", "")]], &brief());
        std::fs::write(stage.path("later.on"), "").unwrap();
        failed(bench.work(0, JobKind::Start).await);
        assert_eq!(stage.trace(), ["bad start", "later stop", "bad stop"]);
        assert!(!stage.is_on("later"));
    });
}

#[test]
fn a_missing_script_fails_a_start_and_is_nothing_to_stop() {
    in_private_network(|| async {
        let stage = Stage::new();
        let gone = resource("gone", ResourceKind::ResourceD { path: stage.path("gone") });
        let mut bench = Bench::new(vec![vec![stage.agent("a", ""), gone]], &brief());
        let why = failed(bench.work(0, JobKind::Start).await);
        assert!(why.starts_with("gone: cannot run ") && why.contains("No such file"), "{why}");
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(!stage.is_on("a"));
    });
}

#[test]
fn a_script_that_others_may_write_is_refused() {
    in_private_network(|| async {
        let stage = Stage::new();
        let agent = stage.agent("a", "");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(stage.path("a"), std::fs::Permissions::from_mode(0o777)).unwrap();
        let mut bench = Bench::new(vec![vec![agent]], &brief());
        let why = failed(bench.work(0, JobKind::Start).await);
        assert!(why.contains("chmod go-w"), "{why}");
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(stage.trace().is_empty());
    });
}

#[test]
fn a3_a_failing_stop_is_retried_and_the_others_are_stopped_all_the_same() {
    in_private_network(|| async {
        let stage = Stage::new();
        let once = format!("[ $action = stop ] && mkdir {}/tried 2>/dev/null && exit 1", stage.dir.path().display());
        let group =
            vec![stage.agent("a", ""), stage.agent("hard", "[ $action = stop ] && exit 4"), stage.agent("late", &once)];
        let mut bench = Bench::new(vec![group], &brief());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let why = stuck(bench.work(0, JobKind::Stop).await);
        assert_eq!(why, "hard: stop failed with exit code 4");
        let stops: Vec<String> = stage.trace().into_iter().filter(|line| line.ends_with("stop")).collect();
        assert_eq!(stops[..2], ["late stop", "late stop"], "one failure is not the end");
        assert!(stops.iter().filter(|line| *line == "hard stop").count() >= 3, "{stops:?}");
        assert_eq!(stops.last().unwrap(), "a stop");
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Partial));
    });
}

#[test]
fn a3_a_stop_that_only_says_so_is_not_believed() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut bench = Bench::new(vec![vec![stage.agent("liar", "[ $action = stop ] && exit 0")]], &brief());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let why = stuck(bench.work(0, JobKind::Stop).await);
        assert_eq!(why, "liar: its stop succeeded, but it says that it still runs");
    });
}

#[test]
fn a3_a_failing_stop_of_a_stopped_one_is_no_trouble() {
    in_private_network(|| async {
        let stage = Stage::new();
        let fussy = format!("[ $action = stop ] && [ ! -e {} ] && exit 1", stage.path("fussy.on").display());
        let mut bench = Bench::new(vec![vec![stage.agent("fussy", &fussy)]], &brief());
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert_eq!(stage.trace(), ["fussy stop"]);
    });
}

/// An agent whose daemon ignores TERM, holds the pipe and is not ended by its stop; its state is the daemon's.
fn stubborn(stage: &Stage) -> Resource {
    let pid = stage.path("pid").display().to_string();
    let path = stage.path("stubborn");
    write_script(
        &path,
        &format!(
            "#!/bin/sh\ncase $1 in\nstart) (trap '' TERM; while :; do sleep 1; done) & echo $! > {pid};;\n\
             stop) exit 1;;\nstatus) kill -0 $(cat {pid}) && echo running || echo stopped;;\nesac\n"
        ),
    );
    resource("stubborn", ResourceKind::ResourceD { path })
}

#[test]
fn a4_what_a_start_left_is_ended_by_force_when_its_stop_fails() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut bench = Bench::new(vec![vec![stubborn(&stage)]], &brief());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert!(lives(&stage, "pid"));
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(!lives(&stage, "pid"));
        assert!(bench.notes.iter().any(|note| note.contains("by force")), "{:?}", bench.notes);
    });
}

#[test]
fn a4_a_hung_start_is_killed_at_its_deadline_and_blocks_only_its_group() {
    in_private_network(|| async {
        let stage = Stage::new();
        let hang = format!(
            "[ $action = start ] && {{ trap '' TERM; setsid sleep 1000 & echo $! > {0}/deep; echo $$ > {0}/pid; sleep 1000; }}",
            stage.dir.path().display()
        );
        let groups = vec![vec![stage.agent("hang", &hang)], vec![stage.agent("other", "")]];
        let mut bench = Bench::new(groups, &brief());
        let first = bench.begin(0, JobKind::Start);
        until("it hangs", || stage.path("pid").exists()).await;
        assert_eq!(bench.work(1, JobKind::Start).await, Outcome::Done);
        let (id, outcome) = bench.next_done().await;
        assert_eq!(id, first);
        assert!(failed(outcome).contains("did not end within 3s and was killed"));
        until("all of it dead", || !lives(&stage, "pid") && !lives(&stage, "deep")).await;
    });
}

#[test]
fn a4_a_newer_job_replaces_a_hung_one_after_its_death() {
    in_private_network(|| async {
        let stage = Stage::new();
        let hang = format!(
            "[ $action = start ] && {{ trap '' TERM; echo $$ > {0}/pid.new; mv {0}/pid.new {0}/pid; sleep 1000; }}\n\
             [ $action = stop ] && kill -0 $(cat {0}/pid) && touch {0}/beside",
            stage.dir.path().display()
        );
        let mut bench = Bench::new(vec![vec![stage.agent("hang", &hang)]], &Surroundings::default());
        let first = bench.begin(0, JobKind::Start);
        until("it hangs", || stage.path("pid").exists()).await;
        let second = bench.begin(0, JobKind::Start);
        let third = bench.begin(0, JobKind::Stop);
        assert_eq!(bench.next_done().await, (first, Outcome::Cancelled));
        assert_eq!(bench.next_done().await, (second, Outcome::Cancelled));
        assert_eq!(bench.next_done().await, (third, Outcome::Done));
        assert!(!stage.path("beside").exists(), "the stop ran beside the hung start");
        let cancelled = bench.begin(0, JobKind::Start);
        bench.executor.cancel(cancelled);
        assert_eq!(bench.next_done().await, (cancelled, Outcome::Cancelled));
        bench.executor.cancel(third);
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
    });
}

#[test]
fn a5_floods_and_binary_output_neither_stop_nor_change_anything() {
    in_private_network(|| async {
        let stage = Stage::new();
        let loud = "[ $action = status ] || { head -c 100000000 /dev/zero; printf '\\377\\000\\033[31m'; }";
        let mut bench = Bench::new(vec![vec![stage.agent("loud", loud)]], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(bench.notes.iter().all(|note| note.len() < 1500 && !note.contains('\u{1b}')));
    });
}

#[test]
fn a6_a_start_that_only_says_so_is_told() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut bench = Bench::new(vec![vec![stage.agent("liar", "[ $action = start ] && exit 0")]], &brief());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        bench.note("its start succeeded, but it says that it does not run").await;
        let dies = stage.agent("dies", "[ $action = start ] && kill -9 $$");
        let mut bench = Bench::new(vec![vec![dies]], &brief());
        assert_eq!(failed(bench.work(0, JobKind::Start).await), "dies: start failed with killed by signal 9");
    });
}

#[test]
fn lsb_scripts_are_judged_by_exit_codes() {
    in_private_network(|| async {
        let stage = Stage::new();
        let path = stage.path("lsb");
        let flag = stage.path("flag").display().to_string();
        // The words lie on purpose; only the codes count.
        write_script(
            &path,
            &format!(
                "#!/bin/sh\ncase $1 in\nstart) touch {flag};;\nstop) rm {flag};;\n\
                 status) [ -e {flag} ] && {{ echo not running; exit 0; }}; echo running; exit 3;;\n*) exit 9;;\nesac\n"
            ),
        );
        let lsb = resource("lsb", ResourceKind::Lsb { path });
        let mut bench = Bench::new(vec![vec![lsb]], &brief());
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
    });
}

#[test]
fn when_heart_is_gone_everything_that_may_run_is_stopped_even_what_was_just_starting() {
    in_private_network(|| async {
        let stage = Stage::new();
        let slow = format!("[ $action = start ] && {{ touch {}; sleep 1000; }}", stage.path("slow.begun").display());
        let groups = vec![
            vec![stage.agent("a", ""), stage.agent("b", "")],
            vec![stage.agent("slow", &slow)],
            vec![stage.agent("idle", "")],
        ];
        let mut bench = Bench::new(groups, &brief());
        bench.executor.inspect_all().await;
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        bench.begin(1, JobKind::Start);
        until("slow begun", || stage.path("slow.begun").exists()).await;
        bench.executor.release_everything().await;
        let trace = stage.trace();
        assert!(
            trace.contains(&"slow stop".to_owned()) && !trace.iter().any(|line| line.starts_with("idle")),
            "{trace:?}"
        );
        assert!(!stage.is_on("a") && !stage.is_on("b"));
        let stops: Vec<&String> = trace.iter().filter(|l| *l == "a stop" || *l == "b stop").collect();
        assert_eq!(stops, ["b stop", "a stop"]);
    });
}

#[test]
fn what_fails_is_reported_once_and_a_start_restarts_it_and_what_stands_right_of_it() {
    in_private_network(|| async {
        let stage = Stage::new();
        let touch = format!("[ $action = status ] && touch {}", stage.path("asked-${0##*/}").display());
        let mut agents = vec![stage.agent("a", &touch), stage.agent("b", &touch), stage.agent("c", &touch)];
        for agent in &mut agents {
            agent.watching.monitor =
                Some(systole_config::watching::Monitor::Every(std::time::Duration::from_millis(20)));
        }
        let mut bench = Bench::new(vec![agents], &brief());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        // It has to say that it runs before its "stopped" counts.
        let asked = async |name: &str| {
            // The second question comes after the first was answered.
            for _ in 0..3 {
                let flag = stage.path(&format!("asked-{name}"));
                let _ = std::fs::remove_file(&flag);
                until("a question", || flag.exists()).await;
            }
        };
        asked("b").await;
        std::fs::remove_file(stage.path("b.on")).unwrap();
        bench.note("Failed b: its status says that it does not run").await;
        let before = stage.trace().len();
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let trace = stage.trace();
        let done: Vec<&String> = trace.iter().skip(before).collect();
        assert_eq!(done, ["c stop", "b stop", "b start", "c start"]);
        // And it is watched again.
        asked("a").await;
        std::fs::remove_file(stage.path("a.on")).unwrap();
        bench.note("Failed a: ").await;
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(!stage.is_on("a") && !stage.is_on("b") && !stage.is_on("c"));
    });
}

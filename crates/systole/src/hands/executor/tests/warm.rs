//! Warm members: started, stopped and watched apart from the hold of their group.
use super::*;
use crate::hands::testing::{address, cable, ip};
use crate::hands::work::Report;

/// A script that moves, and right of it one that is warm.
fn group(stage: &Stage) -> Vec<Resource> {
    let asked = format!("[ $action = status ] && echo x >> {}", stage.path("asked").display());
    let mut web = stage.agent("web", &asked);
    web.watching.warm = Some(true);
    web.watching.monitor = Some(systole_config::watching::Monitor::Every(Duration::from_millis(50)));
    vec![stage.agent("moves", ""), web]
}

fn on(stage: &Stage) -> (bool, bool) {
    (stage.is_on("moves"), stage.is_on("web"))
}

#[test]
fn what_is_warm_runs_beside_the_hold() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut bench = Bench::new(vec![group(&stage)], &brief());
        let stopped = Outcome::Found(Condition::Stopped);
        assert_eq!(bench.work(0, JobKind::Inspect).await, stopped);
        assert_eq!(bench.work(0, JobKind::Warm).await, Outcome::Done);
        assert_eq!((on(&stage), bench.work(0, JobKind::Inspect).await), ((false, true), stopped.clone()));
        let before = stage.trace().len();
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(stage.trace()[before..], ["moves start"], "nothing is started twice");
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        assert_eq!(bench.work(0, JobKind::Yield).await, Outcome::Done);
        assert_eq!((on(&stage), bench.work(0, JobKind::Inspect).await), ((false, true), stopped));
        // A script's "stopped" counts when it has said "running".
        let asked = || std::fs::read_to_string(stage.path("asked")).unwrap_or_default().lines().count();
        let now = asked();
        until("it is asked twice", || asked() >= now + 2).await;
        // It is not held: what dies is the warm one, and it alone is started again.
        std::fs::remove_file(stage.path("web.on")).unwrap();
        bench.note("Failed web: its status says that it does not run").await;
        assert_eq!(bench.work(0, JobKind::Warm).await, Outcome::Done);
        assert_eq!(on(&stage), (false, true));
        assert_eq!(bench.work(0, JobKind::Cool).await, Outcome::Done);
        assert_eq!(on(&stage), (false, false));
        assert!(bench.executor.release_everything().await);
    });
}

#[test]
fn a_warm_service_that_cannot_be_started_is_stopped_again_and_one_that_runs_is_found() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut bad = stage.agent("bad", "[ $action = start ] && exit 1");
        bad.watching.warm = Some(true);
        let mut both = group(&stage);
        both.push(bad);
        let mut bench = Bench::new(vec![both, vec![stage.agent("other", "")]], &brief());
        bench.executor.inspect_all().await;
        assert_eq!(failed(bench.work(0, JobKind::Warm).await), "bad: start failed with exit code 1");
        assert_eq!(on(&stage), (false, false));
        // Without anything warm these jobs do nothing.
        for kind in [JobKind::Warm, JobKind::Cool] {
            assert_eq!(bench.work(1, kind).await, Outcome::Done);
        }
        assert!(!stage.is_on("other"));
    });
}

#[test]
fn at_the_death_of_heart_what_is_warm_is_stopped_too() {
    in_private_network(|| async {
        let stage = Stage::new();
        let mut bench = Bench::new(vec![group(&stage)], &brief());
        bench.executor.inspect_all().await;
        assert_eq!(bench.work(0, JobKind::Warm).await, Outcome::Done);
        assert!(bench.executor.release_everything().await);
        assert_eq!(on(&stage), (false, false));
        // What another life of this program left is found by its own word.
        std::fs::write(stage.path("web.on"), "").unwrap();
        let mut next = Bench::new(vec![group(&stage)], &brief());
        next.executor.inspect_all().await;
        assert!(next.executor.release_everything().await);
        assert_eq!(on(&stage), (false, false));
    });
}

#[test]
fn what_is_added_where_it_does_not_belong_is_removed_and_in_the_end_told() {
    in_private_network(|| async {
        cable();
        let mut bench = Bench::new(vec![vec![address("10.9.0.7/24/left")]], &brief());
        bench.executor.inspect_all().await;
        let add = || ip("addr add 10.9.0.7/24 dev left");
        for _ in 0..3 {
            add();
            bench.notes.clear();
            bench.note("10.9.0.7 was added here by somebody else").await;
            assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        }
        add();
        loop {
            if let Report::Failed { why, .. } = bench.reports.recv().await.unwrap() {
                assert!(why.contains("another program adds it here again and again"), "{why}");
                break;
            }
        }
        assert!(ip("-o addr show dev left").contains("10.9.0.7"), "nobody fights over it");
    });
}

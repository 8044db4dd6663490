//! With the agents of the package resource-agents, in private namespaces.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::executor::Surroundings;
use crate::hands::testing::{Bench, in_private_network, write_script};
use rustix::mount::{MountFlags, mount};
use systole_config::ResourceKind;
use systole_core::{Condition, JobKind, Outcome};

#[test]
fn timeouts_are_found_in_every_spelling_that_agents_use() {
    let xml = "<actions>\n<action name=\"start\"\ttimeout=\"20s\" />\n<action timeout='2min' name='stop'/>\
               <action name=\"monitor\" depth=\"0\"  timeout=\"30\" interval=\"1\"/>\
               <action name=\"monitor\" timeout=\"1500ms\" role=\"Promoted\" /><action name=\"notify\" timeout=\"9h\"/>";
    let seconds = |n| Some(Duration::from_secs(n));
    let stated = Stated { start: seconds(20), stop: seconds(120), monitor: seconds(30), interval: seconds(1) };
    assert_eq!(timeouts(xml), stated);
    assert_eq!(timeouts("<action name=\"start\" timeout=\"soon\"/><action"), Stated::default());
}

#[test]
fn instances_are_file_names_and_differ_where_the_words_differ() {
    let one = instance("g", "ocf:heartbeat:Filesystem::device=/dev/sdb1");
    assert!(one.starts_with("ocf_heartbeat_Filesystem__device__dev_sdb1-"), "{one}");
    assert_ne!(one, instance("g", "ocf:heartbeat:Filesystem::device=/dev_sdb1"));
    assert_ne!(one, instance("h", "ocf:heartbeat:Filesystem::device=/dev/sdb1"));
}

fn ocf(agent: &str, arguments: &str) -> Resource {
    let arguments: Vec<String> = arguments.split("::").filter(|a| !a.is_empty()).map(str::to_owned).collect();
    let kind = ResourceKind::Ocf { provider: "heartbeat".into(), agent: agent.into() };
    Resource { word: format!("ocf:heartbeat:{agent}"), kind, arguments, watching: systole_config::Watching::default() }
}

fn fresh(place: &str) {
    assert!(std::path::Path::new(place).exists(), "this test needs {place} (apt install resource-agents)");
    mount("tmpfs", place, "tmpfs", MountFlags::empty(), None::<&std::ffi::CStr>).unwrap();
}

#[test]
fn the_real_dummy_starts_is_monitored_and_stops() {
    in_private_network(|| async {
        fresh("/run");
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let dummy = ocf("Dummy", &format!("state={}", state.display()));
        let agent = Ocf::new("heartbeat", "Dummy", &dummy, "g", Arc::new(crate::hands::testing::environment()));
        assert_eq!(agent.limits(Limits::default()).await.start, Duration::from_secs(20), "its metadata say 20s");
        let mut bench = Bench::new(vec![vec![dummy]], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert!(state.exists());
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        std::fs::remove_file(&state).unwrap();
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(!state.exists());
    });
}

#[test]
fn what_cannot_run_here_fails_a_start_with_its_reason_and_is_nothing_to_stop() {
    in_private_network(|| async {
        fresh("/run");
        for (resource, says) in
            [(ocf("NoSuchAgent", ""), "No such file"), (ocf("Dummy", "/dev/sdb1"), "must have the form name=value")]
        {
            let mut bench = Bench::new(vec![vec![resource]], &Surroundings::default());
            let Outcome::Failed { why } = bench.work(0, JobKind::Start).await else { panic!("it started") };
            assert!(why.contains(says), "{why}");
            assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        }
    });
}

#[test]
fn a6_an_agent_whose_monitor_denies_its_start_fails_the_group() {
    in_private_network(|| async {
        fresh("/usr/lib/ocf/resource.d/heartbeat");
        let path = std::path::Path::new("/usr/lib/ocf/resource.d/heartbeat/Liar");
        write_script(path, "#!/bin/sh\ncase $1 in\nmonitor) exit 7;;\nesac\nexit 0\n");
        let mut bench = Bench::new(vec![vec![ocf("Liar", "")]], &Surroundings::default());
        let Outcome::Failed { why } = bench.work(0, JobKind::Start).await else { panic!("it started") };
        assert_eq!(why, "ocf:heartbeat:Liar: its start succeeded, but it says that it does not run");
    });
}

#[test]
fn agents_see_their_parameters_and_who_they_are() {
    in_private_network(|| async {
        fresh("/usr/lib/ocf/resource.d/heartbeat");
        let dir = tempfile::tempdir().unwrap();
        let seen = dir.path().join("env");
        let path = std::path::Path::new("/usr/lib/ocf/resource.d/heartbeat/Look");
        let script = format!("#!/bin/sh\n[ $1 = start ] && env | grep OCF_ | sort > {}\nexit 0\n", seen.display());
        write_script(path, &script);
        let base = Arc::new(crate::hands::testing::environment());
        let agent = Ocf::new("heartbeat", "Look", &ocf("Look", "a=1::b=x=$(y)"), "g", base);
        agent.act(Action::Start, &Limits::default(), &Turn::default()).await.unwrap();
        let seen = std::fs::read_to_string(&seen).unwrap();
        let instance = instance("g", "ocf:heartbeat:Look");
        let wanted = format!(
            "OCF_RA_VERSION_MAJOR=1\nOCF_RA_VERSION_MINOR=0\nOCF_RESKEY_CRM_meta_timeout=60000\nOCF_RESKEY_a=1\n\
             OCF_RESKEY_b=x=$(y)\nOCF_RESOURCE_INSTANCE={instance}\nOCF_RESOURCE_PROVIDER=heartbeat\n\
             OCF_RESOURCE_TYPE=Look\nOCF_ROOT=/usr/lib/ocf\n"
        );
        assert_eq!(seen, wanted);
    });
}

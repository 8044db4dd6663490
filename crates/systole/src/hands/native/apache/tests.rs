//! With the real Apache of this machine, in private namespaces.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::executor::Surroundings;
use crate::hands::testing::{Bench, Stage, address, cable, in_private_network, resource, until, write_script};
use crate::hands::work::Work;
use rustix::mount::MountFlags;
use std::io::{Read, Write};
use systole_config::ResourceKind;
use systole_core::{Condition, JobKind, Outcome};

/// Fresh directories for what Apache writes, seen by this thread and its children alone; ends what still runs.
struct Site;

impl Site {
    fn new() -> Site {
        assert!(Path::new("/usr/sbin/apache2").exists(), "this test needs Debian's apache2 (apt install apache2)");
        for place in ["/var/log", "/var/www", "/run"] {
            rustix::mount::mount("tmpfs", place, "tmpfs", MountFlags::empty(), None::<&std::ffi::CStr>).unwrap();
        }
        std::fs::create_dir_all("/run/lock").unwrap();
        std::fs::create_dir_all("/var/www/html").unwrap();
        std::fs::write("/var/www/html/index.html", "this is alpha\n").unwrap();
        Site
    }

    fn pid() -> Option<i32> {
        std::fs::read_to_string("/run/apache2/apache2.pid").ok()?.trim().parse().ok()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(pid) = Site::pid().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        }
    }
}

fn page(host: &str) -> std::io::Result<String> {
    let mut stream = std::net::TcpStream::connect((host, 80))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET / HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn apache() -> systole_config::Resource {
    resource("apache2", ResourceKind::Apache)
}

#[test]
fn the_tutorial_s_line_serves_its_page_when_its_start_is_done_and_leaves_nothing() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        let group = vec![address("IPaddr2::10.9.0.7/24/left:0"), apache()];
        let mut bench = Bench::new(vec![group], &Surroundings::default());
        assert_eq!(bench.executor.inspect_all().await, [(bench.groups[0], Condition::Stopped)]);
        for _ in 0..3 {
            let begun = std::time::Instant::now();
            assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
            let done = begun.elapsed();
            assert!(page("10.9.0.7").unwrap().ends_with("this is alpha\n"), "not served at once");
            println!("start done after {done:?}, page after {:?}", begun.elapsed());
            let pid = Site::pid().unwrap();
            assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
            assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
            assert_eq!(Site::pid(), Some(pid), "a second start changes nothing");
            let begun = std::time::Instant::now();
            assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
            println!("stop done after {:?}", begun.elapsed());
            assert_eq!(Site::pid(), None);
            assert!(Kin::all().iter().all(|kin| kin.group != pid), "a child is left");
            assert!(page("10.9.0.1").is_err());
        }
    });
}

#[test]
fn what_another_life_left_is_found_and_stopped() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        let mut first = Bench::new(vec![vec![apache()]], &Surroundings::default());
        assert_eq!(first.work(0, JobKind::Start).await, Outcome::Done);
        drop(first);
        assert!(page("10.9.0.1").is_ok(), "it lives on without us");
        let mut second = Bench::new(vec![vec![apache()]], &Surroundings::default());
        assert_eq!(second.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Running));
        assert_eq!(second.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(page("10.9.0.1").is_err());
    });
}

#[test]
fn children_of_a_killed_main_process_do_not_hold_the_port_against_a_new_start() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        let mut bench = Bench::new(vec![vec![apache()]], &Surroundings::default());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let old = Site::pid().unwrap();
        until("it has children", || Kin::all().iter().any(|kin| kin.parent == old)).await;
        rustix::process::kill_process(Pid::from_raw(old).unwrap(), Signal::KILL).unwrap();
        until("its death is seen", || Kin::of(old).is_none()).await;
        assert_eq!(bench.work(0, JobKind::Inspect).await, Outcome::Found(Condition::Stopped));
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert_ne!(Site::pid(), Some(old));
        assert!(page("10.9.0.1").unwrap().ends_with("this is alpha\n"));
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
    });
}

#[test]
fn a_stranger_on_the_port_and_a_wrong_configuration_fail_with_apache_s_own_words() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        let stranger = std::net::TcpListener::bind("[::]:80").unwrap();
        let mut bench = Bench::new(vec![vec![apache()]], &Surroundings::default());
        let Outcome::Failed { why } = bench.work(0, JobKind::Start).await else { panic!("it started") };
        assert!(why.starts_with("apache2: start failed: /usr/sbin/apache2 ended early: exit code 1: "), "{why}");
        assert!(why.contains("could not bind to address"), "{why}");
        drop(stranger);

        let stage = Stage::new();
        let file = stage.path("httpd.conf");
        std::fs::write(&file, "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nPidFile /run/own.pid\nListen 80\nNonsense on\n").unwrap();
        let word = format!("apache::{}", file.display());
        let mut bench = Bench::new(vec![vec![resource(&word, ResourceKind::Apache)]], &Surroundings::default());
        let Outcome::Failed { why } = bench.work(0, JobKind::Start).await else { panic!("it started") };
        assert!(why.contains("Invalid command 'Nonsense'"), "{why}");
    });
}

#[test]
fn a_replaced_start_leaves_no_apache() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        // Replaced in the very moment in which its process has appeared.
        let mut bench = Bench::new(vec![vec![apache()]], &Surroundings::default());
        bench.executor.inspect_all().await;
        let us = i32::try_from(std::process::id()).unwrap();
        let program = std::fs::canonicalize("/usr/sbin/apache2").unwrap();
        let ours = || Kin::all().into_iter().filter(|k| k.parent == us && is_apache(k.pid, &program)).count();
        let before = ours();
        let first = bench.begin(0, JobKind::Start);
        until("its process is there", || ours() > before).await;
        let second = bench.begin(0, JobKind::Stop);
        let mut ends = [bench.next_done().await, bench.next_done().await];
        ends.sort_by_key(|(id, _)| *id);
        assert_eq!(ends[1], (second, Outcome::Done));
        assert!(ends[0] == (first, Outcome::Cancelled) || ends[0] == (first, Outcome::Done));
        assert!(page("10.9.0.1").is_err());
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        assert!(page("10.9.0.1").is_ok());
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
    });
}

#[test]
fn a_main_process_that_ignores_term_is_killed_with_its_children() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        let limits = crate::hands::agent::Limits { stop: Duration::from_secs(3), ..Default::default() };
        let around = Surroundings { limits, ..Surroundings::default() };
        let mut bench = Bench::new(vec![vec![apache()]], &around);
        assert_eq!(bench.work(0, JobKind::Start).await, Outcome::Done);
        let pid = Site::pid().unwrap();
        // A stopped process obeys no TERM, only KILL.
        rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::STOP).unwrap();
        assert_eq!(bench.work(0, JobKind::Stop).await, Outcome::Done);
        assert!(Kin::all().iter().all(|kin| kin.group != pid), "a child is left");
        assert!(page("10.9.0.1").is_err());
    });
}

#[test]
fn edited_envvars_are_read_again() {
    in_private_network(|| async {
        cable();
        let _site = Site::new();
        let stage = Stage::new();
        let file = stage.path("apache2.conf");
        std::fs::write(&file, "").unwrap();
        let envvars = stage.path("envvars");
        write_script(&envvars, "export APACHE_PID_FILE=/run/one.pid\n");
        let apache = Apache::new(&[file.display().to_string()]);
        assert_eq!(apache.layout().await.unwrap().pid_file, Path::new("/run/one.pid"));
        write_script(&envvars, "export APACHE_PID_FILE=/run/two.pid; exit 1\n");
        let later = std::time::SystemTime::now() + Duration::from_secs(5);
        std::fs::File::options().write(true).open(&envvars).unwrap().set_modified(later).unwrap();
        let why = apache.layout().await.unwrap_err();
        assert!(why.contains("envvars cannot be read by the shell"), "{why}");
    });
}

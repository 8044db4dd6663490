//! With a real systemd in private namespaces (throwaway.sh); its bus is reached through /proc.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::hands::testing::until;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const UNITS: [(&str, &str); 6] = [
    ("test.target", "[Unit]\nRequires=dbus.socket\nWants=dbus.service\nAfter=dbus.socket\nAllowIsolate=yes\n"),
    ("plain.service", "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=/bin/sleep infinity\n"),
    (
        "slow.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nNotifyAccess=all\n\
         ExecStart=/bin/sh -c 'sleep 0.3; touch /run/ready; systemd-notify --ready; exec sleep infinity'\n",
    ),
    ("bad.service", "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/false\n"),
    (
        "hung.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nTimeoutStopSec=1\nExecStart=/bin/sleep infinity\n",
    ),
    ("crash.service", "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=/bin/sleep 0.2\n"),
];

/// One throw-away systemd; dropping it ends it.
struct Throwaway {
    child: Child,
    cgroup: PathBuf,
    systemd: i32,
    _units: tempfile::TempDir,
}

impl Throwaway {
    async fn boot() -> Throwaway {
        for needed in ["/lib/systemd/systemd", "/usr/bin/dbus-daemon"] {
            assert!(Path::new(needed).exists(), "this test needs {needed} (apt install systemd dbus)");
        }
        let units = tempfile::tempdir().unwrap();
        for (name, text) in UNITS {
            std::fs::write(units.path().join(name), text).unwrap();
        }
        let name = format!("systole-test-{}", std::process::id());
        let top = Command::new("findmnt").args(["-n", "-t", "cgroup2", "-o", "TARGET"]).output().unwrap().stdout;
        let cgroup =
            Path::new(String::from_utf8(top).unwrap().lines().next().expect("no cgroup2 is mounted")).join(&name);
        let script = units.path().join("throwaway.sh");
        std::fs::write(&script, include_str!("throwaway.sh")).unwrap();
        let mut command = Command::new("sh");
        command.arg(&script).arg(units.path()).arg(&name).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut booted = Throwaway { child, cgroup, systemd: 0, _units: units };
        let parent = booted.child.id();
        let children = format!("/proc/{parent}/task/{parent}/children");
        // While the script is still at work its children are others, in the root of this machine.
        until("its bus", || {
            let text = std::fs::read_to_string(&children).unwrap_or_default();
            booted.systemd = text.trim().parse().unwrap_or_default();
            let there = |inside: &str| booted.path(inside).exists();
            there("/etc/systemd/system/test.target") && there("/run/dbus/system_bus_socket")
        })
        .await;
        booted
    }

    fn path(&self, inside: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{inside}", self.systemd))
    }

    fn bus(&self) -> Bus {
        Bus::at(&format!("unix:path={}", self.path("/run/dbus/system_bus_socket").display()))
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A control group can be removed when its last process is dead, which takes a moment.
        for _ in 0..200 {
            let _ = Command::new("find")
                .arg(&self.cgroup)
                .args(["-depth", "-type", "d", "-exec", "rmdir", "{}", "+"])
                .output();
            if !self.cgroup.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("{} is left behind", self.cgroup.display());
    }
}

#[tokio::test]
async fn units_start_stop_and_fail_as_systemd_says() {
    let systemd = Throwaway::boot().await;
    let bus = systemd.bus();
    let unit = |name: &str| Unit::new(name, bus.clone());
    let limits = Limits::default();
    let start = async |name: &str| unit(name).act(Action::Start, &limits).await.map(|_| ()).map_err(|f| f.0);
    let stop = async |name: &str| unit(name).act(Action::Stop, &limits).await.map(|_| ()).map_err(|f| f.0);
    let status = async |name: &str| unit(name).status(&limits).await;

    assert_eq!(status("plain").await, State::Stopped);
    assert_eq!(start("plain").await, Ok(()));
    assert_eq!(status("plain.service").await, State::Running);
    assert_eq!(start("plain").await, Ok(()), "idempotent");
    assert_eq!(stop("plain").await, Ok(()));
    assert_eq!(status("plain").await, State::Stopped);
    assert_eq!(stop("plain").await, Ok(()), "idempotent");

    assert_eq!(start("slow").await, Ok(()));
    assert!(systemd.path("/run/ready").exists(), "the start was done before the unit was ready");
    assert_eq!(stop("slow").await, Ok(()));

    let why = start("bad").await.unwrap_err();
    assert_eq!(why, "start of bad.service ended with \"failed\" (see: systemctl status bad.service)");
    assert_eq!(status("bad").await, State::Stopped);
    assert!(start("nosuch").await.unwrap_err().contains("nosuch.service not found"));
    assert_eq!((status("nosuch").await, stop("nosuch").await), (State::Stopped, Ok(())));

    let brief = Limits { start: Duration::from_millis(500), ..limits };
    let why = unit("hung").act(Action::Start, &brief).await.unwrap_err().0;
    assert_eq!(why, "start of hung.service failed: no result within 500ms");
    assert!(matches!(status("hung").await, State::Unknown(_)), "it is still on its way");
    assert_eq!(stop("hung").await, Ok(()));
    assert_eq!(status("hung").await, State::Stopped);

    assert_eq!(start("crash").await, Ok(()));
    let crash = unit("crash");
    let ends = async {
        while crash.status(&limits).await != State::Stopped {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ends).await.expect("its end was not seen");
}

#[tokio::test]
async fn a_machine_without_systemd_says_so() {
    let unit = Unit::new("plain", Bus::at("unix:path=/nonexistent/bus"));
    let failure = unit.act(Action::Start, &Limits::default()).await.unwrap_err();
    assert!(failure.0.starts_with("start of plain.service failed: systemd does not answer over D-Bus: "), "{failure}");
    assert!(matches!(unit.status(&Limits::default()).await, State::Unknown(_)));
}

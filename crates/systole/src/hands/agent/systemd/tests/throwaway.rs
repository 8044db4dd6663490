//! A real systemd in private namespaces (throwaway.sh), for the tests here and for those of the whole program.
//! Not here: units.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What is booted: nothing but the bus.
const TARGET: &str = "[Unit]\nRequires=dbus.socket\nWants=dbus.service\nAfter=dbus.socket\nAllowIsolate=yes\n";

/// One throw-away systemd; dropping it ends it and all that runs in it.
pub struct Throwaway {
    child: Child,
    cgroup: PathBuf,
    systemd: i32,
    _dir: tempfile::TempDir,
}

impl Throwaway {
    /// Boots with these files, each with its text, and these programs, each at a path inside.
    pub fn boot(files: &[(&str, &str)], programs: &[(&str, &Path)]) -> Throwaway {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        for needed in ["/lib/systemd/systemd", "/usr/bin/dbus-daemon"] {
            assert!(Path::new(needed).exists(), "this test needs {needed} (apt install systemd dbus)");
        }
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("root/etc/systemd/system/test.target", TARGET);
        for (path, text) in files {
            write(&format!("root{path}"), text);
        }
        let line = |(path, source): &(&str, &Path)| format!("{path} {}\n", source.display());
        write("bind", &programs.iter().map(line).collect::<String>());
        write("throwaway.sh", include_str!("throwaway.sh"));

        let name = format!("systole-test-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let top = Command::new("findmnt").args(["-n", "-t", "cgroup2", "-o", "TARGET"]).output().unwrap().stdout;
        let top = String::from_utf8(top).unwrap();
        let cgroup = Path::new(top.lines().next().expect("no cgroup2 is mounted")).join(&name);
        let mut command = Command::new("sh");
        command.arg(dir.path().join("throwaway.sh")).arg(dir.path()).arg(&name);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut booted = Throwaway { child, cgroup, systemd: 0, _dir: dir };
        booted.wait_for_bus();
        booted
    }

    fn wait_for_bus(&mut self) {
        let parent = self.child.id();
        let children = format!("/proc/{parent}/task/{parent}/children");
        let booted = soon(|| {
            // While the script is still at work its children are others, in the root of this machine.
            let text = std::fs::read_to_string(&children).unwrap_or_default();
            self.systemd = text.trim().parse().unwrap_or_default();
            let there = |inside: &str| self.path(inside).exists();
            there("/etc/systemd/system/test.target") && there("/run/dbus/system_bus_socket")
        });
        assert!(booted, "the throw-away systemd has no bus");
    }

    /// A path inside, seen from outside.
    pub fn path(&self, inside: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{inside}", self.systemd))
    }

    /// Runs a program inside to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        let target = self.systemd.to_string();
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &target, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]);
        command.args(words).stdin(Stdio::null()).output().unwrap()
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

/// Waits until a condition holds, not for ever; says whether it did.
pub fn soon(mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

//! The daemon that runs here, known by the lock that only a living heart holds: no file with a number in it that could
//! be stale, and found also while it does not answer.
//! Not here: asking it anything.

use crate::hands::agent::family::Kin;
use crate::paths::Paths;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Clock ticks in a second as /proc counts them; the kernel promises this number to programs.
const TICKS: u64 = 100;

/// Process id of the heart that holds the lock in `run_dir`.
pub fn pid(run_dir: &Path) -> Option<u32> {
    let inode = fs::metadata(run_dir.join("heart.lock")).ok()?.ino();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    holders(&locks, inode).find(|pid| is_ours(*pid))
}

/// Holders of whole-file locks on an inode, in the text of /proc/locks.
fn holders(locks: &str, inode: u64) -> impl Iterator<Item = u32> {
    locks.lines().filter_map(move |line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        // A waiter has an arrow in this place.
        if fields.next()? != "FLOCK" {
            return None;
        }
        let pid = fields.nth(2)?.parse().ok()?;
        let file = fields.next()?;
        (file.rsplit(':').next()?.parse() == Ok(inode)).then_some(pid)
    })
}

/// An inode number alone may come from another file system.
fn is_ours(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("systole"))
}

/// The node name as the daemon finds it.
pub fn node(paths: &Paths) -> String {
    let file = fs::read_to_string(paths.config().join("nodeinfo")).unwrap_or_default();
    let named = file.lines().next().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let name = named.unwrap_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned());
    name.to_lowercase()
}

/// Which of the three files were written after the process began.
pub fn newer_files(paths: &Paths, pid: u32) -> Vec<String> {
    let Some(began) = began(pid) else { return Vec::new() };
    let directory = paths.config();
    let newer = |name: &&str| {
        let written = fs::metadata(directory.join(name)).and_then(|file| file.modified());
        written.is_ok_and(|written| written > began)
    };
    ["ha.cf", "haresources", "authkeys"].into_iter().filter(newer).map(str::to_owned).collect()
}

/// By the wall clock, to a hundredth of a second.
fn began(pid: u32) -> Option<SystemTime> {
    let ticks = Kin::of(i32::try_from(pid).ok()?)?.started;
    let since_boot = Duration::from_millis(ticks.saturating_mul(1000) / TICKS);
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let uptime = Duration::try_from_secs_f64(uptime.split(' ').next()?.parse().ok()?).ok()?;
    SystemTime::now().checked_sub(uptime.saturating_sub(since_boot))
}

/// Was it started by the unit? Then only systemd may end it; it would start it again.
pub fn by_unit(pid: u32) -> bool {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    groups.lines().any(|line| line.ends_with("/systoled.service"))
}

/// Does it stand still by a signal (or a debugger)?
pub fn stands_still(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['T', 't']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn holders_are_told_from_waiters_and_other_files() {
        let locks = "1: FLOCK  ADVISORY  WRITE 8311 fe:00:6078487 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 8312 fe:00:6078487 0 EOF\n\
                     2: POSIX  ADVISORY  WRITE 8313 fe:00:6078487 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 8314 fe:00:60784 0 EOF\nnonsense\n";
        assert_eq!(holders(locks, 6_078_487).collect::<Vec<_>>(), [8311]);
        assert_eq!(holders(locks, 1).count(), 0);
    }

    #[test]
    fn a_process_begins_before_a_file_that_it_writes() {
        let began = began(std::process::id()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ha.cf"), "x").unwrap();
        assert!(began < SystemTime::now());
        let paths = Paths {
            config_dir: Some(directory.path().into()),
            state_dir: "/nonexistent".into(),
            run_dir: directory.path().into(),
        };
        assert_eq!(newer_files(&paths, std::process::id()), ["ha.cf"]);
        assert_eq!(pid(directory.path()), None, "nobody holds a lock there");
    }
}

//! Processes by their relations, as /proc tells them: groups, descendants, what an agent left behind.
//! Not here: starting any.

use rustix::process::{Pid, Signal};
use std::collections::BTreeSet;

/// The few fields of /proc/PID/stat that say who belongs to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kin {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    /// Start time in clock ticks since boot: with it a number used again is not taken for the old process.
    pub started: u64,
}

impl Kin {
    /// `None` when there is no such process, or it is dead and only waits to be reaped.
    pub fn of(pid: i32) -> Option<Kin> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        parse(&text)
    }

    /// Every living process this one may see.
    pub fn all() -> Vec<Kin> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let pid = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
        entries.flatten().filter_map(pid).filter_map(Kin::of).collect()
    }
}

/// The name in parentheses may hold anything, so fields are counted from the last parenthesis.
fn parse(text: &str) -> Option<Kin> {
    let pid = text.split(' ').next()?.parse().ok()?;
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let started = fields.nth(16)?.parse().ok()?;
    Some(Kin { pid, parent, group, started })
}

/// Signals a whole process group and all descendants of its leader, also those that left the group.
pub fn signal(leader: Pid, signal: Signal) {
    for pid in descendants(leader.as_raw_pid(), &Kin::all()).into_iter().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
    let _ = rustix::process::kill_process_group(leader, signal);
}

fn descendants(leader: i32, all: &[Kin]) -> BTreeSet<i32> {
    let mut found = BTreeSet::from([leader]);
    loop {
        let new = |kin: &&Kin| found.contains(&kin.parent) && !found.contains(&kin.pid);
        let more: Vec<i32> = all.iter().filter(new).map(|kin| kin.pid).collect();
        if more.is_empty() {
            found.remove(&leader);
            return found;
        }
        found.extend(more);
    }
}

/// Living members of a process group whose leader has ended.
#[derive(Debug, Clone)]
pub struct Leftover {
    group: Pid,
    members: Vec<Kin>,
}

impl Leftover {
    /// What lives in the group now.
    pub fn find(group: Pid) -> Option<Leftover> {
        // Cheap question first: most agents leave nothing.
        rustix::process::test_kill_process_group(group).ok()?;
        let in_group = |kin: &Kin| kin.group == group.as_raw_pid();
        let members: Vec<Kin> = Kin::all().into_iter().filter(in_group).collect();
        (!members.is_empty()).then_some(Leftover { group, members })
    }

    /// Does one of those seen at the start still live in the group? Then the number was never free,
    /// so the group is still theirs.
    pub fn lives(&self) -> bool {
        let same =
            |seen: &Kin| Kin::of(seen.pid).is_some_and(|now| now.started == seen.started && now.group == seen.group);
        self.members.iter().any(same)
    }

    /// Signals the group, unless it is gone.
    pub fn signal(&self, signal: Signal) {
        if self.lives() {
            let _ = rustix::process::kill_process_group(self.group, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_does_not_move_the_fields() {
        let line = "42 (a) S 1) R 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 1";
        let kin = parse(line).unwrap();
        assert_eq!((kin.pid, kin.parent, kin.group, kin.started), (42, 7, 42, 98765));
        assert_eq!(parse(&line.replace("R 7", "Z 7")), None, "a zombie does not live");
    }

    #[test]
    fn descendants_are_followed_over_generations() {
        let kin = |pid, parent| Kin { pid, parent, group: pid, started: 1 };
        let all = [kin(5, 4), kin(3, 2), kin(4, 3), kin(9, 1)];
        assert_eq!(descendants(2, &all), BTreeSet::from([3, 4, 5]));
    }
}

//! Tests of `realtime`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use rustix::thread::CapabilitySet;
use std::fs::read_to_string;

fn status_kib(name: &str) -> u64 {
    let status = read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

#[test]
fn memory_is_locked_page_by_page() {
    lock_memory().expect("this test needs CAP_IPC_LOCK");
    // A new mapping of 64 MiB counts as lockable, but only touched pages become resident.
    let before = status_kib("VmRSS:");
    let big: Vec<u8> = Vec::with_capacity(64 << 20);
    assert!(status_kib("VmLck:") >= 64 << 10);
    assert!(status_kib("VmRSS:") < before + (32 << 10), "an untouched mapping became resident");
    drop(big);
    rustix::mm::munlockall().unwrap();
}

#[test]
fn fifo_holds_for_the_thread_and_is_reset_in_children() {
    let policy = |text: &str| -> i64 {
        // Field 41 of /proc/../stat; the name in brackets may hold blanks, so count from its end.
        text.rsplit_once(')').unwrap().1.split_whitespace().nth(38).unwrap().parse().unwrap()
    };
    std::thread::spawn(move || {
        become_fifo(None).expect("this test needs CAP_SYS_NICE");
        let own = read_to_string("/proc/thread-self/stat").unwrap();
        assert_eq!(policy(&own), i64::from(libc::SCHED_FIFO));
        let child = std::process::Command::new("cat").arg("/proc/self/stat").output().unwrap();
        assert_eq!(policy(&String::from_utf8(child.stdout).unwrap()), i64::from(libc::SCHED_OTHER));
    })
    .join()
    .unwrap();
}

#[test]
fn an_impossible_priority_is_an_error_that_names_the_limit() {
    let text = std::thread::spawn(|| become_fifo(Some(200)).unwrap_err().to_string()).join().unwrap();
    assert!(text.contains("CAP_SYS_NICE") && text.contains("LimitRTPRIO=200"), "{text}");
}

#[test]
fn slack_becomes_one_nanosecond() {
    std::thread::spawn(|| {
        timer_slack_1ns().unwrap();
        // SAFETY: reads a number of the calling thread.
        assert_eq!(unsafe { libc::prctl(libc::PR_GET_TIMERSLACK) }, 1);
    })
    .join()
    .unwrap();
}

#[test]
fn undumpable_is_seen_by_the_kernel() {
    undumpable().unwrap();
    assert_eq!(rustix::process::dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
}

#[test]
fn the_oom_score_is_set_or_the_missing_right_is_named() {
    let score = || read_to_string("/proc/self/oom_score_adj").unwrap().trim().parse::<i16>().unwrap();
    let before = score();
    oom_score_adj(before + 1).unwrap();
    assert_eq!(score(), before + 1);
    if has_capability(CapabilitySet::SYS_RESOURCE) {
        oom_score_adj(-900).unwrap();
        assert_eq!(score(), -900);
    } else {
        let text = oom_score_adj(-900).unwrap_err().to_string();
        assert!(text.contains("CAP_SYS_RESOURCE"), "{text}");
        assert_eq!(score(), before + 1);
    }
    oom_score_adj(before).unwrap();
}

//! Tests of `signals`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::wait::{PollFd, PollFlags, poll};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Sends to the calling thread alone: other tests run in the same process and must not be hit.
fn send_to_this_thread(signal: Signal) {
    // SAFETY: plain system call on our own thread id.
    let done = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), libc::gettid(), signal.number()) };
    assert_eq!(done, 0, "{}", io::Error::last_os_error());
}

fn set(status: &str, name: &str) -> u64 {
    let digits = status.lines().find_map(|l| l.strip_prefix(name)).unwrap();
    u64::from_str_radix(digits.trim(), 16).unwrap()
}

/// One listener a process: the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn a_caught_signal_is_read_from_the_descriptor() {
    let _turn = turn();
    let mut signals = Signals::open(&[Signal::User1, Signal::HangUp]).unwrap();
    assert_eq!(signals.next(), None);
    send_to_this_thread(Signal::User1);
    // The signal may also interrupt the wait itself, which counts as nothing ready.
    let ready = |s: &Signals| poll(&mut [PollFd::new(s, PollFlags::IN)], Some(Duration::from_secs(10))).unwrap();
    assert_eq!(ready(&signals), 1);
    assert_eq!(signals.next(), Some(Signal::User1));
    assert_eq!(signals.next(), None);
    send_to_this_thread(Signal::HangUp);
    send_to_this_thread(Signal::User1);
    assert_eq!((signals.next(), signals.next()), (Some(Signal::HangUp), Some(Signal::User1)));
}

#[test]
fn a_signal_the_parent_had_blocked_is_heard_all_the_same() {
    let _turn = turn();
    // SAFETY: changes the mask of this thread only, with a set initialised here.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
    }
    let mut signals = Signals::open(&[Signal::User2]).unwrap();
    send_to_this_thread(Signal::User2);
    assert_eq!(signals.next(), Some(Signal::User2));
}

#[test]
fn children_have_no_signal_blocked_ignored_or_caught() {
    let _turn = turn();
    let wanted = [Signal::Terminate, Signal::Interrupt, Signal::Child];
    let _signals = Signals::open(&wanted).unwrap();
    let bits = wanted.iter().fold(0, |bits, s| bits | 1_u64 << (s.number() - 1));
    // With and without a process group: std takes different ways for some settings.
    for own_group in [false, true] {
        let mut child = Command::new("cat");
        child.arg("/proc/self/status");
        if own_group {
            std::os::unix::process::CommandExt::process_group(&mut child, 0);
        }
        let status = String::from_utf8(child.output().unwrap().stdout).unwrap();
        for line in ["SigBlk:", "SigIgn:", "SigCgt:"] {
            assert_eq!(set(&status, line) & bits, 0, "{line}");
        }
    }
}

#[test]
fn only_one_listens_and_kill_cannot_be_caught() {
    let _turn = turn();
    let first = Signals::open(&[Signal::User2]).unwrap();
    assert_eq!(Signals::open(&[Signal::User2]).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    drop(first);
    assert!(Signals::open(&[Signal::Kill]).is_err());
    // The refused one let go again; a signal that arrives while nobody listens is without effect.
    send_to_this_thread(Signal::User2);
    assert_eq!(Signals::open(&[Signal::User2]).unwrap().next(), None);
}

#[test]
fn numbers_go_both_ways() {
    for (signal, number) in ALL {
        assert_eq!(signal.number(), number);
        assert_eq!(Signal::from_number(number), Some(signal));
        assert_eq!(signal.rustix().as_raw(), number);
    }
    assert_eq!(Signal::from_number(0), None);
}

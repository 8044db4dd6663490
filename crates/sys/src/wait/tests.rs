//! Tests of `wait`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const LONG: Option<Duration> = Some(Duration::from_secs(10));

#[test]
fn clocks_go_forward_and_boottime_is_not_behind() {
    let (a, b) = (monotonic_ns(), monotonic_ns());
    assert!(a > 0 && b >= a);
    // Boottime contains every suspend, so it can only be ahead.
    assert!(boottime_ns() >= a);
    // 2020-01-01; a machine with an older clock runs no test of ours.
    assert!(wall_ms() > 1_577_836_800_000);
}

#[test]
fn a_timer_fires_at_its_moment_and_not_before() {
    let timer = Timer::new().unwrap();
    assert!(!timer.drain().unwrap());
    let at = monotonic_ns() + 20_000_000;
    timer.arm(at).unwrap();
    let mut fds = [PollFd::new(&timer, PollFlags::IN)];
    assert_eq!(poll(&mut fds, LONG).unwrap(), 1);
    assert!(monotonic_ns() >= at);
    assert!(readable(&fds[0]) && !broken(&fds[0]));
    assert!(timer.drain().unwrap());
    assert!(!timer.drain().unwrap());
}

#[test]
fn a_past_moment_fires_at_once_and_a_disarmed_timer_never() {
    let timer = Timer::new().unwrap();
    timer.arm(0).unwrap();
    assert_eq!(poll(&mut [PollFd::new(&timer, PollFlags::IN)], LONG).unwrap(), 1);
    timer.disarm().unwrap();
    assert_eq!(poll(&mut [PollFd::new(&timer, PollFlags::IN)], Some(Duration::ZERO)).unwrap(), 0);
}

#[test]
fn a_closed_pipe_is_broken_and_readable() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    {
        let mut fds = [PollFd::new(&writer, PollFlags::OUT)];
        assert_eq!(poll(&mut fds, LONG).unwrap(), 1);
        assert!(writable(&fds[0]) && !broken(&fds[0]));
    }
    drop(writer);
    let mut fds = [PollFd::new(&reader, PollFlags::IN)];
    assert_eq!(poll(&mut fds, LONG).unwrap(), 1);
    assert!(readable(&fds[0]) && broken(&fds[0]));
}

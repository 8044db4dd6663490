//! Tests of `spawn`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::wait::{PollFd, PollFlags, poll};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

const LONG: Option<Duration> = Some(Duration::from_secs(10));

#[test]
fn a_child_speaks_over_its_standard_input() {
    let (mut ours, theirs) = bridge_pair().unwrap();
    let mut child = Command::new("sh").args(["-c", "echo hello >&0"]).stdin(Stdio::from(theirs)).spawn().unwrap();
    let mut text = String::new();
    // Ends at the child's end, as its copy is the only one left.
    ours.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello\n");
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_bridge_is_taken_and_null_put_in_its_place() {
    let (mut ours, theirs) = bridge_pair().unwrap();
    let mut null = None;
    let mut bridge = take_over(&theirs, |fd| {
        null = Some(fd);
        Ok(())
    })
    .unwrap();
    let flags = rustix::io::fcntl_getfd(&bridge).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    ours.write_all(b"x").unwrap();
    let mut one = [0_u8];
    bridge.read_exact(&mut one).unwrap();
    assert_eq!(&one, b"x");
    let mut nothing = Vec::new();
    std::fs::File::from(null.unwrap()).read_to_end(&mut nothing).unwrap();
    assert!(nothing.is_empty());
}

#[test]
fn something_else_than_a_bridge_is_refused_in_words() {
    let null = std::fs::File::open("/dev/null").unwrap();
    let e = take_over(&null, |_| panic!("must not replace anything")).unwrap_err();
    assert!(e.to_string().contains("started by systoled"), "{e}");
}

#[test]
fn a_pidfd_tells_the_end_and_the_group_dies_with_its_children() {
    // The shell starts a child in the same group and tells its number; both must be gone.
    let mut shell = Command::new("sh")
        .args(["-c", "sleep 1000 & echo $!; wait"])
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(shell.stdout.as_mut().unwrap()), &mut line).unwrap();
    let (parent, sleeper) = (pidfd(shell.id()).unwrap(), pidfd(line.trim().parse().unwrap()).unwrap());
    let ended = |fd: &OwnedFd, wait| poll(&mut [PollFd::new(fd, PollFlags::IN)], wait).unwrap() == 1;
    assert!(!ended(&parent, Some(Duration::ZERO)) && !ended(&sleeper, Some(Duration::ZERO)));
    assert!(kill_group(shell.id(), Signal::Kill).unwrap());
    assert!(ended(&parent, LONG) && ended(&sleeper, LONG));
    shell.wait().unwrap();
}

#[test]
fn a_group_that_is_gone_is_no_error_and_everybody_is_refused() {
    let mut child = Command::new("true").process_group(0).spawn().unwrap();
    child.wait().unwrap();
    assert!(!kill_group(child.id(), Signal::Terminate).unwrap());
    for everybody in [0, 1, u32::MAX] {
        assert_eq!(kill_group(everybody, Signal::Continue).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}

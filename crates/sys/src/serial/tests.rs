//! Tests of `serial`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::pty::{Pty, null_modem};
use crate::testing::wait_for;
use std::fs;

/// A line without a lock directory, at the usual speed.
fn line(pty: &Pty) -> SerialLink {
    SerialLink::open_locking::<&str>(&pty.path, 19200, &[]).unwrap()
}

fn read(link: &mut SerialLink) -> Vec<u8> {
    let fd = link.as_fd().try_clone_to_owned().unwrap();
    let mut buf = [0_u8; 4096];
    let n = wait_for(&fd, || link.read(&mut buf).unwrap());
    buf[..n].to_vec()
}

/// Copies one portion over the cable.
fn carry(from: &Pty, to: &Pty) {
    let mut buf = [0_u8; 4096];
    let n = rustix::io::read(&from.master, &mut buf).unwrap();
    assert_eq!(rustix::io::write(&to.master, &buf[..n]).unwrap(), n);
}

#[test]
fn bytes_cross_the_cable_unchanged_both_ways() {
    let ends = null_modem().unwrap();
    let (mut a, mut b) = (line(&ends[0]), line(&ends[1]));
    // Every value: nothing is translated, stripped, echoed or taken as a control character.
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(a.write(&all).unwrap(), all.len());
    carry(&ends[0], &ends[1]);
    let mut got = read(&mut b);
    while got.len() < all.len() {
        got.extend(read(&mut b));
    }
    assert_eq!(got, all);
    assert_eq!(b.read(&mut [0; 10]).unwrap(), None);
    assert_eq!(a.read(&mut [0; 10]).unwrap(), None, "an echo");
    b.write(b">>>\n").unwrap();
    carry(&ends[1], &ends[0]);
    assert_eq!(read(&mut a), b">>>\n");
}

#[test]
fn settings_are_those_of_the_medium() {
    let pty = Pty::open().unwrap();
    let link = SerialLink::open_locking::<&str>(&pty.path, 115_200, &[]).unwrap();
    let set = tcgetattr(&link).unwrap();
    assert_eq!((set.input_speed(), set.output_speed()), (115_200, 115_200));
    let wanted = ControlModes::CS8 | ControlModes::CLOCAL | ControlModes::CREAD | ControlModes::CRTSCTS;
    assert!(set.control_modes.contains(wanted));
    assert!(!set.control_modes.intersects(ControlModes::PARENB | ControlModes::CSTOPB));
    assert!(!set.input_modes.intersects(InputModes::ISTRIP | InputModes::IGNCR | InputModes::ICRNL | InputModes::IXON));
    for baud in BAUDS {
        let mut line = tcgetattr(&link).unwrap();
        make_raw(&mut line, baud).unwrap();
        assert_eq!(line.output_speed(), baud);
    }
}

#[test]
fn what_was_there_before_is_thrown_away() {
    let pty = Pty::open().unwrap();
    rustix::io::write(&pty.master, b"old generation").unwrap();
    let mut link = line(&pty);
    assert_eq!(link.read(&mut [0; 100]).unwrap(), None);
    rustix::io::write(&pty.master, b"new").unwrap();
    assert_eq!(read(&mut link), b"new");
}

#[test]
fn a_stuck_line_takes_no_more_and_never_blocks() {
    let pty = Pty::open().unwrap();
    let mut link = line(&pty);
    // Nobody reads at the other end.
    let written = (0..1000).map(|_| link.write(&[b'x'; 512]).unwrap()).take_while(|n| *n > 0).sum::<usize>();
    assert!(written > 0 && link.write(b"more").unwrap() == 0);
    // A pty hands its bytes straight to the other side; what counts is that asking and throwing away works.
    link.queued_output().unwrap();
    link.discard_output().unwrap();
    assert_eq!(link.queued_output().unwrap(), 0);
}

#[test]
fn a_hang_up_is_an_error() {
    let pty = Pty::open().unwrap();
    let mut link = line(&pty);
    drop(pty);
    // Another test may be starting a program, which holds a copy of the master until its exec.
    let fd = link.as_fd().try_clone_to_owned().unwrap();
    let error = wait_for(&fd, || link.read(&mut [0; 10]).err());
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(link.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn refusals_are_in_words() {
    let open = |path: &str, baud| SerialLink::open_locking::<&str>(Path::new(path), baud, &[]).unwrap_err().to_string();
    let text = open("/dev/ttyNONE", 19200);
    assert!(text.contains("/dev/ttyNONE") && text.contains("no such device"), "{text}");
    let text = open("/dev/null", 19200);
    assert!(text.contains("no working serial line"), "{text}");
    let text = open("/dev/ttyS0", 12345);
    assert!(text.contains("12345") && text.contains("19200"), "{text}");
}

fn lock_name(pty: &Pty) -> String {
    format!("LCK..{}", pty.path.strip_prefix("/dev").unwrap().display().to_string().replace('/', ""))
}

#[test]
fn the_lock_is_there_while_the_line_is_open() {
    let (dir, pty) = (tempfile::tempdir().unwrap(), Pty::open().unwrap());
    let file = dir.path().join(lock_name(&pty));
    let missing = dir.path().join("no-such-directory");
    let link = SerialLink::open_locking(&pty.path, 19200, &[missing.as_path(), dir.path()]).unwrap();
    assert!(link.locked());
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{:>10}\n", std::process::id()));
    // A second name of the same line is the same lock.
    let alias = dir.path().join("modem");
    std::os::unix::fs::symlink(&pty.path, &alias).unwrap();
    let text = SerialLink::open_locking(&alias, 19200, &[dir.path()]).unwrap_err().to_string();
    assert!(text.contains("this very program"), "{text}");
    drop(link);
    assert!(!file.exists());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "only the alias is left");
}

#[test]
fn a_living_owner_is_respected_and_a_dead_one_replaced() {
    let (dir, pty) = (tempfile::tempdir().unwrap(), Pty::open().unwrap());
    let file = dir.path().join(lock_name(&pty));
    let open = || SerialLink::open_locking(&pty.path, 19200, &[dir.path()]);
    let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    fs::write(&file, format!("{:>10}\n", child.id())).unwrap();
    let refused = open().unwrap_err();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
    assert!(refused.to_string().contains(&child.id().to_string()), "{refused}");
    assert!(file.exists());
    drop(open().unwrap());
    // Left by an earlier life with our own number, and by one that died between creating and writing.
    for left in [format!("{:>10}\n", std::process::id()), String::new()] {
        fs::write(&file, left).unwrap();
        drop(open().unwrap());
    }
    fs::write(&file, "minicom").unwrap();
    assert!(open().unwrap_err().to_string().contains("does not name a process"));
}

//! Tests of `peercred`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use std::os::unix::net::UnixStream;

#[test]
fn our_own_pair_is_ourselves() {
    let (a, _b) = UnixStream::pair().unwrap();
    let who = peer_credentials(&a).unwrap();
    assert_eq!(who.pid, std::process::id());
    assert_eq!(who.uid, rustix::process::getuid().as_raw());
    assert_eq!(who.gid, rustix::process::getgid().as_raw());
}

#[test]
fn a_file_has_no_peer() {
    assert!(peer_credentials(std::fs::File::open("/dev/null").unwrap()).is_err());
}

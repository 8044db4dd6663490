//! Tests of `notify`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn heard(socket: &UnixDatagram) -> String {
    let mut buffer = [0_u8; 512];
    let n = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..n].to_vec()).unwrap()
}

#[test]
fn says_everything_in_one_datagram_to_an_abstract_socket() {
    let name = format!("systole-notify-{}", std::process::id());
    let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let notifier = Notifier::to(format!("@{name}").as_bytes()).unwrap();
    notifier.say(&[Notice::Ready, Notice::Status("two\nlines"), Notice::MainPid(7)]).unwrap();
    assert_eq!(heard(&manager), "READY=1\nSTATUS=two lines\nMAINPID=7");
}

#[test]
fn says_it_to_a_path() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let notifier = Notifier::to(path.as_os_str().as_bytes()).unwrap();
    notifier.say(&[Notice::Watchdog]).unwrap();
    assert_eq!(heard(&manager), "WATCHDOG=1");
    notifier.say(&[Notice::Stopping]).unwrap();
    assert_eq!(heard(&manager), "STOPPING=1");
}

#[test]
fn a_manager_that_is_gone_or_deaf_is_an_error_and_never_a_wait() {
    let name = format!("systole-deaf-{}", std::process::id());
    let notifier = Notifier::to(format!("@{name}").as_bytes()).unwrap();
    assert!(notifier.say(&[Notice::Ready]).is_err());
    let _deaf = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let full = (0..100_000).find_map(|_| notifier.say(&[Notice::Watchdog]).err()).unwrap();
    assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn an_address_of_another_kind_is_refused() {
    assert_eq!(Notifier::to(b"vsock:2:1").unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

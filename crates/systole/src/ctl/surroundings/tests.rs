//! Files of every kind, and this machine as it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

fn why(path: &Path) -> Why {
    source(path).unwrap_err().why
}

#[test]
fn each_kind_of_unreadable_file_is_told_apart() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("long"), vec![b'#'; FILE_MAX + 1]).unwrap();
    let status = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(status.success());
    assert_eq!(why(&at("absent")), Why::Absent);
    assert_eq!(why(&at("directory")), Why::Directory);
    assert_eq!(why(&at("long")), Why::TooLong);
    assert_eq!(why(&at("pipe")), Why::Other("it is no regular file".into()));
}

#[test]
fn a_file_comes_with_its_mode() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("authkeys");
    fs::write(&path, "auth 1\n").unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let file = source(&path).unwrap();
    assert_eq!(
        (file.text.as_slice(), file.mode, file.uid),
        (&b"auth 1\n"[..], 0o640, rustix::process::geteuid().as_raw())
    );
}

#[test]
fn this_machine_is_seen() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("nodeinfo"), "alpha\nrest\n").unwrap();
    fs::write(root.path().join("ha.cf"), "serial /dev/null /dev/missing\n").unwrap();
    let paths = Paths { config_dir: Some(root.path().to_owned()), state_dir: "/x".into(), run_dir: "/x".into() };
    let (sources, around) = gather(&paths);
    assert!(sources.ha_cf.is_ok() && sources.authkeys.is_err());
    assert_eq!(around.nodeinfo.as_deref(), Some("alpha"));
    assert!(!around.uname.is_empty());
    assert!(around.interfaces.iter().any(|i| i.name == "lo"));
    assert!(around.users.contains(&"root".to_owned()));
    assert!(around.ttys.contains(&"/dev/null".into()) && !around.ttys.contains(&"/dev/missing".into()));
}

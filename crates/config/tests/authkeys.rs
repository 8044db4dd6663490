//! authkeys: keys, faults, permissions, and that no secret is ever shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{brief, full, nico, with_authkeys};
use systole_config::{Method, Severity, fix, read};

const SECRET: &str = "Tr0ub4dor&3";

fn said(text: &str) -> Vec<String> {
    let reading = read(&with_authkeys(text), &nico());
    let has_error = reading.diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(reading.authkeys.is_none(), has_error, "{text}");
    reading.diagnostics.iter().map(brief).collect()
}

#[test]
fn several_keys_are_read() {
    let text = "# keys\n\nauth 2\n 1\tmd5  one # old\n2 sha1 two#part\n15 crc # none\n";
    let keys = read(&with_authkeys(text), &nico()).authkeys.unwrap();
    assert_eq!(keys.active, 2);
    let all: Vec<(u8, Method, &[u8])> = keys.keys.iter().map(|k| (k.index, k.method, k.secret())).collect();
    assert_eq!(all, [(1, Method::Md5, &b"one"[..]), (2, Method::Sha1, b"two#part"), (15, Method::Crc, b"")]);
    assert_eq!(keys.active_key().unwrap().index, 2);
    assert!(!format!("{keys:?}").contains("two"));
}

#[test]
fn faults_and_their_places() {
    let s = SECRET;
    for (text, expected) in [
        (format!("auth 1\n1 sha1 {s}\n"), &[][..]),
        ("".into(), &["error no-auth authkeys"]),
        (format!("1 sha1 {s}\n"), &["error no-auth authkeys:1:1"]),
        (format!("1 sha1 {s}\nauth 1\n"), &["note auth-after-key authkeys:1:1"]),
        (format!("auth 2\n1 sha1 {s}\n"), &["error no-such-key authkeys:1:1"]),
        (format!("auth 1\nauth 1\n1 sha1 {s}\n"), &["error auth-twice authkeys:2:1"]),
        (format!("auth {s}\n1 sha1 {s}\n"), &["error bad-auth authkeys:1:1"]),
        (format!("authenticate 1\n1 sha1 {s}\n"), &["warning odd-auth authkeys:1:1"]),
        (format!("auth 1\n1 sha1 {s}\n1 md5 {s}\n"), &["error key-twice authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n16 md5 {s}\n"), &["error bad-key-number authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n{s}\n"), &["error bad-key-number authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n2\n"), &["error no-method authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n2 {s}\n"), &["error unknown-method authkeys:3:3"]),
        (format!("auth 1\n1 sha1 {s}\n2 sha\n"), &["error unknown-method authkeys:3:3"]),
        (format!("auth 1\n1 sha1 {s}\n2 md5\n"), &["error no-key authkeys:3:3"]),
        (format!("auth 1\n1 sha1 {s}\n2 crc {s}\n"), &["error crc-with-key authkeys:3:3"]),
        (format!("auth 1\n1 sha1 {s} {s}\n"), &["warning key-too-many-words authkeys:2:3"]),
        (format!("auth 1\n1 sha1 {s}\n2 crc\n"), &["warning crc authkeys:3:1"]),
    ] {
        assert_eq!(said(&text), expected, "{text}");
        let reading = read(&with_authkeys(&text), &nico());
        let shown: String = reading.diagnostics.iter().map(full).collect();
        assert!(!shown.contains(s), "{shown}");
        assert!(!format!("{reading:?}").contains(s), "debug of the reading");
        assert!(!serde_json::to_string(&reading.diagnostics).unwrap().contains(s));
        let fixed = fix(&with_authkeys(&text), &nico());
        assert!(!format!("{fixed:?}").contains(s), "debug of the fix");
    }
}

#[test]
fn modes_and_owners() {
    for (mode, uid, expected) in [
        (0o600, 0, &[][..]),
        (0o400, 0, &[]),
        (0o600, 1000, &["authkeys-owner"]),
        (0o640, 0, &["authkeys-mode"]),
        (0o620, 0, &["authkeys-mode"]),
        (0o602, 0, &["authkeys-mode"]),
        (0o644, 7, &["authkeys-mode", "authkeys-owner"]),
    ] {
        let mut sources = with_authkeys(common::GOOD_AUTHKEYS);
        let file = sources.authkeys.as_mut().unwrap();
        (file.mode, file.uid) = (mode, uid);
        let codes: Vec<&str> = read(&sources, &nico()).diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, expected, "{mode:o} {uid}");
        let mut user = nico();
        user.my_uid = uid;
        assert!(!read(&sources, &user).diagnostics.iter().any(|d| d.code == "authkeys-owner"));
    }
}

#[test]
fn fix_adds_a_missing_auth_line() {
    let fixed = fix(&with_authkeys(&format!("# mine\n3 sha1 {SECRET}\n")), &nico());
    assert_eq!(String::from_utf8_lossy(&fixed.files[0].text), format!("# mine\nauth 3\n3 sha1 {SECRET}\n"));
    assert_eq!(read(&fixed.sources, &nico()).authkeys.unwrap().active, 3);
}

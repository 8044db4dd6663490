//! authkeys: keys, faults, permissions, and that no secret is ever shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{brief, full, nico, with_authkeys};
use systole_config::{DirectoryFact, Method, Severity, fix, read};

const SECRET: &str = "Tr0ub4dor&3-and-more";

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
        (format!("auth 1\n1 sha1 {s}\n2 crc\n"), &["warning crc-refused authkeys:3:1"]),
        (format!("auth 2\n1 sha1 {s}\n2 crc\n"), &["warning crc authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n2 crc\n#@ accept 2\n"), &["warning crc-accepted authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n2 crc\n#@? accept 2\n"), &["warning crc-accepted authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@accept 1\n"), &["note accept-idle authkeys:3:1"]),
        ("auth 2\n2 crc\n#@ accept 2\n".into(), &["warning crc authkeys:2:1", "note accept-idle authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@ accept 3\n"), &["error accept-no-such-key authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@\n"), &["error empty-extension authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@ accept\n"), &["error bad-accept authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@ accept {s}\n"), &["error bad-accept authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@ accept 1 2\n"), &["error bad-accept authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@ acept 1\n"), &["error unknown-extension authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@ {s}\n"), &["error unknown-extension authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s}\n#@? {s}\n"), &["note extension-skipped authkeys:3:1"]),
        (format!("auth 1\n1 sha1 {s} #@ accept 1\n"), &["error extension-not-alone authkeys:2:1"]),
        (format!("auth 1 #@ accept 1\n1 sha1 {s}\n"), &["error extension-not-alone authkeys:1:1"]),
        (format!("auth 1\n1 sha1 {s}\n2 md5 {s}\n"), &["warning same-secret authkeys:3:1"]),
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
fn secrets_that_can_be_guessed_are_told() {
    for (secret, weak) in [
        ("hunter2", true),
        ("put-the-forty-characters-here", true),
        ("Hello!", true),
        ("fifteen-bytes-1", true),
        ("internationalization", true),
        ("1234567890123456", true),
        ("abababababababababababababab", true),
        ("sixteen-bytes-12", false),
        ("four random words would do too".replace(' ', "-").as_str(), false),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", false),
    ] {
        let text = format!("auth 1\n1 sha1 {secret}\n");
        let expected: &[&str] = if weak { &["warning weak-secret authkeys:2:1"] } else { &[] };
        assert_eq!(said(&text), expected, "{secret}");
        let shown: String = read(&with_authkeys(&text), &nico()).diagnostics.iter().map(full).collect();
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_way_from_crc_to_sha1_has_no_step_at_which_a_node_is_deaf() {
    let s = SECRET;
    let steps = [
        "auth 1\n1 crc\n".to_owned(),
        format!("auth 1\n1 crc\n2 sha1 {s}\n#@ accept 1\n"),
        format!("auth 2\n1 crc\n2 sha1 {s}\n#@ accept 1\n"),
        format!("auth 2\n2 sha1 {s}\n"),
    ];
    let protection = |text: &str| read(&with_authkeys(text), &nico()).authkeys.unwrap().protection().unwrap();
    for pair in steps.windows(2) {
        let [old, new] = [&pair[0], &pair[1]].map(|text| protection(text));
        let hears = |who: &systole_config::Protection, whom: &systole_config::Protection| {
            who.signs == whom.signs || who.accepted.contains(&whom.signs)
        };
        assert!(hears(&old, &new) && hears(&new, &old), "{old:?} {new:?}");
    }
    // And check says these steps.
    let reading = read(&with_authkeys(&steps[0]), &nico());
    let shown: String = reading.diagnostics.iter().map(full).collect();
    for part in ["add `2 sha1 KEY` and `#@ accept 1`", "write `auth 2`", "take `1 crc` and `#@ accept 1` out"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn what_is_open_is_said_in_one_line() {
    let s = SECRET;
    for (text, described, open) in [
        (format!("auth 1\n1 sha1 {s}\n"), "frames are signed with sha1 (key 1)", None),
        (
            format!("auth 1\n1 sha1 {s}\n2 md5 other-{s}\n3 crc\n"),
            "frames are signed with sha1 (key 1), also accepted: md5 (key 2)",
            None,
        ),
        ("auth 1\n1 crc\n".into(), "frames are signed with crc (key 1)", Some("protects nothing")),
        (
            format!("auth 1\n1 sha1 {s}\n3 crc\n#@ accept 3\n"),
            "frames are signed with sha1 (key 1), also accepted: crc (key 3)",
            Some("`#@ accept 3` out of authkeys"),
        ),
    ] {
        let protection = read(&with_authkeys(&text), &nico()).authkeys.unwrap().protection().unwrap();
        assert_eq!(protection.describe(), described);
        assert_eq!(protection.open().is_some(), open.is_some(), "{text}");
        assert!(protection.open().unwrap_or_default().contains(open.unwrap_or_default()), "{text}");
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
fn a_directory_that_others_may_change_is_told() {
    for (mode, uid, expected) in [
        (0o755, 0, &[][..]),
        (0o775, 0, &["directory-writable"]),
        (0o1777, 0, &["directory-writable"]),
        (0o755, 1000, &["directory-owner"]),
        (0o757, 1000, &["directory-writable", "directory-owner"]),
    ] {
        let mut machine = nico();
        machine.directory = Some(DirectoryFact { mode, uid });
        let found = read(&with_authkeys(common::GOOD_AUTHKEYS), &machine).diagnostics;
        let codes: Vec<&str> = found.iter().map(|d| d.code).collect();
        assert_eq!(codes, expected, "{mode:o} {uid}");
        assert!(found.iter().all(|d| d.severity == Severity::Warning));
    }
}

#[test]
fn fix_adds_a_missing_auth_line() {
    let fixed = fix(&with_authkeys(&format!("# mine\n3 sha1 {SECRET}\n")), &nico());
    assert_eq!(String::from_utf8_lossy(&fixed.files[0].text), format!("# mine\nauth 3\n3 sha1 {SECRET}\n"));
    assert_eq!(read(&fixed.sources, &nico()).authkeys.unwrap().active, 3);
}

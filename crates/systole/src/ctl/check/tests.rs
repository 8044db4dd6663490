//! The command on real directories: output, exit status, what it writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

const SECRET: &str = "correct-horse-battery";

/// A configuration directory for a node called alpha, whatever this machine is called.
fn directory(ha_cf: &str, haresources: &str, authkeys: &str, mode: u32) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in
        [("ha.cf", ha_cf), ("haresources", haresources), ("authkeys", authkeys), ("nodeinfo", "alpha\n")]
    {
        fs::write(root.path().join(name), text).unwrap();
    }
    fs::set_permissions(root.path().join("authkeys"), fs::Permissions::from_mode(mode)).unwrap();
    root
}

fn faulty() -> TempDir {
    directory(
        "#a comment that is\nwrapped by the editor\nnode alpha beta\nucast lo 192.0.2.7\nauto_failback on\n",
        "alpah IPaddr2 ::192.0.2.9/24/lo\nMailTo::root\n",
        &format!("auth 1\n1 sha1 {SECRET}\n"),
        0o644,
    )
}

fn paths(root: &Path) -> Paths {
    Paths { config_dir: Some(root.to_owned()), state_dir: "/x".into(), run_dir: "/x".into() }
}

fn check(root: &Path, fix: bool) -> ExitCode {
    run(&CheckArgs { fix, format: Format::Human }, &paths(root))
}

/// Both forms of the output.
fn output(root: &Path) -> (String, String) {
    let (sources, around) = surroundings::gather(&paths(root));
    let outcome = Outcome { reading: read(&sources, &around), mended: None, failed: None };
    (outcome.human(&sources, &around, &Renderer::plain()), outcome.json())
}

#[test]
fn faults_are_shown_with_their_line_and_the_mended_files() {
    let root = faulty();
    let (human, json) = output(root.path());
    for part in
        ["error[comment-tail]", "ha.cf:2:1", "haresources:1:1", "haresources:1:14", "haresources:2:1", "authkeys:1:1"]
    {
        assert!(human.contains(part), "{part} is missing in\n{human}");
    }
    assert!(human.contains(":1: alpha IPaddr2::192.0.2.9/24/lo MailTo::root\n"), "{human}");
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(last["summary"]["errors"], 5);
    // What is said of the machine, such as an old heartbeat that is enabled on it, may stand before.
    let first = json.lines().find(|line| line.contains("comment-tail")).unwrap();
    let first: serde_json::Value = serde_json::from_str(first).unwrap();
    assert_eq!(
        (first["line"].as_u64(), first["column"].as_u64(), first["file"].as_str()),
        (Some(2), Some(1), Some("ha.cf"))
    );
}

#[test]
fn no_output_holds_the_secret() {
    let (human, json) = output(faulty().path());
    assert!(!human.contains(SECRET) && !json.contains(SECRET));
}

#[test]
fn fix_writes_and_keeps_the_old_files() {
    let root = faulty();
    let at = |name: &str| root.path().join(name);
    assert_eq!(check(root.path(), false), ExitCode::from(2));
    assert_ne!(check(root.path(), true), ExitCode::from(2));
    assert_eq!(fs::read_to_string(at("haresources")).unwrap(), "alpha IPaddr2::192.0.2.9/24/lo MailTo::root\n");
    assert!(fs::read_to_string(at("haresources.before-fix")).unwrap().starts_with("alpah IPaddr2 ::"));
    assert!(fs::read_to_string(at("ha.cf")).unwrap().starts_with("#a comment that is\n#wrapped by the editor\n"));
    assert_eq!(fs::metadata(at("authkeys")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!at("authkeys.before-fix").exists() && !at("ha.cf.new").exists());
    let before = fs::metadata(at("haresources")).unwrap().modified().unwrap();
    check(root.path(), true);
    assert_eq!(fs::metadata(at("haresources")).unwrap().modified().unwrap(), before, "written again without a need");
}

#[test]
fn what_was_understood_is_told() {
    let root = directory(
        "node alpha beta\nucast lo 192.0.2.7\nauto_failback on\n",
        "alpha IPaddr2::192.0.2.9/24/lo apache\n#@ name=web\n",
        &format!("auth 1\n1 sha1 {SECRET}\n"),
        0o600,
    );
    let (human, _) = output(root.path());
    for part in [
        "node    alpha  (this machine",
        "unicast on lo to 192.0.2.7, port 694",
        "(web), at home on alpha",
        "Apache, built in",
    ] {
        assert!(human.contains(part), "{part} is missing in\n{human}");
    }
}

#[test]
fn missing_files_are_named_each() {
    let root = tempfile::tempdir().unwrap();
    let (human, _) = output(root.path());
    for name in ["ha.cf", "haresources", "authkeys"] {
        assert!(human.contains(&format!("{}/{name} is missing", root.path().display())), "{human}");
    }
}

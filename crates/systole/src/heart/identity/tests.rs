//! The state files: formats, growth, damage.
#![allow(clippy::unwrap_used)]

use super::{load, next_generation, write_generation};
use systole_core::Generation;

#[test]
fn the_file_is_sixteen_bytes_as_heartbeat_writes_it() {
    let dir = tempfile::tempdir().unwrap();
    write_generation(dir.path(), 1_795_368_773).unwrap();
    assert_eq!(std::fs::read(dir.path().join("hb_generation")).unwrap(), b"     1795368773\n");
}

#[test]
fn it_grows_over_restarts_lost_files_and_clocks_set_back() {
    assert_eq!(next_generation(Some("     1795368773\n"), 1_795_368_000), Generation(1_795_368_774));
    assert_eq!(next_generation(None, 1_795_368_000), Generation(1_795_368_000));
    assert_eq!(next_generation(Some("garbage"), 5), Generation(5));
    assert_eq!(next_generation(Some("7"), 0), Generation(8));
}

#[test]
fn an_identity_is_made_once_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (first, warnings) = load(dir.path()).unwrap();
    let (second, _) = load(dir.path()).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(first.uuid, second.uuid);
    assert!(second.generation > first.generation);
}

#[test]
fn torn_files_are_replaced() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("hb_uuid"), b"short").unwrap();
    std::fs::write(dir.path().join("hb_generation"), b"").unwrap();
    let (identity, warnings) = load(dir.path()).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(std::fs::read(dir.path().join("hb_uuid")).unwrap(), identity.uuid.0);
}

#[test]
fn a_directory_that_cannot_be_written_warns_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("no-directory");
    std::fs::write(&file, b"").unwrap();
    let (_, warnings) = load(&file).unwrap();
    assert_eq!(warnings.len(), 2);
}

#[test]
fn the_peers_of_before_are_known() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("peers"), "beta 500 1234\n???\n").unwrap();
    let (identity, warnings) = load(dir.path()).unwrap();
    let beta = systole_core::NodeName::new("beta").unwrap();
    assert_eq!(identity.known, [(beta, Generation(500), systole_core::Sequence(1234))]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

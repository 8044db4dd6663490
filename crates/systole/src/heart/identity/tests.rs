//! The identity on a real directory, by the real clock.
#![allow(clippy::unwrap_used)]

use super::{load, load_at};
use systole_core::Generation;

#[test]
fn an_identity_is_made_once_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (first, warnings) = load(dir.path()).unwrap();
    let (second, _) = load(dir.path()).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(first.uuid, second.uuid);
    assert!(second.generation > first.generation);
    assert_eq!(std::fs::read(dir.path().join("hb_uuid")).unwrap(), first.uuid.0);
}

#[test]
fn heartbeats_own_files_are_enough_and_keep_their_form() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("hb_uuid"), b"sixteen of bytes").unwrap();
    std::fs::write(dir.path().join("hb_generation"), "     1795368773\n").unwrap();
    let (identity, warnings) = load_at(dir.path(), 0).unwrap();
    assert_eq!((&identity.uuid.0, identity.generation), (b"sixteen of bytes", Generation(1_795_368_774)));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(std::fs::read(dir.path().join("hb_generation")).unwrap(), b"     1795368774\n");
    // Heartbeat ran here for a while: its file is ahead of our copy.
    std::fs::write(dir.path().join("hb_generation"), "     1795368799\n").unwrap();
    assert_eq!(load_at(dir.path(), 0).unwrap().0.generation, Generation(1_795_368_800));
}

#[test]
fn a_directory_that_cannot_be_written_warns_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("no-directory");
    std::fs::write(&file, b"").unwrap();
    let (_, warnings) = load(&file).unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("cannot write to ") && warnings[0].contains("Free or mend it"), "{warnings:?}");
}

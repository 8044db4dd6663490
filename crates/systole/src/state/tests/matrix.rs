//! Damage of every kind in every file, on a real directory: torn at each byte, each bit turned, zeros, garbage, far too
//! long, a directory or a pipe in its place; files of a former day; a clock set back.

use super::{GENERATION, LIFE, Medium, NEW, OLD, PEERS, UUID, heard, known, lived};
use crate::state::{Directory, Store, Writer, load};
use std::path::Path;
use systole_core::{Generation, Identity};

/// What a file may be instead, in words for a failed test.
fn damages(good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = (0..good.len()).map(|end| (format!("torn at {end}"), good[..end].to_vec())).collect();
    for bit in 0..good.len() * 8 {
        let mut bytes = good.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        all.push((format!("bit {bit}"), bytes));
    }
    all.push(("zeros".into(), vec![0; good.len()]));
    all.push(("garbage".into(), (0..512_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()));
    all.push(("far too long".into(), vec![b'7'; 300 * 1024]));
    all
}

/// In memory where that is to be had: a thousand damages are a thousand syncs.
fn quick_directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn lay(dir: &Path, medium: &Medium) {
    for (name, content) in medium {
        std::fs::write(dir.join(name), content).unwrap();
    }
}

fn start(dir: &Path, now_s: u64) -> (Identity, Vec<String>) {
    load(&Store::new(Directory::new(dir), Writer::Heart), dir, now_s, || Ok(NEW)).unwrap()
}

#[test]
fn any_damage_of_any_one_file_loses_nothing_but_what_the_file_alone_knew() {
    let before = lived(1234);
    let mut tried = 0;
    for (name, good) in &before {
        for (what, bad) in damages(good) {
            let dir = quick_directory();
            lay(dir.path(), &before);
            std::fs::write(dir.path().join(name), &bad).unwrap();
            // The clock of ten years before, and a disk with one bad file.
            let (identity, warnings) = start(dir.path(), 0);
            assert_eq!(identity.uuid, OLD, "{name}, {what}: {warnings:?}");
            assert!(identity.generation > Generation(1000), "{name}, {what}: {warnings:?}");
            let peers = known(&heard(1234));
            let floors_were_heard = identity.known.iter().all(|floor| peers.contains(floor));
            assert!(floors_were_heard && (name == PEERS || identity.known == peers), "{name}, {what}: {identity:?}");
            let aside = dir.path().join(format!("{name}.damaged"));
            for text in &warnings {
                assert!(text.contains(&format!("/{name} is damaged (")) && text.contains("dmesg"), "{text}");
                assert_eq!(std::fs::read(&aside).unwrap(), bad, "{name}, {what}");
            }
            let quiet = start(dir.path(), 0);
            assert_eq!(quiet.1, [""; 0], "{name}, {what}: mended");
            assert!(quiet.0.generation > identity.generation);
            tried += 1;
        }
    }
    println!("damages: {tried}");
    assert!(tried > 1000);
}

#[test]
fn what_is_no_file_is_moved_aside() {
    for name in [UUID, GENERATION, LIFE, PEERS] {
        for kind in ["directory", "pipe"] {
            let dir = tempfile::tempdir().unwrap();
            lay(dir.path(), &lived(1234));
            let path = dir.path().join(name);
            std::fs::remove_file(&path).unwrap();
            if kind == "directory" {
                std::fs::create_dir(&path).unwrap();
            } else {
                let mode = rustix::fs::Mode::from_raw_mode(0o644);
                rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
            }
            let (identity, warnings) = start(dir.path(), 0);
            assert_eq!((identity.uuid, identity.generation), (OLD, Generation(1001)), "{name}, {kind}: {warnings:?}");
            assert!(warnings[0].contains("no plain file"), "{warnings:?}");
            assert!(path.is_file() && dir.path().join(format!("{name}.damaged")).exists(), "{name}, {kind}");
        }
    }
}

#[test]
fn everything_damaged_at_once_is_a_new_node_by_the_clock() {
    let dir = tempfile::tempdir().unwrap();
    for name in [UUID, GENERATION, LIFE, PEERS] {
        std::fs::write(dir.path().join(name), b"garbage").unwrap();
    }
    let (identity, warnings) = start(dir.path(), 1_795_368_773);
    assert_eq!((identity.uuid, identity.generation), (NEW, Generation(1_795_368_773)));
    assert_eq!((identity.known.len(), warnings.len()), (0, 4), "{warnings:?}");
}

#[test]
fn a_clock_set_back_ten_years_does_not_set_the_generation_back() {
    let (now, then) = (1_795_368_773, 1_795_368_773 - 10 * 365 * 86_400);
    let dir = tempfile::tempdir().unwrap();
    let mut last = start(dir.path(), now).0;
    for lost in [None, Some(GENERATION), Some(LIFE), None] {
        if let Some(name) = lost {
            std::fs::remove_file(dir.path().join(name)).unwrap();
        }
        let (next, _) = start(dir.path(), then);
        assert!(next.generation > last.generation, "without {lost:?}");
        assert_eq!(next.uuid, last.uuid);
        last = next;
    }
}

#[test]
fn a_backup_of_a_former_day_grows_by_the_clock() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), &lived(1234));
    let first = start(dir.path(), 1_795_368_773).0;
    lay(dir.path(), &lived(12));
    let (next, warnings) = start(dir.path(), 1_795_368_999);
    assert!(next.generation > first.generation);
    assert_eq!((next.uuid, warnings.len()), (OLD, 0));
    assert_eq!(next.known, known(&heard(12)), "lower numbers refuse less, never a genuine frame");
}

#[test]
fn an_identity_that_was_taken_away_is_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), &lived(1234));
    std::fs::remove_file(dir.path().join(UUID)).unwrap();
    let (identity, warnings) = start(dir.path(), 0);
    assert_eq!((identity.uuid, identity.generation), (NEW, Generation(1001)), "{warnings:?}");
}

//! Tests of `scratch`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

#[test]
fn only_names_of_labs_have_an_owner() {
    assert_eq!(owner("systole-lab-12-0"), Some(12));
    for other in ["systole-lab-12", "systole-lab-x-0", "systole-lab-12-x", "systole-12-0", "systole-lab--0"] {
        assert_eq!(owner(other), None, "{other}");
    }
}

#[test]
fn two_directories_of_one_process_differ_and_vanish() {
    let (a, b) = (Scratch::new().unwrap(), Scratch::new().unwrap());
    assert_ne!(a.path(), b.path());
    let kept = a.path().to_owned();
    std::fs::write(kept.join("file"), "x").unwrap();
    drop(a);
    assert!(!kept.exists());
    assert!(b.path().exists(), "the other one is untouched");
}

#[test]
fn a_dead_owner_loses_its_directory_and_a_living_one_does_not() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let dead = child.id();
    child.wait().unwrap();
    let parent = Scratch::new().unwrap();
    let stale = parent.path().join(format!("{PREFIX}{dead}-0"));
    let living = parent.path().join(format!("{PREFIX}{}-77", std::process::id()));
    std::fs::create_dir(&stale).unwrap();
    std::fs::create_dir(&living).unwrap();
    remove_stale(parent.path());
    assert!(!stale.exists());
    assert!(living.exists());
}

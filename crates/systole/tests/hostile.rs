//! What must not be inherited from Heartbeat: whatever a stranger on the network or on the serial line sends, the
//! service stays. docs/security.md says for each known fault (F1 to F21) which test guards it.
//! Not here: rules of single frames (crates/wire), of numbering (crates/core), of the files (crates/config).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "the pair is made for the scenarios of cluster.rs; not all of it is needed here")]
mod pair;

#[path = "hostile/calm.rs"]
mod calm;
#[path = "hostile/frames.rs"]
mod frames;

#[path = "hostile/agents.rs"]
mod agents;
#[path = "hostile/forged.rs"]
mod forged;
#[path = "hostile/malformed.rs"]
mod malformed;
#[path = "hostile/replayed.rs"]
mod replayed;

/// Each fault has its row in docs/security.md, and each test named there is one.
#[test]
fn every_known_fault_has_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let rows: Vec<Vec<&str>> = page.lines().filter(|l| l.starts_with("| F")).map(|l| l.split('|').collect()).collect();
    let ids: Vec<&str> = rows.iter().flat_map(|row| row[1].split(',').map(str::trim)).collect();
    let expected: Vec<String> = (1..=21).map(|number| format!("F{number}")).collect();
    assert_eq!(ids, expected);
    let sources = sources(&root.join("crates"));
    for row in rows {
        let names: Vec<&str> = row[3].split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row:?}");
        for name in names {
            let found = sources.contains(&format!("fn {name}(")) || sources.contains(&format!("fn {name}<"));
            assert!(found, "docs/security.md names {name}, which is no test");
        }
    }
}

fn sources(directory: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    all
}

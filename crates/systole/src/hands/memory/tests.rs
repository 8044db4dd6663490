//! What is on disk afterwards.
#![allow(clippy::unwrap_used)]

use super::Memory;
use std::time::Duration;
use systole_core::{Generation, NodeName, Sequence};

fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

#[tokio::test]
async fn peers_that_are_not_heard_now_keep_their_line_and_strangers_lose_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("peers");
    std::fs::write(&file, "alpha 3 4\nbeta 5 6\nformer 7 8\n").unwrap();
    let (notes, _reports) = tokio::sync::mpsc::unbounded_channel();
    let mut memory = Memory::start(dir.path().to_owned(), &[node("alpha"), node("beta")], notes);
    memory.remember_peer(node("beta"), Generation(6), Sequence(1));
    memory.close(Duration::from_secs(30)).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "alpha 3 4\nbeta 6 1\n");
    assert!(!dir.path().join("hb_generation").exists(), "nobody told the generation");
}

#[tokio::test]
async fn nothing_told_is_nothing_written() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, _reports) = tokio::sync::mpsc::unbounded_channel();
    let mut memory = Memory::start(dir.path().to_owned(), &[node("alpha")], notes);
    memory.close(Duration::from_secs(30)).await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

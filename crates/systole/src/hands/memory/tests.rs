//! What is on disk afterwards, and what was said about it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod hanging;

use super::{AGAIN, HANGS, Memory};
use crate::hands::work::Report;
use crate::state::{Directory, Store, Writer, peers};
use std::path::Path;
use std::time::Duration;
use systole_core::{Generation, NodeName, Sequence};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

/// A memory of node alpha in generation 5, its directory, and what it says.
fn memory(dir: &Path) -> (Memory, UnboundedReceiver<Report>) {
    let (notes, reports) = unbounded_channel();
    let mut memory = Memory::new(&crate::hands::tests::begin(dir), notes);
    memory.begin();
    (memory, reports)
}

async fn said(reports: &mut UnboundedReceiver<Report>) -> String {
    match reports.recv().await.unwrap() {
        Report::Note { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn peers_that_are_not_heard_now_keep_their_line_and_strangers_lose_it() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let place = |name: &str, life, number| (node(name), (Generation(life), Sequence(number)));
    let before = [place("alpha", 3, 4), place("beta", 5, 6), place("former", 7, 8)].into();
    std::fs::write(state.join("peers"), peers::text(&before)).unwrap();
    let (mut memory, _reports) = memory(dir.path());
    memory.remember_peer(node("beta"), Generation(6), Sequence(1));
    memory.close(Duration::from_secs(30)).await;
    let (after, damage) = peers::load(&Store::new(Directory::new(&state), Writer::Hands));
    assert_eq!(after, [place("alpha", 3, 4), place("beta", 6, 1)].into());
    assert_eq!(damage, None);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_is_removed_while_it_runs_is_written_again_and_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (mut memory, mut reports) = memory(dir.path());
    memory.remember(7);
    // The first look is over when the second begins.
    tokio::time::sleep(AGAIN / 2).await;
    std::fs::remove_dir_all(&state).unwrap();
    let text = said(&mut reports).await;
    assert!(text.contains("hb_generation, hb_uuid, life in ") && text.contains("is written again"), "{text}");
    assert_eq!(std::fs::read_to_string(state.join("hb_generation")).unwrap(), "              7\n");
    memory.close(Duration::from_secs(30)).await;
}

#[tokio::test]
async fn before_the_lock_is_ours_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (notes, _reports) = unbounded_channel();
    let mut memory = Memory::new(&crate::hands::tests::begin(dir.path()), notes);
    memory.remember(7);
    memory.close(Duration::from_secs(30)).await;
    assert!(!dir.path().join("state").exists());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_told_once_tried_again_and_told_when_done() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    std::fs::write(&state, "").unwrap();
    let (mut memory, mut reports) = memory(dir.path());
    assert!(said(&mut reports).await.starts_with("Generation 5 could not be kept: "));
    tokio::time::sleep(AGAIN * 3).await;
    std::fs::remove_file(&state).unwrap();
    let text = said(&mut reports).await;
    assert!(text.contains("can be written again"), "{text}");
    assert_eq!(std::fs::read_to_string(state.join("hb_generation")).unwrap(), "              5\n");
    memory.close(Duration::from_secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_hangs_is_told_of_and_holds_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (notes, mut reports) = unbounded_channel();
    let disk = hanging::Hanging::new(&state);
    let mut memory = Memory::on(disk.clone(), &crate::hands::tests::begin(dir.path()), notes);
    memory.begin();
    while !disk.hangs() {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(HANGS * 2).await;
    assert!(said(&mut reports).await.contains("hangs; the node goes on"));
    memory.remember(8);
    disk.recover();
    memory.close(Duration::from_secs(30)).await;
    assert_eq!(std::fs::read_to_string(state.join("hb_generation")).unwrap(), "              8\n");
}

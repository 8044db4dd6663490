//! Files of the recording: one a head, the oldest make room, a place that cannot be written is told once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{FILES, Record};
use crate::hands::work::Report;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

const LONG: Duration = Duration::from_secs(30);

#[test]
fn each_head_begins_a_file_and_the_newest_are_kept() {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("recordings");
    let (notes, _kept) = unbounded_channel();
    for life in 0..3 {
        let mut record = Record::start(Some(dir.clone()), notes.clone());
        for number in 0..FILES {
            assert_eq!(record.take(format!("{{\"head\":{life}.{number}}}").as_bytes()), None);
            assert_eq!(record.take(b"{\"turn\":1}"), None);
        }
        record.close(LONG);
    }
    let mut names: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), FILES);
    assert!(names.last().unwrap().ends_with(format!("{:08}.jsonl", 3 * FILES)), "{names:?}");
    let last = std::fs::read_to_string(names.last().unwrap()).unwrap();
    assert_eq!(last, format!("{{\"head\":2.{}}}\n{{\"turn\":1}}\n", FILES - 1));
}

#[test]
fn a_place_that_cannot_be_written_is_told_once_and_a_later_head_begins_anew() {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("recordings");
    std::fs::write(&dir, "a file where a directory belongs").unwrap();
    let (notes, mut told) = unbounded_channel();
    let mut record = Record::start(Some(dir.clone()), notes);
    assert_eq!(record.take(b"{\"head\":1}"), None);
    let Some(Report::Note { text, .. }) = told.blocking_recv() else { panic!("nothing told") };
    assert!(text.contains("recordings") && text.contains("runs on"), "{text}");
    let lost = record.take(b"{\"turn\":1}");
    assert_eq!(lost, Some(2), "heart is asked for a new head");
    assert_eq!(record.take(b"{\"turn\":2}"), None, "and not again at once");
    std::fs::remove_file(&dir).unwrap();
    assert_eq!(record.take(b"{\"head\":2}"), None);
    assert_eq!(record.take(b"{\"turn\":3}"), None);
    record.close(LONG);
    assert_eq!(std::fs::read_to_string(dir.join("00000001.jsonl")).unwrap(), "{\"head\":2}\n{\"turn\":3}\n");
    assert!(told.try_recv().is_err(), "told once");
}

//! Recordings of simulated nodes play the same; changed, cut off and damaged ones are found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Failure, Identical, replay};
use crate::misfortune::draw;
use crate::run::play_recorded;
use crate::tape::write;
use systole_core::record::{Entry, FORMAT, Head, Origin, Turn};
use systole_core::{Event, Output};

/// The lives of a node of a seed.
fn lives(seed: u64, node: usize) -> Vec<Vec<Entry>> {
    let (report, lives) = play_recorded(&draw(seed), node);
    assert_eq!(report.violation, None);
    assert!(!lives.is_empty());
    lives
}

fn played(entries: &[Entry]) -> Result<Identical, Failure> {
    replay(text(entries).as_slice())
}

fn text(entries: &[Entry]) -> Vec<u8> {
    let mut text = Vec::new();
    write(entries, &mut text).unwrap();
    text
}

#[test]
fn every_life_of_simulated_nodes_plays_the_same() {
    for seed in 0..4 {
        for node in 0..2 {
            for life in lives(seed, node) {
                let same = played(&life).unwrap_or_else(|e| panic!("seed {seed}, node {node}: {e}"));
                assert_eq!(same.inputs, life.len() as u64 - 1);
                assert!(same.outputs >= same.inputs);
            }
        }
    }
}

/// A recording may begin anywhere in a life, with a picture of what the core knows there.
#[test]
fn from_a_picture_in_the_middle_it_plays_the_same() {
    let life = lives(1, 0).into_iter().max_by_key(Vec::len).unwrap();
    let Some(Entry::Head(head)) = life.first() else { panic!("no head") };
    let mut cluster = head.origin.clone().cluster();
    for (index, entry) in life.iter().enumerate().skip(1) {
        if index % 97 == 0 {
            let origin = Origin::Middle { lost: 0, cluster: Box::new(cluster.clone()) };
            let head = Head { format: FORMAT, program: head.program.clone(), at_ms: 0, origin };
            let mut rest = vec![Entry::Head(Box::new(head))];
            rest.extend(life.iter().skip(index).take(300).cloned());
            assert_eq!(played(&rest).unwrap_or_else(|e| panic!("from {index}: {e}")).lost, Some(0));
        }
        let Entry::Turn(turn) = entry else { panic!("{entry:?}") };
        Turn::take(&mut cluster, turn.at, turn.input.clone());
    }
}

#[test]
fn the_first_difference_is_shown_with_its_line_and_what_was_before() {
    let mut life = lives(2, 0).remove(0);
    let Some(Entry::Turn(turn)) = life.get_mut(20) else { panic!("short") };
    turn.outputs.insert(0, Output::Tell(Event::ShutdownDone));
    let Err(Failure::Differs(difference)) = played(&life) else { panic!("not found") };
    assert_eq!((difference.line, difference.before.len()), (21, 5));
    let said = difference.to_string();
    for part in ["line 20: at", "line 21: at", "output 1", "recorded: Tell(ShutdownDone)", "replayed: "] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
}

#[test]
fn a_file_that_is_cut_off_or_damaged_is_an_error_with_its_line() {
    let whole = text(&lives(2, 0).remove(0));
    let lines = whole.split(|b| *b == b'\n').count() as u64 - 1;
    let fails = |bytes: &[u8], line: u64, part: &str| match replay(bytes) {
        Err(Failure::Damaged { line: at, what }) => assert!(at == line && what.contains(part), "{at}: {what}"),
        other => panic!("{other:?}"),
    };
    fails(&whole[..whole.len() - 3], lines, "head -n");
    fails(b"", 1, "--record");
    fails(b"hello\n", 1, "not understood");
    let mut noise = whole.clone();
    noise.extend_from_slice(b"\0\0\0\n");
    fails(&noise, lines + 1, "not understood");
    let second = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    fails(&whole[second..], 1, "head");
    let newer = String::from_utf8(whole).unwrap().replacen("\"format\":1", "\"format\":2", 1);
    fails(newer.as_bytes(), 1, "use the version that wrote it");
}

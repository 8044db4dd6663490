//! Every point at which power can go, every call that can fail, and everything a disk may make of it (INVARIANTS S11,
//! S15; faults D1 to D4). Run it with `--nocapture` for the numbers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod faults;
mod floors;
mod matrix;

use super::forms::{self, Life};
use super::model::{Medium, Model, Trouble};
use super::peers::{self, Peers};
use super::{GENERATION, Kept, LIFE, PEERS, Store, UUID, Writer, keep, load};
use std::collections::BTreeSet;
use std::path::Path;
use systole_core::{Generation, Identity, NodeName, Sequence, Uuid};

const OLD: Uuid = Uuid(*b"identity of here");
const NEW: Uuid = Uuid(*b"0123456789abcdef");
/// A clock that says nothing: everything must come from the disk.
const NO_CLOCK: u64 = 0;

fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

fn nodes() -> [NodeName; 3] {
    ["alpha", "beta", "gamma"].map(node)
}

fn heard(number: u64) -> Peers {
    [(node("beta"), (Generation(500), Sequence(number))), (node("gamma"), (Generation(7), Sequence(number / 2)))].into()
}

/// A node that ran before in generation 1000 and heard its peers up to `number`.
fn lived(number: u64) -> Medium {
    let life = Life { uuid: OLD, generation: Generation(1000) };
    let text = |text: String| text.into_bytes();
    [
        (UUID.into(), OLD.0.to_vec()),
        (GENERATION.into(), text(forms::generation_text(life.generation))),
        (LIFE.into(), text(forms::life_text(&life))),
        (PEERS.into(), text(peers::text(&heard(number)))),
    ]
    .into()
}

fn with(mut medium: Medium, name: &str, content: Option<&[u8]>) -> Medium {
    match content {
        Some(content) => drop(medium.insert(name.into(), content.to_vec())),
        None => drop(medium.remove(name)),
    }
    medium
}

fn start(disk: &Model) -> (Identity, Vec<String>) {
    load(&Store::new(disk, Writer::Heart), Path::new("/state"), NO_CLOCK, || Ok(NEW)).unwrap()
}

fn run(disk: &Model, generation: u64, number: u64) -> Result<Vec<&'static str>, String> {
    let kept = Kept { uuid: OLD, generation: Generation(generation), peers: heard(number) };
    keep(&Store::new(disk, Writer::Hands), &kept, &nodes())
}

fn known(peers: &Peers) -> Vec<(NodeName, Generation, Sequence)> {
    peers.iter().map(|(node, (life, number))| (node.clone(), *life, *number)).collect()
}

#[derive(Debug, Default)]
struct Count {
    points: usize,
    outcomes: usize,
}

/// Lets the power go before each call of `act`, and judges everything the disk may be then. The last point is the one
/// after it has ended. Gives all that the disk may be.
fn every_point(
    before: &Medium,
    count: &mut Count,
    act: impl Fn(&Model),
    judge: impl Fn(&Medium, bool),
) -> BTreeSet<Medium> {
    let whole = Model::new(before, Trouble::Nothing);
    act(&whole);
    let mut all = BTreeSet::new();
    for point in 0..=whole.calls() {
        let disk = Model::new(before, Trouble::PowerCut(point));
        act(&disk);
        count.points += 1;
        for medium in disk.after_power_cut() {
            count.outcomes += 1;
            judge(&medium, point == whole.calls());
            all.insert(medium);
        }
    }
    all
}

/// The next start on it: without a complaint, with the identity, and above `above`.
fn starts_above(medium: &Medium, above: u64) -> Identity {
    let disk = Model::new(medium, Trouble::Nothing);
    let (identity, warnings) = start(&disk);
    assert_eq!(warnings, [""; 0], "{medium:?}");
    assert_eq!(identity.uuid, OLD, "{medium:?}");
    assert!(identity.generation.0 > above, "{} is not above {above}: {medium:?}", identity.generation.0);
    identity
}

#[test]
fn a_start_that_loses_power_anywhere_even_twice_is_followed_by_a_good_one() {
    let mut count = Count::default();
    let before = lived(1234);
    let act = |disk: &Model| drop(start(disk));
    let judge = |medium: &Medium, ended: bool| {
        // Once it has ended it may have spoken in 1001.
        let identity = starts_above(medium, if ended { 1001 } else { 1000 });
        assert!(identity.generation <= Generation(1002), "old or new: {}", identity.generation.0);
        assert_eq!(identity.known, known(&heard(1234)));
    };
    for medium in every_point(&before, &mut count, act, judge) {
        every_point(&medium, &mut count, act, |medium, _| {
            assert_eq!(starts_above(medium, 1000).known, known(&heard(1234)));
        });
    }
    println!("starts: {count:?}");
    assert!(count.points > 100 && count.outcomes > 10_000, "{count:?}");
}

#[test]
fn the_first_start_of_a_machine_may_lose_power_anywhere() {
    let mut count = Count::default();
    every_point(
        &Medium::new(),
        &mut count,
        |disk| drop(start(disk)),
        |medium, ended| {
            let (identity, warnings) = start(&Model::new(medium, Trouble::Nothing));
            let told = |text: &String| text.contains("damaged");
            assert!(!warnings.iter().any(told), "{warnings:?} {medium:?}");
            assert!(identity.generation.0 > u64::from(ended), "{medium:?}");
        },
    );
    println!("first start: {count:?}");
    assert!(count.points > 20, "{count:?}");
}

#[test]
fn a_running_node_may_lose_power_at_every_write_of_hands() {
    let mut count = Count::default();
    let before = lived(1234);
    // A peer knew a later life of ours (`Remember`), and more was heard of it (`RememberPeer`).
    let act = |disk: &Model| drop(run(disk, 2000, 5678));
    let judge = |medium: &Medium, ended: bool| {
        let identity = starts_above(medium, if ended { 2000 } else { 1000 });
        let (old, new) = (known(&heard(1234)), known(&heard(5678)));
        assert!(identity.known == new || (!ended && identity.known == old), "{:?}", identity.known);
        assert!([1001, 2001].contains(&identity.generation.0), "{}", identity.generation.0);
    };
    for medium in every_point(&before, &mut count, act, judge) {
        let again = |medium: &Medium, ended: bool| {
            starts_above(medium, if ended { 2000 } else { 1000 });
        };
        every_point(&medium, &mut count, act, again);
    }
    println!("running: {count:?}");
    assert!(count.points > 100 && count.outcomes > 10_000, "{count:?}");
}

#[test]
fn power_may_go_while_a_damaged_file_is_mended() {
    let mut count = Count::default();
    for name in [UUID, GENERATION, LIFE, PEERS] {
        let before = with(lived(1234), name, Some(b"\0\0\0"));
        every_point(
            &before,
            &mut count,
            |disk| drop(start(disk)),
            |medium, ended| {
                let (identity, _) = start(&Model::new(medium, Trouble::Nothing));
                assert_eq!(identity.uuid, OLD, "{name}: {medium:?}");
                assert!(identity.generation.0 > 1000 + u64::from(ended), "{name}: {medium:?}");
                let wanted = if name == PEERS { Vec::new() } else { known(&heard(1234)) };
                assert_eq!(identity.known, wanted, "{name}: {medium:?}");
                let aside = format!("{name}.damaged");
                assert!(!ended || medium.get(&aside).is_some_and(|old| old == b"\0\0\0"), "{name}: {medium:?}");
            },
        );
    }
    println!("mending: {count:?}");
    assert!(count.points > 80, "{count:?}");
}

#[test]
fn the_directory_may_vanish_while_power_goes() {
    let mut count = Count::default();
    // Removed while running: hands writes all of it anew.
    every_point(
        &Medium::new(),
        &mut count,
        |disk| drop(run(disk, 1000, 1234)),
        |medium, ended| {
            let (identity, warnings) = start(&Model::new(medium, Trouble::Nothing));
            assert!(!warnings.iter().any(|text| text.contains("damaged")), "{warnings:?}");
            if ended {
                assert_eq!((identity.uuid, identity.generation), (OLD, Generation(1001)));
                assert_eq!(identity.known, known(&heard(1234)));
            }
        },
    );
    println!("vanished: {count:?}");
}

/// The judge is judged: on a disk whose sync does nothing the same order of calls leaves damage behind.
#[test]
fn without_syncs_the_same_judge_finds_damage() {
    let found = (0..40).any(|point| {
        let mut disk = Model::new(&lived(1234), Trouble::PowerCut(point));
        disk.sync_is_nothing = true;
        let _ = run(&disk, 2000, 5678);
        disk.after_power_cut().iter().any(|medium| !start(&Model::new(medium, Trouble::Nothing)).1.is_empty())
    });
    assert!(found);
}

//! Calls that fail: once, from some moment on, for want of room. The value counts as not written, or is written.

use super::{Count, GENERATION, LIFE, Medium, Model, NEW, OLD, PEERS, Trouble, UUID};
use super::{heard, known, lived, run, start, starts_above, with};
use systole_core::Generation;

#[test]
fn one_failed_call_and_then_a_power_cut_anywhere() {
    let mut count = Count::default();
    let before = lived(1234);
    let whole = Model::new(&before, Trouble::Nothing);
    start(&whole);
    run(&whole, 2000, 5678).unwrap();
    for failing in 0..whole.calls() {
        let mut cut = failing + 1;
        loop {
            let disk = Model::new(&before, Trouble::Once(failing, cut));
            start(&disk);
            let begun = disk.calls() <= cut;
            let kept = run(&disk, 2000, 5678).is_ok();
            count.points += 1;
            // What failed once was tried again and is there; what is not there was said to have failed.
            for medium in disk.after_power_cut() {
                count.outcomes += 1;
                let (identity, _) = start(&Model::new(&medium, Trouble::Nothing));
                assert_eq!(identity.uuid, OLD, "call {failing}, cut {cut}: {medium:?}");
                let said = if kept { 2000 } else { 1000 + u64::from(begun) };
                assert!(identity.generation.0 > said, "call {failing}, cut {cut}: {medium:?}");
                let places = [known(&heard(1234)), known(&heard(5678))];
                assert!(places.contains(&identity.known), "call {failing}, cut {cut}: {medium:?}");
            }
            if disk.calls() <= cut {
                break;
            }
            cut += 1;
        }
    }
    println!("one call fails, then the power: {count:?}");
    assert!(count.points > 900 && count.outcomes > 10_000, "{count:?}");
}

#[test]
fn a_failed_sync_is_followed_by_a_new_file_and_not_by_a_second_sync() {
    let before = lived(1234);
    let calls = Model::new(&before, Trouble::Nothing);
    run(&calls, 2000, 5678).unwrap();
    for call in 0..calls.calls() {
        let disk = Model::new(&before, Trouble::Once(call, usize::MAX));
        if run(&disk, 2000, 5678).is_ok() {
            for medium in disk.after_power_cut() {
                let identity = starts_above(&with(medium, "peers.damaged", None), 2000);
                assert!(identity.known == known(&heard(5678)), "call {call}: {:?}", identity.known);
            }
        }
    }
}

#[test]
fn a_disk_that_dies_anywhere_lets_the_node_start_and_says_so() {
    let whole = Model::new(&lived(1234), Trouble::Nothing);
    start(&whole);
    for call in 0..whole.calls() {
        let disk = Model::new(&lived(1234), Trouble::Dead(call));
        let (identity, warnings) = start(&disk);
        assert!(warnings.iter().any(|text| text.contains("cannot write to /state: ")), "call {call}: {warnings:?}");
        let reads_were_good = call >= 5;
        if reads_were_good {
            assert_eq!((identity.uuid, identity.generation), (OLD, Generation(1001)), "call {call}");
        }
        assert!(run(&disk, 1001, 5678).is_err());
        for medium in disk.after_power_cut() {
            let next = starts_above(&medium, 1000);
            assert_eq!(next.known, known(&heard(1234)));
        }
    }
}

#[test]
fn a_full_disk_is_a_warning_and_hands_writes_when_there_is_room() {
    for before in [lived(1234), Medium::new(), with(lived(1234), UUID, Some(b"short"))] {
        let disk = Model::new(&before, Trouble::Full);
        let (identity, warnings) = start(&disk);
        assert_eq!(identity.uuid, if before.is_empty() { NEW } else { OLD });
        assert!(warnings.iter().any(|text| text.contains("cannot write to /state: hb_")), "{warnings:?}");
        assert!(run(&disk, identity.generation.0, 5678).is_err());
        let left = disk.content();
        let extra = left.keys().find(|name| name.contains(".new"));
        assert_eq!(extra, None, "half a file takes the room that is missing");
        let room = Model::new(&left, Trouble::Nothing);
        assert_eq!(run(&room, identity.generation.0, 5678).map(|names| names.contains(&GENERATION)), Ok(true));
        for medium in room.after_power_cut() {
            assert_eq!(starts_above(&medium, identity.generation.0).known, known(&heard(5678)));
        }
    }
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let disk = Model::new(&lived(1234), Trouble::Nothing);
    assert_eq!(run(&disk, 1000, 1234), Ok(vec![]));
    assert_eq!(run(&disk, 900, 1000), Ok(vec![]), "numbers only grow, whoever is late");
    assert_eq!(disk.content(), lived(1234));
}

#[test]
fn what_was_taken_away_or_set_back_is_put_back() {
    for name in [GENERATION, LIFE, PEERS] {
        let disk = Model::new(&with(lived(1234), name, None), Trouble::Nothing);
        assert_eq!(run(&disk, 1000, 1234), Ok(vec![name]));
        assert_eq!(disk.content(), lived(1234));
    }
    let older = Model::new(&with(lived(12), GENERATION, Some(b"            900\n")), Trouble::Nothing);
    assert_eq!(run(&older, 1000, 1234), Ok(vec![GENERATION, PEERS]));
    assert_eq!(older.content(), lived(1234));
    let other = Model::new(&with(lived(1234), UUID, None), Trouble::Nothing);
    assert_eq!(run(&other, 1000, 1234), Ok(vec![]), "somebody wants another identity at the next start");
    let nothing = Model::new(&Medium::new(), Trouble::Nothing);
    assert_eq!(run(&nothing, 1000, 1234), Ok(vec![GENERATION, UUID, LIFE, PEERS]));
    assert_eq!(nothing.content(), lived(1234));
}

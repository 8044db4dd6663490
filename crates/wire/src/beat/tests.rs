//! How a beat is spelled, what is skipped of later versions, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const FULL: &str = "1 d=0a2b3c4d s=1f4 l=1 h=dracofeu/6b032a58/1f g=a1b2c3d4/r/5/f g=00000001/i/0/c/dracofeu";

#[test]
fn a_beat_has_one_spelling() {
    let beat = decode(FULL).unwrap();
    assert_eq!(encode(&beat), FULL);
    assert_eq!((beat.version, beat.configuration, beat.stalled_ms, beat.leaving), (1, 0x0a2b_3c4d, 500, true));
    assert_eq!(beat.hears[0].generation, Generation(0x6b03_2a58));
    assert_eq!((beat.claims[0].state, beat.claims[0].epoch), (ClaimState::Running, 5));
    assert_eq!(beat.claims[1].fitness, Fitness::NoCarrier);
    assert_eq!(beat.claims[1].to.as_ref().unwrap().as_str(), "dracofeu");
}

#[test]
fn an_idle_beat_is_short() {
    let beat = decode("1 d=00000000").unwrap();
    assert_eq!((beat.stalled_ms, beat.leaving, beat.hears.len(), beat.claims.len()), (0, false, 0, 0));
    assert_eq!(encode(&beat), "1 d=00000000");
}

#[test]
fn every_state_and_fitness_has_its_own_letter() {
    for (state, letter) in STATES {
        for (fitness, second) in FITNESSES {
            let text = format!("1 d=00000000 g=00000007/{letter}/1/{second}");
            let beat = decode(&text).unwrap();
            assert_eq!((beat.claims[0].state, beat.claims[0].fitness), (state, fitness));
            assert_eq!(encode(&beat), text);
        }
    }
}

#[test]
fn a_later_version_is_understood_as_far_as_it_goes() {
    let later = "3 q=anything d=0a2b3c4d h=beta/1/2/new g=a1b2c3d4/r/5/f//new zz=";
    let beat = decode(later).unwrap();
    assert_eq!((beat.version, beat.hears.len(), beat.claims.len()), (3, 1, 1));
    assert_eq!(beat.claims[0].to, None);
    // The same words in versions 1 and 2 are an error of the sender.
    for word in ["q=anything", "h=beta/1/2/new", "g=a1b2c3d4/r/5/f//new", "g=a1b2c3d4/r/5/f/beta/new", "zz="] {
        decode(&format!("3 d=0a2b3c4d {word}")).unwrap();
        for version in [1, 2] {
            assert_eq!(decode(&format!("{version} d=0a2b3c4d {word}")), Err(Reject::BadBeat), "{word}");
        }
    }
}

#[test]
fn ping_nodes_are_a_word_of_version_2() {
    let beat = decode("2 d=0a2b3c4d l=1 p=1f").unwrap();
    assert_eq!((beat.pings, encode(&beat).as_str()), (Some(31), "2 d=0a2b3c4d l=1 p=1f"));
    for bad in ["1 d=0a2b3c4d p=1", "2 d=0a2b3c4d p=", "2 d=0a2b3c4d p=10000", "2 d=0a2b3c4d p=1 p=1"] {
        assert_eq!(decode(bad), Err(Reject::BadBeat), "{bad}");
    }
    assert_eq!(decode("2 d=0a2b3c4d").unwrap().pings, None);
}

#[test]
fn anything_malformed_is_refused() {
    for bad in [
        "",
        "1",
        "0 d=0a2b3c4d",
        "01 d=0a2b3c4d",
        "+1 d=0a2b3c4d",
        "65536 d=0a2b3c4d",
        "x d=0a2b3c4d",
        "1  d=0a2b3c4d",
        "1 d=0a2b3c4d ",
        "1 d=a2b3c4d",
        "1 d=0A2B3C4D",
        "1 d=+a2b3c4d",
        "1 d=0a2b3c4d d=0a2b3c4d",
        "1 d=0a2b3c4d l=2",
        "1 d=0a2b3c4d s=",
        "1 d=0a2b3c4d s=100000000",
        "1 d=0a2b3c4d s=01",
        "1 d=0a2b3c4d h=beta",
        "1 d=0a2b3c4d h=Beta/1/2",
        "1 d=0a2b3c4d h=be ta/1/2",
        "1 d=0a2b3c4d h=beta/1/2 h=beta/1/2",
        "1 d=0a2b3c4d h=beta/1/10000000000000000",
        "1 d=0a2b3c4d g=1/r/5/f",
        "1 d=0a2b3c4d g=00000001/z/5/f",
        "1 d=0a2b3c4d g=00000001/r/5/z",
        "1 d=0a2b3c4d g=00000001/r/-5/f",
        "1 d=0a2b3c4d g=00000001/r/5/f/",
        "1 d=0a2b3c4d g=00000001/r/5/f g=00000001/i/5/f",
        "2 d=0a2b3c4d word",
        "2 d=0a2b3c4d Q=1",
        "2 d=0a2b3c4d =1",
        "2 d=0a2b3c4d g=00000001/z/5/f",
    ] {
        assert_eq!(decode(bad), Err(Reject::BadBeat), "{bad:?}");
    }
}

#[test]
fn numbers_of_words_are_bounded() {
    let hears = |n: usize| (0..n).map(|i| format!(" h=n{i}/1/1")).collect::<String>();
    let claims = |n: usize| (0..n).map(|i| format!(" g={i:08x}/i/0/f")).collect::<String>();
    decode(&format!("1 d=00000000{}{}", hears(HEARS_MAX), claims(CLAIMS_MAX))).unwrap();
    for version in [1, 2] {
        assert_eq!(decode(&format!("{version} d=00000000{}", hears(HEARS_MAX + 1))), Err(Reject::BadBeat));
        assert_eq!(decode(&format!("{version} d=00000000{}", claims(CLAIMS_MAX + 1))), Err(Reject::BadBeat));
    }
}

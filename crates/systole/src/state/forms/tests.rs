//! The three forms: there and back, and every damage of one bit or a torn end.
#![allow(clippy::unwrap_used)]

use super::{Life, checksum, generation, generation_text, life, life_text, unsealed, uuid};
use systole_core::{Generation, Uuid};

const KNOWN: Life = Life { uuid: Uuid(*b"sixteen of bytes"), generation: Generation(1_795_368_773) };

#[test]
fn the_generation_is_sixteen_bytes_as_heartbeat_writes_it() {
    assert_eq!(generation_text(KNOWN.generation), "     1795368773\n");
    assert_eq!(generation(b"     1795368773\n"), Some(KNOWN.generation));
    assert_eq!(generation(b"7\n"), Some(Generation(7)), "as a person writes it");
    for damaged in ["", "\n", "     17953687", "+7\n", "-7\n", "7 8\n", "18446744073709551615\n", "x\n"] {
        assert_eq!(generation(damaged.as_bytes()), None, "{damaged:?}");
    }
}

#[test]
fn a_uuid_is_sixteen_bytes_and_not_nothing() {
    assert_eq!(uuid(&KNOWN.uuid.0), Some(KNOWN.uuid));
    assert_eq!(uuid(&[0; 16]), None);
    assert_eq!(uuid(&[1; 15]), None);
    assert_eq!(uuid(&[1; 17]), None);
}

#[test]
fn a_life_with_any_bit_wrong_or_any_end_missing_is_none() {
    let text = life_text(&KNOWN);
    assert_eq!(checksum(b"123456789"), 0xcbf4_3926, "the check value of CRC-32");
    assert_eq!(life(text.as_bytes()), Some(KNOWN), "{text}");
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(life(&bytes), None, "bit {bit}");
    }
    for length in 0..text.len() {
        assert_eq!(life(&text.as_bytes()[..length]), None, "{length} bytes");
    }
}

#[test]
fn a_seal_in_other_letters_is_none() {
    let line = super::sealed("beta 1 2");
    assert_eq!(unsealed(line.trim_end()), Some("beta 1 2"));
    assert_eq!(unsealed(&line.trim_end().to_uppercase()), None);
    assert_eq!(unsealed("beta"), None);
}

//! The number before the first message of a life of ours.
//! Not here: what follows from it (cluster/hearing/proof.rs).

use crate::names::{Generation, Sequence, Uuid};

/// Lowest and number of starting points. The highest number must stay far below 2^31, because Heartbeat writes wanted
/// numbers as signed decimals.
const LOWEST: u64 = 1 << 16;
const SPAN: u64 = (1 << 24) - LOWEST;

/// Different for each life and the same throughout one: an acknowledgement that was recorded in a former life names a
/// number that this life has not said. Any first number is accepted (spec/WIRE.md 6.4, rule 6).
pub(crate) fn before_first(uuid: Uuid, generation: Generation) -> Sequence {
    // FNV-1a; the folding spreads its weak low bits.
    let bytes = uuid.0.into_iter().chain(generation.0.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Sequence(LOWEST + (hash ^ (hash >> 32)) % SPAN)
}

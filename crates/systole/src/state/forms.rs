//! The forms of `hb_generation`, `hb_uuid` and `life`, and the checksum of our own files.
//! Not here: which of them is believed (load), the file `peers`.

use systole_core::{Generation, Uuid};

/// Width of the number in Heartbeat's file; a newline follows (spec/WIRE.md 6.1).
const GENERATION_COLUMNS: usize = 15;
/// Nobody starts that often; above it there would be no room to grow.
const GENERATION_MAX: u64 = u64::MAX >> 1;

/// Generation and identity of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    pub uuid: Uuid,
    pub generation: Generation,
}

/// Content of `hb_generation`.
pub fn generation_text(generation: Generation) -> String {
    format!("{:>GENERATION_COLUMNS$}\n", generation.0)
}

/// Reads `hb_generation`. Without its newline it is torn, and its number may be any other one.
pub fn generation(bytes: &[u8]) -> Option<Generation> {
    number(std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.trim_matches(' '))
}

/// Reads `hb_uuid`: sixteen bytes that are not all zero.
pub fn uuid(bytes: &[u8]) -> Option<Uuid> {
    <[u8; 16]>::try_from(bytes).ok().map(Uuid).filter(|uuid| !uuid.is_nil())
}

/// Content of `life`: one line of identity, generation and checksum.
pub fn life_text(life: &Life) -> String {
    sealed(&format!("{} {}", life.uuid, life.generation.0))
}

/// Reads `life`.
pub fn life(bytes: &[u8]) -> Option<Life> {
    let (uuid, generation) = unsealed(std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?)?.split_once(' ')?;
    let digits = u128::from_str_radix(&uuid.replace('-', ""), 16).ok()?;
    Some(Life { uuid: self::uuid(&digits.to_be_bytes())?, generation: number(generation)? })
}

/// One line with its checksum and newline.
pub fn sealed(text: &str) -> String {
    format!("{text} {:08x}\n", checksum(text.as_bytes()))
}

/// What stands before the checksum of a line, when that is right.
pub fn unsealed(line: &str) -> Option<&str> {
    let (text, seal) = line.rsplit_once(' ')?;
    (format!("{:08x}", checksum(text.as_bytes())) == seal).then_some(text)
}

/// Decimal digits only: `parse` alone would take a sign.
fn number(digits: &str) -> Option<Generation> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number = plain.then(|| digits.parse().ok()).flatten()?;
    (number <= GENERATION_MAX).then_some(Generation(number))
}

/// CRC-32 as in Ethernet and zlib: finds every damage of up to 32 neighbouring bits.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests;

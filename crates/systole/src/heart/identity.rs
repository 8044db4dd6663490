//! Who this node is in this life, by what lies in the state directory (crate::state), the wall clock and, for a new
//! node, chance. Read and written before heart becomes real-time.

use crate::state::{self, Directory, Store, Writer};
use std::path::Path;
use systole_core::{Identity, Uuid};

/// Loads or makes the identity, one generation further, with what is known of the peers. The strings are warnings: what
/// could not be read or kept on disk.
///
/// # Errors
/// Only when there is no randomness for a new identity; damaged files are replaced, because a node that does not
/// start for want of a number helps nobody.
pub fn load(dir: &Path) -> Result<(Identity, Vec<String>), String> {
    load_at(dir, systole_sys::wait::wall_ms() / 1000)
}

fn load_at(dir: &Path, now_s: u64) -> Result<(Identity, Vec<String>), String> {
    state::load(&Store::new(Directory::new(dir), Writer::Heart), dir, now_s, fresh_uuid)
}

fn fresh_uuid() -> Result<Uuid, String> {
    let mut fresh = [0_u8; 16];
    let mut source =
        std::fs::File::open("/dev/urandom").map_err(|e| format!("cannot make an identity: /dev/urandom: {e}"))?;
    std::io::Read::read_exact(&mut source, &mut fresh).map_err(|e| format!("cannot make an identity: {e}"))?;
    // Version 4, variant 1 (RFC 9562, section 5.4).
    fresh[6] = (fresh[6] & 0x0f) | 0x40;
    fresh[8] = (fresh[8] & 0x3f) | 0x80;
    Ok(Uuid(fresh))
}

#[cfg(test)]
mod tests;

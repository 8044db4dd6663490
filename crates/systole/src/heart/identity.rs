//! Who this node is in this life: `hb_uuid` and `hb_generation`, in Heartbeat's own formats (spec/WIRE.md 6.1), so
//! that either program can follow the other on a machine. Read and written before heart becomes real-time.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use systole_core::{Generation, Identity, Uuid};

/// Width of the number in the generation file; a newline follows.
const GENERATION_COLUMNS: usize = 15;

/// Loads or makes the identity, one generation further, with what is known of the peers. The strings are
/// warnings: what could not be read or kept on disk.
///
/// # Errors
/// Only when there is no randomness for a new identity; unreadable files are replaced, because a node that does not
/// start for want of a number helps nobody.
pub fn load(dir: &Path) -> Result<(Identity, Vec<String>), String> {
    let mut warnings = Vec::new();
    let uuid = uuid(&dir.join("hb_uuid"), &mut warnings)?;
    let path = dir.join("hb_generation");
    let generation = next_generation(fs::read_to_string(&path).ok().as_deref(), systole_sys::wait::wall_ms() / 1000);
    if let Err(e) = write_generation(dir, generation.0) {
        warnings.push(format!(
            "cannot write {}: {e}; this start goes on, but the next one may be refused by the peer until it is mended",
            path.display()
        ));
    }
    let (peers, damage) = crate::peers::load(dir);
    warnings.extend(damage);
    let known = peers.into_iter().map(|(node, (life, number))| (node, life, number)).collect();
    Ok((Identity { uuid, generation, known }, warnings))
}

/// Above the last one, and not below the clock: a lost file with a right clock, or a kept file with a wrong clock,
/// still grows. Where both are lost the peer tells us (core, `GenerationRaised`).
fn next_generation(kept: Option<&str>, now_s: u64) -> Generation {
    let last: u64 = kept.and_then(|t| t.trim().parse().ok()).unwrap_or(0);
    Generation(last.saturating_add(1).max(now_s))
}

/// Writes the generation so that after a power cut there is the old number or the new one, never something else.
///
/// # Errors
/// Of the file system.
pub fn write_generation(dir: &Path, generation: u64) -> std::io::Result<()> {
    replace(dir, "hb_generation", format!("{generation:>GENERATION_COLUMNS$}\n").as_bytes())
}

fn uuid(path: &Path, warnings: &mut Vec<String>) -> Result<Uuid, String> {
    if let Ok(bytes) = fs::read(path)
        && let Ok(kept) = <[u8; 16]>::try_from(bytes.as_slice())
        && kept != [0; 16]
    {
        return Ok(Uuid(kept));
    }
    let mut fresh = [0_u8; 16];
    let mut source =
        fs::File::open("/dev/urandom").map_err(|e| format!("cannot make an identity: /dev/urandom: {e}"))?;
    std::io::Read::read_exact(&mut source, &mut fresh).map_err(|e| format!("cannot make an identity: {e}"))?;
    // Version 4, variant 1 (RFC 9562, section 5.4).
    fresh[6] = (fresh[6] & 0x0f) | 0x40;
    fresh[8] = (fresh[8] & 0x3f) | 0x80;
    let dir = path.parent().unwrap_or(Path::new("/"));
    if let Err(e) = replace(dir, "hb_uuid", &fresh) {
        warnings.push(format!(
            "cannot write {}: {e}; this node will have another identity after a restart",
            path.display()
        ));
    }
    Ok(Uuid(fresh))
}

fn replace(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let (path, fresh) = (dir.join(name), dir.join(format!(".{name}.new")));
    let mut file = fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, &path)?;
    fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests;

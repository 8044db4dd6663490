//! Says heart's last words when it has died and everything is released, so that the other nodes need not wait for their
//! dead time. Not here: what they are (heart leaves them), whether everything is released (mod.rs).
//!
//! Nobody says them while any heart lives: the lock of heart is the proof. A recording of them is worth nothing later:
//! they bear the life and the numbers of the heart that died, and the next one begins a new life.

use crate::bridge::Begin;
use crate::ctl::keys;
use crate::heart::media::Media;
use crate::heart::serial_line::Weight;
use rustix::fs::{FlockOperation, flock};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use systole_core::Message;
use systole_sys::wait;
use systole_wire::{Keys, Stamp, message};

/// The kernel may need a moment to let go of what a dead process held.
const DEAD_WITHIN: Duration = Duration::from_secs(1);
/// Media that do not open, and lines that do not take the bytes within this time, are left out.
const SAID_WITHIN: Duration = Duration::from_secs(2);
/// And the look-up of a name this.
const OPEN_WITHIN: Duration = Duration::from_millis(500);
/// Above the pause after which media try to open again.
const AGAIN_NS: u64 = 3_000_000_000;
/// Between two looks at any of them.
const LOOK: Duration = Duration::from_millis(5);

/// Says them on all media of ha.cf that open.
///
/// # Errors
/// Why nothing was said, for the log.
pub async fn say(begin: &Begin, messages: Vec<Message>) -> Result<(), String> {
    let begin = begin.clone();
    let said = tokio::task::spawn_blocking(move || {
        nobody_beats(&begin.run_dir)?;
        // The same file that heart read. Whoever changed it meanwhile is not believed, and has lost nothing.
        let keys = keys::of_file(&begin.configuration.directory.join("authkeys"))?;
        send(&begin, &keys, &messages)
    });
    said.await.map_err(|e| e.to_string())?
}

/// # Errors
/// A heart has the lock, so it speaks for this node.
fn nobody_beats(run_dir: &Path) -> Result<(), String> {
    let path = run_dir.join("heart.lock");
    let file = std::fs::OpenOptions::new().write(true).open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let end = Instant::now() + DEAD_WITHIN;
    // Only a look: closed at once, a new heart finds the lock free.
    while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        if Instant::now() >= end {
            return Err("a heart runs here, and speaks for itself".into());
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Each medium is tried until it opens or fails; the names in `ucast` are looked up meanwhile.
fn open(media: &mut Media, count: usize) -> Result<(), String> {
    let (mut now, end) = (wait::monotonic_ns(), Instant::now() + OPEN_WITHIN);
    let (mut opened, mut failed) = (0, BTreeMap::new());
    while opened + failed.len() < count && Instant::now() < end {
        for change in media.open_due(now) {
            match change.open {
                true => opened += 1,
                false => drop(failed.insert(change.link.0, change.why)),
            }
        }
        // As if the pause of the media had passed: nobody here has time for it.
        now += AGAIN_NS;
        std::thread::sleep(LOOK);
    }
    let whys: Vec<String> = failed.iter().map(|(link, why)| format!("{link}: {why}")).collect();
    if opened > 0 { Ok(()) } else { Err(format!("no medium opens ({})", whys.join("; "))) }
}

fn send(begin: &Begin, keys: &Keys, messages: &[Message]) -> Result<(), String> {
    let mut media = Media::new(&begin.configuration);
    let end = Instant::now() + SAID_WITHIN;
    open(&mut media, begin.configuration.media.len())?;
    let now = wait::monotonic_ns();
    let ttl = u32::try_from(begin.configuration.core.nodes.len()).unwrap_or(u32::MAX).saturating_add(1);
    let stamp = Stamp { sent_at_s: (wait::wall_ms() / 1000).max(1), load: "0.00 0.00 0.00 1/1 1".into(), ttl };
    for said in messages {
        let frame = message::encode(said, &stamp).map_err(|e| e.to_string())?;
        // Not as a beat: of those a serial line keeps only the newest.
        media.send(&frame, Weight::Word, keys, now);
    }
    while !media.is_flushed() && Instant::now() < end {
        std::thread::sleep(LOOK);
        media.flush_all(wait::monotonic_ns());
    }
    Ok(())
}

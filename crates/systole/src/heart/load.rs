//! The load average for the `ld` field, from a descriptor that stays open: no path look-up in the loop.

use std::fs::File;

/// /proc/loadavg, kept open.
pub struct Load(Option<File>);

impl Load {
    pub fn open() -> Load {
        Load(File::open("/proc/loadavg").ok())
    }

    /// The line without its end, or `n/a` as Heartbeat says it.
    pub fn line(&self) -> String {
        let mut bytes = [0_u8; 64];
        let read = self.0.as_ref().and_then(|f| rustix::io::pread(f, &mut bytes, 0).ok()).unwrap_or(0);
        let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default()).trim_end().to_owned();
        if text.is_empty() { "n/a".to_owned() } else { text }
    }
}

//! What the fuzz targets try: bytes in, and whatever must hold for all bytes checked by assertions.
//! Not here: libFuzzer, which finds the bytes (targets/), and how it is run (run.sh).
#![forbid(unsafe_code)]

pub mod core;
pub mod files;
pub mod frames;
pub mod lines;
pub mod serial;

// Parts of the program, which is no library, as they are.
#[path = "../../crates/systole/src/bridge.rs"]
pub mod bridge;
#[path = "../../crates/systole/src/hands/lines.rs"]
pub mod framing;
#[path = "../../crates/systole/src/hands/control/protocol.rs"]
pub mod protocol;
#[path = "../../crates/systole/src/ctl/check/render.rs"]
pub mod render;

use std::fmt::{self, Write};
use std::path::Path;

/// The main function of a target: libFuzzer's under `--cfg fuzzing`, else one that tries the files it is given.
#[macro_export]
macro_rules! target {
    ($try:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $try(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            std::env::args_os().skip(1).try_for_each(|path| $crate::replay(std::path::Path::new(&path), $try))
        }
    };
}

/// Tries a file, or each file of a directory.
///
/// # Errors
/// Something cannot be read.
pub fn replay(path: &Path, attempt: fn(&[u8])) -> std::io::Result<()> {
    if path.is_dir() {
        return std::fs::read_dir(path)?.try_for_each(|entry| replay(&entry?.path(), attempt));
    }
    println!("{}", path.display());
    attempt(&std::fs::read(path)?);
    Ok(())
}

/// How long a value is when it is written out: what it keeps shows there, so this bounds its memory.
pub fn written_len(value: &impl fmt::Debug) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting cannot fail.
    let _ = write!(count, "{value:?}");
    count.0
}

/// Pieces of arbitrary lengths, the same for the same seed: what a read returns.
pub fn pieces(mut bytes: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let mut state = u64::from(seed) * 2 + 1;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        // Mostly a few bytes, seldom hundreds.
        let most = [1, 3, 17, 600][(state >> 40) as usize % 4];
        let len = (1 + (state >> 50) as usize % most).min(bytes.len());
        let (piece, rest) = bytes.split_at(len);
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

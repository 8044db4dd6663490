//! The three files as they were found. Their text is wiped on drop, since one of them holds keys.
//! Not here: who reads them from disk (the program does).

use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// No file is longer: the largest real haresources has a thousand lines.
pub const FILE_MAX: usize = 1 << 18;

/// One file and what the system says about it.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: Zeroizing<Vec<u8>>,
    /// Permission bits (`st_mode & 0o7777`).
    pub mode: u32,
    pub uid: u32,
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SourceFile { path, text, mode, uid } = self;
        write!(f, "SourceFile({}, {} bytes, mode {mode:o}, uid {uid})", path.display(), text.len())
    }
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub path: PathBuf,
    pub why: Why,
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("there is no such file")]
    Absent,
    #[error("permission denied")]
    Denied,
    #[error("it is a directory")]
    Directory,
    #[error("it is longer than {FILE_MAX} bytes")]
    TooLong,
    #[error("{0}")]
    Other(String),
}

/// All three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    pub ha_cf: Result<SourceFile, Unreadable>,
    pub haresources: Result<SourceFile, Unreadable>,
    pub authkeys: Result<SourceFile, Unreadable>,
}

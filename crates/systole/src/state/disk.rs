//! The few things done to the state directory, so that a test can put a model of a disk in the kernel's place.
//! Not here: in which order they are done (`Store`), what the files say.

use rustix::fs::OFlags;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file longer than this is none of ours.
pub const LENGTH_MAX: u64 = 256 * 1024;

/// One directory. Names are plain file names in it; every error is the file system's.
pub trait Disk {
    /// A file that is being written.
    type File;
    /// The whole content; a file beyond [`LENGTH_MAX`] and whatever is no plain file are errors.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// A new file to write to; an error when the name is taken.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    /// Appends all of it.
    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Returns when the content is on the medium. After an error nobody knows what is: such a file must not be used.
    fn sync(&self, file: &mut Self::File) -> io::Result<()>;
    /// A second name for the same file; an error when that is taken.
    fn link(&self, from: &str, to: &str) -> io::Result<()>;
    /// Takes the place of whatever had the second name, in one step.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Takes the name away.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes the directory when it is not there.
    fn make_directory(&self) -> io::Result<()>;
    /// Returns when all names are on the medium.
    fn sync_directory(&self) -> io::Result<()>;
}

/// A real directory. Always by its path: whoever moves it away and makes a new one means the new one.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    pub fn new(path: &Path) -> Directory {
        Directory(path.to_owned())
    }
}

impl Disk for Directory {
    type File = File;

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        // A pipe in the place of a file must not hold the start up.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.0.join(name))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no plain file"));
        }
        let mut bytes = Vec::new();
        file.take(LENGTH_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LENGTH_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is far too long"));
        }
        Ok(bytes)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o644).open(self.0.join(name))
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &mut File) -> io::Result<()> {
        file.sync_all()
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::hard_link(self.0.join(from), self.0.join(to))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    fn make_directory(&self) -> io::Result<()> {
        if self.0.is_dir() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o755).create(&self.0)?;
        // Its own name lives in the directory above.
        self.0.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

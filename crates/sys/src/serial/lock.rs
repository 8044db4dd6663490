//! Lock files of serial lines as UUCP began them and every terminal program respects them: `LCK..ttyS0` with the
//! owner's process id. Not here: the line itself.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where they are looked for; the first that can be written to is used.
pub(super) const DIRECTORIES: [&str; 2] = ["/run/lock", "/var/lock"];

/// Stale locks removed before giving up.
const TRIES: usize = 5;

/// Held as long as it lives; the file goes with it.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Locked with flock, which shows our own open lines among files that carry our process id: after a restart in
    /// a container the old lock has the same number.
    _file: File,
}

impl Lock {
    /// Takes the lock of `line`. `Ok(None)` where no directory can be written to, since then nobody else locks there
    /// either; an error in words when a living process has it.
    pub fn take<D: AsRef<Path>>(line: &Path, directories: &[D]) -> io::Result<Option<Lock>> {
        let name = format!("LCK..{}", name_of(line));
        for directory in directories {
            match Lock::take_in(line, directory.as_ref(), &name) {
                Ok(lock) => return Ok(Some(lock)),
                Err(e) if not_ours_to_write(&e) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(None)
    }

    fn take_in(line: &Path, directory: &Path, name: &str) -> io::Result<Lock> {
        let path = directory.join(name);
        let (draft, file) = draft(directory, name)?;
        let mut result = Err(held(line, &path, "it keeps coming back"));
        for _ in 0..TRIES {
            // Linking is the atomic step: the file appears with its content, or not at all.
            match fs::hard_link(&draft, &path) {
                Ok(()) => {
                    result = Ok(());
                    break;
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    if let Some(owner) = living_owner(&path)? {
                        result = Err(held(line, &path, &owner));
                        break;
                    }
                    let _ = fs::remove_file(&path);
                }
                Err(e) => {
                    result = Err(e);
                    break;
                }
            }
        }
        let _ = fs::remove_file(&draft);
        result.map(|()| Lock { path, _file: file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The file under another name, complete and locked.
fn draft(directory: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    let path = directory.join(format!("{name}.{}", std::process::id()));
    let _ = fs::remove_file(&path);
    let mut file = File::create_new(&path)?;
    writeln!(file, "{:>10}", std::process::id())?;
    file.try_lock().map_err(io::Error::from)?;
    Ok((path, file))
}

/// Who has the lock, in words; `None` when nobody has.
fn living_owner(path: &Path) -> io::Result<Option<String>> {
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let Some(pid) = text.parse().ok().and_then(Pid::from_raw) else {
        return Ok(Some(format!("it does not name a process ({text:.20})")));
    };
    if pid == rustix::process::getpid() {
        let busy = matches!(File::open(path)?.try_lock(), Err(TryLockError::WouldBlock));
        return Ok(busy.then(|| "this very program uses it already".to_owned()));
    }
    match test_kill_process(pid) {
        Err(Errno::SRCH) => Ok(None),
        _ => Ok(Some(format!("process {} uses it", pid.as_raw_nonzero()))),
    }
}

fn held(line: &Path, lock: &Path, owner: &str) -> io::Error {
    let text = format!(
        "the serial line {} is locked by {}: {owner}; end that program, or remove the file if it is wrong",
        line.display(),
        lock.display()
    );
    io::Error::new(io::ErrorKind::ResourceBusy, text)
}

/// The path below /dev without slashes; of the device itself, so that two names of one adapter are one lock.
fn name_of(line: &Path) -> String {
    let real = fs::canonicalize(line).unwrap_or_else(|_| line.to_owned());
    let below = real.strip_prefix("/dev").unwrap_or(&real);
    below.to_string_lossy().replace('/', "")
}

fn not_ours_to_write(e: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(e.kind(), K::NotFound | K::PermissionDenied | K::ReadOnlyFilesystem | K::NotADirectory)
}

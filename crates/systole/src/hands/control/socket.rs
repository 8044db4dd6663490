//! Making the control socket: it appears under its name only with its final mode and owner, and takes the place
//! of a dead daemon's socket, never of a living one's.
//! Not here: what is said on it.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};

/// Binds `path`: mode 0660 and group `readers` where that group exists and may be given, else 0600.
///
/// # Errors
/// Somebody lives behind the socket, something that is no socket lies there, or what the file system says.
pub async fn bind(path: &Path, readers: &str) -> io::Result<UnixListener> {
    refuse_if_living(path).await?;
    let new = path.with_extension(format!("new.{}", std::process::id()));
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&new).map_err(|error| named(&new, error))?;
    let opened = open_for(&new, readers).and_then(|()| std::fs::rename(&new, path));
    if let Err(error) = opened {
        let _ = std::fs::remove_file(&new);
        return Err(named(path, error));
    }
    Ok(listener)
}

async fn refuse_if_living(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(named(path, io::Error::other("something that is no socket lies there; move it away")));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(named(path, error)),
    }
    // A stopped daemon with a full queue neither takes nor refuses: it lives.
    match tokio::time::timeout(Duration::from_secs(1), UnixStream::connect(path)).await {
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(named(path, io::Error::new(io::ErrorKind::AddrInUse, "another daemon answers there"))),
    }
}

fn open_for(path: &Path, readers: &str) -> io::Result<()> {
    let table = std::fs::read_to_string("/etc/group").unwrap_or_default();
    // Without the right to give the file away (not root, no member), only the owner may connect.
    let given = gid_of(&table, readers).is_some_and(|gid| std::os::unix::fs::chown(path, None, Some(gid)).is_ok());
    let mode = if given { 0o660 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// The number of a group in the text of /etc/group.
pub fn gid_of(table: &str, name: &str) -> Option<u32> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

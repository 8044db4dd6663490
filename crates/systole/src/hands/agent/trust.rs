//! Who may change what runs as root.
//! Not here: running it.

use std::path::Path;

/// What runs as root must not be writable by others (SECURITY 3.5).
///
/// # Errors
/// Not there, no regular executable file, or writable by somebody else; the text says what to do.
pub fn trusted(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let refuse = |why: String| Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, why));
    let file = std::fs::metadata(path)?;
    if !file.is_file() || file.mode() & 0o111 == 0 {
        return refuse("it is no executable file (chmod +x)".to_owned());
    }
    let me = rustix::process::geteuid().as_raw();
    let open = |meta: &std::fs::Metadata| (meta.uid() != 0 && meta.uid() != me) || meta.mode() & 0o022 != 0;
    if open(&file) {
        return refuse(format!("others than root may change it (chown root {0}; chmod go-w {0})", path.display()));
    }
    if let Some(dir) = path.parent() {
        let meta = std::fs::metadata(dir)?;
        // A sticky directory (like /tmp) lets nobody else replace the file.
        if open(&meta) && meta.mode() & 0o1000 == 0 {
            return refuse(format!("others than root may change its directory (chmod go-w {})", dir.display()));
        }
    }
    Ok(())
}

//! The keys of an authkeys file, for `systole decode --authkeys`.
//! Not here: what the file may hold (systole-config), digests (systole-wire).

use super::daemon::wire_keys;
use std::path::Path;
use systole_config::{FILE_MAX, Severity, SourceFile, read_authkeys};
use systole_wire::Keys;

/// Reads the keys. Mode and owner do not matter here: the file serves to look at captures, not to run a node.
///
/// # Errors
/// A sentence without any secret in it.
pub fn of_file(path: &Path) -> Result<Keys, String> {
    let named = |why: String| format!("{}: {why}", path.display());
    let there = std::fs::metadata(path).map_err(|error| named(error.to_string()))?;
    if !there.is_file() || there.len() > FILE_MAX as u64 {
        return Err(named(format!("no regular file of at most {FILE_MAX} bytes")));
    }
    let text = std::fs::read(path).map_err(|error| named(error.to_string()))?;
    let file = SourceFile { path: path.to_owned(), text: text.into(), mode: 0o600, uid: 0 };
    match read_authkeys(&file, 0) {
        (_, Some(keys)) => wire_keys(&keys).map_err(named),
        (found, None) => {
            let first = found.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
            Err(named(first.map_or_else(|| "no keys".to_owned(), |diagnostic| diagnostic.message.clone())))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::of_file;

    #[test]
    fn keys_are_read_whatever_the_mode_and_faults_are_told_without_secrets() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "auth 2\n1 crc\n2 sha1 geheim\n").unwrap();
        assert!(of_file(file.path()).is_ok());
        std::fs::write(file.path(), "auth 3\n2 sha1 geheim\n").unwrap();
        let why = of_file(file.path()).unwrap_err();
        assert!(why.contains(&file.path().display().to_string()) && !why.contains("geheim"), "{why}");
        assert!(of_file(std::path::Path::new("/nonexistent")).unwrap_err().contains("/nonexistent"));
        assert!(of_file(std::path::Path::new("/dev/zero")).is_err());
    }
}

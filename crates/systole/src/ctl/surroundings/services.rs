//! Scripts, units and agents that are installed, and which of them the init system starts at boot.
//! Told by files alone: links in `*.wants` and `rc?.d`.

use super::entries;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use systole_config::Catalogue;

/// Where unit files lie, those of the administrator first.
const UNIT_DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Everything that a resource word can name.
pub fn catalogue(configuration: &Path) -> Catalogue {
    let ocf = entries(Path::new("/usr/lib/ocf/resource.d")).flat_map(|provider| {
        let name = name(&provider);
        scripts(&provider).into_keys().map(move |agent| (name.clone(), agent))
    });
    Catalogue {
        resource_d: scripts(&configuration.join("resource.d")),
        lsb: scripts(Path::new("/etc/init.d")),
        units: units(UNIT_DIRECTORIES.map(Path::new)),
        systemd_runs: Path::new("/run/systemd/system").is_dir(),
        ocf: ocf.collect(),
    }
}

/// Services that are started at boot, without `.service`.
pub fn enabled(catalogue: &Catalogue) -> Vec<String> {
    let mut found = BTreeSet::new();
    for runlevel in ["rcS.d", "rc2.d", "rc3.d", "rc4.d", "rc5.d"] {
        found.extend(started_in(&Path::new("/etc").join(runlevel)));
    }
    if catalogue.systemd_runs {
        // Where there is a unit, systemd does not look at the links of the init script.
        found.retain(|name| !catalogue.units.contains(&format!("{name}.service")));
        found.extend(wanted_in(Path::new("/etc/systemd/system")));
    }
    found.into_iter().collect()
}

/// `S02apache2` of a runlevel directory starts `apache2`.
fn started_in(runlevel: &Path) -> impl Iterator<Item = String> {
    entries(runlevel).filter_map(|path| {
        let name = name(&path);
        let rest = name.strip_prefix('S')?.trim_start_matches(|c: char| c.is_ascii_digit());
        (!rest.is_empty()).then(|| rest.to_owned())
    })
}

/// What the targets want and require.
fn wanted_in(directory: &Path) -> impl Iterator<Item = String> {
    let targets = entries(directory).filter(|path| path.extension().is_some_and(|e| e == "wants" || e == "requires"));
    targets.flat_map(|target| entries(&target).collect::<Vec<_>>()).map(|unit| {
        let name = name(&unit);
        name.strip_suffix(".service").map_or(name.clone(), str::to_owned)
    })
}

/// Executable regular files by name.
fn scripts(directory: &Path) -> BTreeMap<String, PathBuf> {
    let executable = |path: &PathBuf| path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    entries(directory).filter(executable).map(|path| (name(&path), path)).collect()
}

/// Unit files; one that is masked (a link to /dev/null) in an earlier directory hides those of later ones.
fn units<'a>(directories: impl IntoIterator<Item = &'a Path>) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let suffixes = ["service", "socket", "target", "mount", "timer", "path"];
    for path in directories.into_iter().flat_map(|d| entries(d).collect::<Vec<_>>()) {
        if path.extension().and_then(|e| e.to_str()).is_some_and(|e| suffixes.contains(&e)) {
            let usable = path.metadata().is_ok_and(|m| m.is_file());
            seen.entry(name(&path)).or_insert(usable);
        }
    }
    seen.into_iter().filter_map(|(name, usable)| usable.then_some(name)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_say_what_is_started() {
        let root = tempfile::tempdir().unwrap();
        let (rc, wants) = (root.path().join("rc2.d"), root.path().join("multi-user.target.wants"));
        fs::create_dir(&rc).unwrap();
        fs::create_dir(&wants).unwrap();
        for link in ["S02apache2", "K01postfix", "README", "S99"] {
            symlink("../init.d/x", rc.join(link)).unwrap();
        }
        symlink("/lib/systemd/system/apache2.service", wants.join("apache2.service")).unwrap();
        fs::write(root.path().join("x.service"), "").unwrap();
        assert_eq!(started_in(&rc).collect::<Vec<_>>(), ["apache2"]);
        assert_eq!(wanted_in(root.path()).collect::<Vec<_>>(), ["apache2"]);
    }

    #[test]
    fn masked_units_are_not_there() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink("/dev/null", first.path().join("masked.service")).unwrap();
        for unit in ["masked.service", "apache2.service", "readme.txt"] {
            fs::write(second.path().join(unit), "").unwrap();
        }
        assert_eq!(units([first.path(), second.path()]), ["apache2.service".to_owned()].into());
    }

    #[test]
    fn only_executables_are_scripts() {
        let root = tempfile::tempdir().unwrap();
        for (script, mode) in [("one", 0o755), ("two", 0o644)] {
            fs::write(root.path().join(script), "").unwrap();
            fs::set_permissions(root.path().join(script), fs::Permissions::from_mode(mode)).unwrap();
        }
        assert_eq!(scripts(root.path()).into_keys().collect::<Vec<_>>(), ["one"]);
    }
}

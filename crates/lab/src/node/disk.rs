//! A machine's disk: /etc and /var, made from what the host's Debian has, with a page of its own.
//! Not here: how it becomes the machine's root (init.sh).

use anyhow::{Context, Result, bail};
use std::fs::{create_dir, create_dir_all, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// What programs need of /etc. A list, and not a copy of everything: the host's secrets stay where they are.
const ETC: &[&str] = &[
    "alternatives",
    "apache2",
    "bash.bashrc",
    "default",
    "group",
    "init.d",
    "iproute2",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "logrotate.d",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "profile",
    "protocols",
    "services",
    "ssl/openssl.cnf",
];

const VAR: &[&str] = &[
    "cache/apache2/mod_cache_disk",
    "lib/heartbeat",
    "lib/apache2",
    "log/apache2",
    "spool",
    "mail",
    "www/html",
    "backups",
];

/// Makes `base/disk/{etc,var}` and the empty `base/root`.
pub fn format(base: &Path, name: &str) -> Result<()> {
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        bail!("{name:?} is no host name");
    }
    create_dir(base).context("is the name taken?")?;
    create_dir(base.join("root"))?;
    let (etc, var) = (base.join("disk/etc"), base.join("disk/var"));
    create_dir_all(&etc)?;
    for entry in ETC {
        copy(Path::new("/etc").join(entry).as_path(), &etc.join(entry))?;
    }
    write(etc.join("hostname"), format!("{name}\n"))?;
    let short = name.split('.').next().unwrap_or(name);
    write(etc.join("hosts"), format!("127.0.0.1 localhost\n127.0.1.1 {name} {short}\n::1 localhost\n"))?;
    for directory in VAR {
        create_dir_all(var.join(directory))?;
    }
    symlink("/run", var.join("run"))?;
    symlink("/run/lock", var.join("lock"))?;
    create_dir(var.join("tmp"))?;
    set_permissions(var.join("tmp"), PermissionsExt::from_mode(0o1777))?;
    write(var.join("www/html/index.html"), page(name))?;
    Ok(())
}

/// "A page with nothing on it but the machine's name", as the tutorial has it.
fn page(name: &str) -> String {
    format!("<!DOCTYPE html>\n<html><head><title>{name}</title></head><body><h1>{name}</h1></body></html>\n")
}

/// With links, owners and modes as they are; what the host does not have, the machine does not have.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.symlink_metadata().is_err() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        create_dir_all(parent)?;
    }
    let done = Command::new("cp").arg("-a").arg(from).arg(to).output().context("cannot start cp")?;
    if !done.status.success() {
        bail!("cp -a {}: {}", from.display(), String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

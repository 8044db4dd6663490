//! The Heartbeat that Debian packages, as the service of a lab machine: installed, started, stopped, asked and read the
//! way its own package and manual have it. It is the judge, so nothing of it is replaced or patched.
//! Not here: what it is expected to do.

use crate::node::Node;
use crate::process::Finished;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

const DAEMON: &str = "/usr/libexec/heartbeat/heartbeat";
const INIT: &str = "/etc/init.d/heartbeat";
const LOG: &str = "/var/log/ha-log";

/// Packages that own what a machine needs below /etc and /var; their programs are shared with the host anyway.
const PACKAGES: &[&str] = &["heartbeat", "resource-agents", "cluster-glue"];
const OWNED: &[&str] = &["/etc/ha.d", "/etc/heartbeat", "/etc/init.d/heartbeat", "/var/lib/heartbeat"];

/// What it prints about itself at every start, whoever its peer is: the machine's limits, and its own first steps.
const ABOUT_ITSELF: &[&str] = &[
    "Core dumps could be lost if multiple dumps occur",
    "Consider setting non-default value in /proc/sys/kernel/core_pattern",
    "Consider setting /proc/sys/kernel/core_uses_pid",
    "Logging daemon is disabled --enabling logging daemon is recommended",
    "No Previous generation - starting at",
    "Cannot lock ourselves into memory",
    // Of a machine with much else to do, not of a peer; whichever of its sources was served late or took long
    // (Gmain_timeout_dispatch, G_CH_dispatch_int, G_SIG_dispatch...).
    ": Dispatch function for",
    // For `auto_failback legacy`.
    "Deprecated 'legacy' auto_failback option selected",
    "Please convert to 'auto_failback on'",
    "See documentation for conversion details",
];

/// Heartbeat on one machine. It lives in the machine's namespaces and dies with them.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    node: &'a Node,
}

impl<'a> Original<'a> {
    /// Why it cannot run here; nothing if it can.
    pub fn missing() -> Option<String> {
        let absent = |path: &&str| !Path::new(*path).exists();
        let path = [DAEMON, INIT, "/etc/ha.d/shellfuncs", "/etc/init.d/apache2"].into_iter().find(absent)?;
        Some(format!("{path} is missing: run packaging/setup-test.sh, which installs Heartbeat 3.0.6 and Apache"))
    }

    /// Puts what its package owns below /etc and /var on the machine's disk, with modes and owners, files that an
    /// administrator of the host wrote excepted.
    ///
    /// # Errors
    /// dpkg-query or tar fails.
    pub fn install(node: &'a Node) -> Result<Original<'a>> {
        unpack(node, PACKAGES, OWNED)?;
        Ok(Original { node })
    }

    /// The one that was installed on the machine before.
    pub fn on(node: &'a Node) -> Original<'a> {
        Original { node }
    }

    /// Starts it by its init script, which returns when the daemon is in the background.
    ///
    /// # Errors
    /// The machine is off, or the script says that it failed.
    pub fn start(self) -> Result<()> {
        self.node.run(&[INIT, "start"])?.ok("starting Heartbeat")?;
        if self.pids()?.is_empty() {
            bail!("Heartbeat ended at once: {}", self.log());
        }
        Ok(())
    }

    /// Stops it by its init script, which returns when all is released and the daemon has ended.
    ///
    /// # Errors
    /// The machine is off, or the script says that it failed, or does not end within a minute.
    pub fn stop(self) -> Result<()> {
        self.node.run(&[INIT, "stop"])?.ok("stopping Heartbeat").map(drop)
    }

    /// Process ids, as the host sees them, of all its processes.
    ///
    /// # Errors
    /// The machine is off.
    pub fn pids(self) -> Result<Vec<u32>> {
        let all = self.node.processes()?;
        Ok(all.iter().filter(|seen| !seen.zombie && seen.name == "heartbeat").map(|s| s.pid).collect())
    }

    /// `cl_status WORDS`.
    ///
    /// # Errors
    /// The machine is off, or it does not end. Its exit status is no error.
    pub fn cl_status(self, words: &[&str]) -> Result<Finished> {
        self.node.run(&[&["/usr/bin/cl_status"], words].concat())
    }

    /// `hb_standby WORD`. Returns before anything has happened, as it always did.
    ///
    /// # Errors
    /// The machine is off, or the daemon did not take the message.
    pub fn hb_standby(self, which: &str) -> Result<()> {
        self.node.run(&["/usr/share/heartbeat/hb_standby", which])?.ok("hb_standby").map(drop)
    }

    /// `hb_takeover WORD`. Returns before anything has happened, as it always did.
    ///
    /// # Errors
    /// The machine is off, or the daemon did not take the message.
    pub fn hb_takeover(self, which: &str) -> Result<()> {
        self.node.run(&["/usr/share/heartbeat/hb_takeover", which])?.ok("hb_takeover").map(drop)
    }

    /// Its log so far; `logfile /var/log/ha-log` must stand in ha.cf.
    pub fn log(self) -> String {
        std::fs::read_to_string(self.node.disk(LOG)).unwrap_or_default()
    }

    /// Those of its lines that are above the level `info`, without what it writes about itself at every start.
    pub fn complaints<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
        let level =
            |line: &&str| ["WARN", "ERROR", "CRIT", "CRITICAL"].iter().any(|l| line.contains(&format!("{l}: ")));
        let own = |line: &str| ABOUT_ITSELF.iter().any(|known| line.contains(known));
        lines.filter(level).filter(|line| !own(line)).map(str::to_owned).collect()
    }
}

/// Puts what the Debian `packages` own below the directories `owned` on the machine's disk.
pub(crate) fn unpack(node: &Node, packages: &[&str], owned: &[&str]) -> Result<()> {
    let listed = Command::new("dpkg-query").arg("--listfiles").args(packages).output()?;
    let text = String::from_utf8(listed.stdout)?;
    let below = |path: &&str| owned.iter().any(|top| Path::new(path).starts_with(top));
    // Relative, because an archive is unpacked below the disk.
    let wanted: Vec<&str> = text.lines().filter(below).map(|path| path.trim_start_matches('/')).collect();
    if wanted.is_empty() {
        bail!("the packages {} are not installed", packages.join(", "));
    }
    copy(&wanted, &node.disk("/"))
}

/// Copies the listed paths below the host's root, directories without what else is in them, below `disk`.
fn copy(paths: &[&str], disk: &Path) -> Result<()> {
    let list = disk.join("var/installed");
    std::fs::write(&list, paths.join("\n"))?;
    let mut pack = Command::new("tar")
        .args(["--create", "--no-recursion", "--file=-", "--directory=/", "--files-from=-"])
        .stdin(File::open(&list)?)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start tar")?;
    let packed = pack.stdout.take().context("no pipe from tar")?;
    let unpacked = Command::new("tar")
        .args(["--extract", "--preserve-permissions", "--same-owner", "--file=-", "--directory"])
        .arg(disk)
        .stdin(packed)
        .status()?;
    let status = pack.wait()?;
    if !(status.success() && unpacked.success()) {
        bail!("the files of a package could not be copied to {}: {status}, {unpacked}", disk.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests;

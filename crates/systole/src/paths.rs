//! Where things lie on a machine, and the options that move them.
//! Not here: reading any of it.

use clap::Args;
use std::path::{Path, PathBuf};

/// The three directories, as every command takes them.
#[derive(Debug, Clone, Args)]
pub struct Paths {
    /// Directory of ha.cf, haresources and authkeys [default: /etc/ha.d, or /etc/heartbeat if only that exists]
    #[arg(long, global = true, value_name = "DIR")]
    pub config_dir: Option<PathBuf>,
    /// Directory of what must survive a restart: generation, identity
    #[arg(long, global = true, value_name = "DIR", default_value = "/var/lib/heartbeat")]
    pub state_dir: PathBuf,
    /// Directory of the control socket
    #[arg(long, global = true, value_name = "DIR", default_value = "/run/systole")]
    pub run_dir: PathBuf,
}

impl Paths {
    /// The configuration directory in force.
    pub fn config(&self) -> PathBuf {
        match &self.config_dir {
            Some(dir) => dir.clone(),
            None => {
                let (old, debian) = (Path::new("/etc/ha.d"), Path::new("/etc/heartbeat"));
                if !old.exists() && debian.exists() { debian.to_owned() } else { old.to_owned() }
            }
        }
    }

    /// The socket on which a running hands answers.
    pub fn control(&self) -> PathBuf {
        self.run_dir.join("control")
    }
}

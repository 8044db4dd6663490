//! The environment of every script, made from the configuration and nothing else (spec CONFIG 3.1).
//! Not here: what only OCF agents see.

use std::path::{Path, PathBuf};
use systole_config::Configuration;
use systole_core::Failback;

/// Where programs are looked for by scripts.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Root of the OCF agents on every distribution that has them.
pub const OCF_ROOT: &str = "/usr/lib/ocf";

/// Names and values, each name once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// What scripts see under this configuration. Recorded directives go first, so the names that the contract
    /// fixes win over a directive or `env` line of the same name.
    pub fn new(configuration: &Configuration) -> Environment {
        let mut all = Environment(Vec::new());
        for (name, value) in &configuration.environment {
            all.set(&format!("HA_{name}"), value);
        }
        let directory = configuration.directory.display().to_string();
        let logging = &configuration.logging;
        all.set("PATH", PATH);
        all.set("LANG", "C");
        all.set("OCF_ROOT", OCF_ROOT);
        all.set("HA_CURHOST", configuration.core.me.as_str());
        all.set("HA_FUNCS", &format!("{directory}/shellfuncs"));
        all.set("HA_DIR", &directory);
        all.set("HA_RCDIR", &format!("{directory}/rc.d"));
        all.set("HA_RESOURCEDIR", &format!("{directory}/resource.d"));
        all.set("HA_DATEFMT", "%Y/%m/%d_%T ");
        // Scripts write there with `>>`, so the names must stand for something.
        let file = |file: &Option<PathBuf>| file.as_deref().unwrap_or(Path::new("/dev/null")).display().to_string();
        all.set("HA_LOGFILE", &file(&logging.logfile));
        all.set("HA_DEBUGLOG", &file(&logging.debugfile));
        all.set("HA_LOGFACILITY", logging.facility.as_deref().unwrap_or("none"));
        all.set("HA_LOGD", "no");
        all.set("HA_debug", &logging.debug.to_string());
        if configuration.core.failback != Failback::Legacy {
            all.set("HA_NICEFAILBACK", "yes");
        }
        all
    }

    /// Sets a value; a name that the system cannot carry is left out.
    fn set(&mut self, name: &str, value: &str) {
        if name.contains(['=', '\0']) || value.contains('\0') {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The same with more.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = (String, String)>) -> Environment {
        let mut all = self.clone();
        for (name, value) in more {
            all.set(&name, &value);
        }
        all
    }
}

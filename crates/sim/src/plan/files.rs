//! A cluster on paper from somebody's own files, read by the shipped reader.
//! Not here: reading them from disk; acts and stories.

use super::Plan;
use crate::network::Medium;
use std::fmt;
use systole_config::{Configuration, Diagnostic, Reading, Severity, SourceFile, Sources, Surroundings, read};
use systole_core::{LinkName, Settings};

/// The simulated wires have a key of their own; the third file only has to be there.
const AUTHKEYS: &str = "auth 1\n1 sha1 a-key-that-protects-nothing\n";

/// Files that make no cluster, with all that the reader says about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// The cluster of two texts, on machines about which nothing is known: no interface, tty or user is checked, and
    /// services are found as where no systemd runs (`apache2` is Apache).
    ///
    /// # Errors
    /// The reader's own diagnostics, when one of them is an error.
    pub fn from_files(ha_cf: &str, haresources: &str) -> Result<Plan, Refused> {
        let sources = Sources {
            ha_cf: Ok(source("ha.cf", ha_cf, 0o644)),
            haresources: Ok(source("haresources", haresources, 0o644)),
            authkeys: Ok(source("authkeys", AUTHKEYS, 0o600)),
        };
        Plan::from_sources(&sources, &Surroundings::default())
    }

    /// The cluster of three files, with what is known of this machine. It need not be one of the nodes.
    ///
    /// # Errors
    /// The reader's own diagnostics, when one of them is an error.
    pub fn from_sources(sources: &Sources, around: &Surroundings) -> Result<Plan, Refused> {
        let mut reading = read(sources, around);
        if let Some(name) = first_node(&reading) {
            reading = read(sources, &Surroundings { uname: name, nodeinfo: None, ..around.clone() });
        }
        let Reading { diagnostics, configuration, .. } = reading;
        let configuration = configuration.ok_or(Refused { diagnostics })?;
        Ok(Plan::of(&configuration))
    }

    /// The cluster of a configuration, the same on all its nodes.
    ///
    /// All media of one interface are one link: they share its cable.
    pub fn of(configuration: &Configuration) -> Plan {
        let mut links: Vec<(LinkName, Medium)> = Vec::new();
        for medium in &configuration.media {
            let kind = match medium {
                systole_config::Medium::Serial { baud, .. } => Medium::Serial { baud: (*baud).into() },
                _ => Medium::Lan,
            };
            let name = medium.link();
            if !links.iter().any(|(known, _)| *known == name) {
                links.push((name, kind));
            }
        }
        let core =
            Settings { links: links.iter().map(|(name, _)| name.clone()).collect(), ..configuration.core.clone() };
        let settings = core.nodes.iter().map(|me| Settings { me: me.clone(), ..core.clone() });
        Plan {
            settings: settings.collect(),
            links,
            expire: configuration.expire,
            clock_errors: vec![0; core.nodes.len()],
            worst_gap_ms: None,
        }
    }
}

/// The node that the reader points at when it looks for this machine among the nodes in vain.
fn first_node(reading: &Reading) -> Option<String> {
    let missing = reading.diagnostics.iter().find(|d| d.code == "own-node-missing")?;
    let place = missing.place.as_ref()?;
    place.text.get(place.marked.clone()).map(str::to_owned)
}

fn source(name: &str, text: &str, mode: u32) -> SourceFile {
    SourceFile { path: name.into(), text: text.as_bytes().to_vec().into(), mode, uid: 0 }
}

/// The errors, one a line: where, what, and what to do.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        for (number, error) in errors.enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}", error.path.display())?;
            if let Some(place) = &error.place {
                write!(f, ":{}:{}", place.line, place.column)?;
            }
            write!(f, ": {}", error.message)?;
            for more in Some(&error.label).into_iter().chain(&error.notes).filter(|m| !m.is_empty()) {
                write!(f, "; {more}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests;

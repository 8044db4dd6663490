//! The defaults that Heartbeat names for its directives (spec/CONFIG.md 1.2): `heartbeat -D` and `cl_status hbparameter`.
//! Not here: the defaults in force (systole-config); a directive without an entry has none to name.

/// Directive, default as Heartbeat writes it, meaning.
pub const DEFAULTS: [(&str, &str, &str); 24] = [
    ("cluster", "linux-ha", "name of the cluster; unused"),
    ("hopfudge", "1", "unused: frames are not passed on"),
    ("keepalive", "1000ms", "time between two beats"),
    ("deadtime", "30000ms", "silence after which a node counts as dead"),
    ("baud", "19200", "speed of serial lines"),
    ("auto_failback", "legacy", "whether groups go back to their home"),
    ("hbgenmethod", "file", "where the number of a node's life comes from"),
    ("realtime", "true", "real-time priority and locked memory"),
    ("msgfmt", "classic", "form of frames; both are understood"),
    ("conn_logd_time", "60", "unused: there is no log daemon"),
    ("log_badpack", "true", "unused: refused frames are always counted"),
    ("syslogmsgfmt", "true", "log files look like syslog"),
    ("coredumps", "true", "unused: left to the system"),
    ("pacemaker", "false", "must be off"),
    ("autojoin", "none", "must be none"),
    ("uuidfrom", "file", "where a node's identity comes from"),
    ("compression", "zlib", "unused: messages are small"),
    ("compression_threshold", "2", "unused"),
    ("traditional_compression", "no", "unused"),
    ("max_rexmit_delay", "250", "unused"),
    ("record_config_changes", "on", "only with Pacemaker"),
    ("record_pengine_inputs", "on", "only with Pacemaker"),
    ("enable_config_writes", "on", "only with Pacemaker"),
    ("memreserve", "6500", "unused"),
];

/// The default of one directive.
pub fn default_of(name: &str) -> Option<&'static str> {
    DEFAULTS.iter().find(|(known, _, _)| *known == name).map(|(_, value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use systole_config::directives::directive;

    #[test]
    fn every_default_belongs_to_a_directive() {
        for (name, _, _) in DEFAULTS {
            assert!(directive(name).is_some(), "{name}");
        }
        assert_eq!(default_of("keepalive"), Some("1000ms"));
        assert_eq!(default_of("node"), None);
    }
}

//! `cl_status hbparameter`: a value of ha.cf as it was written.
//! Not here: what the values mean (systole-config).

use super::{BAD_PARAMETER, NO, OTHER, Said, Words};
use crate::ctl::compat::defaults::default_of;
use crate::paths::Paths;
use std::fs::File;
use std::io::Read;
use systole_config::directives::directive;
use systole_config::{FILE_MAX, printable};

/// The text of ha.cf.
///
/// # Errors
/// A sentence: why it cannot be read.
pub fn file(paths: &Paths) -> Result<String, String> {
    let path = paths.config().join("ha.cf");
    let mut text = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(FILE_MAX as u64).read_to_end(&mut text));
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(printable(&text))
}

pub fn said(words: &Words, ha_cf: impl FnOnce() -> Result<String, String>) -> Said {
    let Some(name) = &words.parameter else { return Said::error(BAD_PARAMETER, "parameter name required") };
    let text = match ha_cf() {
        Ok(text) => text,
        Err(why) => return Said::error(OTHER, why),
    };
    match value(&text, name) {
        Some(value) if words.sentence => Said::out(0, format!("Heartbeat parameter {name}'s value: {value}\n")),
        Some(value) => Said::out(0, format!("{value}\n")),
        None => Said::error(
            NO,
            format!("Cannot get parameter {name}'s value\nREASON: ha.cf does not set it, and it has no default"),
        ),
    }
}

/// The last value of the last line with that directive. Directives that add up (nodes, media) have no one value, here
/// as in Heartbeat.
fn value(text: &str, name: &str) -> Option<String> {
    if directive(name)?.adds_up() {
        return None;
    }
    let mut values = text.lines().filter_map(|line| {
        let code = line.split('#').next()?;
        let mut words = code.split([' ', '\t', ',', '\r']).filter(|word| !word.is_empty());
        (words.next()? == name).then(|| words.next_back()).flatten()
    });
    values.next_back().or_else(|| default_of(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_stands_as_it_was_written() {
        let text = "# keepalive 7\n\tkeepalive 500ms # fast\r\nhopfudge 3 4\ndeadtime 2\ndeadtime 4\nnode alpha beta\n";
        for (name, wanted) in [
            ("keepalive", Some("500ms")),
            ("hopfudge", Some("4")),
            ("deadtime", Some("4")),
            ("baud", Some("19200")),
            ("warntime", None),
            ("node", None),
            ("nothing", None),
        ] {
            assert_eq!(value(text, name).as_deref(), wanted, "{name}");
        }
    }
}

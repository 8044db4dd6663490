//! `heartbeat` as it was called: start in the background, `-s`, `-k`, `-r`, `-D`, `-V` and the rest.
//! Not here: finding the running daemon (running), starting it (start), ending it (stop).

mod running;
mod start;
mod stop;

use super::defaults::DEFAULTS;
use crate::paths::Paths;
use std::process::ExitCode;

/// Wrong arguments.
const USAGE_ERROR: u8 = 2;
/// `-s` with nothing running, as service scripts have it.
const NOT_RUNNING: u8 = 3;

const USAGE: &str = "\
Usage: heartbeat [-dDfklMrsvVW]
  (nothing)  start the node in the background; 6: the files are wrong
  -s         say whether it runs: 0 yes, 3 no
  -k         stop it and wait; 0 also when it did not run
  -r         say whether the files were changed since its start, and what then; starts nothing
  -f         start it in the foreground
  -D, -W     table of defaults, plain and for a wiki
  -V         version
  -d, -l, -v accepted; the text says where that is set now
  -M, -R, -C refused
";

/// What is asked for, besides options that only change how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Start { foreground: bool },
    Status,
    Stop,
    Reload,
    Defaults { wiki: bool },
    Version,
}

/// Called as `heartbeat`.
pub fn main() -> ExitCode {
    let words = super::arguments();
    if words.first().is_some_and(|word| word == start::DETACHED) {
        return start::detached();
    }
    let (act, remarks) = match read(&words) {
        Ok(found) => found,
        Err(why) => {
            eprint!("heartbeat: {why}\n{USAGE}");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    remarks.iter().for_each(|remark| eprintln!("heartbeat: {remark}"));
    let paths = super::paths();
    match act {
        Act::Start { foreground } => start::run(&paths, foreground),
        Act::Status => status(&paths),
        Act::Stop => stop::run(&paths),
        Act::Reload => reload(&paths),
        Act::Defaults { wiki } => {
            print!("{}", defaults(wiki));
            ExitCode::SUCCESS
        }
        Act::Version => {
            println!("{} (systole; understands Heartbeat 3.0.6)", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
    }
}

/// The act, and remarks on options that do nothing any more.
fn read(words: &[String]) -> Result<(Act, Vec<&'static str>), String> {
    let (mut act, mut foreground, mut remarks) = (None, false, Vec::new());
    for word in words {
        let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty() && !letters.starts_with('-'));
        for letter in letters.ok_or_else(|| format!("{word} is no option"))?.chars() {
            let wanted = match letter {
                's' => Act::Status,
                'k' => Act::Stop,
                'r' => Act::Reload,
                'D' => Act::Defaults { wiki: false },
                'W' => Act::Defaults { wiki: true },
                'V' => Act::Version,
                'f' => {
                    foreground = true;
                    continue;
                }
                'd' => {
                    remarks.push("-d is ignored: write `debug 1` into ha.cf");
                    continue;
                }
                'l' => {
                    remarks.push("-l is ignored: write `realtime off` into ha.cf");
                    continue;
                }
                'v' => {
                    remarks.push("-v is ignored: `systole check` shows what was understood of the files");
                    continue;
                }
                'M' => {
                    return Err("-M is refused: a node that only looks on would still be counted on by its peer".into());
                }
                'R' | 'C' => return Err(format!("-{letter} was for Heartbeat's restart of itself and is refused")),
                other => return Err(format!("-{other} is no option")),
            };
            if act.is_some_and(|before| before != wanted) {
                return Err("these options exclude each other".into());
            }
            act = Some(wanted);
        }
    }
    Ok((act.unwrap_or(Act::Start { foreground }), remarks))
}

fn status(paths: &Paths) -> ExitCode {
    let Some(pid) = running::pid(&paths.run_dir) else {
        println!("heartbeat is stopped. No process");
        return ExitCode::from(NOT_RUNNING);
    };
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    println!("heartbeat OK [pid {pid} et al] is running on {host} [{}]...", running::node(paths));
    ExitCode::SUCCESS
}

/// The files are read at a start only. That nothing has to be read is said as Heartbeat does.
fn reload(paths: &Paths) -> ExitCode {
    let Some(pid) = running::pid(&paths.run_dir) else {
        eprintln!("heartbeat: it does not run, so there is nothing to reload; a plain `heartbeat` starts it");
        return ExitCode::from(1);
    };
    if let Err(code) = start::good_files(paths, "the node runs on as it was started") {
        return code;
    }
    let newer = running::newer_files(paths, pid);
    if newer.is_empty() {
        println!("heartbeat: Configuration unchanged.");
        return ExitCode::SUCCESS;
    }
    let newer = newer.join(", ");
    eprintln!(
        "heartbeat: changed since the daemon started: {newer}. Files are read at a start only: restart it \
         (systemctl restart systoled), the node that serves nothing first"
    );
    ExitCode::from(1)
}

fn defaults(wiki: bool) -> String {
    if wiki {
        let rows = DEFAULTS.iter().map(|(name, value, meaning)| format!("||{name}||{value}||{meaning}||\n"));
        return format!("||'''Directive'''||'''Default'''||'''Description'''||\n{}", rows.collect::<String>());
    }
    let mut text = format!("{:<24} {:<9} Description\n{}\n", "Directive", "Default", "-".repeat(80));
    for (name, value, meaning) in DEFAULTS {
        text.push_str(&format!("{name:<24} {value:<9} {meaning}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn act(line: &str) -> Result<Act, String> {
        read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).map(|(act, _)| act)
    }

    #[test]
    fn options_of_old() {
        for (line, wanted) in [
            ("", Act::Start { foreground: false }),
            ("-d -d", Act::Start { foreground: false }),
            ("-fl", Act::Start { foreground: true }),
            ("-s", Act::Status),
            ("-k", Act::Stop),
            ("-r", Act::Reload),
            ("-D", Act::Defaults { wiki: false }),
            ("-W", Act::Defaults { wiki: true }),
            ("-V", Act::Version),
        ] {
            assert_eq!(act(line), Ok(wanted), "{line}");
        }
        for line in ["-z", "start", "-k -s", "-M", "-R", "-C all", "--help", "-"] {
            assert!(act(line).is_err(), "{line}");
        }
        assert_eq!(read(&["-d".to_owned()]).unwrap().1.len(), 1);
    }

    #[test]
    fn the_table_names_every_default() {
        let (plain, wiki) = (defaults(false), defaults(true));
        assert!(plain.contains("keepalive                1000ms    "), "{plain}");
        assert!(wiki.contains("||deadtime||30000ms||"), "{wiki}");
    }
}

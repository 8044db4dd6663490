//! `cl_status`: Heartbeat's questions about nodes, links and resources, its words and its exit statuses.
//! Not here: the answers (answers), parameters of ha.cf (parameter), the connection (compat).

mod answers;
mod held;
mod parameter;
#[cfg(test)]
mod tests;

use super::{NoStatus, log_line};
use std::io::Write;
use std::process::ExitCode;
use systole_core::Status;

/// A negative answer, or no daemon.
const NO: u8 = 1;
/// A sub-command or parameter that is not one.
const BAD_PARAMETER: u8 = 11;
/// No answer in time.
const TIMEOUT: u8 = 12;
/// Anything else.
const OTHER: u8 = 13;

const USAGE: &str = "\
Usage: cl_status <sub-command> [<options>] [<parameters>]

Sub-commands:
  hbstatus [-v]                           does it run here; -v: also `listnodes -v`
  listnodes [-n] [-p] [-v]                nodes; -n only normal ones, -p only ping nodes, -v with state and links
  nodestatus <node>                       init, up, active, dead or ping
  nodetype <node>                         normal or ping
  nodeweight <node>, nodesite <node>      what Heartbeat says of a node without either
  listhblinks <node> [-v]                 links to a node; -v with their state
  hblinkstatus <node> <link>              up or dead
  clientstatus <node> <client> [<ms>]     online or offline
  rscstatus                               none, local, foreign, all or transition: what really runs here
  hbparameter -p <name>                   a value of ha.cf
Option of all: -m, a sentence instead of a word.
Exit status: 0 yes, 1 no or not running, 11 wrong parameter, 12 no answer within 5 s, 13 other errors.
";

/// What a question comes to: exit status, standard output, and error lines as they are or as a log would have them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    code: u8,
    out: String,
    plain_error: String,
    error: String,
}

impl Said {
    fn out(code: u8, out: impl Into<String>) -> Said {
        Said { code, out: out.into(), ..Said::default() }
    }

    /// A bare sentence on standard error.
    fn plain(code: u8, text: &str) -> Said {
        Said { code, plain_error: format!("{text}\n"), ..Said::default() }
    }

    /// Lines of a log on standard error.
    fn error(code: u8, text: impl Into<String>) -> Said {
        Said { code, error: text.into(), ..Said::default() }
    }
}

/// The sub-commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sub {
    HbStatus,
    ListNodes,
    NodeStatus,
    NodeType,
    NodeWeight,
    NodeSite,
    ListHbLinks,
    HbLinkStatus,
    ClientStatus,
    RscStatus,
    HbParameter,
}

impl Sub {
    fn of(word: &str) -> Option<Sub> {
        Some(match word {
            "hbstatus" => Sub::HbStatus,
            "listnodes" => Sub::ListNodes,
            "nodestatus" => Sub::NodeStatus,
            "nodetype" => Sub::NodeType,
            "nodeweight" => Sub::NodeWeight,
            "nodesite" => Sub::NodeSite,
            "listhblinks" => Sub::ListHbLinks,
            "hblinkstatus" => Sub::HbLinkStatus,
            "clientstatus" => Sub::ClientStatus,
            "rscstatus" => Sub::RscStatus,
            "hbparameter" => Sub::HbParameter,
            _ => return None,
        })
    }
}

/// Options and parameters; options may stand anywhere.
#[derive(Debug, Default, PartialEq, Eq)]
struct Words {
    sentence: bool,
    verbose: bool,
    normal: bool,
    ping: bool,
    parameter: Option<String>,
    rest: Vec<String>,
}

impl Words {
    /// # Errors
    /// The option that is none.
    fn read(sub: Sub, words: &[String]) -> Result<Words, String> {
        let mut found = Words::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                found.rest.push(word.clone());
                continue;
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    'm' => found.sentence = true,
                    'v' => found.verbose = true,
                    'n' => found.normal = true,
                    'p' if sub != Sub::HbParameter => found.ping = true,
                    'p' => {
                        let glued = letters.by_ref().collect::<String>();
                        found.parameter = if glued.is_empty() { words.next().cloned() } else { Some(glued) };
                    }
                    '-' if found.rest.is_empty() && letters.as_str().is_empty() => {}
                    other => return Err(format!("-{other} is no option")),
                }
            }
        }
        Ok(found)
    }
}

/// Called as `cl_status`.
pub fn main() -> ExitCode {
    let words = super::arguments();
    let said = said(&words, || super::status(&super::paths()), || parameter::file(&super::paths()));
    // A closed pipe (`| head`) takes nothing from the exit status.
    let _ = std::io::stdout().lock().write_all(said.out.as_bytes());
    let _ = std::io::stderr().lock().write_all(said.plain_error.as_bytes());
    log_line::error("cl_status", &said.error);
    ExitCode::from(said.code)
}

/// The answer to a command line; `ask` is called at most once, `ha_cf` gives the text of that file.
fn said(
    words: &[String],
    ask: impl FnOnce() -> Result<Status, NoStatus>,
    ha_cf: impl FnOnce() -> Result<String, String>,
) -> Said {
    let Some((first, rest)) = words.split_first() else { return Said::out(0, USAGE) };
    if matches!(first.as_str(), "-h" | "--help" | "-?") {
        return Said::out(0, USAGE);
    }
    let Some(sub) = Sub::of(first) else {
        return Said::error(BAD_PARAMETER, format!("{first}: invalid sub-command."));
    };
    // The daemon first, then the words: with nobody there Heartbeat, too, says that and no more.
    let status = match ask() {
        Ok(status) => status,
        Err(why) => return without(sub, &why),
    };
    match Words::read(sub, rest) {
        Ok(words) if sub == Sub::HbParameter => parameter::said(&words, ha_cf),
        Ok(words) => answers::said(sub, &words, &status),
        Err(text) => Said::error(BAD_PARAMETER, format!("{first}: {text}")),
    }
}

/// No daemon answers.
fn without(sub: Sub, why: &NoStatus) -> Said {
    let reason = format!("REASON: {why}");
    match why {
        NoStatus::Stopped(_) if sub == Sub::HbStatus => Said::out(NO, "Heartbeat is stopped on this machine.\n"),
        NoStatus::Stopped(_) => Said::error(NO, format!("Cannot signon with heartbeat\n{reason}")),
        NoStatus::Late => Said::error(TIMEOUT, format!("Cannot signon with heartbeat\n{reason}")),
        NoStatus::Forbidden(_) if sub == Sub::HbStatus => {
            let out = "Heartbeat is apparently running on this machine, but refuses my connection\n";
            Said { out: out.into(), ..Said::error(OTHER, reason) }
        }
        NoStatus::Forbidden(_) | NoStatus::Other(_) => {
            Said::error(OTHER, format!("Cannot signon with heartbeat\n{reason}"))
        }
    }
}

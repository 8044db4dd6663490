//! `systole diff`: the lines of the configuration that differ between this node and the others, as their daemons run by them.
//! Not here: asking the other nodes (hands, comparing.rs), which lines those are (systole-config, common.rs).

use super::client;
use super::exit;
use crate::hands::comparing::{Compared, Told};
use crate::hands::control::{Reply, Told as Answered};
use crate::hands::log::clean;
use crate::paths::Paths;
use clap::Args;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;
use systole_core::Answer;

/// A large configuration comes in many parts.
const WITHIN: Duration = Duration::from_secs(60);

/// What `diff` takes.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
}

/// `systole diff`
pub fn run(arguments: &DiffArgs, paths: &Paths) -> ExitCode {
    let compared = match client::compare(paths, WITHIN) {
        Ok(Answered { compared: Some(compared), .. }) => compared,
        Ok(Answered { reply: Reply { answer: Answer::Refused { why }, .. }, .. }) => {
            eprintln!("systole: refused: {}", clean(&why, 1000));
            return ExitCode::from(exit::UNKNOWN);
        }
        Ok(_) => {
            eprintln!("systole: the daemon answered another question");
            return ExitCode::from(exit::UNKNOWN);
        }
        Err(error) => {
            eprintln!("systole: {error}");
            let none = matches!(error, client::ClientError::NoDaemon { .. });
            return ExitCode::from(if none { exit::NO_DAEMON } else { exit::UNKNOWN });
        }
    };
    let nodes = differences(&compared);
    let text = if arguments.json { json(&compared, &nodes) } else { page(&compared, &nodes) };
    // A closed pipe (`| head`) takes nothing from the exit status.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::from(code(&nodes))
}

/// One other node beside this one.
#[derive(Debug, PartialEq, Eq)]
struct Node<'a> {
    name: &'a str,
    /// Lines of this node alone, and of that one alone; or why they are not known.
    lines: Result<(Vec<&'a str>, Vec<&'a str>), &'a str>,
}

fn differences(compared: &Compared) -> Vec<Node<'_>> {
    let own = match compared.nodes.get(&compared.me) {
        Some(Told::Lines(lines)) => lines.as_slice(),
        _ => &[],
    };
    let others = compared.nodes.iter().filter(|(node, _)| **node != compared.me);
    others
        .map(|(name, told)| Node {
            name: name.as_str(),
            lines: match told {
                Told::Lines(lines) => Ok((only(own, lines), only(lines, own))),
                Told::Unknown { why } => Err(why.as_str()),
            },
        })
        .collect()
}

/// Those of `these` that are not among `those`, in their order.
fn only<'a>(these: &'a [String], those: &[String]) -> Vec<&'a str> {
    these.iter().filter(|line| !those.contains(line)).map(String::as_str).collect()
}

fn code(nodes: &[Node<'_>]) -> u8 {
    let of = |node: &Node<'_>| match &node.lines {
        Ok((ours, theirs)) if ours.is_empty() && theirs.is_empty() => 0,
        Ok(_) => exit::DIFFERENT,
        Err(_) => exit::UNKNOWN,
    };
    nodes.iter().map(of).max().unwrap_or(0)
}

fn page(compared: &Compared, nodes: &[Node<'_>]) -> String {
    let (me, mut text) = (&compared.me, String::new());
    for Node { name, lines } in nodes {
        let _ = match lines {
            Err(why) => writeln!(text, "{name}: not known: {}", clean(why, 1000)),
            Ok((ours, theirs)) if ours.is_empty() && theirs.is_empty() => {
                writeln!(text, "{name}: the same as on {me}")
            }
            Ok((ours, theirs)) => {
                let _ = writeln!(text, "{name}: differs from {me} (-: only on {me}, +: only on {name})");
                let sides = ours.iter().map(|line| ('-', line)).chain(theirs.iter().map(|line| ('+', line)));
                for (sign, line) in sides {
                    let _ = writeln!(text, "  {sign} {}", clean(line, 4000));
                }
                writeln!(text, "  Make the files the same, then restart the node whose files were changed.")
            }
        };
    }
    text
}

fn json(compared: &Compared, nodes: &[Node<'_>]) -> String {
    let node = |node: &Node<'_>| match &node.lines {
        Ok((ours, theirs)) => serde_json::json!({ "node": node.name, "only_here": ours, "only_there": theirs }),
        Err(why) => serde_json::json!({ "node": node.name, "unknown": why }),
    };
    let nodes: Vec<_> = nodes.iter().map(node).collect();
    format!("{}\n", serde_json::json!({ "node": compared.me, "nodes": nodes }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeMap;
    use systole_core::NodeName;

    fn compared(beta: Told) -> Compared {
        let name = |name: &str| NodeName::new(name).unwrap();
        let own = ["ha.cf: deadtime 10", "haresources: 1: alpha a"].map(str::to_owned).to_vec();
        let nodes = BTreeMap::from([(name("alpha"), Told::Lines(own)), (name("beta"), beta)]);
        Compared { me: name("alpha"), nodes }
    }

    #[test]
    fn only_what_differs_is_shown_and_not_knowing_is_no_agreement() {
        let lines = |lines: &[&str]| Told::Lines(lines.iter().map(|line| (*line).to_owned()).collect());
        let same = compared(lines(&["ha.cf: deadtime 10", "haresources: 1: alpha a"]));
        assert_eq!(
            (code(&differences(&same)), page(&same, &differences(&same)).as_str()),
            (0, "beta: the same as on alpha\n")
        );
        let other = compared(lines(&["ha.cf: deadtime 15", "haresources: 1: alpha a", "ha.cf: ping \u{1b}[2J"]));
        let (found, text) = (differences(&other), page(&other, &differences(&other)));
        assert_eq!(code(&found), 1);
        assert!(text.contains("\n  - ha.cf: deadtime 10\n  + ha.cf: deadtime 15\n  + ha.cf: ping "), "{text}");
        assert!(!text.contains("haresources") && !text.contains('\u{1b}'), "{text}");
        let value: serde_json::Value = serde_json::from_str(&json(&other, &found)).unwrap();
        assert_eq!(value["nodes"][0]["only_here"], serde_json::json!(["ha.cf: deadtime 10"]));
        let silent = compared(Told::Unknown { why: "beta does not answer".into() });
        assert_eq!(code(&differences(&silent)), 2);
        assert!(page(&silent, &differences(&silent)).contains("not known: beta does not answer"));
    }
}

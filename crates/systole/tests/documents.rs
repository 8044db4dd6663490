//! README and guide do not rot: their commands are commands of this program, their files pass the check.
//! Not here: links between documents and make targets (cargo xtask tidy), whether prose is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const DOCUMENTS: [&str; 4] =
    ["README.md", "docs/guide/real-machines.md", "docs/guide/tutoriel.fr.md", "docs/migrating-from-heartbeat.md"];
const FILES: [&str; 3] = ["ha.cf", "haresources", "authkeys"];
/// What other programs of the guide are called with is none of our business; these are ours.
const OURS: [&str; 2] = ["systole", "systoled"];

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The fenced blocks that are marked with this word.
fn blocks(text: &str, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in text.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.trim() == word, String::new())),
            (Some((wanted, block)), Some(_)) => {
                if *wanted {
                    found.push(std::mem::take(block));
                }
                open = None;
            }
            (Some((_, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    found
}

/// The lines of shell blocks that call this program, as words.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = blocks(text, "sh").concat();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let ours = |words: &Vec<String>| words.first().is_some_and(|first| OURS.contains(&first.as_str()));
    lines.lines().map(words).filter(ours).collect()
}

fn systole(arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_systole")).args(arguments).output().unwrap()
}

/// Runs the line for real, but where it can do no harm: in directories that are empty or not there, without a daemon.
/// A line that the parser refuses is known by the sentence that ends every such refusal.
fn parses(words: &[String]) -> Result<(), String> {
    let empty = tempfile::tempdir().unwrap();
    let directory = |name: &str| empty.path().join(name).to_str().unwrap().to_owned();
    let mut arguments: Vec<String> = Vec::new();
    if words[0] == "systoled" {
        arguments.push("daemon".to_owned());
    }
    let mut given = words[1..].iter();
    while let Some(word) = given.next() {
        // Whatever directory the document names is another one here.
        if ["--config-dir", "--state-dir", "--run-dir"].contains(&word.as_str()) {
            given.next().ok_or("a directory is missing")?;
        } else {
            arguments.push(word.clone());
        }
    }
    for option in ["--config-dir", "--state-dir", "--run-dir"] {
        arguments.extend([option.to_owned(), directory(&option[2..])]);
    }
    // The demo takes a minute and has tests of its own; its options are judged all the same.
    if arguments[0] == "demo" {
        arguments.push("--help".to_owned());
    }
    let output = systole(&arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code().is_some() && !said.contains("For more information, try '--help'") {
        Ok(())
    } else {
        Err(said)
    }
}

#[test]
fn every_command_of_the_documents_is_understood() {
    for name in DOCUMENTS {
        let found = commands(&document(name));
        assert!(found.len() >= 3, "{name} shows hardly any command: {found:?}");
        for words in found {
            parses(&words).unwrap_or_else(|said| panic!("{name}: `{}` is refused:\n{said}", words.join(" ")));
        }
    }
}

#[test]
fn a_wrong_command_would_be_noticed() {
    for line in ["systole staus", "systole standby everything", "systole check --repair", "systole move web"] {
        let text = format!("```sh\n{line}\n```\n");
        let found = commands(&text);
        assert_eq!(found.len(), 1, "{line}");
        assert!(parses(&found[0]).is_err(), "{line}");
    }
}

#[test]
fn the_three_files_of_each_document_pass_the_check() {
    for name in DOCUMENTS {
        let text = document(name);
        let directory = tempfile::tempdir().unwrap();
        for file in FILES {
            let found = blocks(&text, file);
            assert_eq!(found.len(), 1, "{name} shows {file} once");
            let path = directory.path().join(file);
            fs::write(&path, &found[0]).unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        }
        let (code, said) = check_on_the_master(directory.path());
        assert!(matches!(code, Some(0 | 1)), "{name}: systole check ends with {code:?}:\n{said}");
        assert!(said.contains("nico.test.local") && said.contains("The node can start"), "{name}:\n{said}");
    }
}

/// The check on a machine that is called as the documents say, in a host name namespace of its own.
fn check_on_the_master(directory: &Path) -> (Option<i32>, String) {
    let script = "hostname nico.test.local && exec \"$0\" --config-dir \"$1\" check";
    let mut command = Command::new("unshare");
    command.args(["--uts", "sh", "-c", script, env!("CARGO_BIN_EXE_systole")]).arg(directory);
    let output = command.output().expect("unshare (util-linux) and root are needed");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

//! Documentation that points somewhere must point at something: files, make targets, chores.
//! Not here: whether prose is true, or links to other sites answer.

#[cfg(test)]
mod tests;

use crate::tidy::finding::Finding;
use crate::tidy::tree::{File, Tree};

const WHY: &str = "a newcomer follows it, once";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let targets = make_targets(tree);
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        let mut fenced = false;
        for (index, line) in file.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
                continue;
            }
            if !fenced {
                let missing = links(line).into_iter().filter(|link| !leads_somewhere(tree, file, link));
                findings.extend(missing.map(|link| {
                    finding(file, index, format!("the link to {link} leads nowhere"), "mend the path or write the page")
                }));
            }
            if let Some(target) = command(line, fenced, "make ").filter(|target| !targets.contains(target)) {
                let what = format!("there is no make target {target}");
                findings.push(finding(file, index, what, "name one that the Makefile has"));
            }
        }
    }
    findings
}

fn finding(file: &File, index: usize, what: String, mend: &str) -> Finding {
    Finding { path: file.path.clone(), line: index + 1, what, why: WHY, mend: mend.to_owned() }
}

/// The targets of `[text](target)`.
fn links(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

fn leads_somewhere(tree: &Tree, file: &File, link: &str) -> bool {
    let path = link.split('#').next().unwrap_or_default();
    if path.is_empty() || link.contains("://") || link.starts_with("mailto:") {
        return true;
    }
    let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    let target = parts.join("/");
    tree.has(&target) || tree.files.iter().any(|file| file.path.starts_with(&format!("{target}/")))
}

/// The word behind a command at the start of a fenced line or of a span of code.
fn command<'a>(line: &'a str, fenced: bool, name: &str) -> Option<&'a str> {
    let behind = if fenced {
        line.trim_start().trim_start_matches("$ ").strip_prefix(name)
    } else {
        line.split('`').skip(1).step_by(2).find_map(|span| span.strip_prefix(name))
    };
    behind?.split(|c: char| !c.is_alphanumeric() && c != '-').next().filter(|word| !word.is_empty())
}

fn make_targets(tree: &Tree) -> Vec<&str> {
    let makefile = tree.files.iter().find(|file| file.path == "Makefile");
    let lines = makefile.map(|file| file.text.lines()).into_iter().flatten();
    lines
        .filter(|line| !line.starts_with(['\t', '#', '.', ' ']))
        .filter_map(|line| line.split_once(':').map(|(targets, _)| targets))
        .flat_map(str::split_whitespace)
        .collect()
}

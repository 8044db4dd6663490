//! `systole check`: what is wrong in the three files, what is understood of them, and `--fix`.
//! Not here: the rules (systole-config).

mod render;
mod summary;
mod write;

pub use render::render;

use crate::ctl::rehearse::level;
use crate::ctl::surroundings;
use crate::paths::Paths;
use annotate_snippets::Renderer;
use clap::{Args, ValueEnum};
use render::rendered;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use systole_config::{FileKind, Fixed, Reading, Severity, Sources, Surroundings, fix, printable, read};

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Write corrected files: comments and order stay, the old ones are kept as NAME.before-fix
    #[arg(long)]
    fix: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences with the lines they are about
    Human,
    /// One JSON object a line: the findings, then a summary
    Json,
}

/// Exit status: 0 fine, 1 warnings, 2 errors.
pub fn run(arguments: &CheckArgs, paths: &Paths) -> ExitCode {
    let (sources, around) = surroundings::gather(paths);
    let mut outcome = Outcome { reading: read(&sources, &around), mended: None, failed: None };
    if arguments.fix {
        let fixed = fix(&sources, &around);
        match write::all(&fixed) {
            Ok(done) => {
                // What counts is what now lies on the disk.
                let (sources, around) = surroundings::gather(paths);
                outcome.reading = read(&sources, &around);
                outcome.mended = Some((done, fixed.assumptions));
            }
            Err(why) => outcome.failed = Some(why),
        }
    }
    let text = match arguments.format {
        Format::Human => outcome.human(&sources, &around, &renderer()),
        Format::Json => outcome.json(),
    };
    // A closed pipe (`| head`) is no reason to complain.
    drop(std::io::stdout().write_all(text.as_bytes()));
    if outcome.failed.is_some() || outcome.reading.count(Severity::Error) > 0 {
        ExitCode::from(2)
    } else {
        ExitCode::from(u8::from(outcome.reading.count(Severity::Warning) > 0))
    }
}

struct Outcome {
    reading: Reading,
    /// What `--fix` did, and what it took for granted.
    mended: Option<(Vec<String>, Vec<String>)>,
    /// Why `--fix` could not write.
    failed: Option<String>,
}

impl Outcome {
    fn human(&self, sources: &Sources, around: &Surroundings, renderer: &Renderer) -> String {
        let mut text = String::new();
        if let Some((done, assumptions)) = &self.mended {
            if done.is_empty() {
                text.push_str("fix: nothing to write\n");
            }
            done.iter().for_each(|line| text.push_str(&format!("fix: {line}\n")));
            assumptions.iter().for_each(|line| text.push_str(&format!("assumed: {line}\n")));
            text.push('\n');
        }
        for diagnostic in &self.reading.diagnostics {
            text.push_str(&rendered(diagnostic, renderer));
            text.push_str("\n\n");
        }
        if let Some(configuration) = &self.reading.configuration {
            text.push_str(&summary::human(
                configuration,
                &self.reading,
                around.nodeinfo.as_ref().unwrap_or(&around.uname),
            ));
            text.push_str(&level::for_people(configuration));
        } else if self.mended.is_none() {
            text.push_str(&preview(sources, &fix(sources, around)));
        }
        if let Some(why) = &self.failed {
            text.push_str(&format!("error: the files were not mended: {why}\n"));
        }
        text.push_str(&self.count());
        text
    }

    fn count(&self) -> String {
        let number = |severity, word: &str| match self.reading.count(severity) {
            1 => format!("1 {word}"),
            n => format!("{n} {word}s"),
        };
        let (errors, warnings) = (number(Severity::Error, "error"), number(Severity::Warning, "warning"));
        let verdict = if self.reading.configuration.is_some() { "The node can start" } else { "The node cannot start" };
        format!("{verdict}: {errors}, {warnings}, {}.\n", number(Severity::Note, "note"))
    }

    fn json(&self) -> String {
        let mut text = String::new();
        for diagnostic in &self.reading.diagnostics {
            text.push_str(&json!(diagnostic).to_string());
            text.push('\n');
        }
        let (done, assumptions) = self.mended.clone().unwrap_or_default();
        let summary = json!({"summary": {
            "errors": self.reading.count(Severity::Error),
            "warnings": self.reading.count(Severity::Warning),
            "notes": self.reading.count(Severity::Note),
            "fixed": done,
            "assumed": assumptions,
            "fix_failed": self.failed,
            "configuration": self.reading.configuration,
            "level": self.reading.configuration.as_ref().and_then(level::for_programs),
        }});
        text.push_str(&format!("{summary}\n"));
        text
    }
}

/// What `--fix` would write; nothing when it could mend nothing.
fn preview(sources: &Sources, fixed: &Fixed) -> String {
    if fixed.files.is_empty() && fixed.chmod.is_empty() {
        return String::new();
    }
    let mut text = String::from("`systole check --fix` would write:\n");
    for file in &fixed.files {
        // Lines of authkeys are never shown.
        if file.kind == FileKind::Authkeys {
            text.push_str(&format!("  {}: mended\n", file.path.display()));
            continue;
        }
        let before = match file.kind {
            FileKind::HaCf => sources.ha_cf.as_ref(),
            _ => sources.haresources.as_ref(),
        };
        let before: Vec<&[u8]> = before.map(|f| f.text.split(|b| *b == b'\n').collect()).unwrap_or_default();
        for (index, line) in file.text.split(|b| *b == b'\n').enumerate().filter(|(_, line)| !before.contains(line)) {
            text.push_str(&format!("  {}:{}: {}\n", file.path.display(), index + 1, printable(line)));
        }
    }
    for (path, mode) in &fixed.chmod {
        text.push_str(&format!("  {}: mode {mode:04o}\n", path.display()));
    }
    text.push('\n');
    text
}

fn renderer() -> Renderer {
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if colours { Renderer::styled() } else { Renderer::plain() }
}

#[cfg(test)]
mod tests;

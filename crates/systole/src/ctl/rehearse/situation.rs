//! `systole plan`: one situation on the files of this cluster, moment by moment; or what other files would change.
//! Not here: all situations at once (rehearse).

use super::{Format, fail, jobs, json, plan, progress, show, stage, table};
use crate::hands::log::clean;
use crate::paths::Paths;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use systole_sim::rehearse::{Level, Row, Stage, Stands, sentence, span};

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What happens: `power-cut NODE`, `unplug NODE eth0 and after 5 kill-heart NODE`, `standby NODE`; nothing lists all
    words: Vec<String>,
    /// Another directory of files: what would change if these took the place of ours
    #[arg(long, value_name = "DIR", conflicts_with = "words")]
    against: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// `systole plan`
pub fn run(arguments: &PlanArgs, paths: &Paths) -> ExitCode {
    let stage = match stage(paths) {
        Ok(stage) => stage,
        Err(why) => return fail("plan", &why),
    };
    let text = match (&arguments.against, arguments.words.as_slice()) {
        (Some(directory), _) => change(&stage, directory, paths, arguments.format),
        (None, []) => Ok(list(&stage, arguments.format)),
        (None, words) => situation(&stage, &words.join(" "), arguments.format),
    };
    match text {
        Ok(text) => show(&text),
        Err(why) => fail("plan", &why),
    }
}

/// All that can be asked for.
fn list(stage: &Stage, format: Format) -> String {
    let all = stage.catalogue();
    if format == Format::Json {
        let all = all.iter().map(|i| json!({"fault": i.name, "what": i.what}));
        return format!("{}\n", Value::from(all.collect::<Vec<_>>()));
    }
    let width = all.iter().map(|incident| incident.name.chars().count()).max().unwrap_or(0);
    let mut text = String::from("What can happen here; join several with `and`, or `and after SECONDS`:\n");
    for incident in &all {
        let _ = writeln!(text, "  {:<width$}  {}", clean(&incident.name, 200), clean(&incident.what, 400));
    }
    text
}

fn situation(stage: &Stage, words: &str, format: Format) -> Result<String, String> {
    let (name, acts) =
        stage.read(words).map_err(|why| format!("{}; `systole plan` lists what can happen\n", clean(&why, 400)))?;
    let row = stage.situation(name, acts);
    let timeline = stage.timeline(&row.incident.acts);
    if format == Format::Json {
        let lines = timeline.iter().map(|(at, who, what)| json!({"seconds": at, "who": who, "what": what}));
        let lines: Vec<Value> = lines.collect();
        return Ok(format!("{}\n", json!({"situation": json::fault(stage.plan(), &row), "timeline": lines})));
    }
    let mut text = format!("{}\n\n", clean(&row.incident.name, 400));
    let width = timeline.iter().map(|(_, who, _)| who.chars().count()).max().unwrap_or(0);
    for (at, who, what) in &timeline {
        let _ = writeln!(text, "{at:>7.1} s  {who:<width$}  {}", clean(what, 400));
    }
    text.push('\n');
    for (group, settings) in stage.plan().groups().iter().enumerate() {
        let Some(course) = row.worst(group) else { continue };
        let two = row.of_group(group).map(|course| course.doubled_ms).max().unwrap_or(0);
        let held = matches!(course.lasting, Stands::Doubled(_));
        let two = if held { "until mended".to_owned() } else { span(two) };
        let story = clean(&sentence(stage.plan(), course), 400);
        let _ = writeln!(text, "{}: {story}", clean(&settings.key, 200));
        let _ = writeln!(text, "  outage {}, two holders {two}", table::outage(&row, group));
    }
    Ok(text)
}

/// What becomes different with the files of another directory.
fn change(now: &Stage, directory: &std::path::Path, paths: &Paths, format: Format) -> Result<String, String> {
    let theirs = Paths { config_dir: Some(directory.to_owned()), ..paths.clone() };
    let then = Stage::set(plan(&theirs)?).map_err(|why| format!("{}: {why}\n", directory.display()))?;
    let rehearsed = |stage: &Stage| stage.singles(stage.catalogue(), jobs(), progress("single faults"));
    let (rows_now, rows_then) = (rehearsed(now), rehearsed(&then));
    let levels = (Level::of(now.plan(), &rows_now), Level::of(then.plan(), &rows_then));
    let groups = moves(now, &then);
    let faults = differences((now, &rows_now), (&then, &rows_then));
    if format == Format::Json {
        let level = |level: &Level| json::level(level, None);
        let faults: Vec<Value> =
            faults.iter().map(|(fault, was, will)| json!({"fault": fault, "was": was, "will_be": will})).collect();
        let levels = json!({"was": level(&levels.0), "will_be": level(&levels.1)});
        return Ok(format!("{}\n", json!({"groups": groups, "faults": faults, "level": levels})));
    }
    let mut text = String::from("Groups\n");
    groups.iter().for_each(|line| text.push_str(&format!("  {}\n", clean(line, 400))));
    text.push_str("\nFaults that come out differently\n");
    for (fault, was, will) in &faults {
        let _ = writeln!(
            text,
            "  {}\n    was:     {}\n    will be: {}",
            clean(fault, 200),
            clean(was, 400),
            clean(will, 400)
        );
    }
    if faults.is_empty() {
        text.push_str("  none\n");
    }
    let level = |level: &Level| format!("{} ({}; {})", level.number, level.means, clean(&level.because, 1000));
    let _ = writeln!(text, "\nProtection level\n  was:     {}\n  will be: {}", level(&levels.0), level(&levels.1));
    Ok(text)
}

/// Where every group is now and would be then.
fn moves(now: &Stage, then: &Stage) -> Vec<String> {
    let owner = |stage: &Stage, key: &str| {
        let group = stage.plan().groups().iter().position(|group| group.key == key)?;
        match stage.owner(group) {
            Stands::On(node) => Some(stage.plan().name(node).to_string()),
            Stands::Nowhere | Stands::Doubled(_) => None,
        }
    };
    let keys = |stage: &Stage| stage.plan().groups().iter().map(|group| group.key.clone()).collect::<Vec<_>>();
    let (old, new) = (keys(now), keys(then));
    let added = new.iter().filter(|key| !old.contains(key));
    let line = |key: &String| match (owner(now, key), owner(then, key)) {
        (Some(was), Some(will)) if was == will => format!("{key} stays on {was}"),
        (Some(was), Some(will)) => format!("{key} moves from {was} to {will}"),
        (Some(was), None) => format!("{key} is stopped on {was}"),
        (None, Some(will)) => format!("{key} is started on {will}"),
        (None, None) => format!("{key} runs nowhere"),
    };
    old.iter().chain(added).map(line).collect()
}

/// Faults of both whose courses differ, and faults that only one has, with what happens.
fn differences(now: (&Stage, &[Row]), then: (&Stage, &[Row])) -> Vec<(String, String, String)> {
    let told = |(stage, rows): (&Stage, &[Row]), name: &str| {
        let row = rows.iter().find(|row| row.incident.name == name)?;
        let groups = (0..stage.plan().groups().len()).filter_map(|group| {
            let course = row.worst(group)?;
            let two = span(row.of_group(group).map(|course| course.doubled_ms).max().unwrap_or(0));
            let key = &stage.plan().groups()[group].key;
            Some(format!(
                "{key}: {}, outage {}, two holders {two}",
                sentence(stage.plan(), course),
                table::outage(row, group)
            ))
        });
        Some(groups.collect::<Vec<_>>().join("; "))
    };
    let alike = |name: &str| {
        let rows = [now.1, then.1].map(|rows| rows.iter().find(|row| row.incident.name == name));
        let [Some(one), Some(other)] = rows else { return false };
        let key = |(stage, row): (&Stage, &Row)| {
            let story = |group| row.worst(group).map(|course| sentence(stage.plan(), course));
            (0..stage.plan().groups().len()).map(story).collect::<Vec<_>>()
        };
        // Chance moves figures a little; what is told is a difference that a person would feel.
        let close = |a: u64, b: u64| a.abs_diff(b) <= 1000 + a.max(b) / 4;
        let outage = |row: &Row| (0..now.0.plan().groups().len()).map(|g| row.outage_ms(g).1).max().unwrap_or(0);
        key((now.0, one)) == key((then.0, other))
            && close(one.doubled_ms(), other.doubled_ms())
            && close(outage(one), outage(other))
    };
    let names = now.1.iter().chain(then.1).map(|row| row.incident.name.as_str());
    let mut found: Vec<(String, String, String)> = Vec::new();
    for name in names.filter(|name| !alike(name)) {
        if found.iter().all(|(known, ..)| known != name) {
            let none = || "cannot happen".to_owned();
            let (was, will) = (told(now, name).unwrap_or_else(none), told(then, name).unwrap_or_else(none));
            found.push((name.to_owned(), was, will));
        }
    }
    found
}

/// What the command prints, for tests.
#[cfg(test)]
pub(super) mod tests_only {
    use super::*;

    pub fn situation(paths: &Paths, words: &str) -> Result<String, String> {
        super::situation(&stage(paths)?, words, Format::Human)
    }

    pub fn change(paths: &Paths, directory: &std::path::Path) -> Result<String, String> {
        super::change(&stage(paths)?, directory, paths, Format::Human)
    }
}

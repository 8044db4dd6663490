//! The report: bars with ours beside them, a table for each profile, and plots. Nothing in it is written by hand.
//! Not here: the drawing itself; that is plot.rs.

use super::FailoverOptions;
use super::bars::{BARS, Bar, median, values};
use super::plot;
use super::results::{Record, Results};
use super::scenario::{self, Scenario};
use super::setup::{Peer, Profile};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::path::Path;

pub const BEGIN: &str = "<!-- bench-failover:begin -->";
pub const END: &str = "<!-- bench-failover:end -->";

/// Puts the report between the markers of the document, and the plots and raw results beside it. A document that does
/// not exist becomes one of nothing but the report.
///
/// # Errors
/// A file cannot be read or written, or the document has no markers.
pub fn write(options: &FailoverOptions, results: &Results) -> Result<()> {
    let document = &options.document;
    let old = match std::fs::read_to_string(document) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!("{BEGIN}\n{END}\n"),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", document.display())),
    };
    let name = document.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let directory = document.with_file_name(&name);
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let mut text = tables(results);
    for (file, title, drawing) in plot::all(results) {
        put(&directory.join(&file), &drawing)?;
        let _ = write!(text, "\n![{title}]({name}/{file})\n");
    }
    let _ = write!(text, "\nEvery run, one JSON object a line: [failover.jsonl]({name}/failover.jsonl).\n");
    let raw = directory.join("failover.jsonl");
    std::fs::copy(&options.results, &raw).with_context(|| format!("cannot write {}", raw.display()))?;
    let new = between(&old, &text).with_context(|| document.display().to_string())?;
    put(document, &new)
}

fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// `old` with `text` between its markers.
fn between(old: &str, text: &str) -> Result<String> {
    let parts = old.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let Some((head, tail)) = parts else { bail!("the lines {BEGIN} and {END} are missing") };
    Ok(format!("{head}{BEGIN}\n{text}{END}{tail}"))
}

fn tables(results: &Results) -> String {
    let mut text = preface(results);
    text.push_str("\n### Bars\n\n| what | bar | Systole | verdict |");
    let others = [Peer::Heartbeat, Peer::Keepalived, Peer::Pacemaker];
    let _ = write!(text, "{}\n|{}\n", others.map(|peer| format!(" {} |", peer.title())).concat(), " --- |".repeat(7));
    for bar in BARS {
        let (found, verdict) = judge(bar, results);
        let beside = others.map(|peer| format!(" {}", other(bar, peer, results))).join(" |");
        let kind = if bar.each { "each run" } else { "median" };
        let _ = writeln!(
            text,
            "| {} | {kind} at most {} {} | {found} | {verdict} |{} |",
            bar.what, bar.limit, bar.unit, beside
        );
    }
    text.push_str(
        "\nThe bars from verdict to page and from verdict to announcement are in the table of `make bench`.\n",
    );
    for profile in Profile::ALL.into_iter().filter(|profile| results.records.iter().any(|r| r.case.profile == *profile))
    {
        let _ = write!(text, "\n### Profile {}\n\n", profile.word());
        text.push_str(&table(profile, results));
    }
    text.push_str(&failures(results));
    text
}

fn preface(results: &Results) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut versions: Vec<&str> = results.records.iter().map(|record| record.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let debug = versions.iter().any(|version| version.contains("debug build"));
    let warning = if debug { "**Made with a debug build: not to be published.** " } else { "" };
    let mut loads: Vec<f64> = results.records.iter().map(|record| record.load).collect();
    loads.sort_by(f64::total_cmp);
    let load = median(&loads).map_or_else(String::new, |load| format!(", load average {load:.2} in the median"));
    format!(
        "{warning}Linux {}, {cores} processor cores{load}; {}. Medians, smallest and largest value in brackets, seconds where \
         nothing else is said.\n",
        kernel.trim(),
        versions.join("; ")
    )
}

fn judge(bar: &Bar, results: &Results) -> (String, String) {
    let found = values(results, bar.peer, bar.profile, bar.scenario, bar.value);
    let (Some(middle), Some(largest)) = (median(&found), found.last()) else {
        return ("-".into(), "not measured".into());
    };
    let reached = if bar.each { *largest } else { middle };
    // An outage that nobody saw the end of keeps no bar.
    let prefix = if bar.value.starts_with("back_") { "back_open" } else { "open" };
    let open = bar.unit == "s" && !values(results, bar.peer, bar.profile, bar.scenario, prefix).is_empty();
    let verdict = match (open, reached <= bar.limit) {
        (true, _) => "**MISSED**: no page came any more".to_owned(),
        (false, true) => "reached".to_owned(),
        (false, false) => format!("**MISSED** by {} {}", number(reached - bar.limit), bar.unit),
    };
    (format!("{} {} ({} runs)", spread(&found), bar.unit, found.len()), verdict)
}

/// What a product that promised nothing reached.
fn other(bar: &Bar, peer: Peer, results: &Results) -> String {
    let profile = own(peer, bar.profile);
    let found = values(results, peer, profile, bar.scenario, bar.value);
    let open = bar.value == "outage_s" && !values(results, peer, profile, bar.scenario, "open").is_empty();
    let end = if open { ", no page any more" } else { "" };
    format!("{}{end}", spread(&found))
}

/// Its profile of that name, or its default.
fn own(peer: Peer, profile: Profile) -> Profile {
    if peer.profiles().contains(&profile) { profile } else { Profile::Default }
}

/// Products without such a profile stand there with their default.
fn columns(profile: Profile) -> Vec<(Peer, Profile)> {
    Peer::ALL.into_iter().map(|peer| (peer, own(peer, profile))).collect()
}

fn table(profile: Profile, results: &Results) -> String {
    let columns = columns(profile);
    let mut text = "| what |".to_owned();
    for (peer, own) in &columns {
        let more = if *own == profile { String::new() } else { format!(" ({})", own.word()) };
        let _ = write!(text, " {}{more} |", peer.title());
    }
    let _ = write!(text, "\n| --- |{}\n", " --- |".repeat(columns.len()));
    for scenario in scenario::ALL {
        let cells: Vec<String> = columns.iter().map(|(peer, own)| cell(scenario, *peer, *own, results)).collect();
        if cells.iter().any(|cell| cell != "-") {
            let _ = writeln!(text, "| {} | {} |", scenario.title, cells.join(" | "));
        }
    }
    text
}

/// Everything of one case that a reader compares.
fn cell(scenario: &Scenario, peer: Peer, profile: Profile, results: &Results) -> String {
    let of = |name: &str| values(results, peer, profile, scenario.word, name);
    if of("outage_s").is_empty() && of(scenario.shown).is_empty() {
        return "-".to_owned();
    }
    let mut parts = Vec::new();
    let mut add = |name: &str, words: &str, always: bool| {
        let found = of(name);
        if found.last().is_some_and(|largest| always || *largest > 0.0005) {
            parts.push(format!("{words} {}", spread(&found)).trim().to_owned());
        }
    };
    match scenario.shown {
        "cpu_percent" => {
            add("cpu_percent", "processor %", true);
            add("standby_cpu_percent", "standby %", true);
            add("packets_per_s", "packets/s", true);
            add("bytes_per_s", "bytes/s", true);
            add("memory_mib", "MiB", true);
            add("processes", "processes", true);
            add("moves", "moves", false);
        }
        "moves" => {
            add("moves", "moves", true);
            add("outage_s", "longest outage", true);
        }
        "first_to_last_s" => {
            add("first_to_last_s", "first to last", true);
            add("cut_to_last_s", "cut to last", true);
            add("outage_s", "outage", true);
        }
        _ => add("outage_s", "outage", true),
    }
    add("two_s", "two holders", scenario.shown == "two_s");
    add("back_outage_s", "healing: outage", false);
    add("back_two_s", "healing: two holders", false);
    let never = of("open").len();
    if never > 0 {
        parts.push(format!("**no page any more** in {never} of {} runs", of("outage_s").len()));
    }
    parts.join("; ")
}

/// Median and, of several, both ends.
fn spread(sorted: &[f64]) -> String {
    match (median(sorted), sorted.first(), sorted.last()) {
        (Some(middle), Some(least), Some(most)) if sorted.len() > 1 => {
            format!("{} ({} to {})", number(middle), number(*least), number(*most))
        }
        (Some(middle), ..) => number(middle),
        _ => "-".to_owned(),
    }
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        small if small < 0.01 => format!("{small:.4}"),
        small if small < 10.0 => format!("{small:.3}"),
        large if large < 100.0 => format!("{large:.1}"),
        large => format!("{large:.0}"),
    }
}

/// Cases of which every run failed, with the reason.
fn failures(results: &Results) -> String {
    let failed = |record: &&Record| record.error.is_some() && results.done(&record.case) == 0;
    let mut lines: Vec<String> = results
        .records
        .iter()
        .filter(failed)
        .map(|record| {
            let first = record.error.as_deref().and_then(|error| error.lines().next()).unwrap_or_default();
            let (peer, profile) = (record.case.peer.title(), record.case.profile.word());
            format!("- {peer}, {profile}, {}: {first}\n", record.case.scenario)
        })
        .collect();
    lines.sort_unstable();
    lines.dedup();
    if lines.is_empty() { String::new() } else { format!("\n### Could not be measured\n\n{}", lines.concat()) }
}

#[cfg(test)]
mod tests;

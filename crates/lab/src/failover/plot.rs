//! Plots as SVG: for each profile the outages of all products side by side, on a logarithmic scale.
//! Not here: which values; the scenarios say what they show.

use super::bars::{median, values};
use super::results::Results;
use super::scenario::{self, Scenario};
use super::setup::{Peer, Profile};
use std::fmt::Write as _;

/// Left edge of the bars, their longest, and the height of one.
const LEFT: f64 = 280.0;
const LONGEST: f64 = 560.0;
const BAR: f64 = 13.0;
/// The scale: from a millisecond to a hundred seconds, in powers of ten.
const LEAST: f64 = 0.001;
const DECADES: f64 = 5.0;

/// One bar.
struct Entry {
    peer: Peer,
    middle: f64,
    least: f64,
    most: f64,
}

/// File name, title and drawing of each plot for which there is a value.
pub fn all(results: &Results) -> Vec<(String, String, String)> {
    let mut plots = Vec::new();
    for profile in Profile::ALL {
        for (value, title) in [("outage_s", "longest outage, seconds"), ("two_s", "two holders at once, seconds")] {
            let wanted = |scenario: &&Scenario| scenario.shown == value;
            let groups: Vec<(&str, Vec<Entry>)> = scenario::ALL
                .iter()
                .filter(wanted)
                .map(|scenario| (scenario.title, entries(scenario, profile, value, results)))
                .filter(|(_, entries)| !entries.is_empty())
                .collect();
            if !groups.is_empty() {
                let title = format!("Profile {}: {title}", profile.word());
                let file = format!("failover-{}-{}.svg", profile.word(), value.trim_end_matches("_s"));
                let drawing = draw(&title, &groups);
                plots.push((file, title, drawing));
            }
        }
    }
    plots
}

fn entries(scenario: &Scenario, profile: Profile, value: &str, results: &Results) -> Vec<Entry> {
    let entry = |peer: Peer| {
        let own = if peer.profiles().contains(&profile) { profile } else { Profile::Default };
        let found = values(results, peer, own, scenario.word, value);
        Some(Entry { peer, middle: median(&found)?, least: *found.first()?, most: *found.last()? })
    };
    Peer::ALL.into_iter().filter_map(entry).collect()
}

fn draw(title: &str, groups: &[(&str, Vec<Entry>)]) -> String {
    let rows: usize = groups.iter().map(|(_, entries)| entries.len() + 2).sum();
    let (width, height) = (LEFT + LONGEST + 120.0, 60.0 + rows as f64 * (BAR + 3.0) + 10.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"10\" y=\"20\" font-size=\"15\" font-weight=\"bold\">{title}</text>\n"
    );
    for decade in 0..=DECADES as i32 {
        let (value, x) = (LEAST * 10_f64.powi(decade), place(LEAST * 10_f64.powi(decade)));
        let _ = writeln!(
            text,
            "<line x1=\"{x}\" y1=\"48\" x2=\"{x}\" y2=\"{height}\" stroke=\"#dddddd\"/><text x=\"{x}\" y=\"42\" \
             text-anchor=\"middle\" fill=\"#555555\">{value} s</text>"
        );
    }
    let mut y = 60.0;
    for (what, entries) in groups {
        let _ = writeln!(text, "<text x=\"10\" y=\"{}\" font-weight=\"bold\">{what}</text>", y + BAR - 2.0);
        y += BAR + 3.0;
        for entry in entries {
            text.push_str(&bar(entry, y));
            y += BAR + 3.0;
        }
        y += BAR + 3.0;
    }
    text.push_str("</svg>\n");
    text
}

/// Name, bar to the median, line from the smallest to the largest value, figure.
fn bar(entry: &Entry, y: f64) -> String {
    let colour = match entry.peer {
        Peer::Systole => "#c0392b",
        Peer::SystoleWarm => "#e67e22",
        Peer::Heartbeat => "#7f8c8d",
        Peer::Keepalived => "#2980b9",
        Peer::Pacemaker => "#8e44ad",
    };
    let (end, low, high, centre) = (place(entry.middle), place(entry.least), place(entry.most), y + BAR / 2.0);
    let base = y + BAR - 2.0;
    format!(
        "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text><rect x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" \
         height=\"{BAR}\" fill=\"{colour}\"/><line x1=\"{low:.1}\" y1=\"{centre}\" x2=\"{high:.1}\" y2=\"{centre}\" \
         stroke=\"black\"/><text x=\"{:.1}\" y=\"{base}\">{:.3}</text>\n",
        LEFT - 8.0,
        entry.peer.title(),
        (end - LEFT).max(1.0),
        end.max(high) + 6.0,
        entry.middle
    )
}

/// Where a value ends, on the logarithmic scale; what is below it begins and what is above it ends there.
fn place(value: f64) -> f64 {
    let part = (value.max(LEAST) / LEAST).log10() / DECADES;
    LEFT + LONGEST * part.clamp(0.0, 1.0)
}

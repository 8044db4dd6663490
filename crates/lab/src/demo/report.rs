//! What the demo prints: titles, progress, verdicts, and the table at the end.
//! Not here: any measuring.

use crate::stop::Stop;
use anyhow::{Context, Result};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a progress line is written where it cannot be overwritten.
const SLOW: Duration = Duration::from_secs(5);
const FAST: Duration = Duration::from_millis(100);

/// One measured or checked thing.
#[derive(Debug, Clone)]
struct Row {
    step: usize,
    what: String,
    outage: Option<Duration>,
    two: Option<Duration>,
    bound: String,
    passed: bool,
}

/// Prints as it goes, and remembers the rows.
#[derive(Debug)]
pub struct Report {
    rows: Vec<Row>,
    step: usize,
    title: &'static str,
    terminal: bool,
    stop: Stop,
}

impl Report {
    /// Prints to standard output; sets `stop` when nobody reads it any more.
    pub fn new(stop: &Stop) -> Report {
        let terminal = std::io::stdout().is_terminal();
        Report { rows: Vec::new(), step: 0, title: "", terminal, stop: stop.clone() }
    }

    /// One line. A reader that has gone away (`| head`) ends the demo as Ctrl-C does.
    pub fn say(&self, line: &str) {
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            self.stop.trigger();
        }
    }

    /// What a program said, set off from our own words.
    pub fn quote(&self, text: &str) {
        for line in text.lines() {
            self.say(&format!("    | {line}"));
        }
    }

    pub fn begin(&mut self, step: usize, title: &'static str) {
        (self.step, self.title) = (step, title);
        self.say("");
        self.say(&format!("Step {step}: {title}"));
    }

    /// Waits for `condition`, telling so while it lasts.
    ///
    /// # Errors
    /// Interrupted, what `condition` fails with, or it did not come within `limit`.
    pub fn wait<T>(
        &self,
        stop: &Stop,
        what: &str,
        limit: Duration,
        mut condition: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let begin = Instant::now();
        let mut told = begin;
        let found = stop.until(limit, || {
            let found = condition()?;
            if found.is_none() && told.elapsed() > if self.terminal { FAST } else { SLOW } {
                told = Instant::now();
                self.progress(what, begin.elapsed(), limit);
            }
            Ok(found)
        });
        if self.terminal && told != begin {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
        found?.with_context(|| format!("waited {} s in vain for {what}", limit.as_secs()))
    }

    fn progress(&self, what: &str, since: Duration, limit: Duration) {
        let line = format!("  ... waiting for {what}: {:.1} s (at most {} s)", since.as_secs_f64(), limit.as_secs());
        if self.terminal {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[K{line}").and_then(|()| out.flush());
        } else {
            self.say(&line);
        }
    }

    /// A thing that was measured: passes when the outage is within the bound and no two machines held the address.
    pub fn measured(&mut self, what: &str, outage: Duration, two: Duration, bound: Duration) {
        let passed = outage <= bound && two.is_zero();
        let bound = format!("at most {}, 0 s", seconds(bound));
        self.row(what, Some(outage), Some(two), bound, passed);
    }

    /// A thing that is so or not.
    pub fn checked(&mut self, what: &str, passed: bool) {
        self.row(what, None, None, "yes".to_owned(), passed);
    }

    /// The step could not be carried to its end.
    pub fn broken(&mut self, error: &anyhow::Error) {
        self.say(&format!("  {error:#}"));
        let title = self.title.to_owned();
        self.row(&title, None, None, "to its end".to_owned(), false);
    }

    fn row(&mut self, what: &str, outage: Option<Duration>, two: Option<Duration>, bound: String, passed: bool) {
        let verdict = verdict(passed);
        match (outage, two) {
            (Some(outage), Some(two)) => self.say(&format!(
                "  {verdict}  {what}: outage {}, two holders {} (bound: {bound})",
                seconds(outage),
                seconds(two)
            )),
            _ => self.say(&format!("  {verdict}  {what}")),
        }
        self.rows.push(Row { step: self.step, what: what.to_owned(), outage, two, bound, passed });
    }

    /// True when something was checked and nothing failed.
    pub fn passed(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.passed)
    }

    /// Everything once more, side by side.
    pub fn table(&self) {
        let dash = |value: Option<Duration>| value.map_or_else(|| "-".to_owned(), seconds);
        let head = ["step", "what", "outage", "two holders", "bound (outage, two holders)", ""].map(str::to_owned);
        let rows: Vec<[String; 6]> = std::iter::once(head)
            .chain(self.rows.iter().map(|row| {
                let step = row.step.to_string();
                let verdict = verdict(row.passed).to_owned();
                [step, row.what.clone(), dash(row.outage), dash(row.two), row.bound.clone(), verdict]
            }))
            .collect();
        let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
        let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or(0)).collect();
        self.say("");
        for (number, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            self.say(cells.join("  ").trim_end());
            if number == 0 {
                self.say(&widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
            }
        }
        let failed = self.rows.iter().filter(|row| !row.passed).count();
        self.say("");
        match failed {
            0 => self.say(&format!("All {} checks passed.", self.rows.len())),
            _ => self.say(&format!("{failed} of {} checks FAILED.", self.rows.len())),
        }
    }
}

fn verdict(passed: bool) -> &'static str {
    if passed { "PASS" } else { "FAIL" }
}

/// As a person reads it: milliseconds while they matter.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64() {
        0.0 => "0 s".to_owned(),
        short if short < 10.0 => format!("{short:.3} s"),
        long => format!("{long:.1} s"),
    }
}

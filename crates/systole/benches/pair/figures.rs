//! What was measured, against its bar, as Markdown.
//! Not here: how it was measured; each chapter states that with its figure.

use std::fmt::Write as _;

/// What the numbers of a figure are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Mebibytes,
    Percent,
}

/// What must keep the bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bar {
    Median(f64),
    Each(f64),
    /// Shown beside the others, promised nowhere.
    None,
}

/// One line of the table; `values` are in `unit`, one a run.
#[derive(Debug, Clone)]
pub struct Figure {
    pub what: String,
    pub bar: Bar,
    pub unit: Unit,
    pub values: Vec<f64>,
    pub method: String,
}

#[derive(Debug)]
pub struct Figures {
    figures: Vec<Figure>,
    load: String,
}

impl Figures {
    pub fn new() -> Figures {
        Figures { figures: Vec::new(), load: load() }
    }

    /// Takes a figure, and says it at once.
    pub fn add(&mut self, figure: Figure) {
        eprintln!("pair:   {}: {} of {} ({})", figure.what, figure.spread(), figure.values.len(), figure.judged());
        let all: Vec<String> = figure.values.iter().map(|value| figure.unit.bare(*value)).collect();
        eprintln!("pair:     {}", all.join(" "));
        self.figures.push(figure);
    }

    /// The table, under a line that says where it was measured.
    pub fn markdown(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let mut text = format!(
            "Linux {}, {cores} processor cores shared with whatever else ran (load average {} at the start, {} at the \
             end), systole {} ({}).\n\n",
            kernel.trim(),
            self.load,
            load(),
            env!("CARGO_PKG_VERSION"),
            if cfg!(debug_assertions) { "DEBUG build: not to be published" } else { "release build" },
        );
        text.push_str(
            "| What | Bar | Median (min to max) | Runs | Verdict | How |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for figure in &self.figures {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                figure.what,
                figure.bar_text(),
                figure.spread(),
                figure.values.len(),
                figure.judged(),
                figure.method
            );
        }
        text
    }
}

impl Figure {
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    fn median(&self) -> f64 {
        quantile(&self.sorted(), 0.5)
    }

    fn largest(&self) -> f64 {
        self.sorted().last().copied().unwrap_or(f64::NAN)
    }

    fn spread(&self) -> String {
        let sorted = self.sorted();
        let (least, most) = (sorted.first().copied().unwrap_or(f64::NAN), self.largest());
        let unit = self.unit;
        format!("**{}** ({} to {})", unit.show(self.median()), unit.bare(least), unit.bare(most))
    }

    fn bar_text(&self) -> String {
        match self.bar {
            Bar::Median(bar) => format!("median at most {}", self.unit.plain(bar)),
            Bar::Each(bar) => format!("each at most {}", self.unit.plain(bar)),
            Bar::None => "-".to_owned(),
        }
    }

    fn judged(&self) -> String {
        let (bar, reached) = match self.bar {
            Bar::Median(bar) => (bar, self.median()),
            Bar::Each(bar) => (bar, self.largest()),
            Bar::None => return "-".to_owned(),
        };
        if reached <= bar { "met".to_owned() } else { format!("MISSED by {}", self.unit.show(reached - bar)) }
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        format!("{} {}", self.bare(value), self.word())
    }

    fn bare(self, value: f64) -> String {
        match self {
            Unit::Milliseconds if value >= 10.0 => format!("{value:.1}"),
            Unit::Milliseconds => format!("{value:.2}"),
            Unit::Mebibytes => format!("{value:.1}"),
            Unit::Seconds | Unit::Percent => format!("{value:.3}"),
        }
    }

    /// A bar, without digits that mean nothing.
    fn plain(self, value: f64) -> String {
        format!("{value} {}", self.word())
    }

    fn word(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Milliseconds => "ms",
            Unit::Mebibytes => "MiB",
            Unit::Percent => "%",
        }
    }
}

/// The value below which the part `q` (0 to 1) of the sorted values lies; between two neighbours their mean.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(f64::NAN);
    let (low, high) = (at(place.floor()), at(place.ceil()));
    low + (high - low) * place.fract()
}

fn load() -> String {
    let line = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    line.split(' ').next().unwrap_or("unknown").to_owned()
}

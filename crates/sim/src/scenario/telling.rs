//! What came of a story, in lines for a reviewer. Only what a change of decisions changes: names instead of numbers,
//! tenths of a second, nothing of single beats and links.
//! Not here: what happened (chronicle.rs).

use super::{Line, Scenario};
use crate::chronicle::{Chronicle, Standing, What};
use crate::clock::{MS, SECOND};
use crate::oracle::Violation;
use crate::plan::Plan;
use std::fmt::Write as _;
use systole_core::output::GroupChange;
use systole_core::{Answer, Event, Refusal};

/// The whole of expected.txt.
pub(super) fn tell(scenario: &Scenario, chronicle: &Chronicle, end: u64, violation: Option<&Violation>) -> String {
    let teller = Teller::new(&scenario.plan);
    let mut text = String::new();
    for (at, who, what) in teller.lines(&scenario.story.lines, chronicle, end) {
        let _ = writeln!(text, "{:>8}  {who:<w$}  {what}", tenths(at), w = teller.width);
    }
    text.push('\n');
    text.push_str(&teller.table(chronicle, end));
    let _ = match violation {
        None => writeln!(text, "judge: no rule broken in {} s", tenths(end)),
        // What it says more names groups by their numbers.
        Some(violation) => writeln!(text, "judge: {:?} broken at {} s", violation.invariant, tenths(violation.at)),
    };
    text
}

/// The lines alone: time, who says it, and what.
pub(crate) fn lines(plan: &Plan, story: &[Line], chronicle: &Chronicle, end: u64) -> Vec<Told> {
    Teller::new(plan).lines(story, chronicle, end)
}

/// Seconds with one decimal: agents of stories take whole tenths, and everything else far less or far more.
fn tenths(ns: u64) -> String {
    let tenths = (ns + 50 * MS) / (100 * MS);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The same for a span, of which a reader must see that there was one.
fn span(ns: u64) -> String {
    match ns {
        0 => "0 s".into(),
        1..50_000_000 => "< 0.1 s".into(),
        _ => format!("{} s", tenths(ns)),
    }
}

struct Teller<'a> {
    plan: &'a Plan,
    /// Short names of the groups.
    groups: Vec<String>,
    width: usize,
}

/// A line: its time, who says it (a node, `*` the story, `=` the truth), and what.
pub(crate) type Told = (u64, String, String);

impl<'a> Teller<'a> {
    fn new(plan: &'a Plan) -> Teller<'a> {
        // IPaddr2::192.0.2.80/24/eth0 is 192.0.2.80.
        let short = |key: &str| {
            let argument = key.rsplit("::").next().unwrap_or(key);
            argument.split('/').next().unwrap_or(argument).to_owned()
        };
        let groups = plan.groups().iter().map(|g| short(&g.key)).collect();
        let width = plan.settings.iter().map(|s| s.me.as_str().len()).max().unwrap_or(0);
        Teller { plan, groups, width }
    }

    fn lines(&self, story: &[Line], chronicle: &Chronicle, end: u64) -> Vec<Told> {
        let mut lines: Vec<Told> = Vec::new();
        for line in story {
            let at = line.at_ms * MS;
            lines.push((at, "*".into(), self.short(&line.words)));
            if let Some((what, seconds)) = line.words.rsplit_once(" for ")
                && let Ok(seconds) = seconds.trim().parse::<f64>()
            {
                lines.push((
                    at + (seconds * SECOND as f64) as u64,
                    "*".into(),
                    format!("(over: {})", self.short(what)),
                ));
            }
        }
        // The judge may have stopped the run.
        lines.retain(|(at, ..)| *at <= end);
        let mut truths = vec![Truth::default(); self.groups.len()];
        for noted in &chronicle.noted {
            let (who, what) = match &noted.what {
                What::Stands { group, standing } => (
                    "=".into(),
                    truths[*group].becomes(noted.at, standing).map(|how| self.stands(*group, standing, &how)),
                ),
                What::Told { node, event } => (self.name(*node), self.event(event)),
                What::Answered { node, answer } => (self.name(*node), self.answer(answer)),
            };
            lines.extend(what.map(|what| (noted.at, who, what)));
        }
        // Stable: what the story does comes before what follows from it.
        lines.sort_by_key(|(at, ..)| *at);
        lines
    }

    fn name(&self, node: usize) -> String {
        self.plan.name(node).to_string()
    }

    fn names(&self, nodes: &[usize]) -> String {
        nodes.iter().map(|n| self.name(*n)).collect::<Vec<_>>().join(" and ")
    }

    /// Groups by their short names.
    fn short(&self, text: &str) -> String {
        let keys = self.plan.groups().iter().zip(&self.groups);
        keys.fold(text.to_owned(), |text, (group, short)| text.replace(&group.key, short))
    }

    /// `192.0.2.80: bob serves it`.
    fn stands(&self, group: usize, now: &Standing, how: &str) -> String {
        let idle: Vec<usize> = now.holders.iter().copied().filter(|n| !now.servers.contains(n)).collect();
        let state = match (now.servers.as_slice(), idle.as_slice()) {
            ([], []) => "nobody has it".into(),
            ([], idle) => format!("{} has it, not serving", self.names(idle)),
            ([one], []) => format!("{} serves it", self.name(*one)),
            (servers, []) => format!("{} both serve it", self.names(servers)),
            (servers, idle) => format!("{} serves it, {} has it too", self.names(servers), self.names(idle)),
        };
        format!("{}: {state}{how}", self.groups[group])
    }

    fn event(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Group { key, change, why, .. } => {
                let verb = match change {
                    GroupChange::Acquiring => "starts",
                    GroupChange::Kept => "keeps",
                    GroupChange::Releasing => "stops",
                    GroupChange::Restarting => "starts again",
                    GroupChange::Ready => "is ready for",
                    GroupChange::Unfit => "cannot take",
                    GroupChange::Retried => "may run again",
                    GroupChange::Failed => "could not start",
                    GroupChange::Blocked => "could not stop",
                    GroupChange::Refused => "may not start",
                    // That is seen in the truth.
                    GroupChange::Acquired | GroupChange::Released => return None,
                };
                format!("{verb} {}: {why}", self.short(key))
            }
            Event::BothHold { key, node, we_keep, .. } => {
                let verdict = if *we_keep { "we keep it" } else { "it keeps it" };
                format!("sees that {node} has {} too: {verdict}", self.short(key))
            }
            Event::HeldDown { key, node, crashes, for_ms, .. } => {
                let (key, pause) = (self.short(key), span(for_ms * MS));
                format!("{node} crashed {crashes} times with {key}: it goes back there after {pause} at the earliest")
            }
            Event::PeerDead { node, silent_ms } => format!("{node} is dead, silent for {}", span(silent_ms * MS)),
            Event::PeerLeft { node } => format!("{node} has left"),
            Event::PeerRestarted { node, .. } => format!("{node} was started anew"),
            Event::PeerReturned { node } => format!("{node} is heard again"),
            Event::PeerRefused { node, why: Refusal::Key, .. } => format!("{node} speaks with another key"),
            Event::PeerRefused { node, why: Refusal::Version, .. } => format!("{node} speaks another version"),
            Event::PeerDeaf { node, deaf: true } => format!("{node} does not hear us"),
            Event::PeerDeaf { node, deaf: false } => format!("{node} hears us again"),
            Event::ConfigurationDiffers { node } => format!("the files of {node} differ from ours"),
            Event::OldGeneration { node, .. } => format!("refuses frames of an older life of {node}"),
            Event::GenerationRaised { .. } => "jumps past a newer life of itself that another node knows".into(),
            Event::Stalled { for_ms } => format!("did not run for {}", span(for_ms * MS)),
            Event::HandsDown => "its hands are gone".into(),
            Event::ShutdownDone => "has ended in good order".into(),
            Event::ShutdownIncomplete { left } => {
                format!("has ended, and could not stop {}", self.short(&left.join(", ")))
            }
            Event::Standby { from, hold, step, .. } => format!("standby of {from} [{}]: {step:?}", hold.as_str()),
            // Beats, links, packets, media and cables: the story says what was done to them.
            _ => return None,
        })
    }

    fn answer(&self, answer: &Answer) -> Option<String> {
        Some(match answer {
            Answer::Status(_) => return None,
            Answer::Done { said } => format!("answers: {}", self.short(said)),
            Answer::Refused { why } => format!("answers no: {}", self.short(why)),
        })
    }

    fn table(&self, chronicle: &Chronicle, end: u64) -> String {
        let head = ["group", "home", "in the end", "first served", "outage", "two holders", "moves"];
        let mut rows = vec![head.map(str::to_owned)];
        for (group, name) in self.groups.iter().enumerate() {
            let figures = chronicle.figures(group, end);
            let home = self.plan.groups().get(group).and_then(|g| g.home()).map(ToString::to_string);
            let last = match (figures.last.servers.as_slice(), figures.last.holders.as_slice()) {
                ([], []) => "nobody".into(),
                ([], holders) => format!("({})", self.names(holders)),
                (servers, _) => self.names(servers),
            };
            rows.push([
                name.clone(),
                home.unwrap_or_default(),
                last,
                figures.first_ns.map_or_else(|| "never".into(), |at| format!("{} s", tenths(at))),
                span(figures.outage_ns),
                span(figures.doubled_ns),
                figures.moves.to_string(),
            ]);
        }
        let mut text = String::new();
        for row in &rows {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let width = rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
                format!("{cell:<width$}")
            });
            let line = cells.collect::<Vec<_>>().join("   ");
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

/// What is known of one group while the lines are made.
#[derive(Debug, Clone, Default)]
struct Truth {
    now: Standing,
    was_served: bool,
    /// Since when nobody serves it, after somebody did.
    down_since: Option<u64>,
    /// Since when more than one node has it.
    doubled_since: Option<u64>,
}

impl Truth {
    /// Nothing if that is no change or only the beginning of a start, which the node tells; else how long the last
    /// misfortune was, if this ends one.
    fn becomes(&mut self, at: u64, now: &Standing) -> Option<String> {
        let before = std::mem::replace(&mut self.now, now.clone());
        let begins = before.holders.is_empty() && now.holders.len() == 1 && now.servers.is_empty();
        if before == *now || begins {
            return None;
        }
        let mut how = String::new();
        if now.servers.is_empty() {
            self.down_since = self.down_since.or(self.was_served.then_some(at));
        } else if let Some(since) = self.down_since.take() {
            how.push_str(&format!(", after {} without", span(at - since)));
        }
        if now.holders.len() > 1 {
            self.doubled_since = self.doubled_since.or(Some(at));
        } else if let Some(since) = self.doubled_since.take() {
            how.push_str(&format!(", after {} on two nodes", span(at - since)));
        }
        self.was_served |= !now.servers.is_empty();
        Some(how)
    }
}

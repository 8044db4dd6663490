//! The words of story.txt: what a user fears, a few lines about the world, and acts.
//! Not here: the words of acts (script/text.rs).

use crate::plan::Plan;
use crate::script::{Ending, Misread, Step, read as read_acts};
use crate::world::World;
use systole_core::{Condition, Failback};

/// A story that was read.
#[derive(Debug, Clone)]
pub struct Story {
    /// What a user would fear, and what must happen: the comment at the top.
    pub title: String,
    /// `dice 7`; of what is lost and damaged where there is loss and damage.
    pub dice: u64,
    /// `old bob`: a Heartbeat runs there.
    pub old: Vec<usize>,
    /// `already ada KEY`.
    pub already: Vec<Already>,
    pub acts: Vec<Step>,
    /// The acts as they are written, one each.
    pub lines: Vec<Line>,
    /// `end +30` after the last act, or `end mended`.
    pub ending: Ending,
    /// `breaks S2`: a rule that cannot be kept here, by its name.
    pub breaks: Option<String>,
}

/// An act as it is written, without its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at_ms: u64,
    pub words: String,
}

/// Something runs on a machine before the cluster does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Already {
    pub node: usize,
    pub group: usize,
    /// Its address is up too; otherwise only a service runs, as one that is started at boot.
    pub address: bool,
}

impl Already {
    pub(super) fn put(&self, world: &mut World) {
        let resource = &mut world.nodes[self.node].resources[self.group];
        resource.holds = self.address;
        resource.found = if self.address { Condition::Running } else { Condition::Partial };
    }
}

impl Story {
    /// Reads a story; clocks that run wrong go into the plan.
    ///
    /// # Errors
    /// The first line that is not understood.
    pub fn read(text: &str, plan: &mut Plan) -> Result<Story, Misread> {
        let comments = text.lines().map_while(|line| line.strip_prefix('#'));
        let title = comments.map(str::trim).collect::<Vec<_>>().join(" ");
        let mut story = Story {
            title,
            dice: 1,
            old: Vec::new(),
            already: Vec::new(),
            acts: Vec::new(),
            lines: Vec::new(),
            ending: Ending::After { ms: 0 },
            breaks: None,
        };
        let mut ended = false;
        // Lines of the world become empty ones, so that those of acts keep their numbers.
        let mut rest = String::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split_once('#').map_or(line, |(before, _)| before).trim();
            let words: Vec<&str> = line.split_whitespace().collect();
            let misread = |what: String| Misread { line: number + 1, what };
            if story.about(&words, plan).map_err(misread)? {
                ended |= words.first() == Some(&"end");
            } else {
                rest.push_str(line);
            }
            rest.push('\n');
        }
        let count = text.lines().count();
        if !ended {
            return Err(Misread { line: count, what: "it has no end: end +30".into() });
        }
        if story.title.is_empty() {
            return Err(Misread {
                line: 1,
                what: "it says nothing first: # what is feared, and what must happen".into(),
            });
        }
        story.acts = read_acts(&rest, plan)?;
        let written = rest.lines().filter_map(|line| line.split_once(char::is_whitespace));
        story.lines = written
            .zip(&story.acts)
            .map(|((_, words), step)| Line { at_ms: step.at_ms, words: words.trim().to_owned() })
            .collect();
        Ok(story)
    }

    /// Takes a line about the world; false when it is none.
    fn about(&mut self, words: &[&str], plan: &mut Plan) -> Result<bool, String> {
        match *words {
            ["dice", number] => self.dice = number.parse().map_err(|_| format!("{number} is no number"))?,
            ["end", "mended"] => self.ending = Ending::Mended,
            ["end", span] => self.ending = Ending::After { ms: end_ms(span)? },
            ["old", node] => {
                if plan.count() != 2 || plan.settings.iter().any(|s| s.failback == Failback::Legacy) {
                    return Err("an old node is one of two, and not in legacy mode".into());
                }
                self.old.push(place(node, plan)?);
            }
            ["breaks", rule] => self.breaks = Some(rule.to_owned()),
            ["clock", node, percent] => {
                let node = place(node, plan)?;
                plan.clock_errors[node] = per_billion(percent)?;
            }
            ["already", node, key] => self.already.push(self::already(node, key, false, plan)?),
            ["already", node, key, "with", "address"] => self.already.push(self::already(node, key, true, plan)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn already(node: &str, key: &str, address: bool, plan: &Plan) -> Result<Already, String> {
    let group = plan.groups().iter().position(|g| g.key == key);
    let group = group.ok_or_else(|| format!("{key} is no group of this cluster"))?;
    Ok(Already { node: place(node, plan)?, group, address })
}

fn place(name: &str, plan: &Plan) -> Result<usize, String> {
    let found = plan.settings.iter().position(|s| s.me.as_str() == name);
    found.ok_or_else(|| format!("{name} is no node of this cluster"))
}

fn end_ms(span: &str) -> Result<u64, String> {
    let seconds: Option<u64> = span.strip_prefix('+').and_then(|s| s.parse().ok());
    seconds.map(|s| s * 1000).ok_or_else(|| format!("{span}: it is +30 (seconds after the last act) or mended"))
}

/// `+0.5%` or `-1%`: at most three decimals.
fn per_billion(percent: &str) -> Result<i64, String> {
    let wrong = || format!("{percent} is no rate error: percent are wanted, as +0.5% or -1%");
    let number = percent.strip_suffix('%').ok_or_else(wrong)?;
    let (number, sign) = match number.strip_prefix('-') {
        Some(number) => (number, -1),
        None => (number.strip_prefix('+').ok_or_else(wrong)?, 1),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let thousandths: i64 = format!("{part:0<3}").parse().map_err(|_| wrong())?;
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    if part.len() > 3 || whole > 5 { Err(wrong()) } else { Ok(sign * (whole * 1000 + thousandths) * 10_000) }
}

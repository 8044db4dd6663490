//! The shortest script that still breaks the same rule, and its telling: what a person reads, and what becomes a scenario.
//! Not here: scripts themselves (script.rs), and how one is played (run.rs).

mod files;

use crate::oracle::{Invariant, Violation};
use crate::run::{Report, play};
use crate::script::{Act, Ending, Script, Step};

pub use files::paste;

/// No more plays than this; what is left then is short enough to read.
const PLAYS_MAX: usize = 3000;
/// Lines of a story that tell of single beats, links and agents only.
const UNIMPORTANT: [&str; 9] = [
    "LinkUp",
    "LinkDead",
    "LateBeat",
    "MediumOpen",
    "PacketsLost",
    "PacketsComplete",
    "hands is up",
    ": HandsUp",
    "Carrier",
];

/// What is left of a script.
#[derive(Debug, Clone)]
pub struct Shrunk {
    pub script: Script,
    pub violation: Violation,
    /// How many acts there were.
    pub acts_before: usize,
    /// How many scripts were played for it.
    pub plays: usize,
}

/// Shortens a script that breaks a rule; none when it breaks none. The dice stay the same, so the same script gives the
/// same result.
pub fn shrink(script: &Script) -> Option<Shrunk> {
    shrink_with(script, &mut |script| play(script, false).violation)
}

/// The same for somebody who plays scripts in a world of their own.
pub(crate) fn shrink_with(script: &Script, play: &mut dyn FnMut(&Script) -> Option<Violation>) -> Option<Shrunk> {
    let violation = play(script)?;
    let invariant = violation.invariant;
    let acts_before = script.acts.len();
    let mut shrinker = Shrinker { play, invariant, best: script.clone(), violation, plays: 1 };
    shrinker.cut_the_end();
    loop {
        let before = shrinker.best.clone();
        shrinker.remove();
        shrinker.simplify();
        if before.acts == shrinker.best.acts || shrinker.plays >= PLAYS_MAX {
            break;
        }
    }
    let Shrinker { best, violation, plays, .. } = shrinker;
    Some(Shrunk { script: best, violation, acts_before, plays })
}

/// The lines of a story that a person needs.
pub fn essential(report: &Report) -> Vec<&str> {
    let matters = |line: &&str| !UNIMPORTANT.iter().any(|word| line.contains(word));
    report.story.iter().map(String::as_str).filter(matters).collect()
}

struct Shrinker<'a> {
    play: &'a mut dyn FnMut(&Script) -> Option<Violation>,
    invariant: Invariant,
    best: Script,
    violation: Violation,
    plays: usize,
}

impl Shrinker<'_> {
    /// Keeps a script if it still breaks the same rule.
    fn offer(&mut self, script: Script) -> bool {
        if self.plays >= PLAYS_MAX {
            return false;
        }
        self.plays += 1;
        match (self.play)(&script).filter(|violation| violation.invariant == self.invariant) {
            Some(violation) => {
                (self.best, self.violation) = (script, violation);
                true
            }
            None => false,
        }
    }

    /// What comes after the rule is broken is of no matter; neither is the ending, if that was not reached.
    fn cut_the_end(&mut self) {
        let broken_ms = self.violation.at / crate::clock::MS;
        let mut script = self.best.clone();
        script.acts.retain(|step| step.at_ms <= broken_ms);
        let last = script.acts.last().map_or(0, |step| step.at_ms);
        self.offer(script.clone());
        script.ending = Ending::After { ms: (broken_ms - last.min(broken_ms)) / 1000 * 1000 + 2000 };
        self.offer(script);
    }

    /// Delta debugging: halves, quarters, and so on down to single acts.
    fn remove(&mut self) {
        let mut size = self.best.acts.len().div_ceil(2).max(1);
        loop {
            let mut from = 0;
            while from < self.best.acts.len() {
                let mut script = self.best.clone();
                let to = (from + size).min(script.acts.len());
                script.acts.drain(from..to);
                if !self.offer(script) {
                    from = to;
                }
            }
            if size == 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    /// Exact clocks, short troubles, round times, little waiting.
    fn simplify(&mut self) {
        if self.best.plan.clock_errors.iter().any(|error| *error != 0) {
            let mut script = self.best.clone();
            script.plan.clock_errors.fill(0);
            self.offer(script);
        }
        for place in 0..self.best.acts.len() {
            for ms in lengths(&self.best.acts[place].act) {
                let mut script = self.best.clone();
                set_length(&mut script.acts[place].act, ms);
                if self.offer(script) {
                    break;
                }
            }
            self.less_waiting(place);
            for round in [1000, 100, 10] {
                let step = &self.best.acts[place];
                if !step.at_ms.is_multiple_of(round) {
                    let at_ms = step.at_ms / round * round;
                    if self.offer(moved(&self.best, place, at_ms)) {
                        break;
                    }
                }
            }
        }
    }

    /// Brings an act and all that follow nearer to the one before.
    fn less_waiting(&mut self, place: usize) {
        let before = place.checked_sub(1).and_then(|i| self.best.acts.get(i)).map_or(0, |step| step.at_ms);
        for share in [0, 2, 4, 8] {
            let gap = self.best.acts[place].at_ms - before;
            let shorter = gap.checked_div(share).map_or(0, |part| gap - part);
            if shorter == gap {
                return;
            }
            let mut script = self.best.clone();
            script.acts.iter_mut().skip(place).for_each(|step| step.at_ms -= gap - shorter);
            if self.offer(script) {
                return;
            }
        }
    }
}

/// One act at another time, in its order.
fn moved(script: &Script, place: usize, at_ms: u64) -> Script {
    let mut script = script.clone();
    let before = place.checked_sub(1).and_then(|i| script.acts.get(i)).map_or(0, |step| step.at_ms);
    script.acts[place].at_ms = at_ms.max(before);
    script
}

/// Rounder lengths for an act, best first.
fn lengths(act: &Act) -> Vec<u64> {
    let Some(ms) = act.length_ms() else { return Vec::new() };
    let mut shorter = vec![ms / 8, ms / 4, ms / 2, ms * 3 / 4];
    let round = if ms > 2000 { 1000 } else { 100 };
    shorter.iter_mut().for_each(|ms| *ms = (*ms / round * round).max(round));
    shorter.push(ms / round * round);
    shorter.retain(|shorter| *shorter > 0 && *shorter < ms);
    shorter.dedup();
    shorter
}

fn set_length(act: &mut Act, ms: u64) {
    if let Some(length) = act.length_mut() {
        *length = ms;
    }
}

/// The whole as one text: the script in words, what happens, and the files of a scenario.
pub fn tell(shrunk: &Shrunk) -> String {
    let report = play(&shrunk.script, true);
    let steps: &[Step] = &shrunk.script.acts;
    let mut text = format!("{} of {} acts are left after {} plays:\n", steps.len(), shrunk.acts_before, shrunk.plays);
    text.push_str(&crate::script::words(steps, &shrunk.script.plan));
    text.push_str("\nwhat happens:\n");
    essential(&report).iter().for_each(|line| {
        text.push_str(line);
        text.push('\n');
    });
    text.push('\n');
    text.push_str(&paste(shrunk));
    text
}

#[cfg(test)]
mod tests;

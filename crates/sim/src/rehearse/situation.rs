//! A situation in somebody's own words: names of the catalogue or acts of a script, joined by `and`.
//! Not here: the words of one act (script/text.rs).

use super::Stage;
use crate::script::{Step, read};

impl Stage {
    /// Reads `unplug alpha eth0 and after 5 kill-heart alpha`: its name, and its acts.
    ///
    /// # Errors
    /// What is not understood, and which words there are.
    pub fn read(&self, words: &str) -> Result<(String, Vec<Step>), String> {
        let known = self.catalogue();
        let words: Vec<&str> = words.split_whitespace().collect();
        let (mut acts, mut at_ms) = (Vec::new(), 0);
        for part in words.split(|word| *word == "and") {
            let part = match part {
                ["after", span, rest @ ..] => {
                    at_ms += milliseconds(span).ok_or_else(|| format!("{span} is no time in seconds"))?;
                    rest
                }
                all => all,
            };
            let text = part.join(" ");
            let found = known.iter().find(|incident| incident.name == text).map(|incident| incident.acts.clone());
            let found = match (found, short(part)) {
                (Some(acts), _) => acts,
                (None, Some(line)) => read(&format!("0 {line}"), self.plan()).map_err(|misread| misread.what)?,
                (None, None) => read(&format!("0 {text}"), self.plan()).map_err(|misread| misread.what)?,
            };
            acts.extend(found.into_iter().map(|step| Step { at_ms: at_ms + step.at_ms, ..step }));
        }
        if acts.is_empty() {
            return Err("no fault is named".into());
        }
        acts.sort_by_key(|step| step.at_ms);
        Ok((words.join(" "), acts))
    }
}

/// What people type without the word `ask`.
fn short(words: &[&str]) -> Option<String> {
    match *words {
        ["standby", node] => Some(format!("ask {node} standby all")),
        ["takeover", node] => Some(format!("ask {node} takeover all")),
        ["shutdown", node] => Some(format!("ask {node} shutdown")),
        _ => None,
    }
}

fn milliseconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.parse().ok()?;
    (0.0..1e6).contains(&seconds).then(|| (seconds * 1000.0).round() as u64)
}

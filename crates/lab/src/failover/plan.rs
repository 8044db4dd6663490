//! Which scenario is run for which product at which timings, how often, in which order.
//! Not here: the running.

use super::FailoverOptions;
use super::results::{Case, Results};
use super::scenario::{self, Scenario};
use super::setup::{Peer, Profile, Setup};
use anyhow::{Result, bail};

/// Of the short form; all products together stay below a quarter of an hour.
const SHORT: &[&str] = &["power-cut", "daemon-killed", "service-killed", "planned"];
/// Starting both machines and waiting until they are well, in seconds, about.
const START: u64 = 20;

/// One case and its set-up.
#[derive(Debug, Clone)]
pub struct Planned {
    pub case: Case,
    pub setup: Setup,
    pub scenario: &'static Scenario,
    runs: u32,
}

impl Planned {
    /// Runs that the results do not have yet.
    pub fn lacking(&self, results: &Results) -> u32 {
        self.runs.saturating_sub(u32::try_from(results.done(&self.case)).unwrap_or(u32::MAX))
    }

    /// For the line of progress.
    pub fn title(&self, run: u32) -> String {
        let (peer, profile) = (self.setup.peer.title(), self.setup.profile.word());
        format!("{peer}, {profile}: {}, run {run} of {}", self.scenario.title, self.runs)
    }
}

/// Everything that the words want, runs on one set-up one after another.
///
/// # Errors
/// A word is unknown, or the words together want nothing.
pub fn plan(options: &FailoverOptions) -> Result<Vec<Planned>> {
    let known = |word: &str| {
        scenario::find(word).is_some()
            || Peer::ALL.iter().any(|peer| peer.word() == word)
            || Profile::ALL.iter().any(|profile| profile.word() == word)
    };
    if let Some(word) = options.only.iter().find(|word| !known(word)) {
        bail!("{word:?} is no product, profile or scenario; there are:\n{}", words());
    }
    let wanted = |kind: &[&str], word: &str| {
        let named = || options.only.iter().filter(|only| kind.contains(&only.as_str()));
        named().next().is_none() || named().any(|only| only == word)
    };
    let peers = Peer::ALL.map(Peer::word);
    let profiles = Profile::ALL.map(Profile::word);
    let scenarios: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.word).collect();
    let named = options.only.iter().any(|word| scenarios.contains(&word.as_str()));
    let mut plan = Vec::new();
    for peer in Peer::ALL.into_iter().filter(|peer| wanted(&peers, peer.word())) {
        for profile in peer.profiles().iter().filter(|profile| wanted(&profiles, profile.word())) {
            for scenario in scenario::ALL.iter().filter(|scenario| wanted(&scenarios, scenario.word)) {
                let short = SHORT.contains(&scenario.word) && *profile == Profile::Fast;
                let skipped = options.short && !named && !short;
                let Some(setup) = scenario.setup(peer, *profile).filter(|_| !skipped) else { continue };
                let case = Case { scenario: scenario.word.to_owned(), profile: *profile, peer };
                let runs = options.runs.unwrap_or_else(|| runs(scenario, options.short));
                plan.push(Planned { case, setup, scenario, runs });
            }
        }
    }
    if plan.is_empty() {
        bail!("these words together leave nothing to run");
    }
    // Stable: within one set-up the order of the tables stays.
    plan.sort_by_key(|planned| planned.setup);
    Ok(plan)
}

/// What is soon over is made more often than long observations.
fn runs(scenario: &Scenario, short: bool) -> u32 {
    match scenario.seconds {
        0..=15 if short => 2,
        _ if short => 1,
        0..=60 => 5,
        _ => 2,
    }
}

/// How long what is lacking takes, about, for a person.
pub fn duration(plan: &[Planned], results: &Results) -> String {
    let mut seconds = 0;
    let mut last = None;
    for planned in plan {
        let lacking = u64::from(planned.lacking(results));
        seconds += lacking * (planned.scenario.seconds + 5);
        if lacking > 0 && last.replace(planned.setup) != Some(planned.setup) {
            seconds += START;
        }
    }
    match seconds.div_ceil(60) {
        minutes @ 0..90 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

fn words() -> String {
    let peers = Peer::ALL.map(Peer::word).join(" ");
    let profiles = Profile::ALL.map(Profile::word).join(" ");
    let scenarios: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.word).collect();
    format!("  products: {peers}\n  profiles: {profiles}\n  scenarios: {}", scenarios.join(" "))
}

#[cfg(test)]
mod tests;

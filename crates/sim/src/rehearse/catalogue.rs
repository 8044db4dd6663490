//! Everything that is rehearsed on one plan, each thing by itself: its words, what it stands for, its acts.
//! Not here: playing it (trial.rs), pairs of them (pairs.rs).

use crate::network::Medium;
use crate::plan::Plan;
use crate::script::{Act, Misdeed, Step, Trouble, words};
use systole_core::{Ask, Which};

/// A machine with a power cut of known length is back after so long.
const REBOOT_MS: u64 = 30_000;
/// A service manager needs so long to start a daemon again.
const RESTART_MS: u64 = 3000;
/// Bad weather lasts so long.
const WEATHER_MS: u64 = 60_000;
/// So much longer than deadtime is a long standstill.
const BEYOND_MS: u64 = 15_000;

/// What kind of thing it is; the protection level asks for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One cable, one switch, one medium, one direction of one medium.
    Path,
    /// Every other single fault that is modelled.
    Other,
    /// Somebody asks for it.
    Planned,
}

/// One thing that is done to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// By this it is called: `unplug alpha eth0`.
    pub name: String,
    /// For people: `the cable of eth0 is out at alpha`.
    pub what: String,
    pub kind: Kind,
    /// Times from its beginning.
    pub acts: Vec<Step>,
    /// It is over by itself after so long, in milliseconds; otherwise it lasts until it is mended.
    pub lasts_ms: Option<u64>,
}

/// All of a plan. `owners` are the nodes that serve something while nothing is wrong.
pub fn catalogue(plan: &Plan, owners: &[usize]) -> Vec<Incident> {
    let mut list = List { plan, owners, all: Vec::new() };
    (0..plan.links.len()).for_each(|link| list.of_medium(link));
    (0..plan.count()).for_each(|node| list.of_machine(node));
    list.of_many();
    for group in 0..plan.groups().len() {
        (0..plan.count()).for_each(|node| list.of_agents(node, group));
    }
    (0..plan.count()).for_each(|node| list.planned(node));
    list.all
}

struct List<'a> {
    plan: &'a Plan,
    owners: &'a [usize],
    all: Vec<Incident>,
}

impl List<'_> {
    fn name(&self, node: usize) -> &str {
        self.plan.name(node).as_str()
    }

    fn add(&mut self, kind: Kind, name: String, what: String, acts: Vec<Act>, lasts_ms: Option<u64>) {
        let acts = acts.into_iter().map(|act| Step { at_ms: 0, act }).collect();
        self.all.push(Incident { name, what, kind, acts, lasts_ms });
    }

    /// One act, called by its own words.
    fn one(&mut self, kind: Kind, act: Act, what: String, lasts_ms: Option<u64>) {
        let name = self::name(&[Step { at_ms: 0, act: act.clone() }], self.plan);
        self.add(kind, name, what, vec![act], lasts_ms);
    }

    fn of_medium(&mut self, link: usize) {
        let (medium, kind) = (self.plan.links[link].0.0.clone(), self.plan.links[link].1);
        let lan = kind == Medium::Lan;
        let what = if lan {
            format!("nothing passes between the nodes on {medium}, and every light stays on")
        } else {
            format!("the cable of {medium} is out")
        };
        self.one(Kind::Path, trouble(Trouble::Silent { link }), what, None);
        let nodes = 0..self.plan.count();
        if lan {
            let acts = nodes.clone().map(|node| trouble(Trouble::Carrier { node, link })).collect();
            let what = format!("the switch of {medium} is dead: no node has carrier");
            self.add(Kind::Path, format!("switch {medium}"), what, acts, None);
            for node in nodes.clone() {
                let what = format!("the cable of {medium} is out at {}", self.name(node));
                self.one(Kind::Path, trouble(Trouble::Carrier { node, link }), what, None);
            }
        }
        for node in nodes {
            let acts = self.others(node).map(|from| trouble(Trouble::OneWayOn { from, to: node, link })).collect();
            let what = format!("{} hears nothing on {medium}, and is heard", self.name(node));
            self.add(Kind::Path, format!("deaf {} on {medium}", self.name(node)), what, acts, None);
        }
    }

    fn of_machine(&mut self, node: usize) {
        let name = self.name(node).to_owned();
        let dead = u64::try_from(self.plan.timing().deadtime().as_millis()).unwrap_or(u64::MAX / 4);
        let (short, long) = (dead / 2, dead + BEYOND_MS);
        let other = Kind::Other;
        self.one(other, Act::PowerCut { node, back_ms: None }, format!("{name} loses power"), None);
        let what = format!("{name} loses power and boots again");
        self.one(other, Act::PowerCut { node, back_ms: Some(REBOOT_MS) }, what, Some(REBOOT_MS));
        for ms in [short, long] {
            let what = format!("all of {name} stands still (a snapshot, a migration)");
            self.one(other, Act::Freeze { node, ms, told: false }, what, Some(ms));
        }
        for ms in [short, long] {
            let what = format!("the daemon of {name} hangs and is not ended");
            self.one(other, Act::Pause { node, ms }, what, Some(ms));
        }
        let what = format!("heart of {name} is killed; it is started again");
        self.one(other, Act::KillHeart { node }, what, None);
        let what = format!("hands of {name} is killed; heart starts it again");
        self.one(other, Act::KillHands { node }, what, None);
        let what = format!("both processes of {name} are killed; they are started again");
        self.one(other, Act::KillBoth { node, back_ms: Some(RESTART_MS) }, what, Some(RESTART_MS));
        let what = format!("both processes of {name} are killed, and nobody starts them again");
        self.one(other, Act::KillBoth { node, back_ms: None }, what, None);
        let acts = self.others(node).map(|from| trouble(Trouble::FilteredTo { from, to: node })).collect();
        let what = format!("no beat reaches {name} on any medium, and it is heard");
        self.add(other, format!("deaf {name}"), what, acts, None);
    }

    /// What concerns all wires at once.
    fn of_many(&mut self) {
        // Of two nodes, one cut off from the other is the other cut off from the one.
        for node in 0..if self.plan.count() == 2 { 1 } else { self.plan.count() } {
            let what = if self.plan.count() == 2 {
                "no beat gets through on any medium, clients reach both nodes".into()
            } else {
                format!("no beat of or to {} gets through, clients reach it", self.name(node))
            };
            self.one(Kind::Other, trouble(Trouble::Filtered { node }), what, None);
        }
        for percent in [20, 30] {
            let act = Act::Trouble { trouble: Trouble::Loss { per_mille: percent * 10 }, ms: Some(WEATHER_MS) };
            self.one(Kind::Other, act, format!("{percent} % of all frames get lost for a minute"), Some(WEATHER_MS));
        }
    }

    fn of_agents(&mut self, node: usize, group: usize) {
        let (name, key) = (self.name(node).to_owned(), self.plan.groups()[group].key.clone());
        let on = |misdeed| trouble(Trouble::Agent { misdeed, node, group });
        if !self.plan.groups()[group].nodes.contains(self.plan.name(node)) {
            return;
        }
        self.one(Kind::Other, on(Misdeed::StartFails), format!("{key} does not start on {name}"), None);
        if self.owners.contains(&node) {
            self.one(Kind::Other, on(Misdeed::StopFails), format!("{key} does not stop on {name}"), None);
            self.one(Kind::Other, on(Misdeed::Hangs), format!("the agents of {key} hang on {name}"), None);
        }
    }

    fn planned(&mut self, node: usize) {
        let name = self.name(node).to_owned();
        if self.owners.contains(&node) {
            let act = Act::Ask { node, ask: Ask::Standby { which: Which::All } };
            self.one(Kind::Planned, act, format!("{name} is asked to give everything away"), None);
        }
        let act = Act::Ask { node, ask: Ask::Shutdown };
        self.one(Kind::Planned, act, format!("the daemon of {name} is restarted in good order"), None);
    }

    fn others(&self, node: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.plan.count()).filter(move |other| *other != node)
    }
}

fn trouble(trouble: Trouble) -> Act {
    Act::Trouble { trouble, ms: None }
}

/// The words of acts without their times.
pub(crate) fn name(acts: &[Step], plan: &Plan) -> String {
    let text = words(acts, plan);
    let names = text.lines().filter_map(|line| line.trim_start().split_once(' ')).map(|(_, words)| trim_zeros(words));
    names.collect::<Vec<_>>().join(" and ")
}

/// `for 25.000` is written `for 25`, `20.0%` is `20%`.
fn trim_zeros(words: &str) -> String {
    let shorter = |word: &str| {
        let (number, sign) = word.strip_suffix('%').map_or((word, ""), |number| (number, "%"));
        if number.parse::<f64>().is_ok() && number.contains('.') {
            format!("{}{sign}", number.trim_end_matches('0').trim_end_matches('.'))
        } else {
            word.to_owned()
        }
    };
    words.split(' ').map(shorter).collect::<Vec<_>>().join(" ")
}

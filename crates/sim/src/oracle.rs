//! The judge: invariants by name, on what really is and what really was delivered, not on what nodes believe.
//! Not here: the world it looks at, and liveness, which needs a world without misfortune (run.rs).

mod answers;
mod beats;
mod differential;
mod early;
pub(crate) mod endings;
mod gifts;
mod links;
mod numbers;
mod sleepers;
mod warm;
mod watch;
mod words;
mod work;

use numbers::Numbers;
use std::fmt;
use systole_core::{Assertion, Body, ClaimState, Generation, GroupId, Message, NodeName, Sequence, Timing};

/// Frames that were said longer ago than this are recordings.
const FRESH_NS: u64 = 3_000_000_000;
/// A frame that much ahead of the newest one may be forged, and waits until that falls silent.
const FAR: u64 = 500;
/// Two holders that hear each other become one within this time, the stop not counted (S2).
const ONE_AGAIN_NS: u64 = 500_000_000;

/// The rules, by their names in the list of invariants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// One owner, but for what no timing can tell from death.
    S1,
    /// Two owners end as soon as they hear each other.
    S2,
    /// Of two owners the one that took last stays, and all see it so.
    S3,
    /// No takeover from a live, heard peer.
    S4,
    /// No verdict before a full dead time of own running time.
    S5,
    /// Planned moves stop before they start.
    S7,
    /// Nobody takes what a failed stop left behind.
    S9,
    /// Who slept says nothing that was true before, until it has looked.
    S6,
    /// Nothing is started after it failed, nor on what did not stop.
    S8,
    /// Groups go home only when and where that is wanted.
    S10,
    /// Generations and numbers only grow.
    S11,
    /// Nothing is acted on twice, and nothing that was overtaken.
    S12,
    /// Nothing is heard that nobody said.
    S13,
    /// When nothing is wrong any more, all hear each other.
    S14,
    /// A dead owner is replaced in time.
    L1,
    /// Without further faults every group runs exactly once.
    L2,
    /// Who is left is of one mind, whatever has become of the others.
    L3,
    /// A node that comes back is one of them at once.
    L4,
    /// Who has no address announces none, and who got it from one that only slept announces it again.
    L5,
    /// Who leaves in good order hands over at once.
    L7,
    /// Quiet stays quiet.
    L8,
    /// Beats come in time, whatever agents do.
    L9,
    /// The operator is answered at once.
    L10,
    /// A service that failed is seen to at once.
    L11,
    /// Nothing is given to who cannot take it.
    L12,
    /// Nobody takes what its own warm service could not serve, nor leaves that behind.
    W1,
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    /// When, in nanoseconds of the world.
    pub at: u64,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} broken at {:.3} s: {}", self.invariant, self.at as f64 / 1e9, self.what)
    }
}

/// A node that holds a group, in truth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) node: usize,
    /// It cannot let go just now, or is doing so.
    pub(crate) excused: bool,
}

/// The newest fresh frame of one node that was delivered to another.
#[derive(Debug, Clone, Default)]
struct Heard {
    number: (Generation, Sequence),
    at: u64,
    /// The hearer's own running time.
    own: u64,
    claims: Vec<(GroupId, ClaimState)>,
    /// When something of this life of it was first delivered.
    life_at: u64,
}

#[derive(Debug, Clone, Copy)]
struct Doubled {
    nodes: (usize, usize),
    since: u64,
    met: Option<u64>,
}

/// Sees everything, and says nothing until something is wrong.
#[derive(Debug, Clone)]
pub struct Oracle {
    timing: Timing,
    heard: Vec<Vec<Option<Heard>>>,
    /// When each node said each number.
    said: Vec<Numbers<u64>>,
    newest: Vec<(Generation, Sequence)>,
    doubled: Vec<Option<Doubled>>,
    /// Nodes whose disk or wall clock was harmed: they may begin below what they said, until they are told of it.
    forgetful: Vec<bool>,
    /// The furthest number in each node's name that was forged with the key, said below what it had said before, or heard in
    /// a former life of the hearer: until the node itself is above it, what it says need not be believed.
    doubted: Vec<Vec<(Generation, Sequence)>>,
    /// When something was last forged with the key, per hearer.
    pub(crate) forged_at: Vec<Option<u64>>,
    /// When another machine last spoke under the name of each node.
    pub(crate) cloned_at: Vec<Option<u64>>,
    pub(crate) words: Vec<words::Words>,
    pub(crate) watches: Vec<watch::Watch>,
    /// Questions of the judge, and answers to such questions.
    statuses: u64,
    answered: u64,
    /// Attacks that were compared with none.
    compared: u32,
    found: Option<Violation>,
}

impl Oracle {
    pub(crate) fn new(nodes: usize, groups: usize, timing: Timing) -> Oracle {
        Oracle {
            timing,
            heard: vec![vec![None; nodes]; nodes],
            said: vec![Numbers::default(); nodes],
            newest: vec![(Generation(0), Sequence(0)); nodes],
            doubled: vec![None; groups],
            forgetful: vec![false; nodes],
            doubted: vec![vec![(Generation(0), Sequence(0)); nodes]; nodes],
            forged_at: vec![None; nodes],
            cloned_at: vec![None; nodes],
            words: vec![words::Words::default(); nodes],
            watches: vec![watch::Watch::default(); nodes],
            statuses: 0,
            answered: 0,
            compared: 0,
            found: None,
        }
    }

    /// The first broken rule, if there is one.
    pub(crate) fn verdict(&self) -> Result<(), Violation> {
        self.found.clone().map_or(Ok(()), Err)
    }

    /// Notes a broken rule; only the first one counts.
    pub(crate) fn break_rule(&mut self, invariant: Invariant, at: u64, what: String) {
        self.found.get_or_insert(Violation { invariant, at, what });
    }

    /// The guard inside a core spoke: a violation by itself, whatever the truth is.
    pub(crate) fn asserted(&mut self, rule: Assertion, now: u64, (index, node): (usize, &NodeName), what: &str) {
        // It holds a start back for a dead time because of a word that may be true; that it is forged it cannot see.
        let dead = crate::run::nanos(self.timing.deadtime()) / 100 * 102;
        if matches!(rule, Assertion::S4 | Assertion::S7) && self.forged_at[index].is_some_and(|at| now - at <= dead) {
            return;
        }
        let invariant = match rule {
            Assertion::S4 => Invariant::S4,
            Assertion::S7 => Invariant::S7,
            Assertion::S11 => Invariant::S11,
            Assertion::S12 => Invariant::S12,
        };
        self.break_rule(invariant, now, format!("the guard of {node}: {what}"));
    }

    pub(crate) fn cannot_be_sent(&mut self, now: u64, node: &NodeName, why: &str) {
        self.break_rule(Invariant::L8, now, format!("{node} says what cannot be encoded: {why}"));
    }

    pub(crate) fn never_silent(&mut self, now: u64, node: &NodeName) {
        self.break_rule(Invariant::L8, now, format!("{node} goes in a circle: no end of outputs, and no time passes"));
    }

    /// What it knew of its earlier lives is gone; that its numbers only grow cannot be asked of it at its next start.
    pub(crate) fn forgets(&mut self, node: usize) {
        self.forgetful[node] = true;
    }

    pub(crate) fn forged(&mut self, to: usize, from: usize, forged: &Message, now: u64) {
        self.forged_at[to] = Some(now);
        let (Some(generation), Some(sequence)) = (forged.generation, forged.sequence) else { return };
        let known = &mut self.doubted[to][from];
        *known = (*known).max((generation, sequence));
    }

    pub(crate) fn booted(&mut self, node: usize, generation: u64, now: u64, name: &NodeName) {
        if self.newest[node].0.0 >= generation && !self.forgetful[node] {
            let what = format!("{name} begins generation {generation} after {}", self.newest[node].0.0);
            self.break_rule(Invariant::S11, now, what);
        }
        for (other, heard) in self.heard[node].iter_mut().enumerate() {
            // Its disk may know how far it was heard; what is on its way below that is refused.
            let number = heard.take().map_or_else(Default::default, |heard| heard.number);
            self.doubted[node][other] = self.doubted[node][other].max(number);
        }
        self.words[node] = words::Words::default();
        self.watches[node] = watch::Watch::default();
    }

    /// A node says something; `newest` is the number of its newest beat.
    pub(crate) fn said(&mut self, node: usize, message: &Message, newest: Option<Sequence>, now: u64) {
        let (Some(generation), Some(sequence)) = (message.generation, message.sequence) else { return };
        let before = self.newest[node];
        if self.forgetful[node] {
            // As soon as it is above again, it has to stay there.
            self.forgetful[node] = generation <= before.0;
            self.newest[node] = before.max((generation, sequence));
            self.said[node].overwrite((generation, sequence), now);
            return;
        }
        let is_newest = newest == Some(sequence) && matches!(message.body, Body::Status { .. });
        if generation < before.0 || is_newest && (generation, sequence) <= before {
            let what = format!("{} says {generation:?} {sequence:?} after {before:?}", message.from);
            self.break_rule(Invariant::S11, now, what);
        }
        self.newest[node] = before.max((generation, sequence));
        self.said[node].note((generation, sequence), now);
    }

    /// Has a node never said anything under that number? What is too old to be known may have been said.
    fn never_said(&self, node: usize, number: (Generation, Sequence)) -> bool {
        let said = &self.said[node];
        said.get(number).is_none() && said.first().is_none_or(|first| first < number)
    }

    /// Others spoke in its name, or it speaks below what it said.
    fn doubtful(&self, node: usize) -> bool {
        self.cloned_at[node].is_some() || self.forgetful[node]
    }

    /// Was it said a moment before it arrived?
    fn is_fresh(&self, from: usize, number: (Generation, Sequence), arrived: u64) -> bool {
        self.said[from].get(number).is_some_and(|at| arrived.checked_sub(*at).is_some_and(|age| age < FRESH_NS))
    }

    /// A frame that reached the machine at a time, `arrived`, is heard by its core, `now`.
    pub(crate) fn heard(&mut self, to: usize, from: usize, message: &Message, (arrived, now): (u64, u64), own: u64) {
        let (Some(generation), Some(sequence)) = (message.generation, message.sequence) else { return };
        let number = (generation, sequence);
        if let Body::Status { beat: Some(beat), .. } = &message.body {
            self.words[to].heard_ever(from, beat);
        }
        if self.forgetful[from] {
            // It is above in a moment, and then a late frame of this one is refused as an old one.
            self.doubted[to][from] = self.doubted[to][from].max(number);
        }
        if number <= self.doubted[to][from] {
            self.words[to].doubt(from);
            // What it said before is over, unless this one is older still.
            self.heard[to][from].take_if(|known| known.number < number);
            return;
        }
        // What waited for a heart that did not run is no recording.
        let fresh = self.is_fresh(from, number, arrived);
        let known = &mut self.heard[to][from];
        if !fresh || self.watches[to].newest.get(&from) >= Some(&number) {
            return;
        }
        self.watches[to].newest.insert(from, number);
        if let Body::Status { beat: Some(beat), .. } = &message.body {
            self.words[to].heard(from, beat);
        }
        let claims = match &message.body {
            Body::Status { beat: Some(beat), .. } => beat.claims.iter().map(|c| (c.group, c.state)).collect(),
            Body::ShutDone => Vec::new(),
            _ => return,
        };
        // Neither is a number believed at once that is very far ahead of all before.
        let near = |known: &Heard| sequence.0.saturating_sub(known.number.1.0) <= FAR;
        let same = known.as_ref().filter(|known| known.number.0 == generation && near(known));
        let life_at = same.map_or(now, |known| known.life_at);
        *known = Some(Heard { number, at: now, own, claims, life_at });
    }

    /// The hearer's own running time when it last heard something fresh of another.
    pub(crate) fn last_heard_own(&self, node: usize, other: usize) -> Option<u64> {
        self.heard[node][other].as_ref().map(|heard| heard.own)
    }

    /// When a node last heard something fresh of another.
    pub(crate) fn last_heard(&self, node: usize, other: usize) -> Option<u64> {
        self.heard[node][other].as_ref().map(|heard| heard.at)
    }

    /// For how long a node has heard fresh words of another one's present life.
    fn life_heard_for(&self, node: usize, other: usize, now: u64) -> Option<u64> {
        self.heard[node][other].as_ref().map(|heard| now - heard.life_at)
    }

    /// A node starts what another one holds in truth.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn started(
        &mut self,
        node: usize,
        other: usize,
        group: GroupId,
        had_it: bool,
        explained: bool,
        (own, least): (u64, u64),
        now: u64,
        names: &(NodeName, NodeName),
    ) {
        // A node that speaks below what it once said is refused as a recording until it is told.
        if had_it || self.forgetful[other] {
            return;
        }
        let (me, holder) = names;
        let heard = self.heard[node][other].as_ref();
        let state = heard.and_then(|h| h.claims.iter().find(|(id, _)| *id == group)).map(|(_, state)| *state);
        let silent_ns = heard.map(|h| own.saturating_sub(h.own));
        // Stalls are told in whole milliseconds, rounded up.
        let dead_ns = least.saturating_sub(5 * crate::clock::MS);
        let rule = match (state, silent_ns) {
            (Some(ClaimState::Blocked), _) => Invariant::S9,
            (Some(state), Some(silent)) if state.is_held() && silent < dead_ns / 2 => Invariant::S4,
            (Some(state), Some(silent)) if state.is_held() && silent < dead_ns => Invariant::S5,
            (_, Some(silent)) if silent < dead_ns && !explained => Invariant::S7,
            _ if explained && self.heard.len() == 2 => return,
            _ => Invariant::S1,
        };
        let ms = silent_ns.map_or("never heard".into(), |ns| format!("last heard {} ms ago", ns / 1_000_000));
        let what = format!("{me} starts {group}, which {holder} holds ({ms}, it said {state:?})");
        self.break_rule(rule, now, what);
    }

    /// Two nodes hold a group at this moment; `apart`: they may be unable to hear each other.
    pub(crate) fn doubled(&mut self, group: usize, one: &Holder, other: &Holder, apart: bool, now: u64) {
        let nodes = (one.node, other.node);
        let fresh = Doubled { nodes, since: now, met: None };
        let mut doubled = self.doubled[group].filter(|d| d.nodes == nodes).unwrap_or(fresh);
        // Of two machines under one name neither can be believed.
        let dead = crate::run::nanos(self.timing.deadtime());
        let cloned = |node: usize| self.cloned_at[node].is_some_and(|at| now - at <= 2 * dead);
        if apart || one.excused || other.excused || cloned(nodes.0) || cloned(nodes.1) {
            doubled = fresh;
        }
        // A life that began unheard is believed when the one before has been silent for longer than a beat or two.
        let doubt = 2 * crate::run::nanos(self.timing.keepalive());
        let believed = |to: usize, from: usize| self.life_heard_for(to, from, now).is_some_and(|span| span > doubt);
        let heard = |to: usize, from: usize| {
            self.last_heard(to, from).is_some_and(|at| at > doubled.since) && believed(to, from)
        };
        if heard(nodes.0, nodes.1) && heard(nodes.1, nodes.0) {
            let met = *doubled.met.get_or_insert(now);
            if now - met > ONE_AGAIN_NS {
                let what = format!("group {group} is held twice, although both holders hear each other");
                self.break_rule(Invariant::S2, now, what);
            }
        }
        self.doubled[group] = Some(doubled);
    }

    /// At most one node holds a group at this moment.
    pub(crate) fn single(&mut self, group: usize) {
        self.doubled[group] = None;
    }
}

#[cfg(test)]
mod tests;

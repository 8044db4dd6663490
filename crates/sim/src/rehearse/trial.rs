//! One run of a rehearsal: acts on a quiet cluster, a time in which what they broke stays broken, then everything is
//! mended. What was true of each group meanwhile.
//! Not here: which acts (catalogue.rs, pairs.rs), and words for it (telling.rs).

use super::TWO_MASTERS_MS;
use super::catalogue::Incident;
use crate::chronicle::{Chronicle, Figures};
use crate::clock::{MS, SECOND};
use crate::random::Random;
use crate::run::nanos;
use crate::script::Step;
use crate::world::World;
use systole_core::Ask;

/// Runs of each single incident: it begins at different moments between two beats, and agents take different times.
pub(crate) const DICE: u64 = 5;
/// Longest work of an agent, and some.
const AGENT_NS: u64 = 30 * SECOND;

/// Where a group is at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// One node serves it and no other has its address.
    On(usize),
    /// Nobody serves it.
    Nowhere,
    /// So many nodes have its address.
    Doubled(usize),
}

/// What became of one group in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Who served it before.
    pub before: Stands,
    /// While everything that was broken was still broken.
    pub lasting: Stands,
    /// After everything was mended, and after `systole cleanup` where that was needed.
    pub after: Stands,
    /// For how long nobody served it until it was mended.
    pub outage_ms: u64,
    /// For how long several nodes had its address, in the whole run.
    pub doubled_ms: u64,
    /// Without service after everything was mended: the way back.
    pub back_ms: u64,
    /// How often another node served it than before, until it was mended.
    pub moves: u32,
    /// It was served again only when failures had been forgotten by hand.
    pub cleanup: bool,
}

/// One incident and all its runs, a course for each group in each.
#[derive(Debug, Clone)]
pub struct Row {
    pub incident: Incident,
    pub runs: Vec<Vec<Course>>,
}

impl Row {
    /// The courses of one group.
    pub fn of_group(&self, group: usize) -> impl Iterator<Item = &Course> {
        self.runs.iter().filter_map(move |run| run.get(group))
    }

    /// The worst course of a group.
    pub fn worst(&self, group: usize) -> Option<&Course> {
        self.of_group(group).max_by_key(|course| course.badness())
    }

    /// Longest time for which any group had several holders, in milliseconds.
    pub fn doubled_ms(&self) -> u64 {
        self.runs.iter().flatten().map(|course| course.doubled_ms).max().unwrap_or(0)
    }

    /// Several masters, not just a hand-over?
    pub fn two_masters(&self) -> bool {
        self.doubled_ms() > TWO_MASTERS_MS
    }

    /// A group that is not served while it lasts?
    pub fn dark(&self) -> bool {
        self.runs.iter().flatten().any(|course| course.lasting == Stands::Nowhere)
    }

    /// Median and worst outage of a group, in milliseconds.
    pub fn outage_ms(&self, group: usize) -> (u64, u64) {
        let mut all: Vec<u64> = self.of_group(group).map(|course| course.outage_ms).collect();
        all.sort_unstable();
        (all.get(all.len() / 2).copied().unwrap_or(0), all.last().copied().unwrap_or(0))
    }

    /// The worse one is the greater.
    pub fn badness(&self) -> (bool, u64, bool, u64) {
        self.runs.iter().flatten().map(Course::badness).max().unwrap_or_default()
    }
}

impl Course {
    /// The worse one is the greater: two masters, then no service, then how long.
    pub fn badness(&self) -> (bool, u64, bool, u64) {
        let two = self.doubled_ms > TWO_MASTERS_MS;
        (two, if two { self.doubled_ms } else { 0 }, self.lasting == Stands::Nowhere, self.outage_ms)
    }
}

/// Plays acts on a copy of a quiet world; a course for each group. `lasts_ms`: it is over by itself then.
pub(crate) fn play(quiet: &World, acts: &[Step], lasts_ms: Option<u64>, die: u64) -> Vec<Course> {
    let mut world = quiet.clone();
    world.random = Random::new(die);
    let timing = world.plan.timing();
    let dead = nanos(timing.deadtime());
    let beats = u64::try_from(2 * timing.keepalive().as_millis()).unwrap_or(u64::MAX);
    let moment = world.random.span(0, beats);
    pass(&mut world, moment);
    world.chronicle = Some(Chronicle::default());
    world.note_standing();
    let begun = world.now;
    for step in acts {
        let due = begun + step.at_ms * MS;
        let left = due.saturating_sub(world.now);
        pass(&mut world, left);
        world.act(&step.act);
        world.note_standing();
    }
    let over = lasts_ms.map_or(0, |ms| (begun + ms * MS).saturating_sub(world.now) + dead + 10 * SECOND);
    pass(&mut world, over.max(2 * dead + AGENT_NS));
    let groups = world.plan.groups().len();
    let lasting: Vec<(Stands, Figures)> = (0..groups).map(|g| (stands(&world, g), figures(&world, g))).collect();
    world.mend();
    world.note_standing();
    pass(&mut world, 3 * dead + AGENT_NS);
    let after: Vec<(Stands, Figures)> = (0..groups).map(|g| (stands(&world, g), figures(&world, g))).collect();
    let served = |stands: &Stands| matches!(stands, Stands::On(_));
    let cleanup = after.iter().any(|(stands, _)| !served(stands));
    if cleanup {
        (0..world.nodes.len()).for_each(|node| world.ask(node, Ask::Cleanup { group: None }));
        pass(&mut world, 2 * dead + AGENT_NS);
    }
    let course = |group: usize| {
        let ((lasting, then), (mended, later)) = (&lasting[group], &after[group]);
        Course {
            before: stands(quiet, group),
            lasting: *lasting,
            after: stands(&world, group),
            outage_ms: then.outage_ns / MS,
            doubled_ms: later.doubled_ns / MS,
            back_ms: (later.outage_ns - then.outage_ns) / MS,
            moves: then.moves,
            cleanup: !served(mended) && served(&stands(&world, group)),
        }
    };
    (0..groups).map(course).collect()
}

/// What happens while everything that was broken stays broken; with its begin and its end.
pub(crate) fn watch(quiet: &World, acts: &[Step]) -> (Chronicle, u64, u64) {
    let mut world = quiet.clone();
    world.random.steady();
    world.chronicle = Some(Chronicle::default());
    world.note_standing();
    let begun = world.now;
    for step in acts {
        let left = (begun + step.at_ms * MS).saturating_sub(world.now);
        pass(&mut world, left);
        world.act(&step.act);
        world.note_standing();
    }
    let dead = nanos(world.plan.timing().deadtime());
    pass(&mut world, 2 * dead + AGENT_NS);
    (world.chronicle.take().unwrap_or_default(), begun, world.now)
}

/// Where a group is now.
pub(crate) fn stands(world: &World, group: usize) -> Stands {
    let standing = world.standing(group);
    match (standing.holders.len(), standing.servers.first()) {
        (2.., _) => Stands::Doubled(standing.holders.len()),
        (_, Some(node)) => Stands::On(*node),
        (_, None) => Stands::Nowhere,
    }
}

fn figures(world: &World, group: usize) -> Figures {
    world.chronicle.as_ref().map(|chronicle| chronicle.figures(group, world.now)).unwrap_or_default()
}

fn pass(world: &mut World, span: u64) {
    // Without a judge nothing ends a run early.
    drop(world.run(span));
}

//! What a run adds up to for its users: for how long two masters had an address, and for how long nobody served.
//! Not here: whether that may be (oracle.rs); how long single faults last (rehearse.rs).

use crate::clock::{MS, SECOND};
use crate::world::World;
use std::fmt;
use systole_core::Condition;

/// Two masters for longer than this are counted as a run with two masters: less is a move that overlaps.
const TWO_MASTERS_NS: u64 = 500 * MS;

/// Nanoseconds of groups: two groups for a second are two seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// All of it.
    pub groups_ns: u64,
    /// Two or more running machines had the address.
    pub two_ns: u64,
    /// No machine had it together with a service that ran.
    pub nobody_ns: u64,
    /// Runs in which one group had two masters for more than half a second in all.
    pub runs_with_two: u64,
}

/// How a group stands just now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Now {
    two: bool,
    nobody: bool,
    two_ns: u64,
}

impl World {
    /// So much time passes, and all is as it was seen last.
    pub(crate) fn count_time(&mut self, span: u64) {
        for group in &mut self.standing_now {
            self.totals.groups_ns += span;
            self.totals.nobody_ns += if group.nobody { span } else { 0 };
            group.two_ns += if group.two { span } else { 0 };
        }
    }

    /// A group is seen: so many have its address.
    pub(crate) fn see_standing(&mut self, group: usize) {
        let mut holders = self.nodes.iter().filter(|node| node.frozen.is_none() && node.resources[group].holds);
        let (first, second) = (holders.next(), holders.next());
        let runs = first.into_iter().chain(second).chain(holders);
        let nobody = !runs.map(|node| node.resources[group].found).any(|found| found == Condition::Running);
        if let Some(now) = self.standing_now.get_mut(group) {
            (now.two, now.nobody) = (second.is_some(), nobody);
        }
    }

    /// The sums of the whole run.
    pub(crate) fn totals(&self) -> Totals {
        let two_ns = self.standing_now.iter().map(|group| group.two_ns).sum();
        let runs_with_two = u64::from(self.standing_now.iter().any(|group| group.two_ns > TWO_MASTERS_NS));
        Totals { two_ns, runs_with_two, ..self.totals }
    }
}

impl Totals {
    /// Those of another run are added.
    pub fn add(&mut self, other: &Totals) {
        self.groups_ns += other.groups_ns;
        self.two_ns += other.two_ns;
        self.nobody_ns += other.nobody_ns;
        self.runs_with_two += other.runs_with_two;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |ns: u64| 100.0 * ns as f64 / self.groups_ns.max(1) as f64;
        let seconds = |ns: u64| ns as f64 / SECOND as f64;
        write!(
            f,
            "two masters {:.0} s ({:.3} %), for more than 0.5 s in {} runs; no service {:.0} s ({:.2} %) of {:.0} s",
            seconds(self.two_ns),
            share(self.two_ns),
            self.runs_with_two,
            seconds(self.nobody_ns),
            share(self.nobody_ns),
            seconds(self.groups_ns)
        )
    }
}

//! Every pair of incidents: at once, and either a while after the other.
//! Not here: one run (trial.rs).

use super::trial::{self, Course, Row};
use super::{Stage, TWO_MASTERS_MS, spread};
use crate::script::Step;

/// Two incidents, and the worst that came of them in any order.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Places in the catalogue, in the order of that worst run.
    pub first: usize,
    pub second: usize,
    /// So many milliseconds after the first one the second one came.
    pub gap_ms: u64,
    /// The worst course of any group, and the group.
    pub course: Course,
    pub group: usize,
    /// One of both makes two masters by itself.
    pub expected: bool,
}

/// All pairs in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub pairs: usize,
    /// Two masters, in the worst order of events.
    pub two_masters: usize,
    /// Of those: neither does so by itself.
    pub only_together: usize,
    /// Nobody serves a group while both last, and no two masters.
    pub dark: usize,
}

impl Summary {
    /// Counts.
    pub fn of(pairs: &[Pair]) -> Summary {
        let two: Vec<&Pair> = pairs.iter().filter(|pair| pair.two_masters()).collect();
        Summary {
            pairs: pairs.len(),
            two_masters: two.len(),
            only_together: two.iter().filter(|pair| !pair.expected).count(),
            dark: pairs.iter().filter(|pair| !pair.two_masters() && pair.dark()).count(),
        }
    }
}

impl Pair {
    /// Several masters, not just a hand-over?
    pub fn two_masters(&self) -> bool {
        self.course.doubled_ms > TWO_MASTERS_MS
    }

    /// Nobody serves the group while both last?
    pub fn dark(&self) -> bool {
        self.course.lasting == trial::Stands::Nowhere
    }
}

impl Stage {
    /// Every pair of these incidents, the worst first. `progress` hears how many of how many are done.
    pub fn pairs(&self, rows: &[Row], jobs: usize, progress: impl Fn(usize, usize)) -> Vec<Pair> {
        let all: Vec<(usize, usize)> = (0..rows.len()).flat_map(|a| (a + 1..rows.len()).map(move |b| (a, b))).collect();
        let worst = |n: usize| all.get(n).and_then(|(a, b)| self.pair(rows, *a, *b));
        let mut pairs: Vec<Pair> = spread(all.len(), jobs, worst, progress).into_iter().flatten().collect();
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.course.badness()));
        pairs
    }

    /// The second of two comes so many milliseconds after the first: at once, while that is not noticed, when it has
    /// been answered.
    pub fn gaps_ms(&self) -> [u64; 3] {
        let dead = u64::try_from(self.plan().timing().deadtime().as_millis()).unwrap_or(u64::MAX / 4);
        [0, dead / 2, dead + 5000]
    }

    /// The worst of: at once, and either one before the cluster has noticed the other, and after it has answered it.
    fn pair(&self, rows: &[Row], a: usize, b: usize) -> Option<Pair> {
        let [_, before, after] = self.gaps_ms();
        let orders = [(a, b, 0), (a, b, before), (b, a, before), (a, b, after), (b, a, after)];
        let expected = rows[a].two_masters() || rows[b].two_masters();
        let runs = orders.into_iter().zip(1..).flat_map(|((first, second, gap_ms), die)| {
            let (one, other) = (&rows[first].incident, &rows[second].incident);
            let later = other.acts.iter().map(|step| Step { at_ms: step.at_ms + gap_ms, act: step.act.clone() });
            let acts: Vec<Step> = one.acts.iter().cloned().chain(later).collect();
            let ends = one.lasts_ms.max(other.lasts_ms.map(|ms| ms + gap_ms));
            let courses = trial::play(&self.world, &acts, ends, die);
            let of = move |(group, course)| Pair { first, second, gap_ms, course, group, expected };
            courses.into_iter().enumerate().map(of)
        });
        runs.max_by_key(|pair| pair.course.badness())
    }
}

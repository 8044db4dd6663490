//! What the rules beside words keep of each node since it was booted: its beats, the work on its groups, its links, the
//! questions of its operator. Not here: the rules (beats.rs, work.rs, links.rs, answers.rs).

use super::numbers::Numbers;
use super::sleepers::Sleeper;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use systole_core::{Beat, Generation, GroupId, JobId, Sequence};

/// One life of one node, as the judge saw it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// The newest number of each other node, of whatever word, that was delivered: what an answer has overtaken is late,
    /// and no sign of life (FD, R1).
    pub(super) newest: BTreeMap<usize, (Generation, Sequence)>,
    /// Its own running time at its newest beat.
    pub(super) beat_own: Option<u64>,
    /// Its newest beat.
    pub(crate) beat: Option<Arc<Beat>>,
    /// Groups, by place, whose address the kernel took away while it did not run.
    pub(super) lapsed: BTreeSet<usize>,
    /// Groups that could not be started, and when: for a while they are not tried again unless somebody asks.
    pub(super) failed: BTreeMap<usize, u64>,
    /// Groups that could not be stopped, and since when.
    pub(super) stuck: BTreeMap<usize, u64>,
    /// Jobs about warm services alone, and the groups whose warm services it could not stop: that blocks nobody.
    pub(super) warm_jobs: BTreeSet<JobId>,
    pub(super) warm_stuck: BTreeSet<usize>,
    /// Jobs under way.
    pub(super) jobs: BTreeMap<JobId, usize>,
    /// The newest number of another node on a link, and its own running time then.
    pub(super) links: BTreeMap<(usize, usize), ((Generation, Sequence), u64)>,
    /// Groups that were taken for the silence of another node.
    pub(super) sleepers: BTreeMap<usize, Sleeper>,
    /// Since when a group is served without carrier, although another node could take it.
    pub(super) uncabled: BTreeMap<usize, u64>,
    /// What was asked and has no answer yet: groups that shall come here.
    pub(super) asked: BTreeMap<u64, BTreeSet<usize>>,
    /// Groups whose coming here was refused, and nothing else can have brought it about since.
    pub(super) refused: BTreeSet<usize>,
    /// What hands found running by a right of before, and until which moment of its clock that lasts.
    pub(crate) leftovers: BTreeMap<GroupId, u64>,
    /// Its own running time when a link last brought anything in the name of another node.
    pub(super) brought: BTreeMap<(usize, usize), u64>,
    /// What it knows of a week of the other node's silences, in milliseconds.
    pub(super) known_gap_ms: Option<u64>,
    /// Groups, by place, for whose addresses nobody answered it in its last round of questions.
    pub(crate) silent_wire: BTreeSet<usize>,
    /// How far its beats said last that it hears each other node.
    pub(crate) named: BTreeMap<usize, (Generation, Sequence)>,
    /// Numbers that it heard of each other node, in their order.
    pub(crate) numbers: BTreeMap<usize, Numbers<()>>,
}

impl Watch {
    pub(super) fn number(&mut self, from: usize, number: (Generation, Sequence)) {
        self.numbers.entry(from).or_default().note(number, ());
    }

    /// Has it heard anything of that life below that number?
    pub(super) fn heard_before(&self, from: usize, number: (Generation, Sequence)) -> bool {
        self.numbers.get(&from).is_some_and(|numbers| numbers.before(number).is_some())
    }
}

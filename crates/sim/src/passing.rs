//! How time passes: from one happening to the next, the judge looking on after each.
//! Not here: what is judged (oracle.rs).

use crate::agents::Resource;
use crate::asking::Round;
use crate::brain::Brain;
use crate::clock::MS;
use crate::network::{Medium, Weather};
use crate::node::{Node, Waiting};
use crate::oracle::{Holder, Violation};
use crate::run::nanos;
use crate::world::{Happening, World};
use systole_core::{Condition, Input, JobKind};

/// Woken later than this, heart takes it for a stall, as the program does.
const STALL_NS: u64 = 100 * MS;
/// So many happenings without any time passing are a circle.
const AT_ONCE_MAX: u32 = 20_000;

impl World {
    /// Lets so many nanoseconds pass.
    ///
    /// # Errors
    /// What the judge found; time stands still then.
    pub fn run(&mut self, span: u64) -> Result<(), Violation> {
        let end = self.now + span;
        let mut at_once = 0;
        while let Some(next) = self.next_moment().filter(|at| *at <= end) {
            at_once = if next > self.now { 0 } else { at_once + 1 };
            if at_once > AT_ONCE_MAX {
                self.oracle.never_silent(self.now, &self.nodes[0].name);
                return self.oracle.verdict();
            }
            self.count_time(next - self.now);
            self.now = next;
            self.happen();
            self.look()?;
        }
        self.count_time(end - self.now);
        self.now = end;
        Ok(())
    }

    /// Goes on to the next event, and through it.
    ///
    /// # Errors
    /// What the judge found.
    pub(crate) fn one_event(&mut self) -> Result<(), Violation> {
        if let Some(next) = self.next_moment() {
            self.count_time(next - self.now);
            self.now = next;
            self.happen();
        }
        self.look()
    }

    fn next_moment(&self) -> Option<u64> {
        let queued = self.queue.keys().next().map(|(at, _)| *at);
        let wakes = self.nodes.iter().filter(|n| n.core.is_some()).map(|n| n.paused_until.unwrap_or(n.wake));
        queued.into_iter().chain(wakes).min().map(|at| at.max(self.now))
    }

    /// The judge looks at the truth.
    pub(crate) fn look(&mut self) -> Result<(), Violation> {
        self.note_standing();
        if !self.judged {
            return Ok(());
        }
        self.judge_cables();
        for group in 0..self.plan.groups().len() {
            self.see_standing(group);
            let mut holders = (0..self.nodes.len()).filter(|i| self.nodes[*i].resources[group].holds);
            if let (Some(first), Some(second)) = (holders.next(), holders.next()) {
                let (first, second) = (self.holder(first, group), self.holder(second, group));
                let apart = self.impaired_since(first.node, second.node, self.now)
                    || self.impaired_since(second.node, first.node, self.now)
                    || self.weather != Weather::default();
                self.oracle.doubled(group, &first, &second, apart, self.now);
            } else {
                self.oracle.single(group);
            }
        }
        self.oracle.verdict()
    }

    fn holder(&self, index: usize, group: usize) -> Holder {
        let node = &self.nodes[index];
        let resource = &node.resources[group];
        let stops = matches!(resource.job, Some((_, JobKind::Stop | JobKind::Yield)));
        let stuck = resource.found == Condition::Partial && resource.job.is_none() || self.is_stuck(index, group);
        Holder { node: index, excused: !node.runs() || !node.hands_up || stops || stuck }
    }

    fn happen(&mut self) {
        if let Some(entry) = self.queue.first_entry().filter(|e| e.key().0 <= self.now) {
            let happening = entry.remove();
            self.carry(happening);
            self.say_late();
            return;
        }
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            match node.paused_until {
                Some(until) if until <= self.now => self.resume(index),
                None if node.core.is_some() && node.wake <= self.now => self.input(index, Input::Tick),
                _ => {}
            }
            self.say_late();
        }
    }

    /// What came up while a core was still giving its outputs.
    fn say_late(&mut self) {
        while let Some((index, hands_life, input)) = self.late.pop() {
            if self.nodes[index].hands_life == hands_life {
                self.input(index, input);
            }
        }
    }

    fn carry(&mut self, happening: Happening) {
        if let Some(until) = self.held_up(&happening) {
            return self.push(until, happening);
        }
        match happening {
            Happening::Arrive { from, to, link, bytes } => self.arrive(from, to, link, bytes),
            Happening::JobEnds { node, hands_life, group, id } => self.end_job(node, hands_life, group, id),
            Happening::HandsReady { node, life, hands_life } => self.hands_ready(node, life, hands_life),
            Happening::Asks(round) => self.go_on_asking(round),
            Happening::Released { node, hands_life } => self.released(node, hands_life),
            Happening::Boot { node, life } if self.nodes[node].life == life => self.boot(node),
            Happening::Ends { trouble, era } if self.era == era => self.trouble(trouble, false),
            Happening::Turn { id } => self.turn(id),
            Happening::Kept { node, hands_life, kept } => self.kept(node, hands_life, kept),
            Happening::Replayed { to } => self.replay(to, false),
            Happening::Fails { node, group, job } => self.service_may_fail(node, group, job),
            Happening::Seen { node, hands_life, group, down } => self.service_seen(node, hands_life, group, down),
            Happening::SeenTo { node, hands_life, group, down } => self.judge_service(node, hands_life, group, down),
            Happening::Expires { node, life, right_until } => {
                let kept = |n: &Node| n.core.is_some() && n.paused_until.is_none();
                // A next heart that has found what runs renews nothing before it knows that nobody else has it.
                let still = |n: &Node| n.right_until == right_until && !(n.life == life && kept(n));
                if still(&self.nodes[node]) {
                    self.note_lapse(node);
                    self.nodes[node].resources.iter_mut().for_each(Resource::expire);
                    self.tell(|w| format!("{}: the kernel takes its addresses away", w.nodes[node].name));
                }
            }
            Happening::Boot { .. } | Happening::Ends { .. } => {}
        }
    }

    /// What hands does on a machine that stands still happens when that runs again.
    fn held_up(&self, happening: &Happening) -> Option<u64> {
        let (Happening::JobEnds { node, .. }
        | Happening::HandsReady { node, .. }
        | Happening::Asks(Round { node, .. })
        | Happening::Released { node, .. }
        | Happening::Seen { node, .. }
        | Happening::SeenTo { node, .. }
        | Happening::Kept { node, .. }) = happening
        else {
            return None;
        };
        let node = &self.nodes[*node];
        node.frozen.and(node.paused_until).map(|until| until + MS)
    }

    /// First the stall, then what arrived meanwhile, then the clock, as in the program.
    fn resume(&mut self, index: usize) {
        let now = self.now;
        let node = &mut self.nodes[index];
        let since = node.away_at.unwrap_or(now);
        node.paused_until = None;
        if let Some((since, told)) = node.frozen {
            self.thaw(index, since, told);
        }
        let node = &mut self.nodes[index];
        node.away_at = Some(now);
        // By its own clock, as the program measures it: with one that is a hundredth fast the world's time would be 3 ms
        // short after a stall of 0.3 s, and the verdict so much too early.
        let late = node.clock.shows(now).0.saturating_sub(node.clock.shows(node.wake).0);
        // Until its next planned moment it would have slept anyway, and what arrived then waits for it: that is silence
        // in its own running time. What is beyond the schedule, but no stall yet, counts as running too (reference FD, R2).
        if late > STALL_NS {
            node.paused_ns += node.clock.shows(now).0 - node.clock.shows(since.max(node.wake).min(now)).0;
        }
        let waiting = std::mem::take(&mut node.waiting);
        self.tell(|w| format!("{}: heart runs again", w.nodes[index].name));
        if late > STALL_NS {
            self.input(index, Input::Stalled { for_ms: late.div_ceil(MS) });
        }
        let node = &self.nodes[index];
        let lapsed = node.right_until > 0 && node.clock.shows(now).0 >= node.right_until;
        self.nodes[index].right_until = 0;
        if lapsed && self.nodes[index].core.as_ref().is_some_and(Brain::is_entitled) {
            self.input(index, Input::Lapsed);
        }
        for one in waiting {
            match one {
                Waiting::Input(input) => self.input(index, input),
                Waiting::Bytes { at, from, link, bytes } if from != index => self.hear((from, index), link, &bytes, at),
                Waiting::Bytes { .. } => {}
            }
        }
        self.input(index, Input::Tick);
    }

    /// Could silence from one node to another since that time have a cause that no timing can tell from death?
    pub(crate) fn impaired_since(&mut self, from: usize, to: usize, since: u64) -> bool {
        if !self.nodes[from].runs() || self.nodes[from].away_at.is_some_and(|at| at >= since) {
            return true;
        }
        if self.lossy_at.is_some_and(|at| at >= since) {
            return true;
        }
        (0..self.links.len()).all(|link| {
            let passes = self.passes(from, to, link);
            !passes || !self.shares_key(from, to) || self.wire(from, to, link).cut_at.is_some_and(|at| at >= since)
        })
    }

    /// Has a node had no carrier on any link at a moment of the last dead time? A serial line shows none.
    fn is_isolated(&self, index: usize) -> bool {
        let node = &self.nodes[index];
        let lately = self.now.saturating_sub(nanos(node.settings.timing.deadtime()) / 100 * 97);
        let shown = self.links.iter().all(|(_, medium)| *medium == Medium::Lan);
        node.pulled.iter().all(|causes| *causes > 0) || shown && node.uncabled_at.is_some_and(|at| at >= lately)
    }

    /// A node is about to start a group: was that right?
    pub(crate) fn judge_start(&mut self, index: usize, group: usize) {
        if self.nodes[index].old {
            return;
        }
        let own = self.nodes[index].own_time(self.now);
        let others: Vec<usize> =
            (0..self.nodes.len()).filter(|i| *i != index && self.nodes[*i].resources[group].holds).collect();
        // Parts that somebody took away by hand (O5) are put back.
        let had_it = self.nodes[index].resources[group].holds || self.nodes[index].resources[group].taken_away;
        for other in others {
            let since = self.oracle.last_heard(index, other).unwrap_or(self.nodes[index].booted_at);
            // Who has no carrier on any link is the one that is cut off, whatever he hears.
            let isolated = self.is_isolated(index);
            let explained = !isolated && self.impaired_since(other, index, since);
            let names = (self.nodes[index].name.clone(), self.nodes[other].name.clone());
            let id = self.nodes[index].settings.groups[group].id;
            let least = self.least_silence(index, other);
            self.oracle.started(index, other, id, had_it, explained, (own, least), self.now, &names);
            if !had_it {
                self.judge_wire(index, other, group);
            }
        }
    }
}

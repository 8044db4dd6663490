//! S12 by comparison: a core to which an attacker repeats what it has heard already, and the same core without, must
//! decide the same. Not here: recordings that were never delivered, which nobody can tell from news (M3).

use super::Invariant;
use crate::brain::Brain;
use crate::network::Medium;
use crate::world::World;
use std::time::Duration;
use systole_core::{Body, Claim, Event, Generation, Input, Message, Moment, Output, Sequence};

/// So many attacks of one run are compared.
const COMPARED_MAX: u32 = 2;
/// So many frames are repeated at once.
const REPEATED: usize = 20;

impl World {
    /// An attacker is about to play frames to a node: what it has heard must change nothing.
    pub(crate) fn judge_repeats(&mut self, to: usize) {
        if !self.judged || self.oracle.compared >= COMPARED_MAX || !self.nodes[to].runs() || self.nodes[to].old {
            return;
        }
        let frames = self.heard_frames(to);
        if frames.is_empty() {
            return;
        }
        self.oracle.compared += 1;
        self.compare(to, &frames);
    }

    /// Do these frames change what is decided?
    pub(super) fn compare(&mut self, to: usize, frames: &[(usize, Message)]) {
        let span = self.plan.timing().deadtime() + 2 * self.plan.timing().keepalive();
        let without = self.decisions(to, &[], span);
        let with = self.decisions(to, frames, span);
        // A hurried beat may come before what would have come first.
        let differs = [(with.words, without.words), (with.work, without.work)].into_iter().find(|(a, b)| a != b);
        if let Some((with, without)) = differs {
            let (with, without) = first_difference(&with, &without);
            let name = &self.nodes[to].name;
            let what = format!("{name} hears {} old frames again, and then {with} instead of {without}", frames.len());
            self.oracle.break_rule(Invariant::S12, self.now, what);
        }
    }

    /// Recorded datagrams that a node has heard in its present life, the newest last.
    fn heard_frames(&mut self, to: usize) -> Vec<(usize, Message)> {
        let mut frames = Vec::new();
        for recorded in self.recorded.clone() {
            if recorded.from == to || self.links[recorded.link].1 != Medium::Lan {
                continue;
            }
            let Ok(message) = self.reader.read(&recorded.bytes, &self.keys, false) else { continue };
            let Some(number) = message.generation.zip(message.sequence) else { continue };
            let watch = &self.oracle.watches[to];
            let heard = watch.numbers.get(&recorded.from);
            // Frames of former lives are answered: their sender may have lost its number. And what this link has never
            // brought may be news about the link.
            let newest = watch.links.get(&(recorded.from, recorded.link)).map(|(newest, _)| *newest);
            // What was not believed when it came is news still; what was, its own beats have named since.
            let believed = watch.named.get(&recorded.from).copied();
            let present = |up_to: (Generation, Sequence)| up_to.0 == number.0 && number <= up_to;
            if newest.is_some_and(present)
                && believed.is_some_and(present)
                && heard.is_some_and(|numbers| numbers.get(number).is_some())
            {
                frames.push((recorded.link, message));
            }
        }
        frames.split_off(frames.len().saturating_sub(REPEATED))
    }

    /// What a copy of its core decides when it hears these, and nothing more for that time.
    fn decisions(&self, to: usize, frames: &[(usize, Message)], span: Duration) -> Decided {
        let node = &self.nodes[to];
        let Some(mut core) = node.core.clone() else { return Decided::default() };
        let mut now = node.clock.shows(self.now);
        let end = now + span;
        // What it has said already is no decision.
        let said = self.oracle.watches[to].beat.as_ref();
        let mut decided =
            Decided { claims: said.map_or_else(Vec::new, |beat| beat.claims.clone()), ..Decided::default() };
        for (link, message) in frames {
            core.handle(now, Input::Heard { link: self.links[*link].0.clone(), message: message.clone() });
            decided.until_asleep(&mut core, now);
        }
        while now < end {
            core.handle(now, Input::Tick);
            now = decided.until_asleep(&mut core, now).max(now + Duration::from_nanos(1));
        }
        decided
    }
}

/// What a core wants, as text, but for what it may do with old frames.
#[derive(Default)]
struct Decided {
    /// Claims, where they changed.
    words: Vec<String>,
    /// Jobs, events and answers, and when.
    work: Vec<String>,
    claims: Vec<Claim>,
}

impl Decided {
    /// Takes all outputs; gives the moment at which the core wants to be woken.
    fn until_asleep(&mut self, core: &mut Brain, now: Moment) -> Moment {
        loop {
            match core.poll() {
                Output::SleepUntil(at) => return at,
                // Beats and answers to questions may come earlier or more often, but must not say anything else.
                Output::Say(Message { body: Body::Status { beat: Some(beat), .. }, .. })
                    if beat.claims != self.claims =>
                {
                    self.claims = beat.claims.clone();
                    self.words.push(format!("it says {:?}", self.claims));
                }
                Output::Say(_) | Output::Tell(Event::OldGeneration { .. }) => {}
                output => self.work.push(format!("{} ms {output:?}", now.as_ms())),
            }
        }
    }
}

fn first_difference(with: &[String], without: &[String]) -> (String, String) {
    let same = with.iter().zip(without).take_while(|(a, b)| a == b).count();
    let show = |all: &[String]| all.get(same).cloned().unwrap_or_else(|| "nothing more".to_owned());
    (show(with), show(without))
}

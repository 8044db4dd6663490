//! What a core is given, and what becomes of what it wants.
//! Not here: when anything happens (passing.rs).

use crate::acting::Kept;
use crate::brain::Brain;
use crate::node::Waiting;
use crate::world::World;
use systole_core::{Event, Input, Output};

/// More outputs than this for one input are a circle.
const OUTPUTS_MAX: usize = 10_000;

impl World {
    /// Gives heart an input, now or when it runs again.
    pub(crate) fn input(&mut self, index: usize, input: Input) {
        let node = &mut self.nodes[index];
        if node.paused_until.is_some() {
            node.waiting.push(Waiting::Input(input));
            return;
        }
        self.note_work(index, &input);
        let node = &mut self.nodes[index];
        let Some(core) = node.core.as_mut() else { return };
        if let Some(tape) = &mut self.tape {
            tape.hears(index, node.clock.shows(self.now), &input);
        }
        core.handle(node.clock.shows(self.now), input);
        self.drain(index);
    }

    fn drain(&mut self, index: usize) {
        for _ in 0..OUTPUTS_MAX {
            let node = &mut self.nodes[index];
            let Some(core) = node.core.as_mut() else { return };
            let output = core.poll();
            if let Some(tape) = &mut self.tape {
                tape.wants(index, core, &output);
            }
            match output {
                Output::SleepUntil(at) => {
                    node.wake = node.clock.reaches(at);
                    return;
                }
                output => self.carry_out(index, output),
            }
        }
        self.oracle.never_silent(self.now, &self.nodes[index].name);
    }

    fn carry_out(&mut self, index: usize, output: Output) {
        self.note(index, &output);
        match output {
            Output::Say(message) => {
                let newest = self.nodes[index].core.as_ref().and_then(Brain::newest_beat);
                self.renew_right(index, &message);
                self.oracle.said(index, &message, newest, self.now);
                self.judge_words(index, &message);
                self.send(index, &message);
            }
            Output::Do(job) => self.begin_job(index, job),
            Output::Cancel(id) => self.cancel_job(index, id),
            Output::Probe { group, span_ms } => self.begin_probe(index, group, span_ms),
            Output::Tell(Event::AssertionFailed { rule, what }) => {
                self.oracle.asserted(rule, self.now, (index, &self.nodes[index].name), &what);
            }
            Output::Tell(event) => {
                self.tell(|w| format!("{}: {event:?}", w.nodes[index].name));
                self.judge_event(index, &event);
            }
            Output::Answer { id, answer } => self.judge_answer(index, id, &answer),
            Output::SleepUntil(_) | Output::RememberGaps { .. } => {}
            Output::Remember { generation } => self.begin_keeping(index, Kept::Own(generation)),
            Output::RememberPeer { node, generation, sequence } => {
                self.begin_keeping(index, Kept::Peer(node, generation, sequence));
            }
            Output::Exit => self.leaves(index),
        }
    }
}

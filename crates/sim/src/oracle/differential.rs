//! S12 by comparison: a world in which an attacker repeats what a node has heard already, and the same world without,
//! must decide the same. Not here: recordings that were never delivered, which nobody can tell from news (M3).

use super::Invariant;
use crate::chronicle::{Chronicle, Noted, What};
use crate::network::Medium;
use crate::run::nanos;
use crate::world::World;
use std::sync::Arc;
use systole_core::Event;

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
    pub(super) fn compare(&mut self, to: usize, frames: &[(usize, usize, Arc<[u8]>)]) {
        let span = nanos(self.plan.timing().deadtime()) + 2 * nanos(self.plan.timing().keepalive());
        let without = self.decisions(to, &[], span);
        let with = self.decisions(to, frames, span);
        if with != without {
            let (with, without) = first_difference(&with, &without);
            let name = &self.nodes[to].name;
            let what = format!("{name} hears {} old frames again, and then {with} instead of {without}", frames.len());
            self.oracle.break_rule(Invariant::S12, self.now, what);
        }
    }

    /// Recorded datagrams that a node has heard in its present life, the newest last.
    fn heard_frames(&mut self, to: usize) -> Vec<(usize, usize, Arc<[u8]>)> {
        let mut frames = Vec::new();
        for recorded in self.recorded.clone() {
            if recorded.from == to || self.links[recorded.link].1 != Medium::Lan {
                continue;
            }
            let Some(message) = self.reader.read(&recorded.bytes, &self.keys) else { continue };
            let Some(number) = message.generation.zip(message.sequence) else { continue };
            let heard = self.oracle.watches[to].numbers.get(&recorded.from);
            // Frames of former lives are answered: their sender may have lost its number. And what this link has never
            // brought may be news about the link.
            let newest = self.oracle.watches[to].links.get(&(recorded.from, recorded.link)).map(|(newest, _)| *newest);
            let present = newest.is_some_and(|newest| newest.0 == number.0 && number <= newest);
            if present && heard.is_some_and(|numbers| numbers.contains(&number)) {
                frames.push((recorded.from, recorded.link, recorded.bytes));
            }
        }
        frames.split_off(frames.len().saturating_sub(REPEATED))
    }

    /// What a copy of this world decides within that time.
    fn decisions(&self, to: usize, frames: &[(usize, usize, Arc<[u8]>)], span: u64) -> Vec<String> {
        let mut copy = self.clone();
        (copy.judged, copy.story, copy.tape, copy.chronicle) = (false, None, None, Some(Chronicle::default()));
        copy.note_standing();
        for (from, link, bytes) in frames {
            copy.arrive(*from, to, *link, bytes.clone());
        }
        // What the copy breaks the world itself will break.
        let _ = copy.run(span);
        let noted = copy.chronicle.map(|chronicle| chronicle.noted).unwrap_or_default();
        // That old frames are refused may be told, it is the only thing that may differ.
        let told = |noted: &Noted| !matches!(noted.what, What::Told { event: Event::OldGeneration { .. }, .. });
        noted.into_iter().filter(told).map(|noted| format!("{:.6} s {:?}", noted.at as f64 / 1e9, noted.what)).collect()
    }
}

fn first_difference(with: &[String], without: &[String]) -> (String, String) {
    let same = with.iter().zip(without).take_while(|(a, b)| a == b).count();
    let show = |all: &[String]| all.get(same).cloned().unwrap_or_else(|| "nothing more".to_owned());
    (show(with), show(without))
}

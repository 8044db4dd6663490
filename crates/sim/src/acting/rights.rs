//! A heart that does not run or ends, and what the kernel does then: addresses that nobody renews go away.
//! Not here: which machine is entitled to what (the core).

use crate::brain::Brain;
use crate::clock::{MS, SECOND};
use crate::run::nanos;
use crate::world::{Happening, KERNEL_LATE, World};
use systole_core::{Body, Message, Moment};

impl World {
    /// Heart does not run for a while; hands does.
    pub fn pause(&mut self, index: usize, span: u64) {
        let until = self.now + span;
        let node = &mut self.nodes[index];
        if node.runs() {
            node.paused_until = Some(until);
            node.away_at = Some(self.now);
            self.tell(|w| format!("{}: heart does not run for {} ms", w.nodes[index].name, span / MS));
            self.rights_run_out(index);
        }
    }

    /// With a beat, if a quarter of a lifetime has passed since the last time, as heart does it.
    pub(crate) fn renew_right(&mut self, index: usize, message: &Message) {
        let lifetime = u64::from(self.plan.lifetime_s().unwrap_or(0)) * SECOND;
        let (now, node) = (self.now, &mut self.nodes[index]);
        let is_beat = matches!(message.body, Body::Status { .. });
        let first = node.right_until > 0 && node.core.as_ref().is_some_and(Brain::is_entitled);
        if is_beat && (first || now - node.kept_at >= lifetime / 4) {
            node.kept_at = now;
        }
        if is_beat && first {
            node.right_until = 0;
        }
    }

    /// Heart refreshes nothing now.
    pub(crate) fn rights_run_out(&mut self, index: usize) {
        let Some(seconds) = self.plan.lifetime_s() else { return };
        if !self.nodes[index].core.as_ref().is_some_and(Brain::lets_addresses_expire) {
            return;
        }
        let (now, node) = (self.now, &mut self.nodes[index]);
        node.right_until = node.clock.shows(node.kept_at).0 + u64::from(seconds) * SECOND;
        let (life, right_until) = (node.life, node.right_until);
        let at = node.clock.reaches(Moment(right_until)) + KERNEL_LATE;
        self.push(at.max(now), Happening::Expires { node: index, life, right_until });
    }

    /// Everything is released and said.
    pub(crate) fn leaves(&mut self, index: usize) {
        self.tell(|w| format!("{}: ends in good order", w.nodes[index].name));
        self.judge_exit(index);
        let anew = self.nodes[index].core.as_ref().and_then(Brain::starts_anew_after);
        self.end_heart(index);
        match anew {
            Some(span) => {
                let life = self.nodes[index].life;
                self.push(self.now + nanos(span), Happening::Boot { node: index, life });
            }
            None => self.start_again(index, 20_000),
        }
    }
}

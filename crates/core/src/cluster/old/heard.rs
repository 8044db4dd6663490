//! What a Heartbeat says, and what follows from it at once (spec/WIRE.md section 8).
//! Not here: what has to wait for groups or for the clock.

use super::super::Cluster;
use crate::beat::Fitness;
use crate::message::{Body, Hold};
use crate::names::{NodeName, Sequence};
use crate::old::{Halves, Old, Phase, Report, Step};
use crate::output::{Event, StandbyStep};
use crate::settings::Failback;

impl Cluster {
    /// A message of the old protocol, fresh and in its place. From a peer that speaks claims it means nothing.
    pub(in crate::cluster) fn heard_old(&mut self, from: &NodeName, at: Sequence, body: Body) {
        if self.old_peer() != Some(from) || self.leaving {
            return;
        }
        let life = self.peers.get(from).and_then(|p| p.generation);
        let Some(mut old) = self.old.take() else { return };
        old.lives(life, self.heal(), self.taken());
        self.compare_modes(from, &body);
        match (self.settings.failback, body) {
            (_, Body::QueryClient { client, asker }) => self.answer_client(from, client, asker),
            (_, Body::RespondClient { .. }) => {}
            (Failback::Legacy, body) => self.heard_single(&mut old, from, body),
            (_, Body::Starting) => self.heard_starting(&mut old),
            (_, Body::Resource { hold, full, stable, info }) => {
                let leaving = info.as_deref() == Some("shutdown");
                self.heard_report(&mut old, at, &Report { hold, full, stable, leaving });
            }
            (_, Body::AskResources { hold, info }) => self.heard_ask(&mut old, hold, &info),
            (_, Body::Takeover { hold }) => {
                let halves = Halves::as_they_say(hold);
                self.offer(&mut old, halves);
            }
            (_, Body::PingCount { count }) => self.compare_pings(&mut old, from, count),
            (_, Body::YouAreDead) => old.poor_since = old.poor_since.or(Some(self.now)),
            (_, Body::AbortGiveup) => old.poor_since = None,
            _ => {}
        }
        self.old = Some(old);
    }

    /// `legacy` on one side alone: each speaks past the other, and somebody has to be told.
    fn compare_modes(&mut self, from: &NodeName, body: &Body) {
        let legacy = self.settings.failback == Failback::Legacy;
        let differs = match body {
            Body::Starting | Body::Resource { .. } | Body::AskResources { .. } => legacy,
            Body::IpRequest { .. } => !legacy,
            _ => false,
        };
        let Some(peer) = self.peers.get_mut(from).filter(|p| differs && !p.difference_told) else { return };
        peer.difference_told = true;
        self.tell(Event::ConfigurationDiffers { node: from.clone() });
    }

    fn heard_starting(&mut self, old: &mut Old) {
        old.stable = false;
        self.report_old(old, None);
    }

    fn heard_report(&mut self, old: &mut Old, at: Sequence, report: &Report) {
        let now = self.now;
        if !old.reported(at, report, now) {
            return;
        }
        if matches!(old.phase, Phase::Starting { .. } | Phase::Received { .. }) {
            self.become_stable(old);
        } else {
            self.report_old(old, None);
        }
    }

    fn heard_ask(&mut self, old: &mut Old, hold: Hold, info: &str) {
        let halves = Halves::as_they_say(hold);
        match info {
            "me" if self.could_take_some(halves) => {
                if let Some(answer) = old.accept(halves, self.now) {
                    self.tell_standby(hold, StandbyStep::Asked, true);
                    self.say_old(answer);
                    self.tell_standby(hold, StandbyStep::Agreed, true);
                }
            }
            "other" => {
                if let Some(halves) = old.accepted() {
                    self.report_old(old, Some("standby"));
                    self.tell_standby(halves.in_our_words(), StandbyStep::Agreed, false);
                }
            }
            "done" => match old.done() {
                Some(Step::Acquire(_)) => self.tell_standby(hold, StandbyStep::Acquiring, true),
                Some(Step::Completed(halves)) => {
                    self.report_old(old, None);
                    self.tell_standby(halves.in_our_words(), StandbyStep::Completed, false);
                }
                None => {}
            },
            _ => {}
        }
    }

    /// Of halves in which nothing could run here we must not relieve anybody; Heartbeat takes silence for a no.
    fn could_take_some(&self, halves: Halves) -> bool {
        let mut groups = (0..self.groups.len()).filter(|i| halves.has(self.is_ours(*i))).peekable();
        groups.peek().is_none() || groups.any(|i| self.fitness(i) == Fitness::Fit)
    }
}

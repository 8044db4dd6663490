//! How time passes in the world of the tests: from one happening to the next, with the holders counted in between.
//! Not here: what the tests do to the world.

use super::{Happening, World, name};
use crate::{ClaimState, Condition, Event, Input, Job, JobKind, Moment, NodeName, Outcome, Refusal};
use std::time::Duration;

impl World {
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(next) = self.next_moment().filter(|at| *at <= end) {
            self.advance(next);
            self.happen();
        }
        self.advance(end);
    }

    /// Runs until the condition holds; fails after `limit`.
    pub fn until(&mut self, limit: Duration, what: &str, condition: impl Fn(&World) -> bool) -> Duration {
        let begin = self.now;
        let end = begin + limit;
        while !condition(self) {
            let next = self.next_moment().filter(|at| *at <= end);
            let Some(next) = next else { panic!("not within {limit:?}: {what}") };
            self.advance(next);
            self.happen();
        }
        self.now.since(begin)
    }

    fn next_moment(&self) -> Option<Moment> {
        let queued = self.queue.keys().next().map(|(at, _)| *at);
        let wakes = self.nodes.values().filter(|n| n.core.is_some()).map(|n| n.stopped_until.unwrap_or(n.wake));
        queued.into_iter().chain(wakes).min().map(|at| at.max(self.now))
    }

    fn advance(&mut self, to: Moment) {
        let span = to.since(self.now);
        match self.holders().len() {
            0 => self.nobody += span,
            1 => {}
            _ => self.both += span,
        }
        self.now = to;
    }

    fn happen(&mut self) {
        let due: Vec<_> = self.queue.range(..=(self.now, u64::MAX)).map(|(k, _)| *k).collect();
        for key in due {
            match self.queue.remove(&key) {
                Some(Happening::Arrive { to, generation, link, message })
                    if self.nodes[&to].generation == generation =>
                {
                    let wrong = |node: &NodeName| self.wrong_key.contains(node);
                    let input = if wrong(&to) == wrong(&message.from) {
                        Input::Heard { link, message }
                    } else {
                        Input::Refused { link, node: message.from, why: Refusal::Key, placed: self.placed }
                    };
                    self.input(to.as_str(), input);
                }
                Some(Happening::Job { node, generation, job }) if self.nodes[&node].generation == generation => {
                    self.finish(&node, &job);
                }
                Some(Happening::Probed { node, generation, group }) if self.nodes[&node].generation == generation => {
                    if let Some(wire) = self.wire.clone() {
                        self.input(node.as_str(), Input::Probed { group, wire });
                    }
                }
                _ => {}
            }
        }
        let names: Vec<NodeName> = self.nodes.keys().cloned().collect();
        for me in names {
            self.wake(&me);
        }
    }

    fn wake(&mut self, me: &NodeName) {
        let now = self.now;
        let node = self.nodes.get_mut(me).unwrap();
        match node.stopped_until {
            Some(until) if now >= until => {
                node.stopped_until = None;
                let inbox = std::mem::take(&mut node.inbox);
                let for_ms = now.since(node.wake).as_millis() as u64;
                self.input(me.as_str(), Input::Stalled { for_ms });
                for input in inbox {
                    self.input(me.as_str(), input);
                }
                self.input(me.as_str(), Input::Tick);
            }
            None if node.core.is_some() && node.wake <= now => self.input(me.as_str(), Input::Tick),
            _ => {}
        }
    }

    fn finish(&mut self, me: &NodeName, job: &Job) {
        let node = self.nodes.get_mut(me).unwrap();
        if job.kind != JobKind::Announce && node.job != Some(job.id) {
            return;
        }
        let outcome = match job.kind {
            JobKind::Start | JobKind::Warm if node.broken => {
                node.runs = false;
                node.warm = false;
                Outcome::Failed { why: "apache2: exit code 1".into() }
            }
            JobKind::Start => {
                node.starts += 1;
                node.warm = true;
                Outcome::Done
            }
            JobKind::Stop | JobKind::Yield | JobKind::Cool if node.stuck => {
                Outcome::Stuck { why: "apache2: does not stop".into() }
            }
            JobKind::Stop | JobKind::Yield => {
                node.stops += 1;
                node.runs = false;
                node.warm &= job.kind == JobKind::Yield;
                Outcome::Done
            }
            JobKind::Warm => {
                node.warmed += 1;
                node.warm = true;
                Outcome::Done
            }
            JobKind::Cool => {
                node.warm = false;
                Outcome::Done
            }
            JobKind::Inspect => Outcome::Found(Condition::Stopped),
            JobKind::Announce => {
                self.announced += 1;
                Outcome::Done
            }
        };
        self.input(me.as_str(), Input::JobDone { id: job.id, group: job.group, outcome });
    }
}

impl World {
    pub fn holders(&self) -> Vec<&str> {
        self.nodes.iter().filter(|(_, n)| n.runs).map(|(k, _)| k.as_str()).collect()
    }

    pub fn here(&self, text: &str) -> ClaimState {
        self.nodes[&name(text)].core.as_ref().unwrap().groups[0].here
    }

    pub fn serves(&self, text: &str) -> bool {
        self.nodes[&name(text)].core.is_some() && self.here(text) == ClaimState::Running && self.holders() == [text]
    }

    /// When a node said anything.
    pub fn said(&self, text: &str) -> Vec<Moment> {
        self.nodes[&name(text)].said.clone()
    }

    pub fn told(&self, text: &str, matches: impl Fn(&Event) -> bool) -> usize {
        self.nodes[&name(text)].events.iter().filter(|(_, e)| matches(e)).count()
    }
}

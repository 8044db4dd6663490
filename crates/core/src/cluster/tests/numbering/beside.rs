//! One core beside a Heartbeat made by hand: it counts, says what the test says, and notes what the core answers.
//! Not here: the tests.

use crate::cluster::tests::world::{name, secs};
use crate::cluster::{Cluster, Identity};
use crate::{
    Answer, Body, Condition, Event, Failback, Generation, Input, Job, LinkName, Message, Moment, NodeState, Output,
    Sequence, Settings, Timing, Uuid,
};
use std::time::Duration;

pub const LINKS: [&str; 2] = ["eth0", "/dev/ttyS0"];
pub const OURS: Uuid = Uuid([0xb0; 16]);
pub const THEIRS: Uuid = Uuid([0xa0; 16]);

/// Node b is ours, node a is the Heartbeat.
pub struct Beside {
    pub core: Cluster,
    pub now: Moment,
    pub wake: Moment,
    pub said: Vec<(Moment, Message)>,
    pub events: Vec<Event>,
    pub jobs: Vec<Job>,
    pub answered: Vec<Answer>,
    pub remembered: Vec<(String, u64, u64)>,
    /// The Heartbeat's life and last number.
    pub generation: u64,
    pub number: u64,
}

pub fn settings() -> Settings {
    Settings {
        me: name("b"),
        nodes: vec![name("a"), name("b")],
        timing: Timing::new(secs(1), secs(5), secs(10), secs(30)).unwrap(),
        failback: Failback::On,
        links: LINKS.iter().map(|l| LinkName((*l).into())).collect(),
        groups: vec![],
        pings: vec![],
        deadping: std::time::Duration::from_secs(10),
        digest: 7,
    }
}

pub fn status(state: NodeState) -> Body {
    Body::Status { state, deadtime_ms: Some(10_000), flow_control: true, beat: None }
}

impl Beside {
    pub fn new() -> Beside {
        Beside::with(Identity { uuid: OURS, generation: Generation(1004), known: vec![] })
    }

    pub fn with(identity: Identity) -> Beside {
        Beside::of(settings(), identity)
    }

    pub fn of(settings: Settings, identity: Identity) -> Beside {
        let now = Moment::from_ms(1_000_000);
        let found = settings.groups.iter().map(|g| (g.id, Condition::Stopped)).collect();
        let core = Cluster::new(settings, identity, now);
        let (said, events, remembered, jobs, answered) = (vec![], vec![], vec![], vec![], vec![]);
        let (generation, number) = (500, 0);
        let mut beside = Beside { core, now, wake: now, said, events, jobs, answered, remembered, generation, number };
        for link in LINKS {
            beside.input(Input::LinkChanged { link: LinkName(link.into()), open: true, why: "open".into() });
        }
        beside.input(Input::HandsUp { found });
        beside
    }

    /// Heard and in its place: three beats.
    pub fn joined() -> Beside {
        let mut beside = Beside::new();
        for state in [NodeState::Init, NodeState::Up, NodeState::Up] {
            beside.says(status(state));
        }
        beside
    }

    pub fn input(&mut self, input: Input) {
        self.core.handle(self.now, input);
        loop {
            match self.core.poll() {
                Output::SleepUntil(at) => {
                    self.wake = at;
                    return;
                }
                Output::Say(message) => self.said.push((self.now, message)),
                Output::Tell(event) => self.events.push(event),
                Output::Do(job) => self.jobs.push(job),
                Output::Answer { answer, .. } => self.answered.push(answer),
                Output::RememberPeer { node, generation, sequence } => {
                    self.remembered.push((node.to_string(), generation.0, sequence.0));
                }
                _ => {}
            }
        }
    }

    /// Time passes; the core is woken when it asked for it.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while self.wake <= end && !self.core.ended {
            assert!(self.wake > self.now || self.said.len() < 100_000, "it never sleeps");
            self.now = self.now.max(self.wake);
            self.input(Input::Tick);
        }
        self.now = end;
    }

    /// Time passes while the Heartbeat beats once a second.
    pub fn pass_beating(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.pass(secs(1));
            self.says(status(NodeState::Active));
        }
    }

    pub fn frame(&self, number: u64, body: Body) -> Message {
        Message {
            from: name("a"),
            uuid: Some(THEIRS),
            to: None,
            to_uuid: None,
            generation: Some(Generation(self.generation)),
            sequence: Some(Sequence(number)),
            body,
        }
    }

    pub fn hears(&mut self, message: Message) {
        self.input(Input::Heard { link: LinkName("eth0".into()), message });
    }

    /// The Heartbeat's next message arrives.
    pub fn says(&mut self, body: Body) {
        self.number += 1;
        self.hears(self.frame(self.number, body));
    }

    /// It says something that gets lost.
    pub fn loses(&mut self) {
        self.number += 1;
    }

    /// A message without a number, addressed to us.
    pub fn says_aside(&mut self, body: Body) {
        let mut message = self.frame(0, body);
        message.sequence = None;
        message.to = Some(name("b"));
        message.to_uuid = Some(OURS);
        self.hears(message);
    }

    /// What we said about messages since the last look: no beats, nothing of the resource protocol.
    pub fn answers(&mut self) -> Vec<Body> {
        let said = std::mem::take(&mut self.said);
        let other = |b: &Body| matches!(b, Body::Status { .. } | Body::Starting | Body::Resource { .. });
        said.into_iter().map(|(_, m)| m.body).filter(|b| !other(b)).collect()
    }

    pub fn acks(&mut self) -> Vec<u64> {
        let number = |b: Body| if let Body::Ack { sequence } = b { Some(sequence.0) } else { None };
        self.answers().into_iter().filter_map(number).collect()
    }

    pub fn requests(&mut self) -> Vec<u64> {
        let number = |b: Body| match b {
            Body::Rexmit { first, last } if first == last => Some(first.0),
            _ => None,
        };
        self.answers().into_iter().filter_map(number).collect()
    }

    /// The beats that we said, by number.
    pub fn beats(&self) -> Vec<&Message> {
        self.said.iter().map(|(_, m)| m).filter(|m| matches!(m.body, Body::Status { .. })).collect()
    }

    pub fn told(&self, matches: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|e| matches(e)).count()
    }
}

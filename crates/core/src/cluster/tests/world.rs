//! The world of the tests: nodes, a delay per message, jobs that take time, and a clock that jumps.

mod passing;

use crate::cluster::{Cluster, Identity};
use crate::{
    Answer, Ask, AskId, Body, Condition, Event, Failback, Generation, GroupId, GroupSettings, Input, Job, JobKind,
    LinkName, Message, Moment, NodeName, Output, Probing, Sequence, Settings, Timing, Uuid, Wire,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub const LINKS: [&str; 2] = ["eth0", "/dev/ttyS0"];
pub const KEY: &str = "IPaddr2::192.0.2.36/24/eth0:0";

pub fn name(text: &str) -> NodeName {
    NodeName::new(text).unwrap()
}

/// A ping node.
pub fn ping(number: u8) -> NodeName {
    name(&format!("192.0.2.{}", 200 + number))
}

pub fn secs(s: u64) -> Duration {
    Duration::from_secs(s)
}

pub fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub struct Node {
    pub core: Option<Cluster>,
    pub generation: u64,
    pub remembered: u64,
    /// The peers' numbers on its disk.
    pub peers: BTreeMap<NodeName, (Generation, Sequence)>,
    /// What it wants kept of the peers' silences.
    pub gaps: Vec<(NodeName, crate::Observed)>,
    pub events: Vec<(Moment, Event)>,
    pub answers: Vec<(AskId, Answer)>,
    /// What of the group really runs, apart from what the core believes.
    pub runs: bool,
    /// Its warm service runs.
    pub warm: bool,
    pub warmed: u32,
    /// What its hands is doing.
    pub job: Option<crate::JobId>,
    pub carrier: bool,
    /// Starts fail here.
    pub broken: bool,
    /// Stops fail here.
    pub stuck: bool,
    /// What hands finds running at a start lasts for so many seconds.
    pub lasts: Option<u32>,
    /// The process does not run until then.
    pub stopped_until: Option<Moment>,
    pub inbox: Vec<Input>,
    pub said: Vec<Moment>,
    pub starts: u32,
    pub stops: u32,
    wake: Moment,
    next_ask: u64,
}

enum Happening {
    Arrive { to: NodeName, generation: u64, link: LinkName, message: Message },
    Job { node: NodeName, generation: u64, job: Job },
    Probed { node: NodeName, generation: u64, group: GroupId },
}

/// What a node's files say: the order of preference, and their digest.
pub type Files = fn(&str) -> ([&'static str; 4], u32);

pub struct World {
    pub now: Moment,
    pub nodes: BTreeMap<NodeName, Node>,
    pub failback: Failback,
    pub timing: Timing,
    /// (from, to, link) that carry nothing.
    pub cut: BTreeSet<(NodeName, NodeName, String)>,
    /// A link that carries no beats, only everything else.
    pub beatless: Option<&'static str>,
    /// The files of each node name the other one as home.
    pub crosswise: bool,
    /// The group has a warm service.
    pub warm: bool,
    /// Files of two kinds: the order of preference and the digest that a node has of them.
    pub files: Option<Files>,
    pub announced: u32,
    /// Whether the wire is asked, and what it says; nothing: no answer comes from whoever asks it.
    pub probe: Probing,
    pub wire: Option<Wire>,
    pub probes: u32,
    /// Nodes whose key is another one than that of the others; whether their places are known.
    pub wrong_key: BTreeSet<NodeName>,
    pub placed: bool,
    /// Ping nodes, by number; and which nodes are not answered by which.
    pub pings: u8,
    pub unanswered: BTreeSet<(NodeName, u8)>,
    /// Longest time with two holders, and total.
    pub both: Duration,
    pub nobody: Duration,
    /// Thousandths of messages lost, by a small generator.
    pub loss: u64,
    seed: u64,
    queue: BTreeMap<(Moment, u64), Happening>,
    count: u64,
}

impl World {
    pub fn new(names: &[&str]) -> World {
        World::with(names, Timing::new(secs(2), secs(6), secs(10), secs(60)).unwrap(), Failback::On)
    }

    pub fn with(names: &[&str], timing: Timing, failback: Failback) -> World {
        let start = Moment::from_ms(1_000_000);
        let mut world = World {
            now: start,
            nodes: BTreeMap::new(),
            failback,
            timing,
            cut: BTreeSet::new(),
            beatless: None,
            crosswise: false,
            warm: false,
            files: None,
            announced: 0,
            probe: Probing::Off,
            wire: Some(Wire::Silent),
            probes: 0,
            wrong_key: BTreeSet::new(),
            placed: true,
            pings: 0,
            unanswered: BTreeSet::new(),
            both: Duration::ZERO,
            nobody: Duration::ZERO,
            loss: 0,
            seed: 1,
            queue: BTreeMap::new(),
            count: 0,
        };
        for text in names {
            let node = Node {
                core: None,
                generation: 100,
                remembered: 0,
                peers: BTreeMap::new(),
                gaps: Vec::new(),
                events: Vec::new(),
                answers: Vec::new(),
                runs: false,
                warm: false,
                warmed: 0,
                job: None,
                carrier: true,
                broken: false,
                stuck: false,
                lasts: None,
                stopped_until: None,
                inbox: Vec::new(),
                said: Vec::new(),
                starts: 0,
                stops: 0,
                wake: start,
                next_ask: 0,
            };
            world.nodes.insert(name(text), node);
        }
        world
    }

    pub fn seed(mut self, seed: u64, loss: u64) -> World {
        self.seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        self.loss = loss;
        self
    }

    pub fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    /// The order of the test's names is the order of preference: a is home.
    pub fn settings(&self, me: &NodeName) -> Settings {
        let nodes: Vec<NodeName> = self.nodes.keys().cloned().collect();
        let mut preferred = nodes.clone();
        if self.crosswise {
            preferred.sort_by_key(|node| node == me);
        }
        let mut digest = if self.crosswise { u32::from(me.as_str().as_bytes()[0]) } else { 7 };
        if let Some(files) = self.files {
            let (order, other) = files(me.as_str());
            (preferred, digest) = (order.map(name).to_vec(), other);
        }
        Settings {
            me: me.clone(),
            nodes: nodes.clone(),
            timing: self.timing,
            failback: self.failback,
            links: LINKS.iter().map(|l| LinkName((*l).into())).collect(),
            groups: vec![GroupSettings {
                id: GroupId::of_key(KEY),
                key: KEY.to_owned(),
                nodes: preferred,
                interfaces: vec!["eth0".to_owned()],
                probe: self.probe,
                retries: crate::Retries::default(),
                warm: self.warm,
            }],
            pings: (0..self.pings).map(ping).collect(),
            deadping: std::time::Duration::from_secs(10),
            digest,
        }
    }

    pub fn boot(&mut self, text: &str) {
        let me = name(text);
        let settings = self.settings(&me);
        let now = self.now;
        let node = self.nodes.get_mut(&me).unwrap();
        node.generation += 1;
        let uuid = Uuid([text.as_bytes()[0]; 16]);
        let known = node.peers.iter().map(|(n, (life, number))| (n.clone(), *life, *number)).collect();
        let identity = Identity { uuid, generation: Generation(node.generation), known };
        node.core = Some(Cluster::new(settings, identity, now));
        let (carrier, runs, lasts) = (node.carrier, node.runs, node.lasts);
        for link in LINKS {
            self.input(text, Input::LinkChanged { link: LinkName(link.into()), open: true, why: "open".into() });
        }
        self.input(text, Input::CarrierChanged { interface: "eth0".into(), carrier });
        let running = lasts.map_or(Condition::Running, |for_s| Condition::Lasts { for_s });
        let found = if runs { running } else { Condition::Stopped };
        self.input(text, Input::HandsUp { found: vec![(GroupId::of_key(KEY), found)] });
    }

    /// Heart and hands are killed at once; what runs goes on running for so many seconds, if it expires.
    pub fn kill(&mut self, text: &str, lasts: Option<u32>) {
        let node = self.nodes.get_mut(&name(text)).unwrap();
        (node.core, node.lasts) = (None, lasts);
        node.inbox.clear();
    }

    pub fn power_cut(&mut self, text: &str) {
        let node = self.nodes.get_mut(&name(text)).unwrap();
        node.core = None;
        (node.runs, node.warm) = (false, false);
        node.inbox.clear();
    }

    pub fn stop_process(&mut self, text: &str, span: Duration) {
        let until = self.now + span;
        self.nodes.get_mut(&name(text)).unwrap().stopped_until = Some(until);
    }

    pub fn ask(&mut self, text: &str, ask: Ask) -> AskId {
        let node = self.nodes.get_mut(&name(text)).unwrap();
        node.next_ask += 1;
        let id = AskId(node.next_ask);
        self.input(text, Input::Asked { id, ask });
        id
    }

    pub fn answer(&self, text: &str, id: AskId) -> Option<&Answer> {
        self.nodes[&name(text)].answers.iter().find(|(i, _)| *i == id).map(|(_, a)| a)
    }

    pub fn carrier(&mut self, text: &str, carrier: bool) {
        let others: Vec<NodeName> = self.nodes.keys().filter(|n| **n != name(text)).cloned().collect();
        for other in others {
            for pair in [(name(text), other.clone()), (other, name(text))] {
                let wire = (pair.0, pair.1, LINKS[0].to_owned());
                if carrier {
                    self.cut.remove(&wire)
                } else {
                    self.cut.insert(wire)
                };
            }
        }
        self.nodes.get_mut(&name(text)).unwrap().carrier = carrier;
        self.input(text, Input::CarrierChanged { interface: "eth0".into(), carrier });
    }

    /// Cuts or mends every link between two nodes, in both directions, carriers untouched.
    pub fn partition(&mut self, a: &str, b: &str, cut: bool) {
        for (from, to) in [(a, b), (b, a)] {
            for link in LINKS {
                let wire = (name(from), name(to), link.to_owned());
                if cut {
                    self.cut.insert(wire)
                } else {
                    self.cut.remove(&wire)
                };
            }
        }
    }

    pub fn input(&mut self, text: &str, input: Input) {
        let me = name(text);
        let now = self.now;
        let node = self.nodes.get_mut(&me).unwrap();
        if node.stopped_until.is_some() {
            node.inbox.push(input);
            return;
        }
        let Some(core) = node.core.as_mut() else { return };
        core.handle(now, input);
        self.drain(&me);
    }

    fn drain(&mut self, me: &NodeName) {
        loop {
            let Some(core) = self.nodes.get_mut(me).and_then(|n| n.core.as_mut()) else { return };
            match core.poll() {
                Output::SleepUntil(at) => {
                    self.nodes.get_mut(me).unwrap().wake = at;
                    return;
                }
                output => self.carry_out(me, output),
            }
        }
    }

    fn carry_out(&mut self, me: &NodeName, output: Output) {
        let now = self.now;
        match output {
            Output::Say(message) => {
                self.nodes.get_mut(me).unwrap().said.push(now);
                self.send(me, &message);
            }
            Output::Do(job) => {
                let generation = self.nodes[me].generation;
                let span = if job.kind == JobKind::Start { millis(30) } else { millis(20) };
                let node = self.nodes.get_mut(me).unwrap();
                // From the first moment of a start something of the group runs.
                node.runs |= job.kind == JobKind::Start;
                if job.kind != JobKind::Announce {
                    // It replaces the one before.
                    node.job = Some(job.id);
                }
                self.push(now + span, Happening::Job { node: me.clone(), generation, job });
            }
            Output::Tell(Event::AssertionFailed { rule, what }) => panic!("{me}: {rule:?}: {what}"),
            Output::Tell(event) => self.nodes.get_mut(me).unwrap().events.push((now, event)),
            Output::Answer { id, answer } => self.nodes.get_mut(me).unwrap().answers.push((id, answer)),
            Output::Remember { generation } => self.nodes.get_mut(me).unwrap().remembered = generation.0,
            Output::Exit => self.nodes.get_mut(me).unwrap().core = None,
            Output::RememberGaps { node, observed } => {
                self.nodes.get_mut(me).unwrap().gaps.push((node, observed));
            }
            Output::RememberPeer { node, generation, sequence } => {
                self.nodes.get_mut(me).unwrap().peers.insert(node, (generation, sequence));
            }
            Output::Probe { group, span_ms } => {
                self.probes += 1;
                let generation = self.nodes[me].generation;
                self.push(now + millis(span_ms), Happening::Probed { node: me.clone(), generation, group });
            }
            Output::Cancel(_) | Output::SleepUntil(_) => {}
        }
    }

    pub fn send(&mut self, me: &NodeName, message: &Message) {
        let others: Vec<NodeName> = self.nodes.keys().filter(|n| *n != me).cloned().collect();
        for to in others {
            for (link, delay) in [(LINKS[0], millis(1)), (LINKS[1], millis(150))] {
                let lost = self.random() % 1000 < self.loss;
                let lost = lost || self.beatless == Some(link) && matches!(message.body, Body::Status { .. });
                if !lost && !self.cut.contains(&(me.clone(), to.clone(), link.to_owned())) {
                    let generation = self.nodes[&to].generation;
                    let link = LinkName(link.into());
                    let arrive = Happening::Arrive { to: to.clone(), generation, link, message: message.clone() };
                    self.push(self.now + delay, arrive);
                }
            }
        }
    }

    fn push(&mut self, at: Moment, happening: Happening) {
        self.count += 1;
        self.queue.insert((at, self.count), happening);
    }

    /// Both up, a serving, all quiet.
    pub fn settled(names: &[&str]) -> World {
        let mut world = World::new(names);
        for n in names {
            world.boot(n);
        }
        world.until(secs(2), "a serves", |w| w.serves("a"));
        world.run(secs(30));
        world
    }
}

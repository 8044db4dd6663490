//! A Heartbeat as the other node of a pair: a model of what was seen of it on the wire (spec/WIRE.md sections 6 to 9), so
//! that whole stories can be played beside one. It is no judge of anything: the lab has the real one.
//! Here are its life and its clock. Not here: numbers (old_peer/numbers.rs), resources (old_peer/resources.rs).
//! Left out: legacy mode, ipfail, and more than two nodes.

mod numbers;
mod resources;

use numbers::Numbers;
use resources::Books;
use std::collections::VecDeque;
use std::time::Duration;
use systole_core::{
    Answer, Ask, Body, Event, Failback, Identity, Input, Message, Moment, NodeName, NodeState, Output, Settings,
};

/// It looks at its timers so often (7.2).
const POLL: Duration = Duration::from_millis(250);
const SECOND: Duration = Duration::from_secs(1);
/// Until so long after its start it asks for more patience than its deadtime (7.2).
const MORE_UNTIL: Duration = Duration::from_secs(5);
const MORE: Duration = Duration::from_secs(2);
/// After a split both sides give up so long after they have heard each other (9.7).
const BEFORE_GIVING_UP: Duration = Duration::from_secs(2);
/// Patience that it asks for before it starts itself anew.
const MORE_FOR_RESTART: Duration = Duration::from_secs(30);

/// One such node.
#[derive(Debug, Clone)]
pub struct OldPeer {
    settings: Settings,
    identity: Identity,
    other: NodeName,
    now: Moment,
    born: Moment,
    next_beat: Moment,
    next_poll: Moment,
    state: NodeState,
    /// When it asks for the nodes the next time; nothing once it knows them.
    asks_nodes: Option<Moment>,
    /// What it knows of the other node.
    heard_at: Option<Moment>,
    patience: Duration,
    dead: bool,
    other_state: NodeState,
    /// It gives up because of a split, at that moment.
    gives_up_at: Option<Moment>,
    farewell: Farewell,
    /// Frames wait until its own beat (QUIRKS 26).
    inbox: VecDeque<Message>,
    numbers: Numbers,
    books: Books,
    out: VecDeque<Output>,
}

/// How far it has come in leaving (7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Farewell {
    None,
    /// Its scripts release everything.
    Releasing,
    /// The goodbye is said; it ends then.
    Said {
        ends_at: Moment,
    },
    Ended,
}

impl OldPeer {
    /// It starts. The settings name one other node.
    pub fn new(settings: Settings, identity: Identity, now: Moment) -> OldPeer {
        let other = settings.nodes.iter().find(|n| **n != settings.me).unwrap_or(&settings.me).clone();
        let patience = settings.timing.deadtime();
        let mut old = OldPeer {
            books: Books::new(&settings),
            settings,
            identity,
            other,
            now,
            born: now,
            next_beat: now,
            next_poll: now,
            state: NodeState::Init,
            asks_nodes: None,
            heard_at: None,
            patience,
            dead: false,
            other_state: NodeState::Init,
            gives_up_at: None,
            farewell: Farewell::None,
            inbox: VecDeque::new(),
            numbers: Numbers::default(),
            out: VecDeque::new(),
        };
        old.say_status();
        old.state = NodeState::Up;
        old.say_status();
        old
    }

    /// Something happens.
    pub fn handle(&mut self, now: Moment, input: Input) {
        self.now = now;
        match input {
            Input::Heard { message, .. } if message.from == self.other => {
                // A gap beyond its patience is death, even if it was its own fault (7.2).
                self.detect();
                self.inbox.push_back(message);
            }
            Input::JobDone { id, .. } => self.books.done(id),
            Input::Asked { id, ask } => {
                let answer = self.asked(&ask);
                self.out.push_back(Output::Answer { id, answer });
            }
            _ => {}
        }
        if self.farewell != Farewell::Ended {
            self.turn();
        }
    }

    /// What it wants done, until the moment at which it wants to be woken.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::SleepUntil(self.next_beat.min(self.next_poll)))
    }

    /// After a split it starts itself anew, so long after it has ended.
    pub fn starts_anew_after(&self) -> Option<Duration> {
        self.gives_up_at.map(|_| self.settings.timing.deadtime() + SECOND)
    }

    fn turn(&mut self) {
        self.detect();
        if self.now >= self.next_beat {
            while let Some(message) = self.inbox.pop_front() {
                self.receive(message);
            }
            self.ask_again();
            self.say_status();
            self.next_beat = self.now + self.settings.timing.keepalive();
        }
        if self.now >= self.next_poll {
            self.next_poll = self.now + POLL;
        }
        self.join();
        if self.farewell == Farewell::None {
            self.settle();
            if self.gives_up_at.is_some_and(|at| self.now >= at) {
                self.give_up();
            }
        }
        self.go_on();
        self.leave();
    }

    fn detect(&mut self) {
        let patience = if self.is_up() { self.patience } else { self.settings.timing.initdead() };
        let silent = self.now.since(self.heard_at.unwrap_or(self.born));
        if self.dead || silent <= patience {
            return;
        }
        self.dead = true;
        self.numbers.forget_missing();
        let silent_ms = u64::try_from(silent.as_millis()).unwrap_or(u64::MAX);
        self.out.push_back(Output::Tell(Event::PeerDead { node: self.other.clone(), silent_ms }));
        if self.farewell == Farewell::None && self.state == NodeState::Active {
            self.survive();
        }
    }

    /// It has heard the other node, or waited long enough.
    fn is_up(&self) -> bool {
        self.heard_at.is_some() || self.dead
    }

    /// From `up` to `active` (7.3).
    fn join(&mut self) {
        if self.state != NodeState::Up || !self.is_up() {
            return;
        }
        if self.dead {
            return self.become_active();
        }
        if self.asks_nodes.is_none_or(|at| self.now >= at) {
            self.asks_nodes = Some(self.now + SECOND);
            let to = Some(self.other.clone());
            self.say(to, Body::ReqNodes);
        }
    }

    fn become_active(&mut self) {
        self.state = NodeState::Active;
        self.say_status();
        self.start();
        if self.dead {
            self.survive();
        }
    }

    fn receive(&mut self, message: Message) {
        let status = matches!(message.body, Body::Status { .. });
        let back = self.dead && status && self.numbers.goes_on(&message);
        if !self.numbers.accept(&message, &mut self.out) {
            return;
        }
        if status && std::mem::take(&mut self.dead) && back {
            self.out.push_back(Output::Tell(Event::PeerReturned { node: self.other.clone() }));
            self.gives_up_at.get_or_insert(self.now + BEFORE_GIVING_UP);
        }
        self.heard_at = Some(self.now);
        if let Some(number) = self.numbers.acknowledges(&message) {
            let to = Some(self.other.clone());
            self.say(to, Body::Ack { sequence: number });
        }
        if message.to.as_ref().is_some_and(|to| *to != self.settings.me) {
            return;
        }
        match message.body {
            Body::Status { state, deadtime_ms, .. } => {
                self.other_state = state;
                self.patience = deadtime_ms.map_or(self.settings.timing.deadtime(), Duration::from_millis);
            }
            Body::ReqNodes => {
                let (to, nodes) = (Some(self.other.clone()), self.settings.nodes.clone());
                self.say(to, Body::RepNodes { nodes, deleted: Vec::new() });
            }
            Body::RepNodes { .. } if self.state == NodeState::Up => self.become_active(),
            body if self.state == NodeState::Active && self.farewell == Farewell::None => self.agree(&body),
            _ => {}
        }
    }

    fn asked(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::Shutdown => {
                self.give_up();
                Answer::Done { said: "it will end".into() }
            }
            Ask::Standby { which } => {
                self.give(resources::Bits::of(*which));
                Answer::Done { said: "asked; nobody waits for the result".into() }
            }
            Ask::Takeover { which } => {
                self.say(None, Body::Takeover { hold: resources::Bits::of(*which).hold() });
                Answer::Done { said: "asked; nobody waits for the result".into() }
            }
            _ => Answer::Refused { why: "an old node knows no such question".into() },
        }
    }

    /// Releases everything and goes, at the operator's word or after a split (7.4, 9.7).
    fn give_up(&mut self) {
        if self.farewell != Farewell::None {
            return;
        }
        self.farewell = Farewell::Releasing;
        self.say_status();
        self.release_all();
    }

    fn leave(&mut self) {
        match self.farewell {
            Farewell::Releasing if self.books.is_quiet() => {
                self.say(None, Body::ShutDone);
                self.farewell = Farewell::Said { ends_at: self.now + 2 * SECOND };
            }
            Farewell::Said { ends_at } if self.now >= ends_at => {
                self.say_status();
                self.farewell = Farewell::Ended;
                self.out.push_back(Output::Tell(Event::ShutdownDone));
                self.out.push_back(Output::Exit);
            }
            _ => {}
        }
    }

    fn say_status(&mut self) {
        let mut patience = self.settings.timing.deadtime();
        if self.now.since(self.born) < MORE_UNTIL {
            patience += MORE;
        }
        if self.farewell != Farewell::None && self.gives_up_at.is_some() {
            patience += MORE_FOR_RESTART;
        }
        let body = Body::Status {
            state: self.state,
            deadtime_ms: u64::try_from(patience.as_millis()).ok(),
            flow_control: true,
            beat: None,
        };
        self.say(None, body);
    }

    fn say(&mut self, to: Option<NodeName>, body: Body) {
        let message = Message {
            from: self.settings.me.clone(),
            uuid: Some(self.identity.uuid),
            to,
            to_uuid: None,
            generation: Some(self.identity.generation),
            sequence: self.numbers.next(&body),
            body,
        };
        self.numbers.keep(&message);
        self.out.push_back(Output::Say(message));
    }

    fn ask_again(&mut self) {
        if self.dead {
            return;
        }
        for number in self.numbers.missing() {
            let to = Some(self.other.clone());
            self.say(to, Body::Rexmit { first: number, last: number });
        }
    }

    fn fails_back(&self) -> bool {
        self.settings.failback == Failback::On
    }
}

#[cfg(test)]
mod tests;

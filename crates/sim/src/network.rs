//! The wires: frames go through the real encoder, then through misfortune, then through the real decoder.
//! Not here: which misfortune (misfortune.rs).

use crate::clock::{MS, SECOND};
use crate::node::Waiting;
use crate::run::nanos;
use crate::world::{Happening, World};
use std::sync::Arc;
use systole_core::{Body, Input, LinkName, Message};
use systole_wire::{Frame, Keys, Method, Stamp, encode_both, encode_net, message};

/// A serial line takes no more when so much waits to be sent.
const BACKLOG_NS: u64 = SECOND;
/// What the attacker has recorded.
const RECORDED_MAX: usize = 400;

/// Kind of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Datagrams in netstring form.
    Lan,
    /// Text form at so many baud.
    Serial { baud: u64 },
}

/// One direction between two nodes on one link.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    /// So many causes cut it.
    pub(crate) cut: u32,
    /// So many causes keep beats from passing, and beats alone.
    pub(crate) filtered: u32,
    /// When it was cut or filtered last.
    pub(crate) cut_at: Option<u64>,
    /// When it was cut or mended last, for everything.
    pub(crate) broken_at: Option<u64>,
    /// A serial line is busy until then; a LAN in order delivers nothing before.
    busy_until: u64,
}

/// What all wires suffer from; per mille and milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    pub(crate) loss: u64,
    pub(crate) duplicate: u64,
    pub(crate) corrupt: u64,
    pub(crate) noise: u64,
    pub(crate) delay_ms: u64,
    pub(crate) tail: u64,
    pub(crate) reorder: u64,
}

/// What becomes of a message on its way to one node, on all links alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    #[default]
    Arrives,
    Lost,
    /// A keepalive later.
    Late,
    /// In time, and a keepalive later again.
    Twice,
}

/// A frame that an attacker has seen.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) from: usize,
    pub(crate) link: usize,
    pub(crate) bytes: Arc<[u8]>,
    /// Nobody can have heard it.
    pub(crate) unheard: bool,
}

/// The keys of every simulated cluster; crc is what happens when there could be none.
pub(crate) fn keys() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"simulated".to_vec())]).unwrap_or_else(|_| Keys::crc_only())
}

/// What a node has whose file was not copied.
pub(crate) fn wrong_keys() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"another one".to_vec())]).unwrap_or_else(|_| Keys::crc_only())
}

/// What somebody has who has no key of this cluster, whatever key a node has.
pub(crate) fn strange_keys() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"a guess".to_vec())]).unwrap_or_else(|_| Keys::crc_only())
}

impl World {
    pub(crate) fn wire(&mut self, from: usize, to: usize, link: usize) -> &mut Wire {
        let count = self.nodes.len();
        &mut self.wires[(from * count + to) * self.links.len() + link]
    }

    /// Cuts or mends one direction of one link between two nodes.
    pub(crate) fn cut(&mut self, from: usize, to: usize, link: usize, on: bool) {
        let now = self.now;
        let wire = self.wire(from, to, link);
        wire.cut = if on { wire.cut + 1 } else { wire.cut.saturating_sub(1) };
        (wire.cut_at, wire.broken_at) = (Some(now), Some(now));
    }

    /// Keeps the beats of one direction of one link from passing, or no longer.
    pub(crate) fn filter(&mut self, from: usize, to: usize, link: usize, on: bool) {
        let now = self.now;
        let wire = self.wire(from, to, link);
        wire.filtered = if on { wire.filtered + 1 } else { wire.filtered.saturating_sub(1) };
        wire.cut_at = Some(now);
    }

    /// Can beats pass in that direction?
    pub(crate) fn passes(&mut self, from: usize, to: usize, link: usize) -> bool {
        let wire = self.wire(from, to, link);
        let whole = wire.cut == 0 && wire.filtered == 0;
        whole && self.nodes[from].pulled[link] == 0 && self.nodes[to].pulled[link] == 0
    }

    /// Sends on all links to all others.
    pub(crate) fn send(&mut self, from: usize, said: &Message) {
        let sent_at_s = self.wall_s(from);
        let stamp = Stamp { sent_at_s, load: "0.00 0.00 0.00 1/100 1000".into(), ttl: 3 };
        let frame = match message::encode(said, &stamp) {
            Ok(frame) => frame,
            Err(why) => return self.oracle.cannot_be_sent(self.now, &self.nodes[from].name, &why.to_string()),
        };
        self.said_last[from] = Some(said.clone());
        // A question that finds the line busy is not put: the line brings enough else to be known by.
        let urgent = !matches!(said.body, Body::Status { .. } | Body::ReqNodes);
        let fates = self.fates_of_next(from);
        let (net, text) = self.encode(&frame, &self.keys_of(from));
        for link in 0..self.links.len() {
            let bytes = match self.links[link].1 {
                Medium::Lan => &net,
                Medium::Serial { .. } => &text,
            };
            self.record(from, link, bytes);
            for to in 0..self.nodes.len() {
                let fate = fates.get(to).copied().unwrap_or_default();
                if to != from && fate != Fate::Lost {
                    self.send_one(from, to, link, bytes, (urgent, fate));
                }
            }
        }
    }

    /// The frame in both forms, the second one empty where no link needs it.
    fn encode(&self, frame: &Frame, keys: &Keys) -> (Arc<[u8]>, Arc<[u8]>) {
        let serial = self.links.iter().any(|(_, medium)| *medium != Medium::Lan);
        let (net, text) = if serial { encode_both(frame, keys) } else { (encode_net(frame, keys), Vec::new()) };
        (net.into(), text.into())
    }

    fn record(&mut self, from: usize, link: usize, bytes: &Arc<[u8]>) {
        let unheard =
            (0..self.nodes.len()).all(|to| to == from || !self.passes(from, to, link) || !self.shares_key(from, to));
        let recorded = Recorded { from, link, bytes: bytes.clone(), unheard };
        if self.recorded.len() < RECORDED_MAX {
            self.recorded.push(recorded);
        } else if self.random.chance(50) {
            let place = self.random.index(RECORDED_MAX);
            self.recorded[place] = recorded;
        }
    }

    fn send_one(&mut self, from: usize, to: usize, link: usize, bytes: &Arc<[u8]>, (urgent, fate): (bool, Fate)) {
        if !self.passes(from, to, link) {
            return;
        }
        let (weather, now) = (self.weather, self.now);
        let delay = match self.links[link].1 {
            Medium::Lan => {
                let delay = self.random.span(0, 1) + self.random.below(weather.delay_ms * MS + 1);
                if self.in_order { self.in_turn(from, to, link, delay) } else { delay }
            }
            Medium::Serial { baud } => {
                let needs = bytes.len() as u64 * 10 * SECOND / baud;
                let wire = self.wire(from, to, link);
                let begins = wire.busy_until.max(now);
                if begins - now > BACKLOG_NS && !urgent {
                    return;
                }
                wire.busy_until = begins + needs;
                begins + needs - now
            }
        };
        if self.random.chance(weather.loss) {
            return;
        }
        let mut bytes = bytes.clone();
        let is_serial = matches!(self.links[link].1, Medium::Serial { .. });
        if self.random.chance(weather.corrupt) || is_serial && self.random.chance(weather.noise) {
            let mut damaged = bytes.to_vec();
            self.damage(&mut damaged, is_serial);
            bytes = damaged.into();
        }
        if !is_serial && self.random.chance(weather.duplicate) {
            let later = now + delay + self.random.span(0, 500);
            self.push(later, Happening::Arrive { from, to, link, bytes: bytes.clone() });
        }
        let keepalive = nanos(self.plan.timing().keepalive());
        if fate == Fate::Twice {
            self.push(now + delay + keepalive, Happening::Arrive { from, to, link, bytes: bytes.clone() });
        }
        let delay = if is_serial { delay } else { delay + self.extra_delay(weather) };
        let delay = if fate == Fate::Late { delay + keepalive } else { delay };
        self.push(now + delay, Happening::Arrive { from, to, link, bytes });
    }

    /// What some frames wait beyond all others: one to three beats, or by a heavy tail up to eight seconds.
    fn extra_delay(&mut self, weather: Weather) -> u64 {
        if weather.reorder > 0 && self.random.chance(weather.reorder) {
            return self.keepalive_ns() + self.random.below(2 * self.keepalive_ns());
        }
        if weather.tail > 0 && self.random.chance(weather.tail) {
            let doublings = self.random.number().leading_zeros().min(12);
            return self.random.span(1, 2) << doublings;
        }
        0
    }

    /// Not before what was sent earlier.
    fn in_turn(&mut self, from: usize, to: usize, link: usize, delay: u64) -> u64 {
        let now = self.now;
        let wire = self.wire(from, to, link);
        wire.busy_until = wire.busy_until.max(now + delay);
        wire.busy_until - now
    }

    /// For each node what becomes of the next message to it, on all links; nothing where all is as usual.
    fn fates_of_next(&mut self, from: usize) -> Vec<Fate> {
        if self.fates.is_empty() {
            return Vec::new();
        }
        // Silence that was made here can be taken for death by anybody.
        self.lossy_at = Some(self.now);
        let reached = |to: usize| to != from && self.nodes[to].core.is_some();
        let reached: Vec<bool> = (0..self.nodes.len()).map(reached).collect();
        let mut next = |reached| if reached { self.fates.pop_front().unwrap_or_default() } else { Fate::default() };
        reached.into_iter().map(&mut next).collect()
    }

    /// One to four bytes are changed; on a serial line bytes also vanish and appear.
    fn damage(&mut self, bytes: &mut Vec<u8>, is_serial: bool) {
        for _ in 0..=self.random.below(4) {
            let place = self.random.index(bytes.len());
            let byte = (self.random.number() & 0xff) as u8;
            match self.random.below(3) {
                0 if is_serial => bytes.truncate(place),
                1 if is_serial => bytes.insert(place, byte),
                _ => {
                    if let Some(old) = bytes.get_mut(place) {
                        *old ^= byte | 1;
                    }
                }
            }
        }
    }

    /// Bytes reach a machine. A dead heart hears nothing; one that does not run hears it later.
    pub(crate) fn arrive(&mut self, from: usize, to: usize, link: usize, bytes: Arc<[u8]>) {
        let node = &mut self.nodes[to];
        if node.core.is_none() || node.pulled[link] > 0 || node.frozen.is_some() {
            return;
        }
        if node.paused_until.is_some() {
            node.waiting.push(Waiting::Bytes { at: self.now, from, link, bytes });
            return;
        }
        self.hear((from, to), link, &bytes, self.now);
    }

    /// Heart reads what reached its machine at that time.
    pub(crate) fn hear(&mut self, (from, to): (usize, usize), link: usize, bytes: &Arc<[u8]>, at: u64) {
        let keys = self.keys_of(to);
        match self.links[link].1 {
            Medium::Lan => match self.reader.read(bytes, &keys, self.nodes[to].wrong_key > 0) {
                Ok(message) => {
                    self.nodes[to].places.learn(from, &message.from);
                    self.hear_message(to, link, message, at);
                }
                Err(Some(why)) => self.refuse((from, to), link, bytes, why),
                Err(None) => {}
            },
            Medium::Serial { .. } => {
                self.nodes[to].streams[link].push(bytes);
                while let Some(found) = self.nodes[to].streams[link].next(&keys) {
                    match found.and_then(message::decode) {
                        Ok(read) => self.hear_message(to, link, read.into_inner().0, at),
                        Err(reject) => {
                            if let Some(why) = reject.refusal() {
                                self.refuse((from, to), link, bytes, why);
                            }
                        }
                    }
                }
            }
        }
    }

    fn hear_message(&mut self, to: usize, link: usize, message: Message, at: u64) {
        let from = self.nodes.iter().position(|n| n.name == message.from);
        if let Some(from) = from.filter(|from| *from != to) {
            let own = self.nodes[to].own_time(self.now);
            self.oracle.heard(to, from, &message, (at, self.now), own);
            self.judge_hearing(to, from, link, &message, at);
        }
        let name: LinkName = self.links[link].0.clone();
        self.input(to, Input::Heard { link: name, message });
    }
}

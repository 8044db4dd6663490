//! The world: time, nodes, wires, and all that is still to happen. Nodes are touched through inputs and outputs only.
//! Not here: how time passes (passing.rs), jobs (jobs.rs), wires (network.rs), what goes wrong (misfortune.rs).

use crate::acting::{Kept, rhythm::Rhythm};
use crate::agents::Resource;
use crate::asking::Round;
use crate::brain::Brain;
use crate::chronicle::Chronicle;
use crate::clock::{Clock, MS, SECOND};
use crate::fault::Injected;
use crate::network::{self, Fate, Medium, Recorded, Weather, Wire};
use crate::node::{Disk, DiskManners, Node};
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::random::Random;
use crate::reader::Reader;
use crate::refused::Places;
use crate::script::Trouble;
use crate::tape::Tape;
use crate::totals::{Now, Totals};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use systole_core::{Ask, AskId, Generation, Identity, Input, JobId, LinkName, Message, Uuid};
use systole_wire::{Keys, TextStream};

/// The kernel takes expired addresses away up to 0.4 s late.
pub(crate) const KERNEL_LATE: u64 = 200 * MS;

/// Something that will happen.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Arrive {
        from: usize,
        to: usize,
        link: usize,
        bytes: Arc<[u8]>,
    },
    JobEnds {
        node: usize,
        hands_life: u64,
        group: usize,
        id: JobId,
    },
    HandsReady {
        node: usize,
        life: u64,
        hands_life: u64,
    },
    Released {
        node: usize,
        hands_life: u64,
    },
    Boot {
        node: usize,
        life: u64,
    },
    Ends {
        trouble: Trouble,
        era: u64,
    },
    /// Hands asks the wire once more, or has the answer.
    Asks(Round),
    /// The kernel takes the addresses away that heart has not refreshed since that time of its clock.
    Expires {
        node: usize,
        life: u64,
        right_until: u64,
    },
    Turn {
        id: u64,
    },
    Kept {
        node: usize,
        hands_life: u64,
        kept: Kept,
    },
    Replayed {
        to: usize,
    },
    /// A service that was started so badly dies or hangs.
    Fails {
        node: usize,
        group: usize,
        job: JobId,
    },
    /// Hands sees that a service is dead or hangs.
    Seen {
        node: usize,
        hands_life: u64,
        group: usize,
        down: u64,
    },
    /// By now something must have been done about it.
    SeenTo {
        node: usize,
        hands_life: u64,
        group: usize,
        down: u64,
    },
}

/// One simulated cluster. A copy goes on by itself from where it was made.
#[derive(Debug, Clone)]
pub struct World {
    pub now: u64,
    pub plan: Plan,
    pub nodes: Vec<Node>,
    pub links: Vec<(LinkName, Medium)>,
    pub injected: Injected,
    pub oracle: Oracle,
    /// What happened, for people; kept only when asked for.
    pub story: Option<Vec<String>>,
    /// What happened, as values; kept only when asked for.
    pub chronicle: Option<Chronicle>,
    /// A service manager starts heart again when it has ended.
    pub restarts: bool,
    /// A LAN without bad weather keeps the order of what one node sends to another.
    pub in_order: bool,
    /// The judge looks on; without it a world goes on whatever happens.
    pub judged: bool,
    pub starts: u64,
    pub stops: u64,
    pub(crate) totals: Totals,
    pub(crate) standing_now: Vec<Now>,
    pub random: Random,
    pub(crate) wires: Vec<Wire>,
    pub(crate) weather: Weather,
    pub(crate) recorded: Vec<Recorded>,
    /// What becomes of the next frames, where somebody goes through all that can become of them (scope.rs).
    pub(crate) fates: VecDeque<Fate>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) wrong_keys: Arc<Keys>,
    pub(crate) reader: Reader,
    pub(crate) era: u64,
    pub(crate) rhythms: Vec<Rhythm>,
    pub(crate) rhythms_begun: u64,
    /// The newest message of each node.
    pub(crate) said_last: Vec<Option<Message>>,
    /// The last moment at which so much was lost that no timing can tell it from death.
    pub(crate) lossy_at: Option<u64>,
    /// When the weather turned last.
    pub(crate) weather_at: u64,
    /// Inputs that came up while a core was giving its outputs, with the life of hands they belong to.
    pub(crate) late: Vec<(usize, u64, Input)>,
    pub(crate) queue: BTreeMap<(u64, u64), Happening>,
    /// The recording of one of the nodes.
    pub(crate) tape: Option<Tape>,
    count: u64,
    asks: u64,
}

impl World {
    /// All machines are off. The dice are those of wires, agents and whatever else takes its time by chance.
    pub fn new(plan: Plan, dice: u64, told: bool) -> World {
        let count = plan.count();
        let oracle = Oracle::new(count, plan.groups().len(), plan.timing());
        let mut world = World {
            now: 0,
            nodes: Vec::new(),
            links: plan.links.clone(),
            injected: Injected::default(),
            oracle,
            story: told.then(Vec::new),
            chronicle: None,
            restarts: true,
            in_order: false,
            judged: true,
            starts: 0,
            stops: 0,
            random: Random::new(dice),
            wires: vec![Wire::default(); count * count * plan.links.len()],
            weather: Weather::default(),
            recorded: Vec::new(),
            fates: VecDeque::new(),
            keys: Arc::new(network::keys()),
            wrong_keys: Arc::new(network::wrong_keys()),
            reader: Reader::default(),
            era: 0,
            rhythms: Vec::new(),
            rhythms_begun: 0,
            said_last: vec![None; count],
            lossy_at: None,
            weather_at: 0,
            totals: Totals::default(),
            standing_now: vec![Now::default(); plan.groups().len()],
            late: Vec::new(),
            queue: BTreeMap::new(),
            tape: None,
            count: 0,
            asks: 0,
            plan,
        };
        for index in 0..count {
            let node = world.machine(index);
            world.nodes.push(node);
        }
        world
    }

    fn machine(&mut self, index: usize) -> Node {
        let settings = self.plan.settings[index].clone();
        let offset = SECOND + self.random.below(1_000_000) * MS;
        Node {
            name: settings.me.clone(),
            core: None,
            old: false,
            disk: Disk { identity: index as u8 + 1, ..Disk::default() },
            backup: Disk::default(),
            wall_error_s: 0,
            frozen: None,
            keeping: 0,
            unkept: false,
            disk_manners: DiskManners::default(),
            wrong_key: 0,
            clock: Clock { offset, error: self.plan.clock_errors.get(index).copied().unwrap_or(0), stood: 0 },
            resources: vec![Resource::nothing(); self.plan.groups().len()],
            life: 0,
            hands_up: false,
            hands_life: 0,
            releasing_until: 0,
            last_words: (Vec::new(), 0),
            wake: 0,
            paused_until: None,
            right_until: 0,
            kept_at: 0,
            waiting: Vec::new(),
            streams: Vec::new(),
            places: Places::default(),
            pulled: vec![0; self.links.len()],
            uncabled_at: None,
            away_at: Some(0),
            paused_ns: 0,
            booted_at: 0,
            settings,
        }
    }

    /// One line of the story.
    pub(crate) fn tell(&mut self, text: impl FnOnce(&World) -> String) {
        if self.story.is_some() {
            let line = format!("{:>9.3} s  {}", self.now as f64 / SECOND as f64, text(self));
            if let Some(story) = &mut self.story {
                story.push(line);
            }
        }
    }

    pub(crate) fn push(&mut self, at: u64, happening: Happening) {
        self.count += 1;
        self.queue.insert((at, self.count), happening);
    }

    /// Starts heart on a machine; hands follows a little later.
    pub fn boot(&mut self, index: usize) {
        let now = self.now;
        let node = &mut self.nodes[index];
        if node.core.is_some() {
            return;
        }
        if node.disk_manners.hangs > 0 {
            let life = node.life;
            return self.push(now + SECOND, Happening::Boot { node: index, life });
        }
        let kept = self.next_life(index);
        let node = &mut self.nodes[index];
        if node.life == 0 {
            node.backup = node.disk.clone();
        }
        node.life += 1;
        let known = kept.peers.iter().map(|(n, (life, number))| (n.clone(), *life, *number)).collect();
        let uuid = Uuid([kept.identity; 16]);
        let identity = Identity { uuid, generation: Generation(kept.generation), known };
        if let Some(tape) = &mut self.tape {
            tape.boots(index, &node.settings, &identity, node.clock.shows(now));
        }
        node.core = Some(Brain::new(node.old, node.settings.clone(), identity, node.clock.shows(now)));
        node.streams = self.links.iter().map(|_| TextStream::new()).collect();
        node.waiting.clear();
        node.places = Places::default();
        (node.wake, node.booted_at, node.paused_ns, node.paused_until) = (now, now, 0, None);
        node.away_at = Some(now);
        let (generation, pulled) = (kept.generation, node.pulled.clone());
        self.oracle.booted(index, generation, now, &self.nodes[index].name);
        self.tell(|w| format!("{}: boots, generation {generation}", w.nodes[index].name));
        for (link, causes) in pulled.into_iter().enumerate() {
            let (name, medium) = self.links[link].clone();
            self.input(index, Input::LinkChanged { link: name.clone(), open: true, why: "open".into() });
            if medium == Medium::Lan {
                self.input(
                    index,
                    Input::CarrierChanged { interface: name.0.as_ref().to_owned(), carrier: causes == 0 },
                );
            }
        }
        self.hands_begin(index);
    }

    /// Heart dies at once, by power or by signal.
    pub(crate) fn end_heart(&mut self, index: usize) {
        let node = &self.nodes[index];
        let late = node.keeping > 0 || node.unkept || !node.hands_up;
        if late && node.generation_in_force().is_some_and(|g| g > node.disk.generation) {
            // It could not be written any more.
            self.oracle.forgets(index);
        }
        let node = &mut self.nodes[index];
        (node.keeping, node.unkept) = (0, false);
        node.core = None;
        node.life += 1;
        node.hands_life += 1;
        node.hands_up = false;
        node.paused_until = None;
        if let Some((since, _)) = node.frozen.take() {
            node.clock.stood += node.clock.length_of(self.now - since);
        }
        node.waiting.clear();
        node.away_at = Some(self.now);
    }

    /// The machine loses power, and has it again after that many nanoseconds, or never.
    pub fn power_cut(&mut self, index: usize, back_after: Option<u64>) {
        self.tell(|w| format!("{}: loses power", w.nodes[index].name));
        self.end_heart(index);
        self.nodes[index].releasing_until = 0;
        self.nodes[index].resources.iter_mut().for_each(Resource::vanish);
        let life = self.nodes[index].life;
        if let Some(span) = back_after {
            self.push(self.now + span, Happening::Boot { node: index, life });
        }
    }

    /// Heart is killed; hands releases everything, and the service manager starts heart again.
    pub fn kill_heart(&mut self, index: usize) {
        if self.nodes[index].core.is_none() {
            return;
        }
        self.tell(|w| format!("{}: heart is killed", w.nodes[index].name));
        let node = &self.nodes[index];
        let words = node.core.as_ref().filter(|_| node.hands_up).map(Brain::last_words).unwrap_or_default();
        self.nodes[index].last_words = (words, self.now + crate::run::nanos(self.plan.timing().deadtime()));
        self.end_heart(index);
        self.hands_release(index);
        self.start_again(index, 5000);
    }

    /// Within that many milliseconds, if anybody does that here.
    pub(crate) fn start_again(&mut self, index: usize, longest_ms: u64) {
        if self.restarts {
            let (life, pause) = (self.nodes[index].life, self.random.span(500, longest_ms));
            self.push(self.now + pause, Happening::Boot { node: index, life });
        }
    }

    /// An operator asks something of a node.
    pub fn ask(&mut self, index: usize, ask: Ask) {
        if self.nodes[index].core.is_none() || !self.nodes[index].hands_up {
            return;
        }
        self.tell(|w| format!("{}: the operator asks for {ask:?}", w.nodes[index].name));
        self.asks += 1;
        self.note_ask(index, AskId(self.asks), &ask);
        self.input(index, Input::Asked { id: AskId(self.asks), ask });
    }
}

//! The situations whose first frames matter: somebody joins, a group goes home, is asked away, two holders meet.
//! Not here: what is tried on them (scope.rs).

use crate::clock::{MS, SECOND};
use crate::network::Medium;
use crate::oracle::Violation;
use crate::plan::{Plan, groups_of, timing_of};
use crate::run::nanos;
use crate::script::{Act, Misdeed, Trouble};
use crate::world::World;
use systole_core::{Ask, Failback, LinkName, NodeName, Which};

/// What is about to happen, and in which cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    pub what: What,
    pub failback: Failback,
    pub nodes: usize,
    /// Two groups with homes on different nodes instead of one.
    pub groups: usize,
}

/// What is about to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// All start at once.
    ColdStart,
    /// The last node starts; the others serve.
    Join,
    /// The home of the first group comes back after a power cut.
    Return,
    /// Its group is about to be stopped elsewhere, to go home.
    Failback,
    Standby,
    Takeover,
    /// A move that the other node cannot carry out.
    StandbyIntoFailure,
    /// Two that could not hear each other, and both hold, meet.
    Heal,
    /// An owner that did not run, lost its address and was replaced, runs again.
    Thaw,
    Shutdown,
    HandsKilled,
    HeartKilled,
    /// The cable of the address is out; another link is there.
    Unplug,
}

impl What {
    const ALL: [What; 13] = [
        What::ColdStart,
        What::Join,
        What::Return,
        What::Failback,
        What::Standby,
        What::Takeover,
        What::StandbyIntoFailure,
        What::Heal,
        What::Thaw,
        What::Shutdown,
        What::HandsKilled,
        What::HeartKilled,
        What::Unplug,
    ];
}

impl Situation {
    /// Every situation that is gone through.
    pub fn all() -> Vec<Situation> {
        let mut all = Vec::new();
        for what in What::ALL {
            let failbacks: &[Failback] = match what {
                What::Failback => &[Failback::On],
                _ => &[Failback::Off, Failback::On],
            };
            for failback in failbacks {
                all.push(Situation { what, failback: *failback, nodes: 2, groups: 1 });
            }
            if !matches!(what, What::Heal | What::Thaw) {
                all.push(Situation { what, failback: Failback::On, nodes: 3, groups: 2 });
            }
        }
        all
    }

    /// The world just before it happens.
    ///
    /// # Errors
    /// A rule was broken on the way.
    pub fn begin(self, told: bool) -> Result<World, Violation> {
        let mut world = self.world(told);
        if self.what == What::ColdStart {
            return Ok(world);
        }
        let last = self.nodes - 1;
        (0..self.nodes).filter(|node| self.what != What::Join || *node != last).for_each(|node| world.boot(node));
        world.run(nanos(world.plan.timing().initdead()) + 3 * SECOND)?;
        let dead = nanos(world.plan.timing().deadtime());
        match self.what {
            What::Return | What::Failback => {
                world.act(&Act::PowerCut { node: 0, back_ms: None });
                world.run(2 * dead + SECOND)?;
                if self.nodes > 2 {
                    // Without a lease silence frees nothing there: the group has to be left in good order.
                    world.boot(0);
                    world.run(3 * dead)?;
                    world.act(&Act::Ask { node: 0, ask: Ask::Standby { which: Which::All } });
                    world.run(dead / 2)?;
                    world.act(&Act::PowerCut { node: 0, back_ms: None });
                    world.run(2 * dead)?;
                }
                if self.what == What::Failback {
                    world.boot(0);
                    let before = world.stops;
                    while world.stops == before && world.now < 3600 * SECOND {
                        let earlier = world.clone();
                        world.run(5 * MS)?;
                        if world.stops != before {
                            world = earlier;
                            break;
                        }
                    }
                }
            }
            What::Heal => {
                world.act(&Act::Trouble { trouble: Trouble::Alone { node: 0 }, ms: None });
                world.run(3 * dead)?;
            }
            What::Thaw => {
                world.act(&Act::Pause { node: 0, ms: nanos(world.plan.timing().deadtime()) * 3 / MS });
                world.run(3 * dead - MS)?;
            }
            What::StandbyIntoFailure => {
                let trouble = Trouble::Agent { misdeed: Misdeed::StartFails, node: 1, group: 0 };
                world.act(&Act::Trouble { trouble, ms: None });
            }
            _ => {}
        }
        Ok(world)
    }

    /// It happens.
    pub(crate) fn happen(self, world: &mut World) {
        let last = self.nodes - 1;
        let ask = |node, ask| Act::Ask { node, ask };
        match self.what {
            What::ColdStart => (0..self.nodes).for_each(|node| world.boot(node)),
            What::Join => world.boot(last),
            What::Return => world.boot(0),
            What::Failback | What::Thaw => {}
            What::Standby | What::StandbyIntoFailure => {
                world.act(&ask(0, Ask::Standby { which: Which::All }));
            }
            What::Takeover => world.act(&ask(1, Ask::Takeover { which: Which::All })),
            What::Heal => {
                world.act(&Act::Mend);
            }
            What::Shutdown => world.act(&ask(0, Ask::Shutdown)),
            What::HandsKilled => world.act(&Act::KillHands { node: 0 }),
            What::HeartKilled => world.act(&Act::KillHeart { node: 0 }),
            What::Unplug => {
                let trouble = Trouble::Carrier { node: 0, link: 0 };
                world.act(&Act::Trouble { trouble, ms: None });
            }
        }
    }

    fn world(self, told: bool) -> World {
        let names: Vec<NodeName> =
            ["ada", "bob", "cyd"].iter().take(self.nodes).filter_map(|n| NodeName::new(n).ok()).collect();
        let links = vec![(LinkName("eth0".into()), Medium::Lan), (LinkName("eth1".into()), Medium::Lan)];
        let timing = timing_of([200, 600, 1000, 2000]);
        World::new(Plan::alike(&names, links, timing, self.failback, &groups_of(&names, self.groups)), 1, told)
    }
}

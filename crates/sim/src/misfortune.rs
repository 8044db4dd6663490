//! What goes wrong, and when: a seed chooses among the faults that it allows. The choice knows nothing of how it goes.
//! Not here: what an act means (acting.rs).

use crate::fault::Fault;
use crate::network::Medium;
use crate::plan::Plan;
use crate::random::Random;
use crate::script::{Act, Ending, Misdeed, Script, Step, Trouble};
use systole_core::{Ask, Which};

const WORDS: [Which; 4] = [Which::All, Which::Local, Which::Foreign, Which::Failback];

/// The script of a seed: a quarter of an hour, more or less.
pub fn draw(seed: u64) -> Script {
    let mut random = Random::new(seed);
    let plan = Plan::drawn(&mut random);
    let mut acts = Vec::new();
    let mut at_ms = 0;
    for node in 0..plan.count() {
        acts.push(Step { at_ms, act: Act::Boot { node } });
        at_ms += random.below(3000);
    }
    let rate = 150 + random.below(700);
    let allowed: Vec<Fault> = Fault::ALL.into_iter().filter(|_| random.chance(rate)).collect();
    for _ in 0..40 + random.below(70) {
        let place = random.index(allowed.len());
        if let Some(act) = allowed.get(place).and_then(|fault| misfortune(&mut random, &plan, *fault)) {
            acts.push(Step { at_ms, act });
        }
        let longest = match random.below(10) {
            0..3 => 500,
            3..8 => 12_000,
            _ => 60_000,
        };
        at_ms += random.below(longest);
    }
    Script { dice: random.number(), plan, acts, ending: Ending::Mended }
}

/// One misfortune of that kind; none if this cluster cannot have it.
fn misfortune(random: &mut Random, plan: &Plan, fault: Fault) -> Option<Act> {
    let node = random.index(plan.count());
    let other = (node + 1 + random.index(plan.count() - 1)) % plan.count();
    let group = random.index(plan.groups().len());
    let link = random.index(plan.links.len());
    // A single medium that loses much cannot be told from death.
    let strength = 1 + random.below(if plan.links.len() > 1 { 300 } else { 20 });
    let agent = |misdeed| Trouble::Agent { misdeed, node, group };
    let trouble = match fault {
        Fault::Loss => Trouble::Loss { per_mille: strength },
        Fault::Duplicate => Trouble::Duplicate { per_mille: 400 },
        Fault::Corrupt => Trouble::Corrupt { per_mille: strength / 3 + 1 },
        Fault::SerialNoise => Trouble::Noise { per_mille: 300 },
        Fault::Delay => Trouble::Delay { ms: strength * 2 },
        Fault::Burst => Trouble::Silent { link },
        Fault::Partition => Trouble::Alone { node },
        Fault::Filter if random.chance(500) => Trouble::FilteredTo { from: node, to: other },
        Fault::Filter => Trouble::Filtered { node },
        Fault::OneWay => Trouble::OneWay { from: node, to: other },
        Fault::Partial => Trouble::Pair { one: node, other },
        Fault::Carrier if plan.links[link].1 == Medium::Lan => Trouble::Carrier { node, link },
        Fault::Carrier | Fault::ClockRate => return None,
        Fault::StartFails => agent(Misdeed::StartFails),
        Fault::StopFails => agent(Misdeed::StopFails),
        Fault::Hang => agent(Misdeed::Hangs),
        Fault::Slow => agent(Misdeed::Slow),
        Fault::HeartKilled => return Some(Act::KillHeart { node }),
        Fault::HandsKilled => return Some(Act::KillHands { node }),
        Fault::Pause => return Some(Act::Pause { node, ms: 50 + random.below(30_000) }),
        Fault::PowerCut => return Some(Act::PowerCut { node, back_ms: Some(1000 + random.below(59_000)) }),
        Fault::Operator => return Some(Act::Ask { node, ask: question(random, plan, other, group) }),
        Fault::Replay => return Some(Act::Replay { to: node }),
    };
    let ms = match fault {
        Fault::Burst => 300 + random.below(1700),
        Fault::Carrier => 10 + random.below(20_000),
        _ => 200 + random.below(39_800),
    };
    Some(Act::Trouble { trouble, ms: Some(ms) })
}

fn question(random: &mut Random, plan: &Plan, other: usize, group: usize) -> Ask {
    let place = random.index(WORDS.len());
    let which = WORDS.get(place).copied().unwrap_or(Which::All);
    match random.below(6) {
        0 | 1 => Ask::Standby { which },
        2 => Ask::Takeover { which },
        3 => Ask::Move { group: plan.groups()[group].key.clone(), node: plan.name(other).clone() },
        4 => Ask::Cleanup { group: None },
        _ => Ask::Shutdown,
    }
}

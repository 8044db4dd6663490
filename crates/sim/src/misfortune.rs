//! What goes wrong, and when: a seed chooses among the faults that it allows. The choice knows nothing of how it goes.
//! Not here: what an act means (acting.rs).

use crate::fault::Fault;
use crate::network::Medium;
use crate::plan::Plan;
use crate::random::Random;
use crate::script::{Act, Ending, Harm, Misdeed, Script, Step, Trouble};
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
            // State that is harmed shows at a start.
            let follows = match act {
                Act::Harm { node, .. } => Some(Act::PowerCut { node, back_ms: Some(1000 + random.below(20_000)) }),
                _ => None,
            };
            acts.extend([Some(act), follows].into_iter().flatten().map(|act| Step { at_ms, act }));
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
        Fault::Flapping if plan.links[link].1 == Medium::Lan => {
            let longest = [100, 1000, 10_000][random.index(3)];
            Trouble::Flapping { node, link, ms: 10 + random.below(longest) }
        }
        Fault::Carrier | Fault::Flapping | Fault::ClockRate | Fault::Configuration => return None,
        Fault::Tail => Trouble::Tail { per_mille: strength / 6 + 1 },
        Fault::Reorder => Trouble::Reorder { per_mille: strength },
        Fault::Bursts => Trouble::Bursts { link },
        Fault::Starved => Trouble::Starved { node },
        Fault::Flood => Trouble::Flood { node },
        Fault::Clone => Trouble::Clone { node },
        Fault::OutOfMemory => Trouble::OutOfMemory { node },
        Fault::ForkFails => Trouble::ForkFails { node },
        Fault::DiskFull => Trouble::DiskFull { node },
        Fault::DiskUnreadable => Trouble::DiskUnreadable { node },
        Fault::DiskHangs => Trouble::DiskHangs { node },
        Fault::WrongKey => Trouble::WrongKey { node },
        Fault::Dies => agent(Misdeed::Dies),
        Fault::ServiceDies => agent(Misdeed::ServiceDies),
        Fault::ServiceHangs => agent(Misdeed::ServiceHangs),
        Fault::StartLies => agent(Misdeed::StartLies),
        Fault::StatusLies => agent(Misdeed::StatusLies),
        Fault::StartFails => agent(Misdeed::StartFails),
        Fault::StopFails => agent(Misdeed::StopFails),
        Fault::Hang => agent(Misdeed::Hangs),
        Fault::Slow => agent(Misdeed::Slow),
        _ => return Some(moment(random, plan, fault, (node, other, group))),
    };
    let ms = match fault {
        // Once, or again and again.
        Fault::ServiceDies | Fault::ServiceHangs if random.chance(500) => 1,
        Fault::Burst => 300 + random.below(1700),
        Fault::Carrier => 10 + random.below(20_000),
        Fault::DiskHangs => 1000 + random.below(59_000),
        Fault::Flood | Fault::Starved | Fault::Clone | Fault::OutOfMemory => 200 + random.below(14_800),
        _ => 200 + random.below(39_800),
    };
    Some(Act::Trouble { trouble, ms: Some(ms) })
}

/// A misfortune that does not last, or whose end is part of it.
fn moment(random: &mut Random, plan: &Plan, fault: Fault, (node, other, group): (usize, usize, usize)) -> Act {
    match fault {
        Fault::HeartKilled => Act::KillHeart { node },
        Fault::HandsKilled => Act::KillHands { node },
        Fault::AllKilled => Act::KillBoth { node, back_ms: Some(500 + random.below(4500)) },
        Fault::Pause => Act::Pause { node, ms: 50 + random.below(30_000) },
        Fault::PauseAll => Act::PauseAll { ms: 50 + random.below(30_000) },
        Fault::Freeze | Fault::Suspend => {
            Act::Freeze { node, ms: 50 + random.below(60_000), told: fault == Fault::Suspend }
        }
        Fault::PowerCut => Act::PowerCut { node, back_ms: Some(1000 + random.below(59_000)) },
        Fault::StateLost => Act::Harm { node, harm: Harm::Lost },
        Fault::StateTorn => Act::Harm { node, harm: Harm::Torn },
        Fault::StateOld => Act::Harm { node, harm: Harm::Old },
        Fault::WallClock => {
            let seconds = [1, 60, 3600, 31_536_000][random.index(4)];
            Act::StepClock { node, seconds: if random.chance(500) { seconds } else { -seconds } }
        }
        Fault::Both => Act::AskAll { ask: question(random, plan, other, group) },
        Fault::Reload => Act::Reload { node },
        Fault::ReplayUnheard => Act::ReplayUnheard { to: node },
        Fault::ReplayNewborn => Act::ReplayNewborn { to: node },
        Fault::Keyless => Act::Keyless { from: other, to: node },
        Fault::Malformed => Act::Malformed { to: node },
        Fault::ByHand => Act::ByHand { node, group },
        Fault::SyncFails => Act::SyncFails { node },
        Fault::Forged => Act::Forge { from: other, to: node, life: random.chance(500) },
        Fault::Operator => Act::Ask { node, ask: question(random, plan, other, group) },
        _ => Act::Replay { to: node },
    }
}

fn question(random: &mut Random, plan: &Plan, other: usize, group: usize) -> Ask {
    let place = random.index(WORDS.len());
    let which = WORDS.get(place).copied().unwrap_or(Which::All);
    match random.below(7) {
        6 => Ask::Status,
        0 | 1 => Ask::Standby { which },
        2 => Ask::Takeover { which },
        3 => Ask::Move { group: plan.groups()[group].key.clone(), node: plan.name(other).clone() },
        4 => Ask::Cleanup { group: None },
        _ => Ask::Shutdown,
    }
}

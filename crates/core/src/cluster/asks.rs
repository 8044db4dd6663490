//! Questions of the operator: what they set in motion, and the answer when the work is done.
//! Not here: the control socket, the wording of the command line.

use super::{Cluster, old, report};
use crate::beat::{ClaimState, Fitness};
use crate::input::{Answer, Ask, AskId, Which};
use crate::names::NodeName;
use crate::output::{Event, Output};
use crate::placement;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longer than any start or stop with its default deadline; whoever still waits then gets a true answer: not yet.
const PATIENCE: Duration = Duration::from_secs(180);
/// More questions at once than any operator has; beyond that the oldest would wait for ever.
const PENDING_MAX: usize = 64;

/// A question whose work is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    id: AskId,
    wanted: Wanted,
    /// Index of each group, and its epoch when the question came.
    groups: Vec<(usize, u64)>,
    pub(super) deadline: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Wanted {
    Away,
    Here,
}

enum Progress {
    Waiting,
    Reached,
    Failed(String),
}

pub(super) fn begin(cluster: &mut Cluster, id: AskId, ask: Ask) {
    let answer = match ask {
        Ask::Status => Some(Answer::Status(Box::new(report::status(cluster)))),
        Ask::Shutdown => {
            if !cluster.leaving {
                cluster.leaving = true;
                cluster.say_now = true;
                cluster.tell(Event::ShutdownBegun);
            }
            Some(Answer::Done { said: "shutting down; the groups are released first".into() })
        }
        Ask::Cleanup { group } => Some(cleanup(cluster, group.as_deref())),
        Ask::Standby { which } => {
            let held = matching(cluster, which, |c, i| c.groups[i].here.is_held());
            match cluster.old_peer() {
                Some(_) if !held.is_empty() => give_old(cluster, id, which, &held),
                _ => order_away(cluster, id, &held, None),
            }
        }
        Ask::Takeover { which } => {
            let absent = matching(cluster, which, |c, i| !c.groups[i].here.is_held());
            match cluster.old_peer() {
                Some(_) if !absent.is_empty() => take_old(cluster, id, which, &absent),
                _ => order_here(cluster, id, &absent),
            }
        }
        Ask::Move { group, node } => order_move(cluster, id, &group, node),
    };
    if let Some(answer) = answer {
        cluster.out.push_back(Output::Answer { id, answer });
    }
}

fn matching(cluster: &Cluster, which: Which, also: impl Fn(&Cluster, usize) -> bool) -> Vec<usize> {
    let mine = |i: &usize| cluster.groups[*i].settings.home() == Some(&cluster.settings.me);
    let wanted = |i: &usize| match which {
        Which::All => true,
        Which::Local => mine(i),
        Which::Foreign | Which::Failback => !mine(i),
    };
    (0..cluster.groups.len()).filter(wanted).filter(|i| also(cluster, *i)).collect()
}

fn cleanup(cluster: &mut Cluster, key: Option<&str>) -> Answer {
    let chosen: Vec<usize> =
        (0..cluster.groups.len()).filter(|i| key.is_none_or(|k| cluster.groups[*i].settings.key == k)).collect();
    if chosen.is_empty() {
        return unknown_group(cluster, key.unwrap_or_default());
    }
    let mut cleaned = 0;
    for index in chosen {
        let now = cluster.now;
        let group = &mut cluster.groups[index];
        cleaned += group.forget_failures();
        group.refusal = None;
        if group.here == ClaimState::Blocked {
            cleaned += 1;
            let step = group.retry_stop(now);
            cluster.carry_out(index, step);
        }
    }
    cluster.say_now = true;
    Answer::Done { said: format!("{cleaned} failure(s) forgotten on {}", cluster.settings.me) }
}

fn unknown_group(cluster: &Cluster, key: &str) -> Answer {
    let known: Vec<&str> = cluster.groups.iter().map(|g| g.settings.key.as_str()).collect();
    Answer::Refused { why: format!("no group is called {key:?}; the groups are {}", known.join(", ")) }
}

fn order_move(cluster: &mut Cluster, id: AskId, key: &str, node: NodeName) -> Option<Answer> {
    let Some(index) = cluster.groups.iter().position(|g| g.settings.key == key) else {
        return Some(unknown_group(cluster, key));
    };
    if node == cluster.settings.me {
        if cluster.groups[index].here == ClaimState::Running {
            return Some(Answer::Done { said: format!("{key} runs on {node} already") });
        }
        if cluster.old_peer().is_some() {
            return alone_in_its_half(cluster, index, |c, which| take_old(c, id, which, &[index]));
        }
        return order_here(cluster, id, &[index]);
    }
    if cluster.groups[index].here.is_held() && cluster.old_peer() == Some(&node) {
        return alone_in_its_half(cluster, index, |c, which| give_old(c, id, which, &[index]));
    }
    if cluster.groups[index].here.is_held() {
        return order_away(cluster, id, &[index], Some(node));
    }
    let me = &cluster.settings.me;
    Some(Answer::Refused {
        why: format!("{me} does not hold {key}; give this command on the node that does, or on {node}"),
    })
}

fn order_away(cluster: &mut Cluster, id: AskId, groups: &[usize], to: Option<NodeName>) -> Option<Answer> {
    if groups.is_empty() {
        return Some(Answer::Done { said: format!("{} holds none of these groups", cluster.settings.me) });
    }
    let mut targets = Vec::new();
    for index in groups {
        let group = &cluster.groups[*index];
        // One that has not yet shown that it hears us will have done so in a moment, or be dead; the order waits for that.
        let fit = |n: &&NodeName| cluster.peers.get(*n).is_some_and(|p| p.is_fit(group.settings.id));
        let target = match &to {
            Some(to) => Some(to).filter(fit).cloned(),
            None => {
                placement::successor(group, &cluster.scene()).or_else(|| group.settings.nodes.iter().find(fit).cloned())
            }
        };
        let Some(target) = target else {
            return Some(Answer::Refused { why: why_nobody(cluster, *index) });
        };
        targets.push((*index, target));
    }
    for (index, target) in targets {
        let group = &mut cluster.groups[index];
        // One that is being stopped already needs no order; it would stand, and move the group when it comes back.
        if matches!(group.here, ClaimState::Starting | ClaimState::Running) {
            group.ordered_to = Some(target);
        }
    }
    wait_for(cluster, id, Wanted::Away, groups)
}

fn order_here(cluster: &mut Cluster, id: AskId, groups: &[usize]) -> Option<Answer> {
    if groups.is_empty() {
        return Some(Answer::Done { said: format!("{} holds all of these groups already", cluster.settings.me) });
    }
    if let Some(refused) = refuse_unfit(cluster, groups) {
        return Some(refused);
    }
    for index in groups {
        cluster.groups[*index].ordered_here = true;
    }
    wait_for(cluster, id, Wanted::Here, groups)
}

fn give_old(cluster: &mut Cluster, id: AskId, which: Which, groups: &[usize]) -> Option<Answer> {
    match old::give(cluster, which) {
        Ok(()) => wait_for(cluster, id, Wanted::Away, groups),
        Err(why) => Some(Answer::Refused { why }),
    }
}

fn take_old(cluster: &mut Cluster, id: AskId, which: Which, groups: &[usize]) -> Option<Answer> {
    if let Some(refused) = refuse_unfit(cluster, groups) {
        return Some(refused);
    }
    match old::take(cluster, which) {
        Ok(()) => wait_for(cluster, id, Wanted::Here, groups),
        Err(why) => Some(Answer::Refused { why }),
    }
}

/// Heartbeat moves halves, never single groups; where a half is one group the two are the same.
fn alone_in_its_half(
    cluster: &mut Cluster,
    index: usize,
    go: impl FnOnce(&mut Cluster, Which) -> Option<Answer>,
) -> Option<Answer> {
    let ours = cluster.is_ours(index);
    let count = (0..cluster.groups.len()).filter(|i| cluster.is_ours(*i) == ours).count();
    let (which, word) = if ours { (Which::Local, "local") } else { (Which::Foreign, "foreign") };
    if count > 1 {
        let why = format!(
            "beside a Heartbeat groups move by halves, and this half holds {count} of them: \
             use standby or takeover with the word {word}"
        );
        return Some(Answer::Refused { why });
    }
    go(cluster, which)
}

fn refuse_unfit(cluster: &Cluster, groups: &[usize]) -> Option<Answer> {
    let unfit = groups.iter().map(|i| (*i, cluster.fitness(*i))).find(|(_, fitness)| *fitness != Fitness::Fit);
    unfit.map(|(index, fitness)| {
        let key = &cluster.groups[index].settings.key;
        Answer::Refused { why: format!("{key} cannot run on {}: {}", cluster.settings.me, self::unfit(fitness)) }
    })
}

fn wait_for(cluster: &mut Cluster, id: AskId, wanted: Wanted, groups: &[usize]) -> Option<Answer> {
    if cluster.asks.len() >= PENDING_MAX {
        return Some(Answer::Refused { why: format!("{PENDING_MAX} commands are waiting already") });
    }
    let groups = groups.iter().map(|i| (*i, cluster.groups[*i].epoch)).collect();
    cluster.asks.push(Pending { id, wanted, groups, deadline: cluster.now + PATIENCE });
    None
}

fn why_nobody(cluster: &Cluster, index: usize) -> String {
    format!("no other node can take {}: {}", cluster.groups[index].settings.key, why_not_there(cluster, index))
}

/// What keeps each other node from taking the group.
pub(super) fn why_not_there(cluster: &Cluster, index: usize) -> String {
    let group = &cluster.groups[index];
    let others = group.settings.nodes.iter().filter(|n| **n != cluster.settings.me);
    let reasons: Vec<String> = others
        .map(|name| match cluster.peers.get(name) {
            Some(peer) if !peer.is_alive() => format!("{name} is {}", peer.state.as_str()),
            Some(peer) if peer.is_leaving() => format!("{name} is shutting down"),
            Some(peer) if peer.beat.is_none() && peer.systole != Some(false) => {
                format!("{name} has not yet said what it can do")
            }
            Some(peer) => match peer.claim(group.settings.id) {
                Some(claim) if claim.state == ClaimState::Blocked => format!("{name}: an old stop of it failed there"),
                Some(claim) => format!("{name}: {}", unfit(claim.fitness)),
                None => format!("{name} does not know this group"),
            },
            None => format!("{name} is not a node"),
        })
        .collect();
    reasons.join("; ")
}

fn unfit(fitness: Fitness) -> &'static str {
    match fitness {
        Fitness::Fit => "it can take the group, but was not asked",
        Fitness::NoCarrier => "no carrier on the interface of its address",
        Fitness::Failed => "it failed there, and is tried again later; after mending it: systole cleanup",
        Fitness::Unable => "it cannot start anything now",
    }
}

/// Answers what has been reached, has failed or takes too long; true when something was refused.
pub(super) fn settle(cluster: &mut Cluster) -> bool {
    let (mut index, mut refused) = (0, false);
    while index < cluster.asks.len() {
        match progress(cluster, &cluster.asks[index]) {
            Progress::Waiting => index += 1,
            Progress::Reached => {
                let ask = cluster.asks.swap_remove(index);
                let said = said(cluster, &ask);
                cluster.out.push_back(Output::Answer { id: ask.id, answer: Answer::Done { said } });
            }
            Progress::Failed(why) => {
                let ask = cluster.asks.swap_remove(index);
                for (group, _) in &ask.groups {
                    cluster.groups[*group].ordered_here = false;
                    cluster.groups[*group].ordered_to = None;
                }
                cluster.out.push_back(Output::Answer { id: ask.id, answer: Answer::Refused { why } });
                refused = true;
            }
        }
    }
    refused
}

fn progress(cluster: &Cluster, ask: &Pending) -> Progress {
    let mut reached = true;
    for (index, epoch) in &ask.groups {
        let step = match ask.wanted {
            Wanted::Away => away(cluster, *index, *epoch),
            Wanted::Here => here(cluster, *index),
        };
        match step {
            Progress::Failed(why) => return Progress::Failed(why),
            Progress::Waiting => reached = false,
            Progress::Reached => {}
        }
    }
    if reached {
        Progress::Reached
    } else if cluster.now >= ask.deadline {
        Progress::Failed("it is still under way; see `systole status`".into())
    } else {
        Progress::Waiting
    }
}

fn away(cluster: &Cluster, index: usize, epoch: u64) -> Progress {
    let group = &cluster.groups[index];
    let taken = |p: &crate::peer::Peer| p.claim(group.settings.id).is_some_and(|c| c.state == ClaimState::Running);
    match group.here {
        ClaimState::Blocked => Progress::Failed(format!("{} could not be stopped: {}", group.settings.key, group.why)),
        // Why we have it again is the reason why it is not there.
        ClaimState::Running if group.epoch > epoch => {
            Progress::Failed(format!("{} runs here again: {}", group.settings.key, group.why))
        }
        ClaimState::Starting | ClaimState::Running if group.epoch == epoch && lost_target(cluster, index) => {
            Progress::Failed(why_nobody(cluster, index))
        }
        ClaimState::Idle if cluster.peers.values().any(taken) => Progress::Reached,
        ClaimState::Idle if old::has_it(cluster, index) => Progress::Reached,
        ClaimState::Running if old::stays(cluster, index) => {
            Progress::Failed("the other node did not take it (see its log); nothing has changed".into())
        }
        _ => Progress::Waiting,
    }
}

/// Whom it was to go to could not take it any more. (What is agreed with a Heartbeat has no such order.)
fn lost_target(cluster: &Cluster, index: usize) -> bool {
    let group = &cluster.groups[index];
    let target = group.ordered_to.as_ref().and_then(|to| cluster.peers.get(to));
    target.is_some_and(|peer| !peer.is_fit(group.settings.id))
}

fn here(cluster: &Cluster, index: usize) -> Progress {
    let group = &cluster.groups[index];
    match (&group.failed, group.here) {
        (_, ClaimState::Running) => Progress::Reached,
        (_, ClaimState::Blocked) => Progress::Failed(format!("{} is blocked: {}", group.settings.key, group.why)),
        (Some(why), _) => Progress::Failed(format!("{} failed here: {why}", group.settings.key)),
        (_, ClaimState::Want) if cluster.is_kept_off_by_wire(index) => {
            Progress::Failed(group.refusal.clone().unwrap_or_else(|| "another machine has its address".into()))
        }
        _ if cluster.old_peer().is_some() && !old::may_come(cluster, index) => {
            Progress::Failed("the other node did not give it (see its log); nothing has changed".into())
        }
        _ => Progress::Waiting,
    }
}

fn said(cluster: &Cluster, ask: &Pending) -> String {
    let name = |i: usize| {
        let group = &cluster.groups[i];
        let holds = |p: &&crate::peer::Peer| {
            p.holds(group.settings.id) || old::has_it(cluster, i) && cluster.old_peer() == Some(&p.name)
        };
        let owner = cluster.peers.values().find(holds).map_or(&cluster.settings.me, |p| &p.name);
        format!("{} runs on {owner}", group.settings.key)
    };
    ask.groups.iter().map(|(i, _)| name(*i)).collect::<Vec<_>>().join("; ")
}

/// Nobody is left without an answer when the node ends.
pub(super) fn finish_all(cluster: &mut Cluster, why: &str) {
    for ask in std::mem::take(&mut cluster.asks) {
        cluster.out.push_back(Output::Answer { id: ask.id, answer: Answer::Refused { why: why.to_owned() } });
    }
}

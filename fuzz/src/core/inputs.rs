//! One input out of bytes, with names, lives, numbers and claims that often fit and sometimes do not.
//! Not here: when it comes (the driver).

use super::scene::{KEYS, LINKS, LIVES, NAMES, PINGS, name, uuid};
use super::watch::Watch;
use arbitrary::{Result, Unstructured};
use systole_core::message::Hold;
use systole_core::{
    Ask, AskId, Beat, Body, Claim, ClaimState, Cluster, Condition, Fitness, Generation, GroupId, Hears, Input, JobId,
    LinkName, Message, NodeName, NodeState, Outcome, Refusal, Sequence, Uuid, Which, Wire,
};

type Bytes<'a, 'b> = &'a mut Unstructured<'b>;

/// Words that Heartbeat puts into `info`, and some that it does not.
const INFOS: [&str; 8] = ["me", "other", "done", "shutdown", "standby", "req_our_resources", "", "\u{fc}\u{2028}"];
const HOLDS: [Hold; 4] = [Hold::None, Hold::Local, Hold::Foreign, Hold::All];

/// The next thing that happens.
pub fn input(bytes: Bytes<'_, '_>, cluster: &Cluster, watch: &mut Watch) -> Result<Input> {
    Ok(match bytes.int_in_range(0..=15)? {
        0..=7 => Input::Heard { link: link(bytes)?, message: message(bytes, cluster, watch)? },
        8 => Input::LinkChanged { link: link(bytes)?, open: bytes.arbitrary()?, why: info(bytes)? },
        9 => Input::CarrierChanged { interface: link(bytes)?.0.as_ref().to_owned(), carrier: bytes.arbitrary()? },
        10 => Input::Pinged { node: name(bytes.choose(&PINGS)?) },
        11 => hands(bytes)?,
        12 | 13 => job_done(bytes, watch)?,
        14 => {
            watch.next_ask += 1;
            Input::Asked { id: AskId(watch.next_ask), ask: ask(bytes)? }
        }
        _ if bytes.ratio(1, 4)? => Input::Lapsed,
        _ if bytes.ratio(1, 4)? => Input::Refused {
            link: link(bytes)?,
            node: name(bytes.choose(&NAMES)?),
            why: *bytes.choose(&[Refusal::Key, Refusal::Version])?,
            placed: bytes.arbitrary()?,
        },
        _ if bytes.ratio(1, 3)? => Input::Probed { group: group(bytes)?, wire: wire(bytes)? },
        _ => Input::Stalled { for_ms: *bytes.choose(&[0, 1, 100, 250, 2_000, 60_000, u64::MAX])? },
    })
}

fn wire(bytes: Bytes<'_, '_>) -> Result<Wire> {
    Ok(match bytes.int_in_range(0..=3)? {
        0 | 1 => Wire::Silent,
        2 => Wire::Answered { address: "192.0.2.1".into(), by: info(bytes)?, serves: bytes.arbitrary()? },
        _ => Wire::Useless { why: info(bytes)? },
    })
}

fn hands(bytes: Bytes<'_, '_>) -> Result<Input> {
    if bytes.ratio(1, 4)? {
        return Ok(Input::HandsDown);
    }
    let lasts = Condition::Lasts { for_s: 5 };
    let conditions = [Condition::Stopped, Condition::Stopped, Condition::Partial, Condition::Running, lasts];
    let mut found = Vec::new();
    for key in KEYS {
        if bytes.ratio(7, 8)? {
            found.push((GroupId::of_key(key), *bytes.choose(&conditions)?));
        }
    }
    Ok(Input::HandsUp { found })
}

fn job_done(bytes: Bytes<'_, '_>, watch: &Watch) -> Result<Input> {
    let known: Vec<(JobId, GroupId)> = watch.jobs.iter().map(|(group, job)| (job.id, *group)).collect();
    let (id, group) = match known.is_empty() || bytes.ratio(1, 8)? {
        true => (JobId(bytes.int_in_range(0..=9)?), group(bytes)?),
        false => *bytes.choose(&known)?,
    };
    let outcome = match bytes.int_in_range(0..=7)? {
        0..=3 => Outcome::Done,
        4 => Outcome::Failed { why: info(bytes)? },
        5 => Outcome::Stuck { why: info(bytes)? },
        6 => Outcome::Cancelled,
        _ => Outcome::Found(*bytes.choose(&[Condition::Stopped, Condition::Partial, Condition::Running])?),
    };
    Ok(Input::JobDone { id, group, outcome })
}

fn ask(bytes: Bytes<'_, '_>) -> Result<Ask> {
    let which = *bytes.choose(&[Which::All, Which::Local, Which::Foreign, Which::Failback])?;
    let key = || KEYS.iter().chain(&["web"]).map(|key| (*key).to_owned()).collect::<Vec<_>>();
    Ok(match bytes.int_in_range(0..=6)? {
        0 | 1 => Ask::Standby { which },
        2 | 3 => Ask::Takeover { which },
        4 => Ask::Move { group: bytes.choose(&key())?.clone(), node: node(bytes)?.1 },
        5 => Ask::Cleanup { group: if bytes.ratio(1, 2)? { None } else { Some(bytes.choose(&key())?.clone()) } },
        // Seldom: a node that leaves does little more.
        _ if bytes.ratio(1, 3)? => Ask::Shutdown,
        _ => Ask::Status,
    })
}

fn message(bytes: Bytes<'_, '_>, cluster: &Cluster, watch: &mut Watch) -> Result<Message> {
    let (index, from) = node(bytes)?;
    let uuid = match bytes.int_in_range(0..=7)? {
        0..=5 => Some(uuid(index)),
        6 => None,
        _ => Some(*bytes.choose(&[Uuid([0; 16]), Uuid([99; 16])])?),
    };
    let to = if bytes.ratio(3, 4)? { None } else { Some(node(bytes)?.1) };
    let body = body(bytes, cluster)?;
    let numbered = !matches!(body, Body::Ack { .. } | Body::Rexmit { .. } | Body::RexmitRefused { .. });
    let generation = match bytes.int_in_range(0..=7)? {
        0..=4 => Some(Generation(LIVES[2] + index as u64)),
        5 => Some(Generation(LIVES[2] + 10 + bytes.int_in_range(0..=2)?)),
        6 => Some(Generation(*bytes.choose(&LIVES)?)),
        _ => None,
    };
    let sequence = if numbered { number(bytes, &mut watch.heard[index])? } else { None };
    Ok(Message { from, uuid, to, to_uuid: None, generation, sequence: sequence.map(Sequence), body })
}

/// The next number of a peer, or one beside it.
fn number(bytes: Bytes<'_, '_>, last: &mut u64) -> Result<Option<u64>> {
    Ok(Some(match bytes.int_in_range(0..=11)? {
        0..=5 => {
            *last = last.wrapping_add(1);
            *last
        }
        6 | 7 => {
            *last = last.wrapping_add(bytes.int_in_range(2..=30)?);
            *last
        }
        8 => last.saturating_sub(bytes.int_in_range(0..=30)?),
        9 => {
            *last = *bytes.choose(&[1, 300, 10_000, u64::MAX - 20])?;
            *last
        }
        10 => *bytes.choose(&[0, 1, u64::MAX])?,
        _ => return Ok(None),
    }))
}

fn body(bytes: Bytes<'_, '_>, cluster: &Cluster) -> Result<Body> {
    let hold = *bytes.choose(&HOLDS)?;
    Ok(match bytes.int_in_range(0..=23)? {
        0..=8 => status(bytes, cluster)?,
        9 | 10 => Body::Ack { sequence: said(bytes, cluster)? },
        11 => Body::Rexmit { first: said(bytes, cluster)?, last: said(bytes, cluster)? },
        12 => Body::RexmitRefused { first: Sequence(bytes.int_in_range(0..=40)?), info: info(bytes)? },
        13 => Body::ReqNodes,
        14 => Body::RepNodes { nodes: vec![node(bytes)?.1], deleted: Vec::new() },
        15 => Body::Starting,
        16 | 17 => Body::Resource {
            hold,
            full: bytes.arbitrary()?,
            stable: bytes.arbitrary()?,
            info: if bytes.ratio(1, 2)? { Some(info(bytes)?) } else { None },
        },
        18 => Body::AskResources { hold, info: info(bytes)? },
        19 => Body::Takeover { hold },
        20 => Body::ShutDone,
        21 => legacy(bytes)?,
        22 => ipfail(bytes)?,
        _ => Body::Other { kind: "hello".to_owned() },
    })
}

fn legacy(bytes: Bytes<'_, '_>) -> Result<Body> {
    let key = (*bytes.choose(&KEYS)?).to_owned();
    Ok(match bytes.int_in_range(0..=2)? {
        0 => Body::IpRequest { key },
        1 => Body::IpRequestReply { key, we_own: bytes.arbitrary()?, ok: bytes.arbitrary()? },
        _ => Body::Stonith { node: name(bytes.choose(&NAMES)?).into(), result: "OK".to_owned() },
    })
}

fn ipfail(bytes: Bytes<'_, '_>) -> Result<Body> {
    let client = if bytes.ratio(7, 8)? { "ipfail".to_owned() } else { info(bytes)? };
    Ok(match bytes.int_in_range(0..=4)? {
        0 => Body::QueryClient { client, asker: info(bytes)? },
        1 => Body::RespondClient { client, asker: info(bytes)?, online: bytes.arbitrary()? },
        2 => Body::PingCount { count: *bytes.choose(&[0, 1, 2, u64::MAX])? },
        3 => Body::YouAreDead,
        _ => Body::AbortGiveup,
    })
}

fn status(bytes: Bytes<'_, '_>, cluster: &Cluster) -> Result<Body> {
    use NodeState::{Active, Dead, Init, Ping, Up};
    let beat = if bytes.ratio(3, 4)? { Some(std::sync::Arc::new(beat(bytes, cluster)?)) } else { None };
    Ok(Body::Status {
        state: *bytes.choose(&[Active, Up, Init, Dead, Ping])?,
        deadtime_ms: *bytes.choose(&[Some(1_000), None, Some(0), Some(u64::MAX)])?,
        flow_control: bytes.arbitrary()?,
        beat,
    })
}

fn beat(bytes: Bytes<'_, '_>, cluster: &Cluster) -> Result<Beat> {
    let mut hears = Vec::new();
    if bytes.ratio(7, 8)? {
        let generation = match bytes.ratio(7, 8)? {
            true => cluster.generation(),
            false => Generation(*bytes.choose(&LIVES)?),
        };
        hears.push(Hears { node: name(NAMES[0]), generation, sequence: said(bytes, cluster)? });
    }
    if bytes.ratio(1, 4)? {
        hears.push(Hears { node: name(NAMES[2]), generation: Generation(LIVES[2]), sequence: Sequence(7) });
    }
    let mut claims = Vec::new();
    for key in KEYS {
        if bytes.ratio(7, 8)? {
            claims.push(claim(bytes, key)?);
        }
    }
    Ok(Beat {
        version: if bytes.ratio(7, 8)? { 1 } else { 2 },
        configuration: if bytes.ratio(7, 8)? { 0x1234_5678 } else { 0 },
        stalled_ms: *bytes.choose(&[0, 0, 0, 3_000, u32::MAX])?,
        leaving: bytes.ratio(1, 8)?,
        pings: *bytes.choose(&[None, None, Some(0), Some(1), Some(2), Some(u16::MAX)])?,
        hears,
        claims,
    })
}

fn claim(bytes: Bytes<'_, '_>, key: &str) -> Result<Claim> {
    use ClaimState::{Blocked, Idle, Running, Starting, Stopping, Want};
    let fitnesses = [Fitness::Fit, Fitness::Fit, Fitness::NoCarrier, Fitness::Failed, Fitness::Unable];
    Ok(Claim {
        group: GroupId::of_key(key),
        state: *bytes.choose(&[Idle, Running, Want, Starting, Stopping, Blocked])?,
        epoch: *bytes.choose(&[0, 1, 2, 3, u64::MAX - 1, u64::MAX])?,
        fitness: *bytes.choose(&fitnesses)?,
        to: if bytes.ratio(3, 4)? { None } else { Some(node(bytes)?.1) },
    })
}

/// A number that this node has said, or one beside it.
fn said(bytes: Bytes<'_, '_>, cluster: &Cluster) -> Result<Sequence> {
    let newest = cluster.newest_beat().0;
    Ok(Sequence(match bytes.int_in_range(0..=7)? {
        0..=3 => newest,
        4 => newest.saturating_sub(bytes.int_in_range(0..=60)?),
        5 => newest.saturating_add(bytes.int_in_range(1..=3)?),
        _ => *bytes.choose(&[0, 1, u64::MAX])?,
    }))
}

/// Mostly the first peer, so that pairs get far.
fn node(bytes: Bytes<'_, '_>) -> Result<(usize, NodeName)> {
    let index = *bytes.choose(&[1, 1, 1, 2, 2, 3, 0, 4])?;
    Ok((index, name(NAMES[index])))
}

fn link(bytes: Bytes<'_, '_>) -> Result<LinkName> {
    Ok(LinkName((*bytes.choose(&[LINKS[0], LINKS[0], LINKS[1], "eth7"])?).into()))
}

fn group(bytes: Bytes<'_, '_>) -> Result<GroupId> {
    Ok(GroupId::of_key(bytes.choose(&KEYS)?))
}

fn info(bytes: Bytes<'_, '_>) -> Result<String> {
    Ok((*bytes.choose(&INFOS)?).to_owned())
}

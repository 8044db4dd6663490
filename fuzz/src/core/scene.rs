//! The clusters that are tried: two to four nodes, up to three groups, all ways of failback, times from tight to slow.
//! Not here: what happens to them.

use arbitrary::{Result, Unstructured};
use std::time::Duration;
use systole_core::{
    Cluster, Condition, Failback, Generation, GroupId, GroupSettings, Identity, Input, LinkName, Moment, NodeName,
    Output, Probing, Retries, Sequence, Settings, Timing, Uuid,
};

/// When the node starts, by its own clock.
pub const BORN: Moment = Moment::from_ms(1_000_000);
/// This node, its peers, and one that is in no file.
pub const NAMES: [&str; 5] = ["alpha", "beta", "gamma", "delta", "omega"];
pub const LINKS: [&str; 2] = ["eth0", "/dev/ttyS0"];
pub const KEYS: [&str; 3] = ["IPaddr2::192.0.2.36/24/eth0", "apache2", "IPaddr2::192.0.2.37"];
pub const PINGS: [&str; 2] = ["gateway", "192.0.2.1"];
/// Lives: of young and old machines, and those at the end of all numbers.
pub const LIVES: [u64; 5] = [1, 2, 1_795_000_000, u64::MAX - 1, u64::MAX];
const SECRET_LIFE: Uuid = Uuid([7; 16]);

pub fn name(text: &str) -> NodeName {
    NodeName::new(text).expect("a good name")
}

pub fn uuid(node: usize) -> Uuid {
    if node == 0 { SECRET_LIFE } else { Uuid([node as u8; 16]) }
}

/// The node of one run, and its keepalive in milliseconds.
pub fn node(bytes: &mut Unstructured<'_>) -> Result<(Cluster, u64)> {
    let count = *bytes.choose(&[2, 2, 2, 3, 4])?;
    let nodes: Vec<NodeName> = NAMES.iter().take(count).map(|n| name(n)).collect();
    let times = *bytes.choose(&[[200, 500, 1_000, 5_000], [2_000, 6_000, 10_000, 60_000], [50, 100, 150, 150]])?;
    let groups = bytes.int_in_range(0..=KEYS.len())?;
    let groups = KEYS.iter().take(groups).map(|key| group(bytes, key, &nodes)).collect::<Result<_>>()?;
    let failback = *bytes.choose(&[Failback::On, Failback::Off, Failback::Legacy])?;
    let pings = bytes.int_in_range(0..=PINGS.len())?;
    let generation = Generation(*bytes.choose(&LIVES)?);
    let known = match bytes.ratio(1, 4)? {
        true => vec![(name("beta"), Generation(*bytes.choose(&LIVES)?), Sequence(*bytes.choose(&[1, 100, u64::MAX])?))],
        false => Vec::new(),
    };
    let settings = settings(nodes, times, failback, groups, pings);
    Ok((Cluster::new(settings, Identity { uuid: uuid(0), generation, known }, BORN), times[0]))
}

fn group(bytes: &mut Unstructured<'_>, key: &str, nodes: &[NodeName]) -> Result<GroupSettings> {
    let home = bytes.int_in_range(0..=nodes.len() - 1)?;
    let nodes: Vec<NodeName> = nodes.iter().cycle().skip(home).take(nodes.len()).cloned().collect();
    let interfaces = if bytes.ratio(1, 2)? { vec![LINKS[0].to_owned()] } else { Vec::new() };
    let probe = *bytes.choose(&[Probing::On, Probing::Warn, Probing::Off])?;
    Ok(GroupSettings {
        id: GroupId::of_key(key),
        key: key.to_owned(),
        nodes,
        interfaces,
        probe,
        retries: Retries::default(),
        warm: false,
    })
}

fn settings(
    nodes: Vec<NodeName>,
    times: [u64; 4],
    failback: Failback,
    groups: Vec<GroupSettings>,
    pings: usize,
) -> Settings {
    let [keepalive, warntime, deadtime, initdead] = times.map(Duration::from_millis);
    Settings {
        me: name(NAMES[0]),
        nodes,
        timing: Timing::new(keepalive, warntime, deadtime, initdead).expect("good times"),
        failback,
        links: LINKS.iter().map(|link| LinkName((*link).into())).collect(),
        groups,
        pings: PINGS.iter().take(pings).map(|ping| name(ping)).collect(),
        deadping: deadtime,
        digest: 0x1234_5678,
    }
}

/// A node of two groups whose hands is there.
pub fn running() -> Cluster {
    let nodes = vec![name(NAMES[0]), name(NAMES[1])];
    let ids = [GroupId::of_key(KEYS[0]), GroupId::of_key(KEYS[1])];
    let group = |key: &str| GroupSettings {
        id: GroupId::of_key(key),
        key: key.to_owned(),
        nodes: nodes.clone(),
        interfaces: Vec::new(),
        probe: Probing::On,
        retries: Retries::default(),
        warm: false,
    };
    let groups = vec![group(KEYS[0]), group(KEYS[1])];
    let settings = settings(nodes, [200, 500, 1_000, 5_000], Failback::On, groups, 1);
    let identity = Identity { uuid: uuid(0), generation: Generation(1), known: Vec::new() };
    let mut node = Cluster::new(settings, identity, BORN);
    node.handle(BORN, Input::HandsUp { found: ids.map(|id| (id, Condition::Stopped)).to_vec() });
    while !matches!(node.poll(), Output::SleepUntil(_)) {}
    node
}

//! What a cluster is like before anything happens: drawn by chance, or read from somebody's own files.
//! Not here: what happens to it (script.rs).

mod files;

use crate::network::Medium;
use crate::random::Random;
use std::time::Duration;
use systole_core::{Failback, GroupId, GroupSettings, LinkName, NodeName, Probing, Retries, Settings, Timing};

pub use files::Refused;

/// Keepalive, warntime, deadtime and initdead in milliseconds.
const TIMINGS: [[u64; 4]; 4] =
    [[200, 600, 1000, 5000], [500, 1500, 2500, 10_000], [1000, 3000, 5000, 15_000], [2000, 6000, 10_000, 30_000]];

/// A cluster on paper.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What each node is told, in the order of the nodes.
    pub settings: Vec<Settings>,
    /// The media that all nodes have.
    pub links: Vec<(LinkName, Medium)>,
    /// Addresses go away by themselves when nobody refreshes them.
    pub expire: bool,
    /// Rate error of each clock, in parts per billion.
    pub clock_errors: Vec<i64>,
    /// The longest silence of a week, in milliseconds, as hands tells it at each start; nothing where no day was observed.
    pub worst_gap_ms: Option<u64>,
}

impl Plan {
    /// A cluster whose nodes all have the same files.
    pub fn alike(
        names: &[NodeName],
        links: Vec<(LinkName, Medium)>,
        timing: Timing,
        failback: Failback,
        groups: &[GroupSettings],
    ) -> Plan {
        let settings = names.iter().map(|me| Settings {
            me: me.clone(),
            nodes: names.to_vec(),
            timing,
            failback,
            links: links.iter().map(|(name, _)| name.clone()).collect(),
            groups: groups.to_vec(),
            pings: vec![],
            deadping: timing.deadtime(),
            digest: 7,
        });
        Plan {
            settings: settings.collect(),
            links,
            expire: true,
            clock_errors: vec![0; names.len()],
            worst_gap_ms: None,
        }
    }

    /// A cluster by chance.
    pub fn drawn(random: &mut Random) -> Plan {
        let count = match random.below(10) {
            0..6 => 2,
            6..8 => 3,
            8 => 4,
            _ => 5,
        };
        let names: Vec<NodeName> =
            ["ada", "bob", "cyd", "dan", "eve"].iter().take(count).filter_map(|n| NodeName::new(n).ok()).collect();
        let mut links = vec![(LinkName("eth0".into()), Medium::Lan)];
        match random.below(10) {
            0..6 if count == 2 => {
                let baud = if random.chance(500) { 19_200 } else { 115_200 };
                links.push((LinkName("/dev/ttyS0".into()), Medium::Serial { baud }));
            }
            9 => {}
            _ => links.push((LinkName("eth1".into()), Medium::Lan)),
        }
        let timing = TIMINGS[random.index(TIMINGS.len())];
        // A slow serial line beside the fastest beats would be full all the time.
        let serial = links.iter().any(|(_, medium)| *medium != Medium::Lan);
        let timing = if serial && timing[0] == 200 { TIMINGS[2] } else { timing };
        let clocks = random.chance(300);
        let failback = if random.chance(600) { Failback::On } else { Failback::Off };
        let groups = 1 + random.index(3);
        let mut plan = Plan::alike(&names, links, timing_of(timing), failback, &groups_of(&names, groups));
        plan.clock_errors = (0..count)
            .map(|_| if clocks { random.below(20_000_000) as i64 - 10_000_000 } else { random.below(100_000) as i64 })
            .collect();
        // Not by dice of its own: half of all clusters have known each other for long.
        let chance = plan.clock_errors.first().map_or(0, |error| error.unsigned_abs());
        plan.worst_gap_ms = chance.is_multiple_of(2).then_some(timing[0] + 10 + chance / 2 % 400);
        // Nor this: in a third of all clusters services of the first group are warm.
        if chance % 3 == 1 {
            plan.settings.iter_mut().filter_map(|s| s.groups.first_mut()).for_each(|group| group.warm = true);
        }
        // Nor these: words that take a line of defence away, so that the others are seen to hold without it.
        let probe = [Probing::Off, Probing::Warn, Probing::On, Probing::On, Probing::On][(chance / 6 % 5) as usize];
        plan.settings.iter_mut().flat_map(|s| &mut s.groups).for_each(|group| group.probe = probe);
        plan.expire = !(chance / 30).is_multiple_of(4);
        // One node was forgotten when the files were changed.
        if random.chance(80)
            && let Some(last) = plan.settings.last_mut()
        {
            last.digest ^= 1;
            last.failback = if last.failback == Failback::On { Failback::Off } else { Failback::On };
        }
        plan
    }

    /// The same cluster while some of its media do not work.
    pub fn without(&self, links: &[LinkName]) -> Plan {
        let mut plan = self.clone();
        plan.links.retain(|(link, _)| !links.contains(link));
        for settings in &mut plan.settings {
            settings.links.retain(|link| !links.contains(link));
        }
        plan
    }

    /// The same cluster with one group of each kind: what befalls it befalls all of its kind. A node may have a thousand.
    pub fn of_each_kind(&self) -> Plan {
        let mut plan = self.clone();
        for settings in &mut plan.settings {
            let mut kinds = Vec::new();
            settings.groups.retain(|group| {
                let kind = (group.nodes.clone(), group.interfaces.clone(), group.probe, group.retries);
                let new = !kinds.contains(&kind);
                if new {
                    kinds.push(kind);
                }
                new
            });
        }
        plan
    }

    /// How many nodes.
    pub fn count(&self) -> usize {
        self.settings.len()
    }

    /// The groups, in the order of the files.
    pub fn groups(&self) -> &[GroupSettings] {
        self.settings.first().map_or(&[], |first| &first.groups)
    }

    /// The times of the files.
    ///
    /// # Panics
    /// A plan has at least one node.
    pub fn timing(&self) -> Timing {
        self.settings[0].timing
    }

    /// How long the kernel keeps an address that nobody refreshes, in seconds; nothing where it stays for ever.
    pub fn lifetime_s(&self) -> Option<u32> {
        self.timing().address_lifetime_s().filter(|_| self.expire && self.count() > 1)
    }

    /// Name of a node.
    pub fn name(&self, node: usize) -> &NodeName {
        &self.settings[node].me
    }
}

/// Keepalive, warntime, deadtime and initdead in milliseconds, consistent with each other.
pub(crate) fn timing_of([keepalive, warntime, deadtime, initdead]: [u64; 4]) -> Timing {
    let ms = Duration::from_millis;
    let timing = Timing::new(ms(keepalive), ms(warntime), ms(deadtime), ms(initdead));
    timing.unwrap_or_else(|e| unreachable!("the times are consistent: {e}"))
}

/// So many groups with one address each, their homes on one node after the other.
pub(crate) fn groups_of(names: &[NodeName], count: usize) -> Vec<GroupSettings> {
    let group = |number: usize| {
        let mut nodes = names.to_vec();
        nodes.rotate_left(number % names.len());
        let key = format!("IPaddr2::192.0.2.{}/24/eth0", 36 + number);
        let id = GroupId::of_key(&key);
        let (interfaces, retries) = (vec!["eth0".into()], Retries::default());
        GroupSettings { id, key, nodes, interfaces, probe: Probing::On, retries, warm: false }
    };
    (0..count).map(group).collect()
}

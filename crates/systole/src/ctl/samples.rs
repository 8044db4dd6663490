//! A status as a healthy pair has it, for tests.
#![allow(clippy::unwrap_used)]

use systole_core::status::{GroupStatus, LinkStatus, MediumStatus, NodeStatus, PingStatus};
use systole_core::{ClaimState, Fitness, Generation, GroupId, LinkName, NodeName, NodeState, Status};

/// Node alpha, which holds the one group; beta is well.
pub fn status() -> Status {
    let name = |name: &str| NodeName::new(name).unwrap();
    let link = |link: &str, ms| LinkStatus { link: LinkName(link.into()), up: true, last_beat_ms: Some(ms) };
    let medium =
        |link: &str, detail: &str| MediumStatus { link: LinkName(link.into()), open: true, detail: detail.into() };
    let me = NodeStatus {
        name: name("alpha"),
        me: true,
        state: NodeState::Active,
        systole: Some(true),
        hears_us: None,
        same_configuration: None,
        named: Vec::new(),
        last_beat_ms: None,
        links: Vec::new(),
        silence: None,
    };
    let beta = NodeStatus {
        name: name("beta"),
        me: false,
        hears_us: Some(true),
        same_configuration: Some(true),
        last_beat_ms: Some(412),
        links: vec![link("eth0", 412), link("/dev/ttyS0", 950)],
        ..me.clone()
    };
    let key = "IPaddr2::192.168.1.236/24/eth0:0";
    let group = GroupStatus {
        group: GroupId::of_key(key),
        key: key.into(),
        home: name("alpha"),
        owners: vec![name("alpha")],
        elsewhere: None,
        here: ClaimState::Running,
        fitness: Fitness::Fit,
        since_ms: 7_500_000,
        why: "home node and beta agreed".into(),
        blocked_on: Vec::new(),
        warm: None,
    };
    Status {
        node: name("alpha"),
        state: NodeState::Active,
        generation: Generation(1_795_368_773),
        uptime_ms: 273_600_000,
        hands: true,
        nodes: vec![me, beta],
        media: vec![medium("eth0", "broadcast, port 694"), medium("/dev/ttyS0", "19200 baud")],
        pings: Vec::new(),
        groups: vec![group],
    }
}

/// The same with a ping node that answers.
pub fn status_with_ping() -> Status {
    let ping = PingStatus { name: NodeName::new("192.168.1.100").unwrap(), alive: true, last_answer_ms: Some(80) };
    Status { pings: vec![ping], ..status() }
}

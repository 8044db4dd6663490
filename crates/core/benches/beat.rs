//! What one beat costs the core: a peer's beat is heard, twice as with two links, and the clock asks for ours.
//! Not here: bytes; those are benches of the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use divan::{Bencher, black_box};
use std::time::Duration;
use systole_core::{
    Beat, Body, Claim, ClaimState, Cluster, Condition, Failback, Fitness, Generation, GroupId, GroupSettings, Hears,
    Identity, Input, LinkName, Message, Moment, NodeName, NodeState, Output, Sequence, Settings, Timing, Uuid,
};

fn main() {
    divan::main();
}

fn name(text: &str) -> NodeName {
    NodeName::new(text).unwrap()
}

fn settings(groups: usize) -> Settings {
    let ms = Duration::from_millis;
    let group = |n: usize| {
        let key = format!("IPaddr2::192.0.2.{n}/24/eth0");
        let nodes = vec![name("ada"), name("bob")];
        GroupSettings { id: GroupId::of_key(&key), key, nodes, interfaces: vec!["eth0".into()] }
    };
    Settings {
        me: name("bob"),
        nodes: vec![name("ada"), name("bob")],
        timing: Timing::new(ms(200), ms(600), ms(1000), ms(5000)).unwrap(),
        failback: Failback::On,
        links: vec![LinkName("eth0".into()), LinkName("eth1".into())],
        groups: (0..groups).map(group).collect(),
        pings: vec![],
        deadping: ms(1000),
        digest: 7,
    }
}

fn beat(settings: &Settings, number: u64) -> Message {
    let claim = |g: &GroupSettings| Claim {
        group: g.id,
        state: ClaimState::Running,
        epoch: 1,
        fitness: Fitness::Fit,
        to: None,
    };
    let beat = Beat {
        version: 1,
        configuration: 7,
        stalled_ms: 0,
        leaving: false,
        hears: vec![Hears { node: name("bob"), generation: Generation(5), sequence: Sequence(number) }],
        claims: settings.groups.iter().map(claim).collect(),
    };
    let state = NodeState::Active;
    let body = Body::Status { state, deadtime_ms: Some(1000), flow_control: true, beat: Some(Box::new(beat)) };
    let uuid = Some(Uuid([1; 16]));
    let (generation, sequence) = (Some(Generation(9)), Some(Sequence(number)));
    Message { from: name("ada"), uuid, to: None, to_uuid: None, generation, sequence, body }
}

fn drain(core: &mut Cluster) {
    while !matches!(black_box(core.poll()), Output::SleepUntil(_)) {}
}

/// A keepalive of a quiet pair: two frames come, one beat goes.
#[divan::bench(args = [1, 3, 20])]
fn keepalive(bencher: Bencher<'_, '_>, groups: usize) {
    let settings = settings(groups);
    let identity = Identity { uuid: Uuid([2; 16]), generation: Generation(5), known: vec![] };
    let mut now = Moment::from_ms(1_000_000);
    let mut core = Cluster::new(settings.clone(), identity, now);
    core.handle(now, Input::HandsUp { found: settings.groups.iter().map(|g| (g.id, Condition::Stopped)).collect() });
    drain(&mut core);
    let mut number = 0;
    bencher.bench_local(move || {
        number += 1;
        now = now + Duration::from_millis(200);
        let message = beat(&settings, number);
        for link in &settings.links {
            core.handle(now, Input::Heard { link: link.clone(), message: message.clone() });
            drain(&mut core);
        }
        core.handle(now, Input::Tick);
        drain(&mut core);
    });
}

//! Random frames and messages for the property tests.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;
use systole_core::message::Hold;
use systole_core::{
    Beat, Body, Claim, ClaimState, Fitness, Generation, GroupId, Hears, Message, NodeName, NodeState, Sequence, Uuid,
};
use systole_wire::{Frame, Stamp, Value};

/// Names that messages look for.
pub const FIELD_NAMES: [&str; 26] = [
    "t", "src", "dest", "srcuuid", "destuuid", "seq", "hg", "ts", "ld", "ttl", "st", "dt", "protocol", "sy",
    "rsc_hold", "rtype", "isstable", "info", "firstseq", "lastseq", "ackseq", "ipaddr", "weown", "nodelist", "node",
    "result",
];

/// Values that some of those names take, and some that none does.
pub const FIELD_VALUES: [&str; 24] = [
    "status",
    "NS_ackmsg",
    "NS_rexmit",
    "NS_st",
    "NS_",
    "repnodes",
    "resource",
    "stonith",
    "alpha",
    "alpha beta ",
    "",
    " ",
    "0",
    "1",
    "1f",
    "ffffffffffffffff",
    "99999999999999999999",
    "-1",
    "active",
    "all",
    "a\nb",
    "1 d=00000000",
    "1 d=00000000 g=1",
    "ünï\u{1b}",
];

/// Any frame that can be built.
pub fn frames() -> impl Strategy<Value = Frame> {
    let text = vec(any::<u8>().prop_filter("not in both forms", |b| !matches!(b, 0 | 0x13)), 0..200);
    let value = prop_oneof![text.prop_map(|text| (false, text)), vec(any::<u8>(), 0..200).prop_map(|b| (true, b))];
    btree_map("[A-Za-z0-9_]{1,32}", value, 0..20).prop_map(|fields| {
        let mut frame = Frame::new();
        for (name, (binary, bytes)) in fields.iter().filter(|(name, _)| *name != "auth") {
            let value = if *binary { Value::Binary(bytes) } else { Value::Text(bytes) };
            frame.push(name, value).expect("bounds are kept");
        }
        frame
    })
}

fn nodes() -> impl Strategy<Value = NodeName> {
    "[a-z0-9._-]{1,99}".prop_map(|name| NodeName::new(&name).expect("the alphabet is kept"))
}

fn sequences() -> impl Strategy<Value = Sequence> {
    any::<u64>().prop_map(Sequence)
}

/// Text for people: anything printable, with no line breaks and the like.
fn texts() -> impl Strategy<Value = String> {
    "\\PC{0,60}"
}

fn holds() -> impl Strategy<Value = Hold> {
    proptest::sample::select(vec![Hold::None, Hold::Local, Hold::Foreign, Hold::All])
}

fn states() -> impl Strategy<Value = NodeState> {
    use NodeState::{Active, Dead, Init, Ping, Up};
    proptest::sample::select(vec![Init, Up, Active, Dead, Ping])
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    use ClaimState::{Blocked, Idle, Running, Starting, Stopping, Want};
    use Fitness::{Failed, Fit, NoCarrier, Unable};
    let state = proptest::sample::select(vec![Idle, Want, Starting, Running, Stopping, Blocked]);
    let fitness = proptest::sample::select(vec![Fit, NoCarrier, Failed, Unable]);
    let to = option::of("[a-z0-9._-]{1,20}".prop_map(|name| NodeName::new(&name).expect("the alphabet is kept")));
    let one = (state, any::<u64>(), fitness, to);
    let size = prop_oneof![9 => 0usize..8, 1 => 0usize..=1024];
    let map = size.prop_flat_map(move |size| btree_map(any::<u32>(), one.clone(), size));
    map.prop_map(|claims: BTreeMap<_, _>| {
        let claim = |(group, (state, epoch, fitness, to))| Claim { group: GroupId(group), state, epoch, fitness, to };
        claims.into_iter().map(claim).collect()
    })
}

fn beats() -> impl Strategy<Value = Beat> {
    let hears = btree_map(nodes(), (any::<u64>(), any::<u64>()), 0..=32usize).prop_map(|heard: BTreeMap<_, _>| {
        let one = |(node, (g, s))| Hears { node, generation: Generation(g), sequence: Sequence(s) };
        heard.into_iter().map(one).collect()
    });
    let parts = (1..=u16::MAX, any::<u32>(), any::<u32>(), any::<bool>(), hears, claims());
    parts.prop_map(|(version, configuration, stalled_ms, leaving, hears, claims)| Beat {
        version,
        configuration,
        stalled_ms,
        leaving,
        pings: (version >= 2 && leaving).then_some((configuration >> 16) as u16),
        hears,
        claims,
    })
}

fn bodies() -> impl Strategy<Value = Body> {
    let status = (states(), option::of(any::<u64>()), any::<bool>(), option::of(beats().prop_map(std::sync::Arc::new)));
    let resource = (holds(), any::<bool>(), option::of(any::<bool>()), option::of(texts()));
    prop_oneof![
        3 => status.prop_map(|(state, deadtime_ms, flow_control, beat)| Body::Status {
            state, deadtime_ms, flow_control, beat
        }),
        1 => sequences().prop_map(|sequence| Body::Ack { sequence }),
        1 => (sequences(), sequences()).prop_map(|(first, last)| Body::Rexmit { first, last }),
        1 => (sequences(), texts()).prop_map(|(first, info)| Body::RexmitRefused { first, info }),
        1 => Just(Body::ReqNodes),
        1 => (vec(nodes(), 0..20), vec(nodes(), 0..5)).prop_map(|(nodes, deleted)| Body::RepNodes { nodes, deleted }),
        1 => Just(Body::Starting),
        1 => resource.prop_map(|(hold, full, stable, info)| Body::Resource { hold, full, stable, info }),
        1 => (holds(), texts()).prop_map(|(hold, info)| Body::AskResources { hold, info }),
        1 => holds().prop_map(|hold| Body::Takeover { hold }),
        1 => texts().prop_map(|key| Body::IpRequest { key }),
        1 => (texts(), any::<bool>(), any::<bool>()).prop_map(|(key, we_own, ok)| Body::IpRequestReply {
            key, we_own, ok
        }),
        1 => (nodes(), texts()).prop_map(|(node, result)| Body::Stonith { node: node.into(), result }),
        1 => Just(Body::ShutDone),
        1 => (any::<u64>(), any::<u16>()).prop_map(|(number, part)| Body::AskLines { number, part }),
        1 => (any::<u64>(), any::<u16>(), any::<u16>(), texts())
            .prop_map(|(number, part, parts, text)| Body::Lines { number, part, parts, text }),
        1 => "x_[a-z]{0,20}".prop_map(|kind| Body::Other { kind }),
    ]
}

/// Any message that a node may send.
pub fn messages() -> impl Strategy<Value = Message> {
    let uuid = || option::of(any::<[u8; 16]>().prop_map(Uuid));
    let parts = (nodes(), uuid(), option::of(nodes()), uuid(), any::<u64>(), sequences(), bodies());
    parts.prop_map(|(from, uuid, to, to_uuid, generation, sequence, body)| {
        let unsequenced = matches!(
            body,
            Body::Ack { .. }
                | Body::Rexmit { .. }
                | Body::RexmitRefused { .. }
                | Body::AskLines { .. }
                | Body::Lines { .. }
        );
        let sequence = (!unsequenced).then_some(sequence);
        Message { from, uuid, to, to_uuid, generation: Some(Generation(generation)), sequence, body }
    })
}

/// Any stamp.
pub fn stamps() -> impl Strategy<Value = Stamp> {
    let load = prop_oneof![Just(String::new()), Just("n/a".to_owned()), "[0-9./ ]{1,40}"];
    (1..=u64::MAX, load, any::<u32>()).prop_map(|(sent_at_s, load, ttl)| Stamp { sent_at_s, load, ttl })
}

//! What the real core makes of a file `peers` that survived a power cut: no genuine frame is refused, no recording taken.

use super::{Count, Model, every_point, heard, lived, node, run, starts_above};
use std::collections::BTreeSet;
use systole_core::{
    Body, Cluster, Generation, Identity, Input, LinkName, Message, Moment, NodeState, Output, Sequence,
};

/// Does a node that starts with this identity take beta's frame of that number for the present?
fn takes(identity: &Identity, life: u64, number: u64) -> bool {
    let settings = crate::hands::tests::begin(std::path::Path::new("/x")).configuration.core;
    let mut core = Cluster::new(settings, identity.clone(), Moment::default());
    let body = Body::Status { state: NodeState::Active, deadtime_ms: None, flow_control: false, beat: None };
    let (generation, sequence) = (Some(Generation(life)), Some(Sequence(number)));
    let message = Message { from: node("beta"), uuid: None, to: None, to_uuid: None, generation, sequence, body };
    core.handle(Moment::default(), Input::Heard { link: LinkName("eth0".into()), message });
    std::iter::from_fn(|| Some(core.poll()).filter(|output| !matches!(output, Output::SleepUntil(_))))
        .any(|output| matches!(output, Output::RememberPeer { sequence, .. } if sequence == Sequence(number)))
}

#[test]
fn whatever_power_leaves_the_next_frame_is_taken_and_the_recording_is_not() {
    let seen = std::cell::RefCell::new(BTreeSet::new());
    every_point(
        &lived(1234),
        &mut Count::default(),
        |disk: &Model| drop(run(disk, 2000, 5678)),
        |medium, ended| {
            let identity = starts_above(medium, 1000);
            if !seen.borrow_mut().insert((identity.known.clone(), ended)) {
                return;
            }
            assert!(takes(&identity, 500, 5679), "the next frame: {:?}", identity.known);
            assert!(takes(&identity, 501, 1), "beta's next life: {:?}", identity.known);
            assert!(!takes(&identity, 500, 1234), "a recording: {:?}", identity.known);
            assert!(!ended || !takes(&identity, 500, 5678), "a recording: {:?}", identity.known);
            assert!(!takes(&identity, 499, 9999), "a former life: {:?}", identity.known);
        },
    );
    assert_eq!(seen.borrow().len(), 3, "old, new, and new at the end: {:?}", heard(0));
}

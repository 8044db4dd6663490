//! A core that is made to do wrong: the guard holds it back, and the cluster goes on.

use super::world::{World, name, secs};
use crate::group::Step;
use crate::guard::Assertion;
use crate::{ClaimState, Event, Input, JobKind, Output};

#[test]
fn a_start_against_a_living_holder_is_not_given_out() {
    let mut world = World::settled(&["a", "b"]);
    let now = world.now;
    let core = world.nodes.get_mut(&name("b")).unwrap().core.as_mut().unwrap();
    let epoch = core.groups[0].epoch;
    core.groups[0].epoch += 1;
    core.groups[0].here = ClaimState::Starting;
    core.carry_out(0, Step { job: Some(JobKind::Start), change: None });
    assert_eq!((core.groups[0].here, core.groups[0].epoch), (ClaimState::Want, epoch));
    core.handle(now, Input::Tick);
    let mut failed = 0;
    loop {
        match core.poll() {
            Output::SleepUntil(_) => break,
            Output::Do(job) => panic!("{job:?}"),
            Output::Tell(Event::AssertionFailed { rule, what }) => {
                assert_eq!(rule, Assertion::S4, "{what}");
                failed += 1;
            }
            _ => {}
        }
    }
    assert_eq!(failed, 1);
    world.run(secs(60));
    assert!(world.serves("a"));
    assert_eq!(world.here("b"), ClaimState::Idle);
    world.power_cut("a");
    world.until(secs(11), "b serves", |w| w.serves("b"));
}

#[test]
fn a_message_under_a_number_of_before_is_not_sent() {
    let mut world = World::settled(&["a", "b"]);
    let now = world.now;
    let core = world.nodes.get_mut(&name("b")).unwrap().core.as_mut().unwrap();
    core.sequence.0 -= 1;
    core.say_status();
    core.handle(now, Input::Tick);
    let outputs: Vec<Output> =
        std::iter::from_fn(|| Some(core.poll()).filter(|o| !matches!(o, Output::SleepUntil(_)))).collect();
    let told = |o: &Output| matches!(o, Output::Tell(Event::AssertionFailed { rule: Assertion::S11, .. }));
    assert_eq!(outputs.iter().filter(|o| told(o)).count(), 1);
    assert!(!outputs.iter().any(|o| matches!(o, Output::Say(_))), "{outputs:?}");
}

//! ipfail beside a Heartbeat: who reaches fewer ping nodes gives up, once it is sure.
//! Not here: sending pings.

use super::*;
use crate::Event;

fn watching() -> Beside {
    let mut b = pair_with(Failback::On, vec![name("gw"), name("router")]);
    b.settles();
    b.pass_pinged(2);
    b
}

impl Beside {
    fn pass_pinged(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.pass_beating(1);
            for node in ["gw", "router"] {
                self.input(Input::Pinged { node: name(node) });
            }
        }
    }
}

#[test]
fn its_ipfail_is_told_that_we_play_the_part() {
    let mut b = watching();
    b.resources();
    let client = || "ipfail".to_owned();
    b.says(Body::QueryClient { client: client(), asker: "241".into() });
    assert_eq!(b.resources(), [Body::RespondClient { client: client(), asker: "241".into(), online: true }]);
    b.says(Body::QueryClient { client: "other".into(), asker: "7".into() });
    assert!(matches!(b.resources()[..], [Body::RespondClient { online: false, .. }]));
}

#[test]
fn the_poorer_side_is_told_so_and_an_equal_one_is_told_to_stay() {
    let mut b = watching();
    b.resources();
    b.says(Body::PingCount { count: 1 });
    assert_eq!(b.resources(), [Body::YouAreDead]);
    b.says(Body::PingCount { count: 2 });
    assert_eq!(b.resources(), [Body::AbortGiveup]);
}

#[test]
fn one_that_never_answers_is_told_of_once() {
    let mut b = pair_with(Failback::On, vec![name("gw")]);
    b.pass_beating(60);
    assert_eq!(b.told(|e| matches!(e, Event::PingDead { .. })), 1);
}

#[test]
fn who_watches_nothing_has_nothing_to_say() {
    let mut b = settled(Failback::On);
    b.says(Body::PingCount { count: 3 });
    b.pass_beating(5);
    assert_eq!(b.resources(), []);
}

#[test]
fn the_poorer_we_tell_and_give_up_after_a_second_unless_it_is_no_better_off() {
    let mut b = watching();
    b.resources();
    b.pass_beating(11);
    assert_eq!(b.told(|e| matches!(e, Event::PingDead { .. })), 2);
    assert_eq!(b.resources().last(), Some(&Body::PingCount { count: 0 }));
    b.says(Body::YouAreDead);
    b.pass(millis(500));
    b.says(Body::AbortGiveup);
    b.pass_beating(2);
    assert_eq!(b.resources(), []);
    b.says(Body::YouAreDead);
    b.pass(millis(1000));
    assert_eq!(b.resources(), [ask(Hold::All, "me")]);
    b.says(ask(Hold::All, "other"));
    b.work();
    b.says(ask(Hold::All, "done"));
    b.pass_beating(30);
    assert_eq!(b.work(), [], "not while the ping nodes are out of reach");
    b.resources();
    b.pass_pinged(13);
    assert_eq!(b.resources(), [Body::Takeover { hold: Hold::Local }]);
}

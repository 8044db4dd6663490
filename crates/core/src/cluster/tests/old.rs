//! Resources beside a Heartbeat: node b is ours and home of one group, node a is the Heartbeat and home of another.
//! What it says was captured (spec/WIRE.md section 9). Not here: numbers and proofs (numbering.rs).

mod moves;
mod pings;

use super::numbering::beside::{Beside, OURS, settings, status};
use super::world::{millis, name, secs};
use crate::message::Hold;
use crate::{
    Body, ClaimState, Failback, Generation, GroupId, GroupSettings, Input, JobKind, NodeState, Outcome, Sequence,
};

const THEIRS: &str = "a-group";
const MINE: &str = "b-group";

fn report(hold: Hold, stable: bool) -> Body {
    Body::Resource { hold, full: true, stable: Some(stable), info: None }
}

fn ask(hold: Hold, info: &str) -> Body {
    Body::AskResources { hold, info: info.into() }
}

fn pair(failback: Failback) -> Beside {
    pair_with(failback, vec![])
}

fn pair_with(failback: Failback, pings: Vec<crate::NodeName>) -> Beside {
    let group = |key: &str, home: &str, other: &str| GroupSettings {
        id: GroupId::of_key(key),
        key: key.into(),
        nodes: vec![name(home), name(other)],
        interfaces: vec!["eth0".into()],
        probe: crate::Probing::Off,
        retries: crate::Retries::default(),
        warm: false,
    };
    let groups = vec![group(THEIRS, "a", "b"), group(MINE, "b", "a")];
    let settings = crate::Settings { failback, groups, pings, ..settings() };
    Beside::of(settings, crate::Identity { uuid: OURS, generation: Generation(1004), known: vec![] })
}

impl Beside {
    /// It acknowledges our newest message: from now on its word counts.
    fn proves_itself(&mut self) {
        let newest = self.core.sequence;
        self.says_aside(Body::Ack { sequence: newest });
    }

    /// Everything that hands was asked for is done.
    fn work(&mut self) -> Vec<(JobKind, &'static str)> {
        let jobs = std::mem::take(&mut self.jobs);
        let done =
            jobs.iter().map(|j| (j.kind, if j.group == GroupId::of_key(MINE) { MINE } else { THEIRS })).collect();
        for job in jobs {
            self.input(Input::JobDone { id: job.id, group: job.group, outcome: Outcome::Done });
        }
        done
    }

    /// What we said about resources since the last look.
    fn resources(&mut self) -> Vec<Body> {
        let said = std::mem::take(&mut self.said).into_iter().map(|(_, m)| m.body);
        let numbers = |b: &Body| matches!(b, Body::Status { .. } | Body::Ack { .. } | Body::Rexmit { .. });
        said.filter(|b| !numbers(b)).collect()
    }

    fn runs(&self, key: &str) -> bool {
        let group = self.core.groups.iter().find(|g| g.settings.key == key).unwrap();
        group.here == ClaimState::Running
    }

    /// It is there, active, proved; both have said that they start.
    fn meets(&mut self) {
        for state in [NodeState::Init, NodeState::Up, NodeState::Active] {
            self.says(status(state));
        }
        self.proves_itself();
        self.says(Body::Starting);
    }

    /// Both serve their own group.
    fn settles(&mut self) {
        self.meets();
        self.says(report(Hold::None, false));
        self.work();
        self.says(report(Hold::Local, true));
        assert!(self.runs(MINE) && !self.runs(THEIRS));
        self.resources();
    }

    /// It falls silent; we serve everything.
    fn dies(&mut self) {
        self.pass(secs(11));
        self.work();
        assert!(self.runs(MINE) && self.runs(THEIRS));
        self.resources();
    }

    /// A new life of it, up to where both are stable.
    fn returns(&mut self) {
        self.generation += 1;
        self.number = 0;
        self.meets();
        self.says(report(Hold::None, false));
        self.says(report(Hold::None, true));
    }
}

fn settled(failback: Failback) -> Beside {
    let mut b = pair(failback);
    b.settles();
    b
}

#[test]
fn started_together_each_takes_its_own_once() {
    let mut b = pair(Failback::On);
    b.meets();
    assert_eq!(b.resources(), [Body::Starting, report(Hold::None, false)]);
    assert_eq!(b.work(), [], "it has not said yet what it holds");
    b.says(report(Hold::None, false));
    assert_eq!(b.resources(), [report(Hold::Local, true)]);
    assert_eq!(b.work(), [(JobKind::Start, MINE)]);
    b.says(report(Hold::Local, true));
    assert_eq!(b.resources(), [report(Hold::Local, true)]);
    b.pass_beating(60);
    assert_eq!((b.work(), b.resources()), (vec![], vec![]));
}

#[test]
fn without_an_answer_nothing_is_taken_while_it_lives() {
    let mut b = pair(Failback::On);
    for state in [NodeState::Init, NodeState::Up, NodeState::Active] {
        b.says(status(state));
    }
    b.proves_itself();
    b.resources();
    b.pass_beating(60);
    assert_eq!(b.work(), []);
    let asked = b.resources().iter().filter(|said| **said == Body::Starting).count();
    assert!((5..=6).contains(&asked), "{asked} times in a minute");
}

#[test]
fn what_it_holds_already_is_left_to_it_until_it_gives_it() {
    let mut b = pair(Failback::On);
    b.meets();
    b.says(report(Hold::All, true));
    assert_eq!(b.resources().last(), Some(&report(Hold::None, true)));
    b.pass_beating(60);
    assert_eq!((b.work(), b.resources()), (vec![], vec![Body::Starting; 3]), "in case it overheard us");
    b.says(report(Hold::All, true));
    assert_eq!(b.resources(), [report(Hold::None, true)]);
    b.says(ask(Hold::Foreign, "me"));
    assert_eq!(b.resources(), [ask(Hold::Foreign, "other")]);
    b.says(Body::Resource { hold: Hold::Local, full: true, stable: Some(false), info: Some("standby".into()) });
    assert_eq!(b.work(), [], "it is still releasing");
    b.says(ask(Hold::Foreign, "done"));
    assert_eq!(b.work(), [(JobKind::Start, MINE)]);
    assert_eq!(b.resources(), [ask(Hold::Foreign, "done"), report(Hold::Local, true)]);
}

#[test]
fn its_silence_gives_us_everything_and_its_return_only_what_failback_says() {
    for failback in [Failback::On, Failback::Off] {
        let mut b = settled(failback);
        b.dies();
        b.returns();
        let said = b.resources();
        if failback == Failback::Off {
            assert_eq!(said.last(), Some(&report(Hold::All, true)));
            b.pass_beating(60);
            assert_eq!((b.work(), b.resources()), (vec![], vec![]));
            continue;
        }
        assert_eq!(said.last(), Some(&ask(Hold::Foreign, "me")), "{said:?}");
        assert_eq!(b.work(), [], "not before it can take");
        b.says(ask(Hold::Foreign, "other"));
        assert_eq!(b.work(), [(JobKind::Stop, THEIRS)]);
        let standby =
            Body::Resource { hold: Hold::Local, full: true, stable: Some(false), info: Some("standby".into()) };
        assert_eq!(b.resources(), [standby, ask(Hold::Foreign, "done")]);
        b.says(ask(Hold::Foreign, "done"));
        assert_eq!(b.resources(), [report(Hold::Local, true)]);
        assert!(b.runs(MINE) && !b.runs(THEIRS));
    }
}

#[test]
fn its_goodbye_gives_us_everything_at_once() {
    let mut b = settled(Failback::On);
    b.says(Body::Resource { hold: Hold::None, full: true, stable: Some(false), info: Some("shutdown".into()) });
    assert_eq!(b.work(), [], "it is still releasing");
    b.says(Body::ShutDone);
    assert_eq!(b.work(), [(JobKind::Start, THEIRS)]);
    // It beats on for two seconds.
    b.says(status(NodeState::Active));
    b.pass_beating(2);
    assert_eq!(b.work(), []);
}

#[test]
fn our_goodbye_comes_after_everything_is_released_and_can_be_asked_for_again() {
    let mut b = settled(Failback::On);
    b.dies();
    b.returns();
    b.says(ask(Hold::Foreign, "other"));
    b.work();
    b.says(ask(Hold::Foreign, "done"));
    b.resources();
    b.input(Input::Asked { id: crate::AskId(1), ask: crate::Ask::Shutdown });
    let farewell = Body::Resource { hold: Hold::None, full: true, stable: Some(false), info: Some("shutdown".into()) };
    assert_eq!(b.resources(), [farewell]);
    assert_eq!(b.work(), [(JobKind::Stop, MINE)]);
    assert_eq!(b.resources(), [Body::ShutDone]);
    b.pass(millis(500));
    let number = b.core.sequence.0;
    b.said.clear();
    (number - 4..=number).for_each(|n| b.says_aside(Body::Rexmit { first: Sequence(n), last: Sequence(n) }));
    assert!(b.said.iter().any(|(_, m)| m.body == Body::ShutDone), "{:?}", b.said);
    assert!(!b.core.ended);
    b.pass(secs(3));
    assert!(b.core.ended);
}

#[test]
fn a_heal_in_the_same_life_moves_nothing_here_while_it_restarts_itself() {
    let mut b = settled(Failback::On);
    b.dies();
    // The cable is back: its life is the same, it holds everything too, gives it up and comes back (9.7).
    b.says(status(NodeState::Active));
    b.pass_beating(2);
    b.proves_itself();
    // What it said while it was alone comes late, because we ask for it.
    b.says(report(Hold::All, true));
    assert_eq!(b.work(), []);
    b.says(Body::Resource { hold: Hold::None, full: true, stable: Some(false), info: Some("shutdown".into()) });
    b.says(Body::ShutDone);
    assert_eq!(b.work(), []);
    assert!(b.runs(MINE) && b.runs(THEIRS));
    b.returns();
    assert_eq!(b.resources().last(), Some(&ask(Hold::Foreign, "me")));
}

#[test]
fn what_it_took_from_us_alive_is_let_go() {
    let mut b = settled(Failback::Off);
    // It does not hear us, and takes over.
    b.says(report(Hold::All, true));
    assert_eq!(b.work(), [(JobKind::Stop, MINE)]);
    assert_eq!(b.resources().last(), Some(&report(Hold::None, true)));
    b.pass_beating(30);
    assert_eq!(b.work(), []);
}

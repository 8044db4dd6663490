//! Each question of `cl_status` and the words of its answer, from statuses made by hand.
//! Not here: real daemons (tests/names.rs).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::held::held;
use super::*;
use crate::ctl::client::ClientError;
use crate::ctl::samples;
use systole_core::{ClaimState, GroupId, NodeName, NodeState};

const HA_CF: &str = "keepalive 500ms\nnode alpha beta\n";

fn ask_of(status: Status, line: &str) -> Said {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    said(&words, || Ok(status), || Ok(HA_CF.to_owned()))
}

fn ask(line: &str) -> Said {
    ask_of(samples::status(), line)
}

fn nobody(line: &str, why: fn() -> NoStatus) -> Said {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    said(&words, || Err(why()), || Ok(HA_CF.to_owned()))
}

fn stopped() -> NoStatus {
    NoStatus::Stopped(ClientError::NoDaemon { socket: "/run/x".into(), error: std::io::ErrorKind::NotFound.into() })
}

#[test]
fn each_answer_of_a_running_node() {
    for (line, code, out) in [
        ("hbstatus", 0, "Heartbeat is running on this machine.\n"),
        ("hbstatus -m", 0, "Heartbeat is running on this machine.\n"),
        ("listnodes", 0, "beta\nalpha\n"),
        ("listnodes -m", 0, "The nodes are as follow:\nbeta\nalpha\n"),
        ("listnodes -n", 0, "beta\nalpha\n"),
        ("listnodes -p", 0, ""),
        ("nodestatus alpha", 0, "active\n"),
        ("nodestatus ALPHA", 0, "active\n"),
        ("nodestatus -m beta", 0, "The cluster node beta is active\n"),
        ("nodestatus beta -m", 0, "The cluster node beta is active\n"),
        ("nodestatus alpha more", 0, "active\n"),
        ("nodetype alpha", 0, "normal\n"),
        ("nodetype -m alpha", 0, "The node alpha's type: normal\n"),
        ("nodeweight alpha", 0, "100\n"),
        ("nodeweight -m alpha", 0, "The weight of the cluster node alpha is 100\n"),
        ("nodesite alpha", 0, "\n"),
        ("nodesite -m alpha", 0, "The site of the cluster node alpha is \n"),
        ("listhblinks beta", 0, "\t/dev/ttyS0\n\teth0\n"),
        ("listhblinks -v alpha", 0, "\t/dev/ttyS0\tup\n\teth0\tup\n"),
        ("listhblinks -m beta", 0, "\tthis node has the following heartbeat links:\n\t/dev/ttyS0\n\teth0\n"),
        ("hblinkstatus beta eth0", 0, "up\n"),
        ("hblinkstatus -m beta /dev/ttyS0", 0, "The node beta's heartbeat link /dev/ttyS0 is up\n"),
        ("clientstatus beta ipfail 1000", 1, "offline\n"),
        ("rscstatus", 0, "local\n"),
        ("rscstatus -m", 0, "This node is holding local resources.\n"),
        ("hbparameter -p keepalive", 0, "500ms\n"),
        ("hbparameter -m -p keepalive", 0, "Heartbeat parameter keepalive's value: 500ms\n"),
        ("hbparameter -pbaud", 0, "19200\n"),
    ] {
        let wanted = Said::out(code, out);
        assert_eq!(ask(line), wanted, "cl_status {line}");
    }
}

#[test]
fn a_verbose_answer_shows_nodes_with_their_links() {
    let nodes = "\nbeta\tactive\t(nodetype: normal)\n\t/dev/ttyS0\tup\n\teth0\tup\n\
                 \nalpha\tactive\t(nodetype: normal)\n\t/dev/ttyS0\tup\n\teth0\tup\n";
    assert_eq!(ask("listnodes -v").out, nodes);
    let version = env!("CARGO_PKG_VERSION");
    let all = format!("version:\tsystole {version}\nmanaged by:\t\"haresources\"\n{nodes}");
    assert_eq!(ask("hbstatus -v").out, all);
    let sentences = ask("hbstatus -v -m").out;
    let start = format!(
        "Heartbeat version systole {version}\nResources controlled by \"haresources\"\nThe nodes are as follow:\n\nbeta"
    );
    assert!(sentences.starts_with(&start), "{sentences}");
}

#[test]
fn a_ping_node_is_a_node_of_its_own_type() {
    let mut silent = samples::status_with_ping();
    silent.pings[0].alive = false;
    for (line, answers, dead) in [
        ("listnodes", (0, "192.168.1.100\nbeta\nalpha\n"), (0, "192.168.1.100\nbeta\nalpha\n")),
        ("listnodes -n", (0, "beta\nalpha\n"), (0, "beta\nalpha\n")),
        ("listnodes -p", (0, "192.168.1.100\n"), (0, "192.168.1.100\n")),
        ("nodetype 192.168.1.100", (0, "ping\n"), (0, "ping\n")),
        ("nodestatus 192.168.1.100", (0, "ping\n"), (1, "dead\n")),
        ("listhblinks 192.168.1.100 -v", (0, "\t192.168.1.100\tup\n"), (0, "\t192.168.1.100\tdead\n")),
        ("hblinkstatus 192.168.1.100 192.168.1.100", (0, "up\n"), (1, "dead\n")),
        (
            "listnodes -p -v",
            (0, "\n192.168.1.100\tping\t(nodetype: ping)\n\t192.168.1.100\tup\n"),
            (0, "\n192.168.1.100\tdead\t(nodetype: ping)\n\t192.168.1.100\tdead\n"),
        ),
        // Nor does it change what is held here.
        ("rscstatus", (0, "local\n"), (0, "local\n")),
    ] {
        assert_eq!(ask_of(samples::status_with_ping(), line), Said::out(answers.0, answers.1), "cl_status {line}");
        assert_eq!(ask_of(silent.clone(), line), Said::out(dead.0, dead.1), "cl_status {line}, dead");
    }
}

#[test]
fn what_is_wrong_is_said_on_standard_error_only() {
    for (line, code, error) in [
        ("foo", 11, "foo: invalid sub-command."),
        ("listnodes -z", 11, "-z is no option"),
        ("nodestatus", 11, "Not enough parameters."),
        ("nodestatus nobody", 11, "incorrect node name"),
        ("nodetype no/body", 11, "incorrect node name"),
        ("nodesite nobody", 11, "incorrect node name"),
        ("listhblinks", 11, "No enough parameter."),
        ("listhblinks nobody", 13, "Cannot start heartbeat link interface walk."),
        ("hblinkstatus beta", 11, "No enough parameter."),
        ("hblinkstatus beta eth9", 13, "Cannot get heartbeat link status"),
        ("hblinkstatus nobody eth0", 13, "Cannot get heartbeat link status"),
        ("clientstatus beta", 11, "No enough parameter."),
        ("clientstatus nobody ipfail", 13, "Cannot get heartbeat client ipfail's status"),
        ("hbparameter", 11, "parameter name required"),
        ("hbparameter -p", 11, "parameter name required"),
        ("hbparameter -p nothing", 1, "Cannot get parameter nothing's value"),
    ] {
        let said = ask(line);
        let errors = format!("{}{}", said.plain_error, said.error);
        assert_eq!((said.code, said.out.as_str()), (code, ""), "cl_status {line}");
        assert!(errors.contains(error), "cl_status {line}: {errors}");
    }
}

#[test]
fn without_a_daemon_nothing_is_known() {
    let down = Said::out(1, "Heartbeat is stopped on this machine.\n");
    assert_eq!(nobody("hbstatus -v", stopped), down);
    for line in ["listnodes", "nodestatus", "rscstatus", "hbparameter -p keepalive", "listnodes -z"] {
        let said = nobody(line, stopped);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{line}");
        assert!(said.error.starts_with("Cannot signon with heartbeat\nREASON: "), "{}", said.error);
    }
    assert_eq!(nobody("foo", stopped).code, 11);
    assert_eq!(nobody("", stopped), Said::out(0, USAGE));
    for line in ["hbstatus", "rscstatus"] {
        assert_eq!(nobody(line, || NoStatus::Late).code, 12, "{line}");
        assert_eq!(nobody(line, || NoStatus::Other("too many".into())).code, 13, "{line}");
    }
}

#[test]
fn states_of_nodes_decide_the_exit_status() {
    for (state, code) in
        [(NodeState::Init, 1), (NodeState::Up, 0), (NodeState::Active, 0), (NodeState::Dead, 1), (NodeState::Ping, 0)]
    {
        let mut status = samples::status();
        status.nodes[1].state = state;
        assert_eq!(ask_of(status, "nodestatus beta"), Said::out(code, format!("{}\n", state.as_str())));
    }
    let mut status = samples::status();
    status.nodes[1].links[0].up = false;
    assert_eq!(ask_of(status.clone(), "hblinkstatus beta eth0"), Said::out(1, "dead\n"));
    status.nodes[1].systole = Some(false);
    assert_eq!(ask_of(status, "clientstatus beta ipfail").code, 13);
}

/// Groups at home on alpha (`a`) and beta (`b`) with their state here; this node is alpha.
fn word(groups: &[(&str, ClaimState)], peer: NodeState) -> &'static str {
    let mut status = samples::status();
    let sample = status.groups.remove(0);
    status.nodes[1].state = peer;
    for (index, (home, here)) in groups.iter().enumerate() {
        let key = format!("group{index}");
        let home = NodeName::new(if *home == "a" { "alpha" } else { "beta" }).unwrap();
        status.groups.push(systole_core::status::GroupStatus {
            group: GroupId::of_key(&key),
            key,
            home,
            here: *here,
            ..sample.clone()
        });
    }
    held(&status)
}

#[test]
fn the_word_for_resources_is_the_truth() {
    use ClaimState::{Blocked, Idle, Running, Starting, Stopping, Want};
    let (well, dead) = (NodeState::Active, NodeState::Dead);
    for (groups, peer, wanted) in [
        (&[("a", Running), ("b", Idle)][..], well, "local"),
        (&[("a", Idle), ("b", Running)], well, "foreign"),
        (&[("a", Running), ("b", Running)], well, "all"),
        (&[("a", Idle), ("b", Want)], well, "none"),
        // One of two failed or was moved by hand: no word of Heartbeat's is true.
        (&[("a", Running), ("a", Idle), ("b", Running)], well, "transition"),
        (&[("a", Running), ("b", Running), ("b", Idle)], well, "transition"),
        (&[("a", Starting)], well, "transition"),
        (&[("a", Running), ("b", Stopping)], well, "transition"),
        (&[("a", Blocked), ("b", Idle)], well, "local"),
        // One half is empty.
        (&[("a", Running)], well, "local"),
        (&[("a", Running)], dead, "all"),
        (&[("b", Running)], dead, "all"),
        (&[("b", Idle)], well, "none"),
        (&[("a", Idle)], well, "none"),
        (&[], well, "none"),
    ] {
        assert_eq!(word(groups, peer), wanted, "{groups:?} {peer:?}");
    }
    let mut status = samples::status();
    status.hands = false;
    assert_eq!(held(&status), "transition", "nobody knows what runs");
}

//! What reaches the scripts that run resources, and who may speak to the daemon: F4, F17, F18, F19.

use crate::frames::{beat_of, next, sha1, signed};
use crate::pair::{Pair, pair, write};
use systole_core::message::Hold;
use systole_core::{Body, Message};
use systole_lab::Stranger;

/// Arguments that a shell would do something with.
const ARGUMENTS: [&str; 7] = ["$(touch${IFS}/var/owned)", "*", ";id", "`id`", "a'b\"c", "~root", "$HOME&&x|y>z"];
/// What the scripts note themselves down in.
const NOTES: [&str; 3] = ["/var/spy.env", "/var/spy.fds", "/var/spy.args"];
const NUMBER: &str = "64111";

/// `find` has one descriptor of its own, which is gone when its line is read.
const SPY: &str = "#!/bin/bash
env >>/var/spy.env
find /proc/$$/fd -type l -printf '%f %l\\n' >>/var/spy.fds
printf '%s\\n' \"$@\" >/var/spy.args
case ${!#} in
start) touch /run/spy ;;
stop) rm -f /run/spy ;;
status) [ -e /run/spy ] && echo running || echo stopped ;;
esac
";

fn spied() -> (Pair, Stranger) {
    let line = format!("alpha IPaddr2::192.168.1.236/24/eth0:0 spy::{} apache2\n", ARGUMENTS.join("::"));
    let mut pair = pair("off", &line);
    for member in [&pair.alpha, &pair.beta] {
        write(&member.node, "resource.d/spy", SPY, 0o755);
        let groups = member.node.disk("/etc/group");
        let kept = std::fs::read_to_string(&groups).unwrap();
        let others: String = kept.lines().filter(|l| !l.starts_with("haclient:")).map(|l| format!("{l}\n")).collect();
        std::fs::write(&groups, format!("{others}haclient:x:{NUMBER}:\n")).unwrap();
    }
    let stranger = pair.lab.stranger("192.168.1.66/24").unwrap();
    pair.up();
    (pair, stranger)
}

#[test]
fn nothing_of_a_frame_and_no_descriptor_reaches_an_agent() {
    let (pair, stranger) = spied();
    for words in ["standby", "takeover"] {
        // Somebody who has the key, and sends fields whose names mean something to a shell.
        for name in ["alpha", "beta"] {
            let genuine = beat_of(&stranger, name, &sha1(1));
            for (step, body) in bodies().into_iter().enumerate() {
                let message: Message = next(&genuine, step as u64 + 1, body);
                let fields = [
                    ("FUNCS", "/var/evil"),
                    ("HA_FUNCS", "/var/evil"),
                    ("BASH_ENV", "/var/evil"),
                    ("LD_PRELOAD", "/var/evil.so"),
                    ("PATH", "/var/evil"),
                    ("IFS", "evil"),
                    ("BASH_FUNC_touch", "() { evil; }"),
                ];
                stranger.shout(&signed(&message, &fields, &sha1(1))).unwrap();
            }
        }
        let done = pair.alpha.systole(&[words]);
        assert_eq!(done.code(), Some(0), "{}{}\n{}", done.out, done.err, pair.logs());
    }
    pair.settled("alpha");
    for member in [&pair.alpha, &pair.beta] {
        let [env, fds, args] = NOTES.map(|path| std::fs::read_to_string(member.node.disk(path)).unwrap());
        assert!(!env.contains("evil"), "{env}");
        assert!(env.lines().any(|line| line == "HA_FUNCS=/etc/ha.d/shellfuncs"), "{env}");
        // Standard input, output and error; 255 is the script itself, which bash reads. What whoever started the
        // test left open is in every program here, so a plain one shows it.
        let plain = member.node.sh("find /proc/$$/fd -type l -printf '%f %l\\n'").unwrap().out;
        for line in fds.lines().filter(|line| !plain.lines().any(|other| other == *line)) {
            let (number, what) = line.split_once(' ').unwrap();
            assert!(["0", "1", "2", "255"].contains(&number), "{line}\n{plain}");
            assert!(number != "255" || what.ends_with("/resource.d/spy"), "{line}");
            assert!(!what.starts_with("socket:"), "{line}");
        }
        let mut given: Vec<&str> = args.lines().collect();
        assert!(["start", "stop", "status"].contains(&given.pop().unwrap()), "{args}");
        assert_eq!(given, ARGUMENTS);
        assert!(!member.node.disk("/var/owned").exists());
    }
    who_may_ask(&pair);
}

fn bodies() -> [Body; 3] {
    [Body::Starting, Body::AskResources { hold: Hold::All, info: "me".into() }, Body::Other { kind: "hostile".into() }]
}

/// Root acts; members of haclient read; nobody else is let in.
fn who_may_ask(pair: &Pair) {
    let shown = pair.alpha.node.run(&["stat", "-c", "%a %U:%G", "/run/systole/control"]).unwrap().out;
    assert_eq!(shown.trim(), "660 root:haclient");
    let ask = |group: &str, words: &[&str]| {
        let group = format!("--regid={group}");
        let all = [&["setpriv", "--reuid=65534", &group, "--clear-groups", "systole"], words].concat();
        pair.alpha.node.run(&all).unwrap()
    };
    let reader = ask(NUMBER, &["status"]);
    assert_eq!(reader.code(), Some(0), "{}{}", reader.out, reader.err);
    let acting = ask(NUMBER, &["standby"]);
    assert!(acting.code() != Some(0) && format!("{}{}", acting.out, acting.err).contains("be root"), "{acting:?}");
    for words in ["status", "standby"] {
        let nobody = ask("65534", &[words]);
        assert!(nobody.code() != Some(0) && nobody.err.contains("root"), "{nobody:?}");
    }
    pair.settled("alpha");
}

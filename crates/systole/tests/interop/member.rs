//! One node of the pair: a lab machine with the original or with ours on it, and the same questions to both.
//! Not here: the pair, and what is expected of it.

use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;
use systole_lab::{Node, Original, Process};

/// Which daemon runs on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Original,
    Ours,
}

pub struct Member {
    pub kind: Kind,
    daemon: Option<Process>,
    /// For each start the number of lines that the log had then, and which daemon it was.
    starts: Vec<(usize, Kind)>,
    pub node: Node,
}

impl Member {
    /// Both kinds find the same files on its disk.
    pub fn new(kind: Kind, node: Node) -> Member {
        Original::install(&node).unwrap();
        Member { kind, daemon: None, starts: Vec::new(), node }
    }

    pub fn name(&self) -> &str {
        self.node.name()
    }

    pub fn original(&self) -> Original<'_> {
        Original::on(&self.node)
    }

    pub fn start(&mut self) {
        self.starts.push((self.original().log().lines().count(), self.kind));
        match self.kind {
            Kind::Original => self.original().start().unwrap(),
            Kind::Ours => {
                let log = format!("systoled-{}", self.starts.len());
                self.daemon = Some(self.node.spawn(&log, &["systoled", "--log", "human"]).unwrap());
            }
        }
    }

    /// A clean stop, to its end.
    pub fn stop(&mut self) {
        match self.kind {
            Kind::Original => self.original().stop().unwrap(),
            Kind::Ours => {
                let mut daemon = self.daemon.take().unwrap();
                daemon.signal(Signal::TERM).unwrap();
                let status = daemon.wait(Duration::from_secs(60)).unwrap();
                assert!(status.is_some_and(|status| status.success()), "{status:?}\n{}", self.log());
            }
        }
    }

    /// Machine off, with everything on it.
    pub fn power_cut(&mut self) {
        self.node.power_cut().unwrap();
        self.daemon = None;
    }

    /// Every process of the daemon killed at once; what it has started runs on where nobody is left to stop it.
    pub fn kill(&mut self) {
        let pids = match self.kind {
            Kind::Original => self.original().pids().unwrap(),
            Kind::Ours => self.pids(|_, line| line.starts_with("systoled") || line.ends_with(" hands")),
        };
        assert_ne!(pids.len(), 0, "nothing to kill on {}", self.name());
        for pid in pids {
            // One may be gone already because another is.
            let _ = kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL);
        }
        self.daemon = None;
    }

    /// The state of `other` as this node's own tool tells it: `active`, `dead`...; empty while no daemon answers.
    pub fn sees(&self, other: &str) -> String {
        match self.kind {
            Kind::Original => self.original().cl_status(&["nodestatus", other]).unwrap().out.trim().to_owned(),
            Kind::Ours => {
                let pings = self.status()["pings"].as_array().cloned().unwrap_or_default();
                match pings.iter().find(|ping| ping["name"] == other) {
                    Some(ping) => if ping["alive"] == true { "ping" } else { "dead" }.to_owned(),
                    None => self.node_status(other)["state"].as_str().unwrap_or_default().to_owned(),
                }
            }
        }
    }

    /// Does this node hear `other` on `link`, as its own tool tells?
    pub fn link_up(&self, other: &str, link: &str) -> bool {
        match self.kind {
            Kind::Original => self.original().cl_status(&["hblinkstatus", other, link]).unwrap().out.trim() == "up",
            Kind::Ours => {
                let links = self.node_status(other)["links"].as_array().cloned().unwrap_or_default();
                links.iter().any(|entry| entry["link"] == link && entry["up"] == true)
            }
        }
    }

    /// What the original has complained of here; what ours writes into the same log is for others to judge.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.original().log();
        let of = |number: usize| self.starts.iter().rev().find(|(first, _)| *first <= number).map(|(_, kind)| *kind);
        let lines = log.lines().enumerate().filter(|(number, _)| of(*number) == Some(Kind::Original));
        Original::complaints(lines.map(|(_, line)| line))
    }

    /// What the original's `cl_status rscstatus` says; nothing of ours, which has groups and not halves.
    pub fn holds(&self) -> Option<String> {
        (self.kind == Kind::Original).then(|| self.original().cl_status(&["rscstatus"]).unwrap().out.trim().to_owned())
    }

    /// What `systole status --json` prints; null while no daemon of ours answers.
    pub fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.node.run(&["systole", "status", "--json"]).unwrap().out).unwrap_or_default()
    }

    fn node_status(&self, other: &str) -> serde_json::Value {
        let nodes = self.status()["nodes"].as_array().cloned().unwrap_or_default();
        nodes.into_iter().find(|node| node["name"] == other).unwrap_or_default()
    }

    /// `hb_standby WORD`, or ours. Done is not what its return means.
    pub fn standby(&self, which: &str) {
        self.move_groups("standby", which);
    }

    /// `hb_takeover WORD`, or ours.
    pub fn takeover(&self, which: &str) {
        self.move_groups("takeover", which);
    }

    fn move_groups(&self, verb: &str, which: &str) {
        match (self.kind, verb) {
            (Kind::Original, "standby") => self.original().hb_standby(which).unwrap(),
            (Kind::Original, _) => self.original().hb_takeover(which).unwrap(),
            (Kind::Ours, _) => {
                let done = self.node.run(&["systole", verb, which, "--timeout", "50"]).unwrap();
                assert_eq!(done.code(), Some(0), "{verb} {which}: {}{}\n{}", done.out, done.err, self.log());
            }
        }
    }

    /// Process ids of the Apache here.
    pub fn apache(&self) -> Vec<u32> {
        self.pids(|name, _| name == "apache2")
    }

    /// What both kinds have logged on this machine, what went past the log first.
    pub fn log(&self) -> String {
        let own = self.daemon.as_ref().map(|d| std::fs::read_to_string(d.log()).unwrap_or_default());
        let (name, original) = (self.name(), self.original().log());
        format!("--- {name}, systoled\n{}\n--- {name}, ha-log\n{original}\n", own.unwrap_or_default())
    }

    fn pids(&self, wanted: impl Fn(&str, &str) -> bool) -> Vec<u32> {
        let all = self.node.processes().unwrap().into_iter();
        all.filter(|p| !p.zombie && wanted(&p.name, &p.line)).map(|p| p.pid).collect()
    }
}

//! The members of a group in start order, each with what runs it.
//! Not here: running them.

use super::Surroundings;
use crate::hands::agent::Agent;
use crate::hands::agent::environment::Environment;
use crate::hands::agent::systemd::Bus;
use crate::hands::native::address::AddressSpec;
use crate::hands::native::mailto::MailTo;
use std::sync::Arc;
use systole_config::{Group, Resource, ResourceKind, Watching};

/// What is started and stopped as one.
#[derive(Debug)]
pub enum Member {
    /// Neighbouring addresses of the line: one write to the kernel.
    Addresses {
        words: Vec<String>,
        specs: Vec<AddressSpec>,
    },
    Agent(Box<Agent>),
    Mail(MailTo),
    /// An address that cannot be understood; the group cannot start.
    Broken {
        word: String,
        why: String,
    },
}

impl Member {
    /// It runs on every node that may take the group.
    pub fn is_warm(&self) -> bool {
        matches!(self, Member::Agent(agent) if agent.is_warm())
    }

    /// As written in haresources.
    pub fn words(&self) -> String {
        match self {
            Member::Addresses { words, .. } => words.join(" "),
            Member::Agent(agent) => agent.word.clone(),
            Member::Mail(_) => "MailTo".to_owned(),
            Member::Broken { word, .. } => word.clone(),
        }
    }
}

/// Makes the members of a group.
pub fn of_group(
    group: &Group,
    me: &str,
    environment: &Arc<Environment>,
    bus: &Bus,
    around: &Surroundings,
    usual: &Watching,
) -> Vec<Member> {
    let one = |resource: &Resource| match (&resource.kind, Agent::new(resource, &group.key, environment, bus)) {
        (_, Some(agent)) => Member::Agent(Box::new(agent.with_limits(around.limits).with_usual(usual))),
        (ResourceKind::MailTo, None) => {
            Member::Mail(MailTo::new(&resource.arguments, &group.key, me, around.mailer.clone()))
        }
        (_, None) => address(&resource.word, &resource.arguments),
    };
    let mut members: Vec<Member> = Vec::new();
    for resource in &group.resources {
        match one(resource) {
            Member::Addresses { mut words, mut specs } => match members.last_mut() {
                Some(Member::Addresses { words: before, specs: known }) => {
                    before.append(&mut words);
                    known.append(&mut specs);
                }
                _ => members.push(Member::Addresses { words, specs }),
            },
            other => members.push(other),
        }
    }
    members
}

fn address(word: &str, arguments: &[String]) -> Member {
    let word = word.to_owned();
    match AddressSpec::parse(arguments) {
        Ok(spec) => Member::Addresses { words: vec![word], specs: vec![spec] },
        Err(why) => Member::Broken { word, why: why.to_string() },
    }
}

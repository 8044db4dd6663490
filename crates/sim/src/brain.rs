//! What decides on a node: the shipped core, or the model of an old node. Both take inputs and give outputs.
//! Not here: either of them.

use crate::old_peer::OldPeer;
use std::time::Duration;
use systole_core::{Cluster, Generation, Identity, Input, Message, Moment, Output, Sequence, Settings};

/// Heart's decisions.
#[derive(Debug, Clone)]
pub enum Brain {
    Systole(Box<Cluster>),
    Old(Box<OldPeer>),
}

impl Brain {
    /// One that begins its life.
    pub(crate) fn new(old: bool, settings: Settings, identity: Identity, now: Moment) -> Brain {
        if old {
            Brain::Old(Box::new(OldPeer::new(settings, identity, now)))
        } else {
            Brain::Systole(Box::new(Cluster::new(settings, identity, now)))
        }
    }

    pub(crate) fn handle(&mut self, now: Moment, input: Input) {
        match self {
            Brain::Systole(core) => core.handle(now, input),
            Brain::Old(old) => old.handle(now, input),
        }
    }

    pub(crate) fn poll(&mut self) -> Output {
        match self {
            Brain::Systole(core) => core.poll(),
            Brain::Old(old) => old.poll(),
        }
    }

    /// The number of its newest beat, for the judge; an old node is not judged.
    pub(crate) fn newest_beat(&self) -> Option<Sequence> {
        match self {
            Brain::Systole(core) => Some(core.newest_beat()),
            Brain::Old(_) => None,
        }
    }

    /// What hands says when this heart has died; an old node has no hands.
    pub(crate) fn last_words(&self) -> Vec<Message> {
        match self {
            Brain::Systole(core) => core.last_words(),
            Brain::Old(_) => Vec::new(),
        }
    }

    /// Its present life, for the judge; an old node is not judged.
    pub(crate) fn generation(&self) -> Option<Generation> {
        match self {
            Brain::Systole(core) => Some(core.generation()),
            Brain::Old(_) => None,
        }
    }

    /// The kernel takes its addresses away when it does not run; those of an old node stay for ever.
    pub(crate) fn lets_addresses_expire(&self) -> bool {
        matches!(self, Brain::Systole(_))
    }

    /// May anything of its groups be here?
    pub(crate) fn is_entitled(&self) -> bool {
        match self {
            Brain::Systole(core) => core.entitled().next().is_some(),
            Brain::Old(_) => true,
        }
    }

    /// It starts itself anew after such an end.
    pub(crate) fn starts_anew_after(&self) -> Option<Duration> {
        match self {
            Brain::Systole(_) => None,
            Brain::Old(old) => old.starts_anew_after(),
        }
    }
}

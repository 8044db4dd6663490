//! What heart makes of frames that it refuses: whose they seem to be, and whether they come from where that node is known
//! to be. As the program does it (heart/places.rs); a machine of the simulator is a place of its own.
//! Not here: the decoder, what the core makes of it.

use crate::clock::MS;
use crate::network::Medium;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use systole_core::{Input, NodeName, Refusal};
use systole_wire::bears_name;

/// Of each node no more is passed on than one frame in so long, or in a keepalive where that is less.
const PAUSE_NS: u64 = 100 * MS;

/// What one heart knows of places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// Machines from which a frame of the node was believed.
    believed: BTreeSet<(usize, NodeName)>,
    /// When one was last passed on, by its node and whether from its place.
    passed: BTreeMap<(NodeName, bool), u64>,
}

impl Places {
    pub(crate) fn learn(&mut self, from: usize, name: &NodeName) {
        if !self.believed.iter().any(|(place, known)| *place == from && known == name) {
            self.believed.insert((from, name.clone()));
        }
    }
}

impl World {
    /// A frame was refused by a heart.
    pub(crate) fn refuse(&mut self, (from, to): (usize, usize), link: usize, bytes: &[u8], why: Refusal) {
        let (nodes, pause) = (&self.nodes, PAUSE_NS.min(self.keepalive_ns()));
        let me = &nodes[to].name;
        let others = || nodes.iter().map(|node| &node.name).filter(|name| *name != me);
        let (node, placed) = match self.links[link].1 {
            Medium::Serial { .. } if nodes.len() == 2 => (others().next(), true),
            Medium::Serial { .. } => (None, false),
            Medium::Lan => {
                let named = others().find(|name| bears_name(bytes, name));
                let known = |name: &NodeName| nodes[to].places.believed.contains(&(from, name.clone()));
                (named, named.is_some_and(known))
            }
        };
        let Some(node) = node.cloned() else { return };
        let passed = &mut self.nodes[to].places.passed;
        if passed.get(&(node.clone(), placed)).is_some_and(|at| self.now - at < pause) {
            return;
        }
        passed.insert((node.clone(), placed), self.now);
        let link = self.links[link].0.clone();
        self.input(to, Input::Refused { link, node, why, placed });
    }
}

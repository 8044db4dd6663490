//! `auto_failback legacy` beside a Heartbeat (spec/WIRE.md 8.5): no halves, every group is asked for by its key.
//! Not here: the modes with `on` and `off`.

use super::super::Cluster;
use crate::beat::ClaimState;
use crate::message::{Body, NodeState};
use crate::names::{GroupId, NodeName};
use crate::old::{Old, PATIENCE, Single};

impl Old {
    /// Is the group ours as far as the two have spoken of it?
    pub(super) fn grants(&self, id: GroupId) -> bool {
        self.single.get(&id) == Some(&Single::Granted)
    }
}

impl Cluster {
    /// Asks for our own groups, and answers once what the peer wants is released.
    pub(super) fn settle_singles(&mut self, old: &mut Old, peer: NodeState) {
        let now = self.now;
        for index in 0..self.groups.len() {
            let (id, here) = (self.groups[index].settings.id, self.groups[index].here);
            let key = self.groups[index].settings.key.clone();
            let free = matches!(here, ClaimState::Idle | ClaimState::Want);
            match old.single.get(&id).copied() {
                None if matches!(here, ClaimState::Running | ClaimState::Starting) => {
                    old.single.insert(id, Single::Granted);
                }
                None if self.is_ours(index) && peer == NodeState::Active && self.state == NodeState::Active => {
                    old.single.insert(id, Single::Asked { at: now });
                    self.say_old(Body::IpRequest { key });
                }
                Some(Single::Asked { at }) if now >= at + PATIENCE => {
                    old.single.insert(id, Single::Asked { at: now });
                    self.say_old(Body::IpRequest { key });
                }
                Some(Single::Wanted { we_own }) if free => {
                    old.single.remove(&id);
                    if let Some(peer) = self.old_peer().cloned() {
                        self.say_to(&peer, Body::IpRequestReply { key, we_own, ok: true });
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn heard_single(&mut self, old: &mut Old, from: &NodeName, body: Body) {
        let known = |c: &Cluster, key: &str| c.groups.iter().position(|g| g.settings.key == key);
        match body {
            Body::IpRequest { key } => {
                // Only the home of a group may ask for it; anybody else would be given what is not his.
                let Some(index) = known(self, &key) else { return };
                if self.groups[index].settings.home() == Some(from) {
                    let we_own = self.groups[index].here.is_held();
                    old.single.insert(self.groups[index].settings.id, Single::Wanted { we_own });
                }
            }
            Body::IpRequestReply { key, ok: true, .. } => {
                let Some(index) = known(self, &key) else { return };
                let id = self.groups[index].settings.id;
                if matches!(old.single.get(&id), Some(Single::Asked { .. })) {
                    old.single.insert(id, Single::Granted);
                }
            }
            _ => {}
        }
    }
}

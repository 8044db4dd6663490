//! States of a peer between "well" and "gone", each with a name: it does not hear us, its frames are refused, its files
//! differ, it speaks a later version. All of them are told, and none of them is silence.
//! Not here: what they mean for a takeover (safety.rs).

use super::{Cluster, hearing, ms};
use crate::beat::BEAT_VERSION;
use crate::names::{LinkName, NodeName};
use crate::output::{Event, Output};
use crate::peer::Peer;
use crate::refused::{Refusal, Row};
use crate::status::Named;
use crate::time::Moment;

impl Cluster {
    /// A frame of a peer was refused.
    pub(super) fn heard_refused(&mut self, link: LinkName, node: &NodeName, why: Refusal, placed: bool) {
        let (now, fresh) = (self.now, self.settings.timing.deadtime());
        let Some(peer) = self.peers.get_mut(node) else { return };
        Row::add(&mut peer.refused_row, (why, link, placed), fresh, now);
    }

    /// Tells of rows of refused frames where nothing else of that peer is heard.
    pub(super) fn note_refused(&mut self) {
        let (now, fresh, mut events) = (self.now, self.settings.timing.deadtime(), Vec::new());
        for peer in self.peers.values_mut().filter(|p| !p.is_alive()) {
            if let Some(row) = peer.refused_row.as_mut().filter(|row| !row.told && row.lasts(fresh, now)) {
                row.told = true;
                events.push(Event::PeerRefused { node: peer.name.clone(), link: row.link.clone(), why: row.why });
            }
        }
        self.out.extend(events.into_iter().map(Output::Tell));
    }

    /// Does it hear this life of ours? Unknown of those that are gone and of Heartbeats.
    pub(super) fn hears_us(&self, peer: &Peer) -> Option<bool> {
        let beat = peer.beat.as_ref().filter(|_| peer.is_alive())?;
        let (me, life) = (&self.settings.me, self.identity.generation);
        Some(beat.hears.iter().any(|h| h.node == *me && h.generation == life))
    }

    /// A beat of ours and one of the peer's must have had the time to pass before it counts as deaf.
    fn deaf_after(&self) -> std::time::Duration {
        hearing::patience(self.settings.timing.keepalive()).saturating_mul(2).max(self.settings.timing.warntime())
    }

    /// Tells of peers that are heard and do not hear us, and of those that do again.
    pub(super) fn note_deaf(&mut self) {
        let (now, after) = (self.now, self.deaf_after());
        let heard = |p: &Peer| self.hears_us(p);
        // Nearly always there is nothing to say of anybody.
        if self.peers.values().all(|p| p.deaf.is_none() && heard(p) != Some(false)) {
            return;
        }
        let heard: Vec<(NodeName, Option<bool>)> = self.peers.values().map(|p| (p.name.clone(), heard(p))).collect();
        for (node, hears) in heard {
            let Some(peer) = self.peers.get_mut(&node) else { continue };
            let before = peer.deaf;
            let (since, told) = before.unwrap_or((now, false));
            let deaf = hears == Some(false) && now.since(since) >= after;
            peer.deaf = (hears == Some(false)).then_some((since, told || deaf));
            match hears {
                Some(false) if deaf && !told => self.tell(Event::PeerDeaf { node, deaf: true }),
                Some(true) if told => self.tell(Event::PeerDeaf { node, deaf: false }),
                _ => {}
            }
        }
    }

    /// The next moment at which one of these states begins or ends by itself.
    pub(super) fn next_standing(&self) -> Option<Moment> {
        let (fresh, after, now) = (self.settings.timing.deadtime(), self.deaf_after(), self.now);
        let unread = self.peers.values().filter_map(|p| p.unread_until(fresh));
        let deaf = self.peers.values().filter_map(|p| p.deaf).filter(|(_, told)| !told).map(|(since, _)| since + after);
        unread.chain(deaf).filter(|at| *at > now).min()
    }

    /// What there is to say of a peer.
    pub(super) fn named(&self, peer: &Peer) -> Vec<Named> {
        let fresh = self.settings.timing.deadtime();
        let mut named = Vec::new();
        let row = peer.refused_row.as_ref().filter(|row| !peer.is_alive() && row.lasts(fresh, self.now));
        if let Some(Row { why, link, last, .. }) = row {
            let (link, last_ms) = (link.clone(), ms(self.now.since(*last)));
            named.push(match why {
                Refusal::Key => Named::WrongKey { link, last_ms },
                Refusal::Version => Named::WrongVersion { link, last_ms },
            });
        }
        if self.hears_us(peer) == Some(false) {
            named.push(Named::OneWay);
        }
        let beat = peer.beat.as_ref().filter(|_| peer.is_alive());
        if let Some(version) = beat.map(|b| b.version).filter(|version| *version > BEAT_VERSION) {
            named.push(Named::LaterVersion { version });
        }
        if peer.is_alive() && peer.files_differ() {
            named.push(Named::OtherFiles);
        }
        named
    }
}

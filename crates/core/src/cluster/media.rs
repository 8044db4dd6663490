//! Media and cables of this node that come and go.
//! Not here: what links bring (hearing.rs).

use super::Cluster;
use crate::names::LinkName;
use crate::output::Event;

impl Cluster {
    pub(super) fn medium_changed(&mut self, link: LinkName, open: bool, why: String) {
        let Some(medium) = self.media.get_mut(&link) else { return };
        let changed = medium.open != open || medium.detail != why;
        if open && !medium.open {
            self.reconnected = self.now;
        }
        medium.open = open;
        medium.detail.clone_from(&why);
        if changed {
            self.say_now |= open;
            self.tell(if open { Event::MediumOpen { link } } else { Event::MediumFailed { link, why } });
        }
    }

    /// Interfaces come and go on some machines, for containers for example; those that nothing here needs are passed over.
    pub(super) fn carrier_changed(&mut self, interface: String, carrier: bool) {
        let needed = self.settings.links.iter().any(|link| *link.0 == *interface)
            || self.settings.groups.iter().any(|group| group.interfaces.contains(&interface));
        if !needed {
            return;
        }
        let before = self.carriers.insert(interface.clone(), carrier);
        if before != Some(carrier) && (before.is_some() || !carrier) {
            // After a cable is back the other side must hear of us before the neighbours do.
            self.say_now = true;
            if carrier {
                self.reconnected = self.now;
            }
            self.tell(Event::Carrier { interface, carrier });
        }
    }
}

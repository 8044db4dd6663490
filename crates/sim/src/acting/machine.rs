//! What happens to whole machines: they stand still, lose files, have their clocks set; all of heart and hands dies.
//! Not here: power (world.rs), and disks that do not work (disk.rs).

use crate::clock::{MS, SECOND};
use crate::script::Harm;
use crate::world::World;
use systole_core::{Ask, Condition, Failback, Input};

/// The wall clock of all machines when the world begins, in seconds; those that run right.
const BEGINNING_S: u64 = 1_700_000_000;

impl World {
    /// What a node believes the time of day to be, in seconds.
    pub(crate) fn wall_s(&self, index: usize) -> u64 {
        (BEGINNING_S + self.now / SECOND).saturating_add_signed(self.nodes[index].wall_error_s)
    }

    pub(crate) fn harm(&mut self, index: usize, harm: Harm) {
        self.tell(|w| format!("{}: what it keeps on disk: {harm:?}", w.nodes[index].name));
        self.oracle.forgets(index);
        let place = self.random.index(self.nodes.len());
        let node = &mut self.nodes[index];
        match harm {
            Harm::Lost => {
                node.disk.generation = 0;
                node.disk.peers.clear();
                // The identity is in one of those files.
                node.disk.identity = node.disk.identity.wrapping_add(16);
            }
            Harm::Torn => match node.disk.peers.keys().nth(place).cloned() {
                Some(peer) => drop(node.disk.peers.remove(&peer)),
                None => node.disk.generation = 0,
            },
            Harm::Old => node.disk = node.backup.clone(),
        }
    }

    pub(crate) fn step_clock(&mut self, index: usize, seconds: i64) {
        self.tell(|w| format!("{}: its wall clock steps by {seconds} s", w.nodes[index].name));
        self.oracle.forgets(index);
        let node = &mut self.nodes[index];
        node.wall_error_s = node.wall_error_s.saturating_add(seconds);
    }

    /// The machine stands still, and its monotonic clock with it. What reaches it meanwhile is lost.
    pub fn freeze(&mut self, index: usize, span: u64, told: bool) {
        let now = self.now;
        let node = &mut self.nodes[index];
        if !node.runs() {
            return;
        }
        node.frozen = Some((now, told));
        node.paused_until = Some(now + span);
        node.away_at = Some(now);
        self.tell(|w| format!("{}: the machine stands still for {} ms", w.nodes[index].name, span / MS));
    }

    /// It runs again, and knows of it only if it was a suspend.
    pub(crate) fn thaw(&mut self, index: usize, since: u64, told: bool) {
        let now = self.now;
        let node = &mut self.nodes[index];
        let span = now - since;
        node.frozen = None;
        node.clock.stood += node.clock.length_of(span);
        node.wake += span;
        // The lifetimes of its addresses stood still with it.
        node.kept_at += span;
        node.releasing_until = node.releasing_until.max(now.min(node.releasing_until + span));
        if told && span / MS > 100 {
            self.input(index, Input::Stalled { for_ms: span / MS });
        }
    }

    /// Other files from now on, at the next start.
    pub(crate) fn reload(&mut self, index: usize) {
        if self.nodes[index].core.is_none() || !self.nodes[index].hands_up {
            return;
        }
        let settings = &mut self.nodes[index].settings;
        settings.failback = match settings.failback {
            Failback::On => Failback::Off,
            Failback::Off => Failback::On,
            other => other,
        };
        settings.digest ^= 1;
        self.ask(index, Ask::Shutdown);
    }

    /// An administrator takes the address away and ends a service, and hands does not see it: harder than what it does, which
    /// is to put the address back and to report the service.
    pub(crate) fn take_away(&mut self, index: usize, group: usize) {
        let resource = &mut self.nodes[index].resources[group];
        if resource.holds && resource.job.is_none() && resource.found == Condition::Running {
            (resource.holds, resource.found) = (false, Condition::Partial);
            (resource.lied, resource.taken_away) = (true, true);
            self.tell(|w| format!("{}: somebody takes group {group} away by hand", w.nodes[index].name));
        }
    }
}

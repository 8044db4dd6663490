//! What heart and hands keep on a disk, and disks that do not work: full, unreadable, hanging, failing once.
//! Not here: files that were harmed (machine.rs).

use crate::clock::{MS, SECOND};
use crate::node::{Disk, DiskManners};
use crate::world::{Happening, World};
use systole_core::{Generation, NodeName, Sequence};

/// A small write and its sync.
const WRITE_NS: u64 = 3 * MS;
/// Until hands tries a failed write again.
const AGAIN_NS: u64 = 30 * SECOND;

/// Something that is on its way to a disk.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Own(Generation),
    Peer(NodeName, Generation, Sequence),
}

impl World {
    /// Hands begins to write; a power cut or its death before the end leaves the old content.
    pub(crate) fn begin_keeping(&mut self, index: usize, kept: Kept) {
        let node = &self.nodes[index];
        if node.hands_up {
            let hands_life = node.hands_life;
            self.nodes[index].keeping += 1;
            self.push(self.now + WRITE_NS, Happening::Kept { node: index, hands_life, kept });
        } else if matches!(kept, Kept::Own(_)) {
            self.nodes[index].unkept = true;
        }
    }

    /// A write ends; one that failed was not written and is tried again.
    pub(crate) fn kept(&mut self, index: usize, hands_life: u64, kept: Kept) {
        let node = &mut self.nodes[index];
        if node.hands_life != hands_life {
            return;
        }
        let manners = &mut node.disk_manners;
        let fails = manners.full > 0 || manners.unreadable > 0 || manners.sync_fails > 0;
        if fails || manners.hangs > 0 {
            manners.sync_fails = manners.sync_fails.saturating_sub(u32::from(manners.hangs == 0));
            let pause = if manners.hangs > 0 { SECOND } else { AGAIN_NS };
            return self.push(self.now + pause, Happening::Kept { node: index, hands_life, kept });
        }
        node.keeping = node.keeping.saturating_sub(1);
        match kept {
            Kept::Own(generation) => {
                node.disk.generation = node.disk.generation.max(generation.0);
                node.unkept = false;
                node.disk_manners.unwritten = false;
            }
            Kept::Peer(name, generation, sequence) => {
                let known = node.disk.peers.entry(name).or_default();
                *known = (*known).max((generation, sequence));
            }
        }
    }

    /// As the program does at a start (heart/identity): above the last life, and not below the clock. Gives what the
    /// node knows of itself and others, whether or not that could be written.
    pub(crate) fn next_life(&mut self, index: usize) -> Disk {
        let wall = self.wall_s(index);
        let node = &mut self.nodes[index];
        let manners = &mut node.disk_manners;
        let fails = manners.full > 0 || manners.unreadable > 0;
        let mut known = node.disk.clone();
        if manners.unreadable > 0 {
            // Whoever can read nothing is a new node.
            known = Disk { identity: known.identity.wrapping_add(16), ..Disk::default() };
        }
        known.generation = known.generation.saturating_add(1).max(wall);
        // A life that was never written may be lived twice.
        let forgets = manners.unwritten || manners.unreadable > 0;
        manners.unwritten = fails;
        if !fails {
            node.disk.generation = known.generation;
        }
        if forgets {
            self.oracle.forgets(index);
        }
        known
    }

    pub(crate) fn mend_disk_and_key(&mut self, index: usize) {
        let unwritten = self.nodes[index].disk_manners.unwritten;
        self.nodes[index].disk_manners = DiskManners { unwritten, ..DiskManners::default() };
        while self.nodes[index].wrong_key > 0 {
            self.change_key(index, false);
        }
    }
}

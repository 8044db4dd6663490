//! Every second: which addresses should be here, and which are. What another program takes away comes back by the keeper's
//! events; here it is counted, so that nobody fights for ever. What another program adds where it does not belong is removed.
//! Not here: services (watching), what follows from a failure (core).

use super::Shared;
use super::runner::{Knowledge, Runner};
use crate::bridge::Level;
use crate::hands::native::address::{AddressSpec, Compared};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_secs(1);
/// Missing at so many looks in a row: the keeper cannot put it back, or has given it up for a while.
const MISSING: u32 = 3;
/// Put back so many times within the window is no accident any more, and counts as a failure of the group.
const REPAIRS: usize = 5;
/// So often it is removed from where it does not belong; then it is left, and the node is unfit for its group.
const REMOVALS: usize = 3;
const WINDOW: Duration = Duration::from_secs(600);

/// What is remembered of one group.
#[derive(Debug, Default)]
struct Book {
    missing: u32,
    repairs: u64,
    repaired: VecDeque<Instant>,
    removed: VecDeque<Instant>,
    /// The last reason why it could not be removed, so that it is told once.
    refused: Option<String>,
}

/// Looks for ever.
pub(super) async fn reconcile(shared: Arc<Shared>, runners: Vec<Arc<Runner>>) {
    let of = |runner: Arc<Runner>| (runner.specs(), Book::default(), runner);
    let mut groups: Vec<_> = runners.into_iter().map(of).filter(|(specs, ..)| !specs.is_empty()).collect();
    let all: Vec<AddressSpec> = groups.iter().flat_map(|(specs, ..)| specs.clone()).collect();
    if all.is_empty() {
        return;
    }
    loop {
        tokio::time::sleep(PERIOD).await;
        // The keeper tells when the kernel cannot be asked.
        let Ok(seen) = shared.addresses.compare(&all) else { continue };
        let mut seen = seen.as_slice();
        for (specs, book, runner) in &mut groups {
            let (own, rest) = seen.split_at(specs.len().min(seen.len()));
            seen = rest;
            let knowledge = runner.memory().knowledge;
            match knowledge {
                Knowledge::Something => book.held(&shared, runner, specs, own),
                Knowledge::Nothing => book.aside(&shared, runner, specs, own),
                Knowledge::Unknown => {}
            }
        }
    }
}

impl Book {
    fn held(&mut self, shared: &Shared, runner: &Runner, specs: &[AddressSpec], seen: &[Compared]) {
        let now = Instant::now();
        let lost = specs.iter().zip(seen).find(|(_, seen)| seen.wanted && !seen.there).map(|(spec, _)| spec.ip);
        self.missing = if lost.is_some() { self.missing + 1 } else { 0 };
        let repairs = seen.iter().map(|seen| seen.repairs).sum();
        for _ in std::mem::replace(&mut self.repairs, repairs)..repairs {
            self.repaired.push_back(now);
        }
        forget(&mut self.repaired, now);
        let why = match lost {
            Some(ip) if self.missing == MISSING => {
                format!("{ip}: another program removed it, and it does not come back")
            }
            _ if self.repaired.len() > REPAIRS => {
                let times = self.repaired.len();
                format!("its address was removed {times} times within 10 min by another program, and put back")
            }
            _ => return,
        };
        self.repaired.clear();
        shared.failed(runner.id, why);
    }

    fn aside(&mut self, shared: &Shared, runner: &Runner, specs: &[AddressSpec], seen: &[Compared]) {
        let now = Instant::now();
        (self.missing, self.repairs) = (0, seen.iter().map(|seen| seen.repairs).sum());
        self.repaired.clear();
        forget(&mut self.removed, now);
        let strays = specs.iter().zip(seen).filter(|(_, seen)| seen.there).map(|(spec, _)| spec);
        for spec in strays {
            let ip = spec.ip;
            if self.removed.len() > REMOVALS {
                return;
            }
            self.removed.push_back(now);
            if self.removed.len() > REMOVALS {
                let why = format!("{ip}: another program adds it here again and again, although its group is not here");
                shared.note(Level::Error, format!("{why} (find and stop it); it is left for 10 min"));
                return shared.failed(runner.id, why);
            }
            match shared.addresses.release(std::slice::from_ref(spec)) {
                Ok(()) => {
                    self.refused = None;
                    let text =
                        format!("{ip} was added here by somebody else, although its group is not here; it is removed");
                    shared.note(Level::Warn, text);
                }
                Err(why) if self.refused.as_ref() != Some(&why) => {
                    shared.note(Level::Error, why.clone());
                    self.refused = Some(why);
                }
                Err(_) => {}
            }
        }
    }
}

fn forget(moments: &mut VecDeque<Instant>, now: Instant) {
    moments.retain(|at| now.duration_since(*at) < WINDOW);
}

//! The scenarios: each is written once, for every product. Here: which there are, what each needs, and what is counted.
//! Not here: the faults themselves (scenario/), and which scenario is run how often (plan.rs).

use super::room::{Owner, Room};
use super::setup::{Peer, Profile, Setup};
use anyhow::Result;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

mod faults;
mod healing;
mod idle;
mod loss;
mod many;

/// What one run measured, by name with its unit at the end.
pub type Values = BTreeMap<String, f64>;

/// How long observations without an event at their end last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Short,
    Whole,
}

/// Does it, waits for what comes of it, and counts.
type Act = fn(&mut Room, Owner, Form) -> Result<Values>;

/// One scenario.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// As the command line and the results spell it.
    pub word: &'static str,
    /// As the tables name it.
    pub title: &'static str,
    /// The value that the plot shows.
    pub shown: &'static str,
    pub act: Act,
    needs: Needs,
    /// Seconds that one run takes, about, for the estimate.
    pub seconds: u64,
}

/// What a scenario wants of its set-up.
#[derive(Debug, Clone, Copy, Default)]
struct Needs {
    no_serial: bool,
    /// Says nothing about a product that knows Ethernet alone.
    two_media: bool,
    failback: bool,
    service_watched: bool,
    more_addresses: usize,
}

const PLAIN: Needs =
    Needs { no_serial: false, two_media: false, failback: false, service_watched: false, more_addresses: 0 };
const ETHERNET: Needs = Needs { no_serial: true, two_media: true, ..PLAIN };
const SERIAL: Needs = Needs { two_media: true, ..PLAIN };
const SERVICE: Needs = Needs { service_watched: true, ..PLAIN };

const fn plain(word: &'static str, title: &'static str, shown: &'static str, act: Act, seconds: u64) -> Scenario {
    Scenario { word, title, shown, act, needs: PLAIN, seconds }
}

/// All of them, in the order of the tables.
pub const ALL: &[Scenario] = &[
    plain("power-cut", "power cut of the owner", "outage_s", faults::power_cut, 12),
    Scenario {
        needs: ETHERNET,
        ..plain("power-cut-one", "power cut, Ethernet alone", "outage_s", faults::power_cut, 15)
    },
    plain("cable", "RJ45 of the owner pulled, and put back", "outage_s", healing::cable, 60),
    Scenario { needs: ETHERNET, ..plain("cable-one", "RJ45 pulled, Ethernet alone", "outage_s", healing::cable, 60) },
    plain("silent", "switch silent, carrier stays, and heals", "outage_s", healing::silent, 60),
    plain("daemon-killed", "all daemons of the owner killed", "two_s", faults::daemon_killed, 40),
    plain("stopped-5", "daemons of the owner stopped for 5 s", "two_s", healing::stopped_5, 40),
    plain("stopped-15", "daemons of the owner stopped for 15 s", "two_s", healing::stopped_15, 50),
    Scenario {
        needs: SERVICE,
        ..plain("service-killed", "all Apache processes killed", "outage_s", faults::service_killed, 30)
    },
    Scenario {
        needs: SERVICE,
        ..plain("service-hung", "all Apache processes stopped", "outage_s", faults::service_hung, 40)
    },
    plain("planned", "planned move", "outage_s", faults::planned, 10),
    Scenario {
        needs: Needs { failback: true, ..PLAIN },
        ..plain("failback", "return home after a power cut", "outage_s", faults::failback, 30)
    },
    Scenario {
        needs: Needs { more_addresses: 99, ..PLAIN },
        ..plain("addresses-100", "power cut with 100 addresses", "first_to_last_s", many::addresses, 30)
    },
    Scenario {
        needs: Needs { more_addresses: 999, ..PLAIN },
        ..plain("addresses-1000", "power cut with 1,000 addresses", "first_to_last_s", many::addresses, 120)
    },
    plain("loss-20", "20 % of all frames between the nodes lost", "moves", loss::ethernet_20, 125),
    plain("loss-30", "30 % lost", "moves", loss::ethernet_30, 125),
    plain("loss-50", "50 % lost", "moves", loss::ethernet_50, 125),
    Scenario { needs: SERIAL, ..plain("loss-20-all", "20 % lost, serial line as bad", "moves", loss::all_20, 125) },
    Scenario { needs: SERIAL, ..plain("loss-30-all", "30 % lost, serial line as bad", "moves", loss::all_30, 125) },
    Scenario { needs: SERIAL, ..plain("loss-50-all", "50 % lost, serial line as bad", "moves", loss::all_50, 125) },
    plain("one-way", "the owner is not heard, but hears", "two_s", loss::one_way, 65),
    plain("load", "four busy processes per core", "moves", loss::load, 125),
    plain("idle", "nothing happens", "cpu_percent", idle::idle, 35),
];

/// The one of that word.
pub fn find(word: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.word == word)
}

impl Scenario {
    /// The set-up it runs on; nothing where it says nothing about this product.
    pub fn setup(&self, peer: Peer, profile: Profile) -> Option<Setup> {
        let needs = self.needs;
        let senseless = needs.two_media && !peer.knows_serial() || needs.service_watched && !peer.watches_service();
        (!senseless).then_some(Setup {
            peer,
            profile,
            failback: needs.failback,
            serial: peer.knows_serial() && !needs.no_serial,
            more_addresses: needs.more_addresses,
        })
    }
}

/// What was counted between two moments, under names that begin with `prefix`.
fn count(room: &Room, prefix: &str, from: Instant, until: Instant, values: &mut Values) -> Result<()> {
    let gap = room.look(|seen| match prefix {
        "" => seen.longest_gap(from, until),
        // What the fault before it broke is not the healing's.
        _ => seen.longest_gap_after(from, until),
    })?;
    let failed = room.look(|seen| seen.failed(from, until))?;
    values.insert(format!("{prefix}outage_s"), gap.length.as_secs_f64());
    if gap.after.is_none() && gap.length > Duration::from_millis(250) {
        // No page came any more: the outage is at least as long as somebody looked.
        values.insert(format!("{prefix}open"), 1.0);
    }
    values.insert(format!("{prefix}failed"), failed as f64);
    values.insert(format!("{prefix}two_s"), room.holders.two_at_once(from, until)?.as_secs_f64());
    values.insert(format!("{prefix}moves"), room.holders.gained(from, until)? as f64);
    Ok(())
}

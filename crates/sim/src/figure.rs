//! How fast the simulator is: two quiet nodes with a beat each 200 ms, in times real time on one core.
//! Not here: what makes it fast or slow.

use crate::clock::MS;
use crate::network::Medium;
use crate::oracle::Violation;
use crate::plan::{Plan, groups_of, timing_of};
use crate::run::play;
use crate::script::{Act, Ending, Script, Step};
use systole_core::{Failback, LinkName, NodeName};

/// Simulated time of one figure, in milliseconds.
const SPAN_MS: u64 = 6 * 3_600_000;

/// Times real time, per second of a processor, of two quiet nodes with two LANs, or with one LAN and a serial line.
///
/// # Errors
/// Quiet nodes broke a rule.
pub fn quiet(serial: bool) -> Result<f64, Violation> {
    let names: Vec<NodeName> = ["ada", "bob"].iter().filter_map(|n| NodeName::new(n).ok()).collect();
    let second = if serial {
        (LinkName("/dev/ttyS0".into()), Medium::Serial { baud: 115_200 })
    } else {
        (LinkName("eth1".into()), Medium::Lan)
    };
    let links = vec![(LinkName("eth0".into()), Medium::Lan), second];
    let timing = timing_of([200, 600, 1000, 5000]);
    let plan = Plan::alike(&names, links, timing, Failback::On, &groups_of(&names, 1));
    let acts = (0..2).map(|node| Step { at_ms: 0, act: Act::Boot { node } }).collect();
    let script = Script { plan, dice: 1, acts, ending: Ending::After { ms: SPAN_MS } };
    let before = processor_ns();
    let report = play(&script, false);
    let taken = processor_ns().saturating_sub(before);
    report.violation.map_or(Ok((SPAN_MS * MS) as f64 / taken as f64), Err)
}

/// What this thread has used of a processor: other work on the machine does not change it much.
fn processor_ns() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

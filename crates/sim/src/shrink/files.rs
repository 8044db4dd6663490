//! A shrunk script as the files of a scenario, to be pasted. Not here: reading them (scenario.rs).

use super::Shrunk;
use crate::network::Medium;
use crate::plan::Plan;
use crate::script::{Ending, words};
use std::fmt::Write as _;
use systole_core::Failback;

/// `ha.cf`, `haresources` and `story.txt`, one under the other. In a scenario nothing is started that the story does not
/// start, so a story may need its own `boot` lines where a service manager started heart again.
pub fn paste(shrunk: &Shrunk) -> String {
    let plan = &shrunk.script.plan;
    let mut text = String::from("as a scenario (a machine that comes back needs its own `boot` there):\n");
    let _ = write!(text, "--- ha.cf\n{}--- haresources\n{}", ha_cf(plan), haresources(plan));
    let _ = writeln!(text, "--- story.txt\n# Say here what is feared, and what must happen: {}\n", shrunk.violation);
    let _ = writeln!(text, "dice {}", shrunk.script.dice);
    for (node, error) in plan.clock_errors.iter().enumerate().filter(|(_, error)| error.abs() >= 10_000) {
        let (sign, thousandths) = (if *error < 0 { '-' } else { '+' }, error.abs() / 10_000);
        let _ = writeln!(text, "clock {} {sign}{}.{:03}%", plan.name(node), thousandths / 1000, thousandths % 1000);
    }
    text.push_str(&words(&shrunk.script.acts, plan));
    match shrunk.script.ending {
        Ending::After { ms } => drop(writeln!(text, "end +{}", ms.div_ceil(1000))),
        Ending::Mended => text.push_str("end mended\n"),
    }
    text
}

fn ha_cf(plan: &Plan) -> String {
    let timing = plan.timing();
    let mut text = String::new();
    for (word, span) in [
        ("keepalive", timing.keepalive()),
        ("warntime", timing.warntime()),
        ("deadtime", timing.deadtime()),
        ("initdead", timing.initdead()),
    ] {
        let _ = writeln!(text, "{word} {}ms", span.as_millis());
    }
    for (link, medium) in &plan.links {
        match medium {
            Medium::Lan => drop(writeln!(text, "bcast {}", link.0)),
            Medium::Serial { baud } => drop(writeln!(text, "baud {baud}\nserial {}", link.0)),
        }
    }
    let failback = match plan.settings.first().map(|s| s.failback) {
        Some(Failback::On) => "on",
        Some(Failback::Legacy) => "legacy",
        _ => "off",
    };
    let names: Vec<&str> = plan.settings.iter().map(|s| s.me.as_str()).collect();
    let _ = writeln!(text, "auto_failback {failback}\nnode {}", names.join(" "));
    text
}

fn haresources(plan: &Plan) -> String {
    let mut text = String::new();
    for group in plan.groups() {
        let home = group.home().map_or("", |home| home.as_str());
        let _ = writeln!(text, "{home} {}", group.key);
    }
    text
}

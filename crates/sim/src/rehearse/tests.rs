//! The tutorial's cluster rehearsed, and what must come of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const HA_CF: &str = "logfacility local0\nkeepalive 2\nwarntime 6\ndeadtime 10\ninitdead 60\nudpport 694\n\
                     bcast eth0\nserial /dev/ttyS0\nauto_failback on\nnode nico.test.local\nnode dracofeu\n";
const HARESOURCES: &str = "nico.test.local IPaddr2::192.168.1.236/24/eth0:0 apache2 MailTo::root\n";

fn stage(ha_cf: &str) -> Stage {
    Stage::set(Plan::from_files(ha_cf, HARESOURCES).unwrap()).unwrap()
}

#[test]
fn dump() {
    let t = std::time::Instant::now();
    let stage = stage(HA_CF);
    println!("set {:?}", t.elapsed());
    let rows = stage.singles(stage.catalogue(), 2, |_, _| {});
    println!("singles {:?}", t.elapsed());
    for row in &rows {
        let worst = row.worst(0).unwrap();
        let (median, most) = row.outage_ms(0);
        println!(
            "{:<50} {:>8} {:>8} two {:>8} back {:>7} {}",
            row.incident.name,
            span(median),
            span(most),
            span(row.doubled_ms()),
            span(worst.back_ms),
            sentence(stage.plan(), worst)
        );
    }
    let level = Level::of(stage.plan(), &rows);
    println!("{level:?} {:?}", t.elapsed());
    let pairs = stage.pairs(&rows, 2, |_, _| {});
    println!("{:?} {:?}", Summary::of(&pairs), t.elapsed());
    for pair in pairs.iter().filter(|p| !p.expected).take(35) {
        println!(
            "{} + {} after {}: two {} outage {} {}",
            rows[pair.first].incident.name,
            rows[pair.second].incident.name,
            span(pair.gap_ms),
            span(pair.course.doubled_ms),
            span(pair.course.outage_ms),
            sentence(stage.plan(), &pair.course)
        );
    }
}

#[test]
fn quick() {
    let stage = stage(HA_CF);
    let t = std::time::Instant::now();
    println!("{} {:?}", stage.level_number(2), t.elapsed());
    let (name, acts) = stage.read("unplug nico.test.local eth0 and after 20 power-cut dracofeu").unwrap();
    println!("{name}");
    for (at, who, what) in stage.timeline(&acts) {
        println!("{at:>8.1} {who} {what}");
    }
    for row in [stage.situation(name, acts)] {
        println!("{}", sentence(stage.plan(), row.worst(0).unwrap()));
    }
    let mut plan = stage.plan().clone();
    plan.links.truncate(1);
    plan.settings.iter_mut().for_each(|s| s.links.truncate(1));
    let t = std::time::Instant::now();
    let s = Stage::set(plan).unwrap();
    let rows = s.singles(s.catalogue(), 2, |_, _| {});
    let level = Level::of(s.plan(), &rows);
    println!("{level:?}\n{:?} {:?}", proposal(s.plan(), &level, 2), t.elapsed());
}

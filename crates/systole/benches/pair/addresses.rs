//! Groups of 100 and 1,000 addresses, moved by `systole standby`: how long the new owner needs for all of them.
//! Not here: the system calls alone (benches of systole-sys).

use crate::clock;
use crate::figures::{Bar, Figure, Figures, Unit};
use crate::first::FirstAddress;
use crate::room::{FAST, Pair};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use systole_lab::Stop;

const RUNS: usize = 11;
/// A line of haresources may hold 5,119 bytes; the rest goes on in the next one.
const PER_LINE: u32 = 100;

pub fn measure(stop: &Stop, figures: &mut Figures) -> Result<()> {
    for (count, bar_ms) in [(100, 2.0), (1000, 30.0)] {
        let mut pair = Pair::up(stop, FAST, &haresources(count), false)?;
        let (mut spans, mut from_start) = (Vec::new(), Vec::new());
        for number in 1..=RUNS {
            let (span, all) = run(&mut pair, count).with_context(|| format!("move {number} of {count} addresses"))?;
            spans.push(span * 1e3);
            from_start.push(all * 1e3);
        }
        let method = |text: &str| {
            format!(
                "One group of {count} `IPaddr2` words moved by `systole standby`; the ARPs as the client reads them. \
                 The lab's switch copies every frame to all ports in the sender's own time. {text}"
            )
        };
        figures.add(Figure {
            what: format!("{count} addresses, first one added to last one announced"),
            bar: Bar::Median(bar_ms),
            unit: Unit::Milliseconds,
            values: spans,
            method: method("From the kernel's event of the first address on the new owner."),
        });
        figures.add(Figure {
            what: format!("{count} addresses, from the claim on"),
            bar: Bar::None,
            unit: Unit::Milliseconds,
            values: from_start,
            method: method("From the beat in which the new owner claims the group."),
        });
    }
    Ok(())
}

/// Seconds from the first address to the last announcement, and from the claim to the last announcement.
fn run(pair: &mut Pair, count: u32) -> Result<(f64, f64)> {
    let owner = pair.settled()?;
    let first = FirstAddress::watch(pair.member(owner.other()).node.pid()?)?;
    let from_ns = systole_sys::wait::monotonic_ns();
    pair.member(owner).systole(&["standby"])?;
    if pair.settled()? == owner {
        bail!("the group did not move");
    }
    let started_ns = pair.eye.first_start(owner.other().name(), from_ns).context("no claim was seen")?;
    let announced = pair.eye.announced(started_ns);
    let last_ns = announced.last().context("no announcement was seen")?.1;
    let first_ns = first.seen()?.context("no address was seen")?;
    if announced.len() != count as usize {
        bail!("{} of {count} addresses were announced", announced.len());
    }
    Ok((clock::seconds(first_ns, last_ns), clock::seconds(started_ns, last_ns)))
}

/// One entry of so many addresses.
fn haresources(count: u32) -> String {
    let mut text = "alpha".to_owned();
    for number in 0..count {
        // Writing to a String cannot fail.
        let _ = write!(text, " IPaddr2::10.9.{}.{}/16/eth0", 1 + number / 250, 1 + number % 250);
        if number % PER_LINE == PER_LINE - 1 && number + 1 < count {
            text.push_str(" \\\n");
        }
    }
    text.push('\n');
    text
}

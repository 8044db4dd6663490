//! Power cut of the owner at fast times: from the survivor's verdict to its address and to its page.
//! Not here: the tutorial's times (moves.rs), many addresses (addresses.rs).

use crate::clock;
use crate::figures::{Bar, Figure, Figures, Unit};
use crate::room::{ADDRESS, FAST, Pair, WEB};
use anyhow::{Context, Result};
use systole_lab::Stop;

const RUNS: usize = 11;

/// One power cut, in seconds.
struct Run {
    page_after_cut: f64,
    page_after_verdict: f64,
    announced_after_verdict: f64,
    announced_after_start: f64,
}

pub fn measure(stop: &Stop, figures: &mut Figures) -> Result<()> {
    let mut pair = Pair::up(stop, FAST, WEB, true)?;
    let mut runs = Vec::new();
    for number in 1..=RUNS {
        runs.push(run(&mut pair).with_context(|| format!("power cut {number}"))?);
    }
    let of = |value: fn(&Run) -> f64| runs.iter().map(value).collect::<Vec<f64>>();
    let method = |text: &str| format!("Power cut of the owner, keepalive 200 ms, deadtime 2 s, two media. {text}");
    figures.add(Figure {
        what: "Verdict to page, cold Apache".into(),
        bar: Bar::Median(0.10),
        unit: Unit::Seconds,
        values: of(|run| run.page_after_verdict),
        method: method(
            "From the survivor's log entry `peer_dead` (whole milliseconds, cut off) to the client's first good page \
             (a new request every 5 ms).",
        ),
    });
    figures.add(Figure {
        what: "Verdict to address and announcement".into(),
        bar: Bar::Median(1.0),
        unit: Unit::Milliseconds,
        values: of(|run| run.announced_after_start * 1e3),
        method: method(
            "From the survivor's beat that claims the group, which heart sends in the same turn as the verdict, to the \
             first gratuitous ARP; both as they arrive at the client. The ARP leaves after the kernel has \
             acknowledged the address.",
        ),
    });
    figures.add(Figure {
        what: "The same by the log".into(),
        bar: Bar::None,
        unit: Unit::Milliseconds,
        values: of(|run| run.announced_after_verdict * 1e3),
        method: method("From the log entry to the ARP: up to 1 ms too much, as the log cuts to whole milliseconds."),
    });
    figures.add(Figure {
        what: "Power cut to page, deadtime 2 s".into(),
        bar: Bar::Each(2.3),
        unit: Unit::Seconds,
        values: of(|run| run.page_after_cut),
        method: method("From the cut to the client's first good page; the bar is deadtime + 0.3 s."),
    });
    Ok(())
}

fn run(pair: &mut Pair) -> Result<Run> {
    let owner = pair.settled()?;
    let taker = owner.other();
    let cut = pair.member(owner).power_cut()?;
    let page = pair.page(taker, cut)?;
    let cut_ns = clock::of_instant(cut);
    // Logged before the group was started; but hands writes its log when it has nothing better to do.
    let verdict_ns = pair.wait("the verdict in the survivor's log", |pair| {
        let stamps = pair.member(taker).logged("peer_dead").into_iter().map(clock::of_log);
        Ok(stamps.filter(|at| *at > cut_ns).min())
    })?;
    let started_ns = pair.eye.first_start(taker.name(), cut_ns).context("no beat that claims the group was seen")?;
    let announced = pair.eye.announced(cut_ns);
    let announced_ns = announced.iter().find(|(ip, _)| *ip == ADDRESS).context("no announcement was seen")?.1;
    let page_ns = clock::of_instant(page);

    pair.member(owner).node.power_on()?;
    pair.member(owner).start()?;
    pair.settled()?;
    Ok(Run {
        page_after_cut: clock::seconds(cut_ns, page_ns),
        page_after_verdict: clock::seconds(verdict_ns, page_ns),
        announced_after_verdict: clock::seconds(verdict_ns, announced_ns),
        announced_after_start: clock::seconds(started_ns, announced_ns),
    })
}

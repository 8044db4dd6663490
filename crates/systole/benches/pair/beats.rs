//! Do beats keep their time while hands starts and stops a hundred processes?
//! Not here: the arithmetic of lateness (rhythm.rs).

use crate::figures::{Bar, Figure, Figures, Unit, quantile};
use crate::rhythm::Rhythm;
use crate::room::{FASTEST, Pair, Side};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};
use systole_lab::Stop;
use systole_sys::wait::monotonic_ns;

const PERIOD_NS: u64 = 10_000_000;
const SPAN: Duration = Duration::from_secs(30);
const RESOURCES: usize = 100;
/// A script as they come: a shell that starts a program and remembers.
const SCRIPT: &str = "#!/bin/sh\n\
    case $2 in\n\
    start) /bin/true; : >\"/run/worker-$1\";;\n\
    stop) /bin/true; rm -f \"/run/worker-$1\";;\n\
    status) if [ -e \"/run/worker-$1\" ]; then echo running; else echo stopped; fi;;\n\
    esac\n";

pub fn measure(stop: &Stop, figures: &mut Figures) -> Result<()> {
    let words: Vec<String> = (1..=RESOURCES).map(|number| format!("worker::{number}")).collect();
    let mut pair = Pair::new(stop, FASTEST, &format!("alpha {}\n", words.join(" ")), false)?;
    for side in [Side::Alpha, Side::Beta] {
        pair.member(side).write("resource.d/worker", SCRIPT, 0o755)?;
    }
    pair.start()?;
    let from_ns = monotonic_ns();
    pair.idle(SPAN)?;
    let quiet_end_ns = monotonic_ns();
    let moves = work(&mut pair)?;
    let (mut quiet, mut busy) = (Vec::new(), Vec::new());
    for side in [Side::Alpha, Side::Beta] {
        let beats = pair.eye.beats(side.name(), from_ns);
        let (before, after) = beats.split_at(beats.partition_point(|at| *at < quiet_end_ns));
        let rhythm = Rhythm::learn(before, PERIOD_NS).context("no beats were seen")?;
        quiet.push(rhythm.lateness(before));
        // The grid goes on from the last beat before the work.
        let learnt = before.get(before.len().saturating_sub(200)..).unwrap_or_default();
        let rhythm = Rhythm::learn(learnt, PERIOD_NS).context("no beats were seen before the work")?;
        busy.push(rhythm.lateness(after));
    }
    let load = format!("while {moves} moves started and stopped {RESOURCES} scripts each, on both nodes");
    add(figures, "nothing else goes on", &quiet);
    add(figures, &load, &busy);
    Ok(())
}

/// Moves the group to and fro for as long as the quiet part lasted. Gives the number of moves.
fn work(pair: &mut Pair) -> Result<u32> {
    let end = Instant::now() + SPAN;
    let mut moves = 0;
    while Instant::now() < end {
        let owner = pair.settled()?;
        pair.member(owner).systole(&["standby"])?;
        moves += 1;
    }
    Ok(moves)
}

/// Three lines: what nearly all beats keep, the worst, and the ordinary.
fn add(figures: &mut Figures, load: &str, nodes: &[Vec<u64>]) {
    let sorted: Vec<Vec<f64>> = nodes
        .iter()
        .map(|late| {
            let mut sorted: Vec<f64> = late.iter().map(|ns| *ns as f64 / 1e6).collect();
            sorted.sort_by(f64::total_cmp);
            sorted
        })
        .collect();
    let slots: usize = nodes.iter().map(Vec::len).sum();
    let method = format!(
        "keepalive 10 ms, at least 30 s, {slots} slots of two nodes. Kernel's stamp of arrival at the client against \
         the 10 ms grid, for the first beat of each slot; a skipped beat counts as late. Values: one a node."
    );
    for (name, q, bar) in [("p50", 0.5, Bar::None), ("p99.9", 0.999, Bar::Each(2.0)), ("worst", 1.0, Bar::None)] {
        figures.add(Figure {
            what: format!("Lateness of beats, {name}, {load}"),
            bar,
            unit: Unit::Milliseconds,
            values: sorted.iter().map(|sorted| quantile(sorted, q)).collect(),
            method: method.clone(),
        });
    }
}

//! Do beats keep their time while hands starts and stops a hundred processes?
//! Not here: the arithmetic of lateness (rhythm.rs).

use crate::figures::{Bar, Figure, Figures, Unit, quantile};
use crate::reference::Reference;
use crate::rhythm::Rhythm;
use crate::room::{FASTEST, Pair, Side};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};
use systole_lab::Stop;
use systole_sys::wait::monotonic_ns;

const PERIOD_NS: u64 = 10_000_000;
const SPAN: Duration = Duration::from_secs(30);
const ROUNDS: usize = 3;
/// So many beats show the grid: at the beginning of a quiet part, or at its end for what follows.
const LEARNT: usize = 200;
const RESOURCES: usize = 100;
/// A script as they come: a shell that starts a program and remembers.
const SCRIPT: &str = "#!/bin/sh\n\
    case $2 in\n\
    start) /bin/true; : >\"/run/worker-$1\";;\n\
    stop) /bin/true; rm -f \"/run/worker-$1\";;\n\
    status) if [ -e \"/run/worker-$1\" ]; then echo running; else echo stopped; fi;;\n\
    esac\n";

/// Beats of one round: of each node, and of a thread that only sleeps, in nanoseconds of lateness.
#[derive(Default)]
struct Part {
    nodes: Vec<Vec<u64>>,
    reference: Vec<Vec<u64>>,
}

pub fn measure(stop: &Stop, figures: &mut Figures) -> Result<()> {
    let words: Vec<String> = (1..=RESOURCES).map(|number| format!("worker::{number}")).collect();
    let mut pair = Pair::new(stop, FASTEST, &format!("alpha {}\n", words.join(" ")), false)?;
    for side in [Side::Alpha, Side::Beta] {
        pair.member(side).write("resource.d/worker", SCRIPT, 0o755)?;
    }
    pair.start()?;
    let (mut quiet, mut busy, mut moves) = (Part::default(), Part::default(), 0);
    for _ in 0..ROUNDS {
        let grids = part(&mut pair, &mut quiet, None, |pair| pair.idle(SPAN))?;
        part(&mut pair, &mut busy, Some(grids), |pair| {
            moves += work(pair)?;
            Ok(())
        })?;
    }
    let load = format!("while {moves} moves started and stopped {RESOURCES} scripts each");
    add(figures, "nothing else goes on", &quiet);
    add(figures, &load, &busy);
    Ok(())
}

/// Watches the beats while something is done; gives the grids of both nodes as of the end.
fn part(
    pair: &mut Pair,
    part: &mut Part,
    grids: Option<[Rhythm; 2]>,
    mut doing: impl FnMut(&mut Pair) -> Result<()>,
) -> Result<[Rhythm; 2]> {
    let (from_ns, reference) = (monotonic_ns(), Reference::start(PERIOD_NS));
    let done = doing(pair);
    part.reference.push(reference.lateness()?);
    done?;
    let [alpha, beta] = [Side::Alpha, Side::Beta].map(|side| pair.eye.beats(side.name(), from_ns));
    let learn = |beats: &[u64]| Rhythm::learn(beats, PERIOD_NS).context("no beats were seen");
    let oldest = |beats: &Vec<u64>| learn(beats.get(..LEARNT).unwrap_or(beats));
    let newest = |beats: &Vec<u64>| learn(beats.get(beats.len().saturating_sub(LEARNT)..).unwrap_or_default());
    let at_first = match grids {
        Some(grids) => grids,
        None => [oldest(&alpha)?, oldest(&beta)?],
    };
    for (grid, beats) in at_first.iter().zip([&alpha, &beta]) {
        part.nodes.push(grid.lateness(beats));
    }
    let now = [newest(&alpha)?, newest(&beta)?];
    Ok(now)
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
    pair.settled()?;
    Ok(moves)
}

/// What nearly all beats keep, the worst and the ordinary, and what the machine itself allows.
fn add(figures: &mut Figures, load: &str, part: &Part) {
    let slots: usize = part.nodes.iter().map(Vec::len).sum();
    let method = format!(
        "keepalive 10 ms, {ROUNDS} times at least 30 s, {slots} slots of two nodes. Kernel's stamp of arrival at the \
         client against the 10 ms grid, for the first beat of each slot; a skipped beat counts as late. One value a \
         node and round."
    );
    for (name, q, bar) in [("p50", 0.5, Bar::None), ("p99.9", 0.999, Bar::Median(2.0)), ("worst", 1.0, Bar::None)] {
        let what = format!("Lateness of beats, {name}, {load}");
        figures.add(Figure {
            what,
            bar,
            unit: Unit::Milliseconds,
            values: tail(&part.nodes, q),
            method: method.clone(),
        });
    }
    for (name, q) in [("p99.9", 0.999), ("worst", 1.0)] {
        figures.add(Figure {
            what: format!("Lateness of a thread that only sleeps, {name}, {load}"),
            bar: Bar::None,
            unit: Unit::Milliseconds,
            values: tail(&part.reference, q),
            method: "Beside it at the same time, SCHED_FIFO at heart's priority, same grid: what the machine allows. \
                     One value a round."
                .into(),
        });
    }
}

/// The quantile of each list, in milliseconds.
fn tail(lists: &[Vec<u64>], q: f64) -> Vec<f64> {
    let of = |list: &Vec<u64>| {
        let mut sorted: Vec<f64> = list.iter().map(|ns| *ns as f64 / 1e6).collect();
        sorted.sort_by(f64::total_cmp);
        quantile(&sorted, q)
    };
    lists.iter().map(of).collect()
}

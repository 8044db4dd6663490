//! What an idle node costs: memory of heart and hands together, and their share of a processor.
//! Not here: any load.

use crate::figures::{Bar, Figure, Figures, Unit};
use crate::room::{FASTEST, Pair, Side, TUTORIAL, WEB};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};
use systole_lab::Stop;

/// Three of them a node make half a minute.
const WINDOW: Duration = Duration::from_secs(10);
const WINDOWS: usize = 3;

pub fn measure(stop: &Stop, figures: &mut Figures) -> Result<()> {
    for (times, name, bar, memory) in
        [(TUTORIAL, "keepalive 2 s", Bar::Median(0.03), true), (FASTEST, "keepalive 10 ms", Bar::Median(1.0), false)]
    {
        let mut pair = Pair::up(stop, times, WEB, false)?;
        let (mut share, mut size) = (Vec::new(), Vec::new());
        for _ in 0..WINDOWS {
            window(&mut pair, &mut share, &mut size)?;
        }
        if memory {
            figures.add(Figure {
                what: "Memory of heart and hands, idle node".into(),
                bar: Bar::Median(8.0),
                unit: Unit::Mebibytes,
                values: size,
                method: "PSS of both processes (/proc/PID/smaps_rollup), owner and standby, three times in half a \
                         minute. Each node runs its own copy of the executable, so only libraries of the host are \
                         shared with anybody."
                    .into(),
            });
        }
        figures.add(Figure {
            what: format!("Processor time of an idle node, {name}"),
            bar,
            unit: Unit::Percent,
            values: share,
            method: "Time on a processor of all threads of heart and hands (/proc/PID/task/*/schedstat) in percent of \
                     one core; owner and standby, three windows of 10 s each, two media."
                .into(),
        });
    }
    Ok(())
}

fn window(pair: &mut Pair, share: &mut Vec<f64>, size: &mut Vec<f64>) -> Result<()> {
    let sides = [Side::Alpha, Side::Beta];
    let from = Instant::now();
    let before = sides.map(|side| pair.member(side).processes().and_then(busy_ns));
    pair.idle(WINDOW)?;
    let after = sides.map(|side| pair.member(side).processes().and_then(busy_ns));
    let span = from.elapsed().as_secs_f64();
    for (before, after) in before.into_iter().zip(after) {
        share.push(Duration::from_nanos(after?.saturating_sub(before?)).as_secs_f64() / span * 100.0);
    }
    for side in sides {
        let kib = pair.member(side).processes()?.into_iter().map(pss_kib).sum::<Result<u64>>()?;
        size.push(kib as f64 / 1024.0);
    }
    Ok(())
}

/// Nanoseconds that all threads of these processes have run.
fn busy_ns(pids: [u32; 2]) -> Result<u64> {
    let mut sum = 0;
    for pid in pids {
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let first = text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
            sum += first.with_context(|| format!("/proc/{pid}/task/*/schedstat is not understood: {text}"))?;
        }
    }
    Ok(sum)
}

fn pss_kib(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.with_context(|| format!("{path} has no line Pss"))
}

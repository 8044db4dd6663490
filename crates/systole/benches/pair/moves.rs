//! The tutorial's times: power cut, RJ45 pulled, planned move, clean stop.
//! Not here: what happens inside a takeover (verdict.rs).

use crate::figures::{Bar, Figure, Figures, Unit};
use crate::room::{Pair, Side, TUTORIAL, WEB};
use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use std::time::{Duration, Instant};
use systole_lab::Stop;

/// Causes a move away from the owner; gives the moment before.
type Cause = fn(&mut Pair, Side) -> Result<Instant>;
/// Makes the pair whole again.
type Mend = fn(&mut Pair, Side) -> Result<()>;

struct Trial {
    what: &'static str,
    bar: Bar,
    runs: usize,
    cause: Cause,
    mend: Mend,
    method: &'static str,
}

const TRIALS: [Trial; 4] = [
    Trial {
        what: "Power cut of the owner, tutorial's times",
        bar: Bar::Each(10.3),
        runs: 5,
        cause: |pair, owner| pair.member(owner).power_cut(),
        mend: |pair, owner| {
            pair.member(owner).node.power_on()?;
            pair.member(owner).start()
        },
        method: "keepalive 2, deadtime 10, bcast and serial. Outage: from the client's last good page of the old owner \
                 to the first of the new one (a new request every 5 ms). The last beat is up to 2 s older than the cut.",
    },
    Trial {
        what: "RJ45 of the owner pulled, serial alive",
        bar: Bar::Median(0.2),
        runs: 11,
        cause: |pair, owner| pair.member(owner).node.unplug(),
        mend: |pair, owner| pair.member(owner).node.plug().map(drop),
        method: "Same times and outage; the port of the switch goes down.",
    },
    Trial {
        what: "Planned move, cold Apache",
        bar: Bar::Median(0.10),
        runs: 11,
        cause: |pair, owner| {
            let at = Instant::now();
            pair.member(owner).systole(&["standby"])?;
            Ok(at)
        },
        mend: |_, _| Ok(()),
        method: "`systole standby` on the owner; same times and outage: stop of Apache and address there, start here.",
    },
    Trial {
        what: "Clean stop of the owner, cold Apache",
        bar: Bar::None,
        runs: 11,
        cause: |pair, owner| {
            let at = Instant::now();
            pair.member(owner).daemon()?.signal(Signal::TERM)?;
            Ok(at)
        },
        mend: |pair, owner| {
            let member = pair.member(owner);
            let ended = member.daemon()?.wait(Duration::from_secs(60))?;
            if !ended.is_some_and(|status| status.success()) {
                bail!("the daemon on {} did not end well: {ended:?}", owner.name());
            }
            member.start()
        },
        method: "SIGTERM to systoled of the owner; same times and outage.",
    },
];

pub fn measure(stop: &Stop, figures: &mut Figures) -> Result<()> {
    let mut pair = Pair::up(stop, TUTORIAL, WEB, true)?;
    for trial in TRIALS {
        let mut values = Vec::new();
        for number in 1..=trial.runs {
            values.push(run(&mut pair, &trial).with_context(|| format!("{}, run {number}", trial.what))?);
        }
        let Trial { what, bar, method, .. } = trial;
        figures.add(Figure { what: what.into(), bar, unit: Unit::Seconds, values, method: method.into() });
    }
    Ok(())
}

/// Seconds of outage.
fn run(pair: &mut Pair, trial: &Trial) -> Result<f64> {
    let owner = pair.settled()?;
    let from = (trial.cause)(pair, owner)?;
    pair.page(owner.other(), from)?;
    let taken = pair.prober.as_ref().and_then(|prober| prober.look(|seen| seen.moved(from, owner.other().name())));
    let outage = taken.context("the move was not seen")?;
    (trial.mend)(pair, owner)?;
    if pair.settled()? == owner {
        bail!("the group went back by itself");
    }
    Ok(outage.as_secs_f64())
}

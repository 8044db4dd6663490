//! Faults that heal: a cable put back, a switch that forwards again, a daemon that runs on. Two observations each: while
//! it lasts, and from the healing on until all is steady again (names that begin with `back_`).
//! Not here: random loss.

use super::{Form, Values, count};
use crate::failover::peer;
use crate::failover::room::{Owner, Room};
use anyhow::Result;
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// So long a link is away: longer than any deadtime here with the takeover after it.
const AWAY: Duration = Duration::from_secs(15);
/// So long is watched after a healing, at least: some let go of everything only seconds later, and for half a minute.
const BACK: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(60);

pub fn cable(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let at = room.member(owner)?.node.unplug()?;
    room.watch(AWAY)?;
    let mut values = Values::new();
    let back = Instant::now();
    count(room, "", at, back, &mut values)?;
    room.member(owner)?.node.plug()?;
    healed(room, back, values)
}

pub fn silent(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let at = room.member(owner)?.node.silence(true)?;
    room.watch(AWAY)?;
    let mut values = Values::new();
    let back = Instant::now();
    count(room, "", at, back, &mut values)?;
    room.member(owner)?.node.silence(false)?;
    healed(room, back, values)
}

pub fn stopped_5(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    stopped(room, owner, Duration::from_secs(5))
}

pub fn stopped_15(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    stopped(room, owner, Duration::from_secs(15))
}

fn stopped(room: &mut Room, owner: Owner, span: Duration) -> Result<Values> {
    let pids = room.pids(owner)?;
    let at = Instant::now();
    peer::signal(&pids, Signal::STOP)?;
    room.watch(span)?;
    let mut values = Values::new();
    let back = Instant::now();
    count(room, "", at, back, &mut values)?;
    peer::signal(&pids, Signal::CONT)?;
    let values = healed(room, back, values)?;
    // A product may have ended itself over it, and lets its supervisor start it again: the lab is that supervisor.
    if room.pids(owner)?.is_empty() {
        room.power_cycle(owner)?;
    }
    Ok(values)
}

/// Watches what the healing itself breaks.
fn healed(room: &Room, back: Instant, mut values: Values) -> Result<Values> {
    room.watch(BACK)?;
    room.steady(back, None, PATIENCE)?;
    let two = |limit| room.stop().until(limit, || Ok((room.holders.now()?.len() <= 1).then_some(())));
    two(PATIENCE)?;
    count(room, "back_", back, Instant::now(), &mut values)?;
    Ok(values)
}

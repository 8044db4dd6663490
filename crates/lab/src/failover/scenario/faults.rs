//! Faults that end by somebody's taking over, or by nobody's: power, daemons, services; and moves that were asked for.
//! Not here: faults that heal by themselves.

use super::{Form, Values, count};
use crate::failover::peer;
use crate::failover::room::{Owner, Room};
use anyhow::Result;
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// Longer than a takeover by anybody.
const LONG: Duration = Duration::from_secs(60);
/// After it is over: what comes back, or a second holder, shows.
const AFTER: Duration = Duration::from_secs(1);

pub fn power_cut(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let at = room.power_cut(owner)?;
    arrived(room, at, owner.other(), LONG)
}

/// Everything of the product on the owner at once, as `kill -9` with all process ids.
pub fn daemon_killed(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let pids = room.pids(owner)?;
    let at = Instant::now();
    peer::signal(&pids, Signal::KILL)?;
    // Nobody knows what comes; two holders come after the other's deadtime.
    room.watch(Duration::from_secs(20))?;
    let mut values = Values::new();
    let now = Instant::now();
    count(room, "", at, now, &mut values)?;
    let one = room.holders.now()?.len() == 1;
    values.insert("two_at_the_end".into(), f64::from(u8::from(!one)));
    room.power_cycle(owner)?;
    Ok(values)
}

pub fn service_killed(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    service(room, owner, Signal::KILL, Duration::from_secs(20))
}

pub fn service_hung(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    service(room, owner, Signal::STOP, Duration::from_secs(30))
}

fn service(room: &mut Room, owner: Owner, signal: Signal, limit: Duration) -> Result<Values> {
    let pids = room.apache(owner)?;
    let at = Instant::now();
    peer::signal(&pids, signal)?;
    let mut values = arrived_anywhere(room, at, limit)?;
    let stayed = room.look(|seen| seen.newest() == Some(owner.name()))?;
    values.insert("in_place".into(), f64::from(u8::from(stayed && !values.contains_key("open"))));
    room.power_cycle(owner)?;
    Ok(values)
}

pub fn planned(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let at = Instant::now();
    let member = room.member(owner)?;
    member.product.leave(&member.node)?;
    let values = arrived(room, at, owner.other(), LONG)?;
    let member = room.member(owner)?;
    member.product.welcome(&member.node)?;
    if room.pids(owner)?.is_empty() {
        // It left by ending.
        let member = room.member(owner)?;
        member.product.start(&member.node)?;
    }
    Ok(values)
}

/// The way home alone is counted: the power cut before it is another scenario.
pub fn failback(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let cut = room.power_cut(owner)?;
    arrived(room, cut, owner.other(), LONG)?;
    let on = room.power_on(owner)?;
    arrived(room, on, owner, Duration::from_secs(120))
}

/// Waits for the page of `who`, and counts from `at` on.
pub fn arrived(room: &Room, at: Instant, who: Owner, limit: Duration) -> Result<Values> {
    room.steady(at, Some(who), limit)?;
    room.watch(AFTER)?;
    let mut values = Values::new();
    count(room, "", at, Instant::now(), &mut values)?;
    Ok(values)
}

/// Waits for an outage and its end. Where nothing breaks, the time is up after `limit`.
fn arrived_anywhere(room: &Room, at: Instant, limit: Duration) -> Result<Values> {
    // The first pages after the signal may have been on their way before it.
    let broken = room
        .stop()
        .until(Duration::from_secs(1), || Ok((room.look(|seen| seen.failed(at, Instant::now()))? > 0).then_some(())))?;
    if broken.is_some() {
        room.steady(Instant::now(), None, limit)?;
    }
    room.watch(AFTER)?;
    let mut values = Values::new();
    count(room, "", at, Instant::now(), &mut values)?;
    Ok(values)
}

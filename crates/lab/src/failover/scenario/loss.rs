//! No failure at all, but a bad network or a busy machine: every move is one too many.
//! Not here: a network that is gone; that is healing.rs.

use super::{Form, Values, count};
use crate::failover::room::{Owner, Room};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// Bytes of one beat on the serial line, about: the noise is set so that it hits as many beats as the switch loses.
const BEAT: f64 = 250.0;

fn span(form: Form) -> Duration {
    Duration::from_secs(if form == Form::Whole { 120 } else { 20 })
}

pub fn ethernet_20(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    lossy(room, owner, form, 20, false)
}

pub fn ethernet_30(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    lossy(room, owner, form, 30, false)
}

pub fn ethernet_50(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    lossy(room, owner, form, 50, false)
}

pub fn all_20(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    lossy(room, owner, form, 20, true)
}

pub fn all_30(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    lossy(room, owner, form, 30, true)
}

pub fn all_50(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    lossy(room, owner, form, 50, true)
}

/// The switch loses, at random, frames from machine to machine; the client's way stays clean.
fn lossy(room: &mut Room, owner: Owner, form: Form, percent: u8, serial: bool) -> Result<Values> {
    let (here, there) = ports(room, owner)?;
    let rule = |from: &str, to: &str| {
        format!("iifname {from} oifname {to} meta protocol != arp numgen random mod 100 < {percent} drop\n")
    };
    drop_frames(room, &format!("{}{}", rule(&here, &there), rule(&there, &here)))?;
    if serial {
        let survives = 1.0 - f64::from(percent) / 100.0;
        // One byte in `every` is damaged: exp(-BEAT / every) of the beats stay whole.
        room.cable.noise((BEAT / -survives.ln()) as u32);
    }
    let at = Instant::now();
    room.watch(span(form))?;
    let mut values = Values::new();
    let counted = count(room, "", at, Instant::now(), &mut values);
    room.cable.noise(0);
    mend(room)?;
    counted?;
    values.insert("watched_s".into(), at.elapsed().as_secs_f64());
    Ok(values)
}

/// What the owner says is lost, on Ethernet; what it is told arrives. Its serial line stays.
pub fn one_way(room: &mut Room, owner: Owner, form: Form) -> Result<Values> {
    let (here, there) = ports(room, owner)?;
    drop_frames(room, &format!("iifname {here} oifname {there} meta protocol != arp drop\n"))?;
    let at = Instant::now();
    room.watch(if form == Form::Whole { Duration::from_secs(60) } else { span(form) })?;
    let mut values = Values::new();
    let counted = count(room, "", at, Instant::now(), &mut values);
    mend(room)?;
    counted?;
    values.insert("watched_s".into(), at.elapsed().as_secs_f64());
    Ok(values)
}

/// Apache answers late under this; what counts are moves and holders.
pub fn load(room: &mut Room, _owner: Owner, form: Form) -> Result<Values> {
    let busy = room.load(4)?;
    let at = Instant::now();
    room.watch(span(form))?;
    let mut values = Values::new();
    let counted = count(room, "", at, Instant::now(), &mut values);
    drop(busy);
    counted?;
    values.insert("watched_s".into(), at.elapsed().as_secs_f64());
    Ok(values)
}

fn ports(room: &mut Room, owner: Owner) -> Result<(String, String)> {
    let mut port = |who| Ok::<_, anyhow::Error>(room.member(who)?.node.port().context("it is on")?.to_owned());
    Ok((port(owner)?, port(owner.other())?))
}

fn drop_frames(room: &Room, rules: &str) -> Result<()> {
    let table = format!(
        "table bridge lab {{\nchain forward {{\ntype filter hook forward priority 0; policy accept;\n{rules}}}\n}}\n"
    );
    room.lab.on_switch(&["nft", &table])?.ok("nft, which loses frames").map(drop)
}

fn mend(room: &Room) -> Result<()> {
    room.lab.on_switch(&["nft", "delete table bridge lab"])?.ok("nft, which loses none any more").map(drop)
}

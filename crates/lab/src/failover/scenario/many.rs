//! A power cut with many addresses: when the first and the last of them are up on the other machine.
//! Not here: the announcement of each; `make bench` measures that for ours.

use super::{Form, Values, faults};
use crate::failover::room::{Owner, Room};
use anyhow::Result;
use std::time::Duration;

/// One by one and by script, a thousand take minutes.
const PATIENCE: Duration = Duration::from_secs(400);

pub fn addresses(room: &mut Room, owner: Owner, _form: Form) -> Result<Values> {
    let at = room.power_cut(owner)?;
    let name = owner.other().name();
    let up = room.stop().until(PATIENCE, || room.holders.crowd_up(name))?;
    let mut values = faults::arrived(room, at, owner.other(), PATIENCE)?;
    match up {
        Some((first, last)) => {
            values.insert("first_to_last_s".into(), last.saturating_duration_since(first).as_secs_f64());
            values.insert("cut_to_last_s".into(), last.saturating_duration_since(at).as_secs_f64());
        }
        // Not a measured time, but a bound of it.
        None => {
            values.insert("addresses_open".into(), 1.0);
        }
    }
    Ok(values)
}

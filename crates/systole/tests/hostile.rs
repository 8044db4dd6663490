//! What must not be inherited from Heartbeat: whatever a stranger on the network or on the serial line sends, the
//! service stays. docs/security.md says for each known fault (F1 to F21) which test guards it.
//! Not here: rules of single frames (crates/wire), of numbering (crates/core), of the files (crates/config).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cluster/pair.rs"]
#[allow(dead_code, reason = "the pair is made for the scenarios of cluster.rs; not all of it is needed here")]
mod pair;

#[path = "hostile/calm.rs"]
mod calm;
#[path = "hostile/frames.rs"]
mod frames;

#[path = "hostile/agents.rs"]
mod agents;
#[path = "hostile/forged.rs"]
mod forged;
#[path = "hostile/malformed.rs"]
mod malformed;
#[path = "hostile/replayed.rs"]
mod replayed;

//! systole-sim: whole clusters in one thread, with virtual time, from one seed.
//! Here live the world (nodes, wires, agents, misfortune) and its judge. Not here: decisions; the cores and the encoder
//! are the shipped ones, used by their public faces only.
#![forbid(unsafe_code)]

pub mod agents;
pub mod clock;
pub mod fault;
pub mod hunt;
mod jobs;
mod misfortune;
mod network;
pub mod node;
pub mod oracle;
mod passing;
pub mod random;
pub mod run;
pub mod world;

pub use fault::{Fault, Injected};
pub use oracle::{Invariant, Violation};
pub use run::{Report, run};

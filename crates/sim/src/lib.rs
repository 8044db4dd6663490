//! systole-sim: whole clusters in one thread, with virtual time, from one seed.
//! Here live the world (nodes, wires, agents, misfortune) and its judge. Not here: decisions; the cores and the encoder
//! are the shipped ones, used by their public faces only.
#![forbid(unsafe_code)]

mod acting;
pub mod agents;
mod asking;
pub mod brain;
mod carrying;
pub mod chronicle;
pub mod clock;
pub mod fault;
pub mod figure;
pub mod hunt;
mod jobs;
pub mod kept;
pub mod misfortune;
pub mod network;
pub mod node;
pub mod old_peer;
pub mod oracle;
mod passing;
pub mod plan;
pub mod random;
mod reader;
mod refused;
pub mod rehearse;
pub mod replay;
pub mod run;
pub mod scenario;
pub mod scope;
pub mod script;
mod services;
pub mod shrink;
pub mod tape;
pub mod totals;
pub mod world;

pub use fault::{Fault, Injected};
pub use misfortune::draw;
pub use oracle::{Invariant, Violation};
pub use plan::Plan;
pub use run::{Report, play, run};
pub use script::Script;

//! The laboratory: real processes on real kernels, as several machines inside one, and `systole demo` on top of it.
//! Not here: any knowledge of how Systole decides; the lab sees only what a person with a screwdriver and a browser sees.
#![forbid(unsafe_code)]

mod client;
mod demo;
mod failover;
mod holders;
mod lab;
mod namespace;
mod netlink;
mod node;
mod nullmodem;
mod original;
mod prober;
mod process;
mod scratch;
mod stop;
mod stranger;
mod switch;
mod timeline;

pub use client::Client;
pub use demo::{DemoOptions, demo};
pub use failover::{FailoverOptions, failover};
pub use holders::Holders;
pub use lab::Lab;
pub use node::{Machine, Node, Seen};
pub use nullmodem::{NullModem, SerialEnd};
pub use original::Original;
pub use prober::Prober;
pub use process::{Finished, Process};
pub use stop::{Interrupted, Stop};
pub use stranger::{Datagram, Ear, Stranger};
pub use timeline::{Answer, Gap, Timeline};

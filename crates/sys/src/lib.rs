//! systole-sys: system calls with a safe face, and the only crate in which `unsafe` may stand.
//! Here live sockets, serial lines, clocks, signals, addresses. Not here: threads, an async runtime, decisions, formats.

pub mod announce;
pub mod icmp;
pub mod localtime;
pub mod netlink;
pub mod notify;
pub mod peercred;
pub mod probe;
pub mod pty;
pub mod realtime;
pub mod serial;
pub mod signals;
pub mod spawn;
pub mod udp;
pub mod wait;

#[cfg(test)]
mod testing;

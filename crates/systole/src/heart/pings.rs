//! Pings of hosts outside the cluster (`ping`, `ping_group`; spec/WIRE.md section 10): sent with each beat, one socket.
//! Not here: when a silent host is dead, and what follows (the core). Sending may fail: silence is the message.

use super::resolve::Resolving;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, BorrowedFd};
use systole_config::PingNode;
use systole_core::NodeName;
use systole_sys::icmp::Echo;
use systole_wire::{FieldError, Frame, Keys, Value, encode_net};

/// An answer counts when its request is one of this many newest; older ones are late beyond use, or played back.
const ROUNDS: usize = 8;
/// Answers taken in one go.
const BURST: usize = 128;
/// A host that has been silent for so long may have another address now; and a name unknown may be known.
const LOOK_AGAIN_NS: u64 = 60_000_000_000;

pub struct Pings {
    echo: Option<Echo>,
    /// The refusal to open the socket was told.
    refused: bool,
    targets: Vec<Target>,
    /// Number of the next request.
    sequence: u16,
    rounds: VecDeque<Round>,
}

struct Target {
    node: PingNode,
    hosts: Vec<Host>,
}

struct Host {
    name: String,
    address: Option<Ipv4Addr>,
    resolving: Resolving,
    /// From then on the name is looked up again.
    look_at_ns: u64,
}

/// What was sent with one beat: a frame for each target.
struct Round {
    sequence: u16,
    frames: Vec<Vec<u8>>,
}

impl Pings {
    pub fn new(nodes: &[PingNode]) -> Pings {
        let host =
            |name: &String| Host { name: name.clone(), address: None, resolving: Resolving::Idle, look_at_ns: 0 };
        let target = |node: &PingNode| Target { node: node.clone(), hosts: node.hosts.iter().map(host).collect() };
        let targets = nodes.iter().map(target).collect();
        Pings { echo: None, refused: false, targets, sequence: 0, rounds: VecDeque::new() }
    }

    /// To wait for; nothing when no host is pinged.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.echo.as_ref().map(AsFd::as_fd)
    }

    /// Asks every host. `sent_at_s` is the wall clock in seconds.
    ///
    /// # Errors
    /// A sentence, once: no socket can be had. It is tried again with each beat.
    pub fn send(&mut self, keys: &Keys, sent_at_s: u64, now_ns: u64) -> Result<(), String> {
        if self.targets.is_empty() {
            return Ok(());
        }
        self.open()?;
        let Some(echo) = &mut self.echo else { return Ok(()) };
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let mut frames = Vec::with_capacity(self.targets.len());
        for target in &mut self.targets {
            // A checked name makes a good frame; an empty payload would be answered, and not count.
            let payload = frame(&target.node, sent_at_s).map(|f| encode_net(&f, keys)).unwrap_or_default();
            for address in target.hosts.iter_mut().filter_map(|host| host.address(now_ns)) {
                // No way to it, or a full queue: that it is not reached shows by itself.
                let _ = echo.send(address, sequence, &payload);
            }
            frames.push(payload);
        }
        self.rounds.truncate(ROUNDS - 1);
        self.rounds.push_front(Round { sequence, frames });
        Ok(())
    }

    /// Which ping nodes have answered, each once.
    pub fn receive(&mut self, now_ns: u64) -> Vec<NodeName> {
        let mut answered = Vec::new();
        let Pings { echo, targets, rounds, .. } = self;
        for _ in 0..BURST {
            let Some(socket) = echo else { break };
            let reply = match socket.receive() {
                Ok(Some(reply)) => reply,
                Ok(None) => break,
                Err(_) => {
                    // Opened anew with the next beat.
                    *echo = None;
                    break;
                }
            };
            let heard = accept(rounds, targets, reply.from, reply.sequence, reply.payload);
            let Some((target, host)) = heard else { continue };
            host.look_at_ns = now_ns.saturating_add(LOOK_AGAIN_NS);
            if !answered.contains(target) {
                answered.push(target.clone());
            }
        }
        answered
    }

    fn open(&mut self) -> Result<(), String> {
        if self.echo.is_some() {
            return Ok(());
        }
        // As Heartbeat: the low half of the process id.
        let id = (std::process::id() & 0xffff) as u16;
        match Echo::open(id) {
            Ok(echo) => {
                self.echo = Some(echo);
                self.refused = false;
                Ok(())
            }
            Err(_) if std::mem::replace(&mut self.refused, true) => Ok(()),
            Err(e) => Err(format!("no host can be pinged, so all ping nodes count as dead: {e}")),
        }
    }
}

impl Host {
    /// Where to send now; a look-up goes on beside.
    fn address(&mut self, now_ns: u64) -> Option<Ipv4Addr> {
        if self.look_at_ns <= now_ns {
            let found = self.resolving.address(&self.name, false);
            if !matches!(found, Ok(None)) {
                self.look_at_ns = now_ns.saturating_add(LOOK_AGAIN_NS);
            }
            if let Ok(Some(IpAddr::V4(address))) = found {
                self.address = Some(address);
            }
        }
        self.address
    }
}

/// Whose answer it is: byte for byte what was sent lately under that number, by a host that it was sent to. So digest,
/// name and kind are right without being looked at, and nothing said earlier can be played back.
fn accept<'t>(
    rounds: &VecDeque<Round>,
    targets: &'t mut [Target],
    from: Ipv4Addr,
    sequence: u16,
    payload: &[u8],
) -> Option<(&'t NodeName, &'t mut Host)> {
    let round = rounds.iter().find(|round| round.sequence == sequence)?;
    let at = round.frames.iter().position(|frame| !frame.is_empty() && frame == payload)?;
    let Target { node, hosts } = targets.get_mut(at)?;
    let host = hosts.iter_mut().find(|host| host.address == Some(from))?;
    Some((&node.name, host))
}

/// The beat of a ping node, as Heartbeat writes it in its name.
fn frame(node: &PingNode, sent_at_s: u64) -> Result<Frame, FieldError> {
    let mut frame = Frame::new();
    let sent_at = format!("{sent_at_s:x}");
    let info = if node.group { "ping_group" } else { "ping" };
    let fields =
        [("t", "NS_st"), ("st", "ping"), ("info", info), ("src", node.name.as_str()), ("ts", sent_at.as_str())];
    for (name, value) in fields {
        frame.push(name, Value::Text(value.as_bytes()))?;
    }
    Ok(frame)
}

#[cfg(test)]
mod tests;

//! The few bytes of rtnetlink that tell of addresses coming and going.
//! Not here: who holds what for how long; that is holders.rs.

use anyhow::{Context, Result};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with, sockopt};
use std::net::Ipv4Addr;

/// RTMGRP_IPV4_IFADDR of rtnetlink(7).
const GROUP_IPV4_ADDRESS: u32 = 0x10;
const NEW_ADDRESS: u16 = 20;
const DELETED_ADDRESS: u16 = 21;
const ATTRIBUTE_LOCAL: u16 = 2;

/// One change on one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub address: Ipv4Addr,
    pub present: bool,
}

/// A socket that hears every IPv4 address coming and going in the calling thread's network namespace.
///
/// # Errors
/// The kernel refuses the socket.
pub fn address_events() -> Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    // No protocol means 0, and that is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    sockopt::set_socket_recv_buffer_size(&socket, 1 << 20)?;
    bind(&socket, &SocketAddrNetlink::new(0, GROUP_IPV4_ADDRESS)).context("cannot listen for address changes")?;
    Ok(socket)
}

/// Everything that waits in the socket.
///
/// # Errors
/// Events were lost, so nothing can be said about who held what.
pub fn read_changes(socket: &OwnedFd) -> Result<Vec<Change>> {
    let mut all = Vec::new();
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        match recv(socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            Ok((_, 0)) | Err(Errno::AGAIN) => return Ok(all),
            Ok((_, count)) => all.extend(parse(buffer.get(..count).unwrap_or_default())),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("address events were lost"),
        }
    }
}

/// The changes in one datagram; what is no address message, or is cut short, is passed over.
fn parse(mut bytes: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    while let (Some(length), Some(kind)) = (u32_at(bytes, 0), u16_at(bytes, 4)) {
        let length = length as usize;
        let Some(message) = bytes.get(16..length) else { break };
        if matches!(kind, NEW_ADDRESS | DELETED_ADDRESS)
            && let Some(address) = local_address(message.get(8..).unwrap_or_default())
        {
            changes.push(Change { address, present: kind == NEW_ADDRESS });
        }
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    changes
}

fn local_address(mut attributes: &[u8]) -> Option<Ipv4Addr> {
    loop {
        let length = u16_at(attributes, 0)? as usize;
        let value = attributes.get(4..length)?;
        if u16_at(attributes, 2)? == ATTRIBUTE_LOCAL {
            return <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from);
        }
        attributes = attributes.get(aligned(length)..)?;
    }
}

/// Netlink pads everything to four bytes.
fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests;

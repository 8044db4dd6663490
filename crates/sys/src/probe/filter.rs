//! A filter for the kernel: of all frames only those in which somebody claims certain addresses. Classic BPF, as a list of
//! comparisons. Not here: understanding the frames (`probe.rs`).

use crate::announce::frames::{ICMPV6, NEIGHBOUR_ADVERTISEMENT};
use socket2::SockFilter;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The kernel bounds the memory of a filter; with more addresses every claim passes.
const ADDRESSES_MAX: usize = 256;
/// Longer than any frame of interest.
const WHOLE: u32 = 0xffff;

const LOAD_WORD: u16 = 0x20;
const LOAD_BYTE: u16 = 0x30;
const IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;

// Places in a frame, from its Ethernet header on.
const ARP_SENDER: u32 = 28;
const IPV6_NEXT_HEADER: u32 = 20;
const ICMPV6_TYPE: u32 = 54;
/// The last four bytes of the target; the first twelve are the reader's business.
const ICMPV6_TARGET_END: u32 = 74;

/// Passes ARP whose sender has one of these, or neighbour advertisements for one that ends alike.
pub(super) fn claims(v6: bool, ips: &BTreeSet<IpAddr>) -> Vec<SockFilter> {
    let mut program = Vec::new();
    if v6 {
        for (place, wanted) in [(IPV6_NEXT_HEADER, ICMPV6), (ICMPV6_TYPE, NEIGHBOUR_ADVERTISEMENT)] {
            program.push(SockFilter::new(LOAD_BYTE, 0, 0, place));
            program.push(SockFilter::new(IF_EQUAL, 1, 0, u32::from(wanted)));
            program.push(SockFilter::new(RETURN, 0, 0, 0));
        }
    }
    let place = if v6 { ICMPV6_TARGET_END } else { ARP_SENDER };
    program.push(SockFilter::new(LOAD_WORD, 0, 0, place));
    let words: BTreeSet<u32> = ips.iter().filter(|ip| ip.is_ipv6() == v6).map(|ip| last_word(*ip)).collect();
    if words.len() > ADDRESSES_MAX {
        // Only who has no address yet claims none.
        program.push(SockFilter::new(IF_EQUAL, 1, 0, 0));
        program.push(SockFilter::new(RETURN, 0, 0, WHOLE));
    } else {
        for word in words {
            program.push(SockFilter::new(IF_EQUAL, 0, 1, word));
            program.push(SockFilter::new(RETURN, 0, 0, WHOLE));
        }
    }
    program.push(SockFilter::new(RETURN, 0, 0, 0));
    program
}

fn last_word(ip: IpAddr) -> u32 {
    match ip {
        IpAddr::V4(v4) => v4.to_bits(),
        IpAddr::V6(v6) => v6.to_bits() as u32,
    }
}

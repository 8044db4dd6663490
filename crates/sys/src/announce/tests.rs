//! Tests of `announce`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::testing::{Machine, cable, in_private_network, ip, wait_for};
use etherparse::{ArpOperation, Icmpv6Type, LinkSlice, NetSlice, SlicedPacket, TransportSlice};
use socket2::Protocol;

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

fn etherparse_arp(frame: &[u8]) -> (ArpOperation, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
    let packet = SlicedPacket::from_ethernet(frame).unwrap();
    let Some(LinkSlice::Ethernet2(link)) = &packet.link else { panic!("no Ethernet") };
    assert_eq!((link.source(), link.destination()), (MAC, [0xff; 6]));
    let Some(NetSlice::Arp(arp)) = &packet.net else { panic!("no ARP") };
    assert_eq!((arp.hw_addr_size(), arp.proto_addr_size()), (6, 4));
    let own = |bytes: &[u8]| bytes.to_vec();
    let (sender, target) = (arp.sender_hw_addr(), arp.target_hw_addr());
    (arp.operation(), own(sender), own(arp.sender_protocol_addr()), own(target), own(arp.target_protocol_addr()))
}

#[test]
fn arp_frames_say_that_the_address_is_here() {
    let ip = Ipv4Addr::new(10, 9, 0, 50);
    let request = frames::gratuitous_arp(MAC, ip, frames::ARP_REQUEST);
    assert_eq!(request.len(), 42);
    let (mac, four) = (MAC.to_vec(), ip.octets().to_vec());
    let wanted = (ArpOperation::REQUEST, mac.clone(), four.clone(), vec![0; 6], four.clone());
    assert_eq!(etherparse_arp(&request), wanted);
    let reply = frames::gratuitous_arp(MAC, ip, frames::ARP_REPLY);
    assert_eq!(etherparse_arp(&reply), (ArpOperation::REPLY, mac.clone(), four.clone(), mac, four));
}

#[test]
fn an_advertisement_has_a_good_checksum_and_overrides() {
    for (text, router) in [("fd09::50", false), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true), ("::1", false)] {
        let ip: Ipv6Addr = text.parse().unwrap();
        let frame = frames::advertisement(MAC, ip, router);
        assert_eq!(frame.len(), 86);
        let packet = SlicedPacket::from_ethernet(&frame).unwrap();
        let Some(LinkSlice::Ethernet2(link)) = &packet.link else { panic!("no Ethernet") };
        assert_eq!((link.source(), link.destination()), (MAC, [0x33, 0x33, 0, 0, 0, 1]));
        let Some(NetSlice::Ipv6(six)) = &packet.net else { panic!("no IPv6") };
        let header = six.header();
        assert_eq!((header.source_addr(), header.hop_limit()), (ip, 255));
        assert_eq!(header.destination_addr(), "ff02::1".parse::<Ipv6Addr>().unwrap());
        let Some(TransportSlice::Icmpv6(icmp)) = &packet.transport else { panic!("no ICMPv6") };
        assert!(icmp.is_checksum_valid(header.source(), header.destination()));
        let Icmpv6Type::NeighborAdvertisement(said) = icmp.icmp_type() else { panic!("{:?}", icmp.icmp_type()) };
        assert_eq!((said.router, said.solicited, said.r#override), (router, false, true));
        let mut payload = ip.octets().to_vec();
        payload.extend([2, 1]);
        payload.extend(MAC);
        assert_eq!(icmp.payload(), payload);
    }
}

/// Does `say` until the machine's table of neighbours has `wanted` for `address`. Again and again, since the IPv6 side
/// of an interface hears nothing yet for a moment after its cable is plugged.
fn learns(machine: &Machine, address: &'static str, wanted: &str, say: impl Fn()) {
    let nothing = std::os::unix::net::UnixStream::pair().unwrap().0;
    wait_for(&nothing, || {
        say();
        let shown = machine.run(move || {
            let out = std::process::Command::new("ip").args(["neigh", "show", address]).output().unwrap();
            String::from_utf8(out.stdout).unwrap()
        });
        shown.contains(wanted).then_some(())
    });
}

#[test]
fn neighbours_change_their_mind() {
    in_private_network(|| {
        let right = cable();
        ip(&format!("link set left address {}", "02:00:00:00:00:07"));
        // The owner before us had another hardware address.
        for old in ["10.9.0.50", "fd09::50"] {
            right.run(move || ip(&format!("neigh add {old} lladdr 02:00:00:00:00:01 dev right nud stale")));
            learns(&right, old, "02:00:00:00:00:01", || ());
        }
        let announcer = Announcer::open("left").unwrap();
        assert_eq!(announcer.mac(), MAC);
        for address in ["10.9.0.50", "fd09::50"] {
            learns(&right, address, "02:00:00:00:00:07", || announcer.announce(address.parse().unwrap()).unwrap());
        }
    });
}

#[test]
fn both_kinds_of_arp_arrive_and_a_burst_is_not_cut() {
    in_private_network(|| {
        let right = cable();
        ip("link set left address 02:00:00:00:00:07");
        let ear = right.run(|| {
            let ear =
                Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(i32::from(ETH_P_ARP.to_be())))).unwrap();
            rustix::net::sockopt::set_socket_recv_buffer_size_force(&ear, 8 << 20).unwrap();
            ear.set_nonblocking(true).unwrap();
            ear
        });
        let announcer = Announcer::open("left").unwrap();
        for n in 0..1000_u32 {
            announcer.announce_v4(Ipv4Addr::from(0x0a09_0000 + n)).unwrap();
        }
        let mut buf = [0_u8; 128];
        for n in 0..2000_u32 {
            let length = wait_for(&ear, || rustix::net::recv(&ear, &mut buf, rustix::net::RecvFlags::empty()).ok()).1;
            let (operation, _, sender, ..) = etherparse_arp(&buf[..length]);
            assert_eq!(operation, if n % 2 == 0 { ArpOperation::REQUEST } else { ArpOperation::REPLY });
            assert_eq!(sender, Ipv4Addr::from(0x0a09_0000 + n / 2).octets());
        }
    });
}

#[test]
fn an_interface_without_neighbours_is_refused_in_words() {
    in_private_network(|| {
        let text = Announcer::open("lo").unwrap_err().to_string();
        assert!(text.contains("lo") && text.contains("no Ethernet"), "{text}");
        let text = Announcer::open("eth9").unwrap_err().to_string();
        assert!(text.contains("there is no interface eth9"), "{text}");
    });
}

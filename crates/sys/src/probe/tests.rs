//! Tests of `probe`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::netlink::Netlink;
use crate::testing::{cable, in_private_network, ip, wait_for};
use etherparse::{ArpOperation, Icmpv6Type, NetSlice, SlicedPacket, TransportSlice};

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

#[test]
fn questions_name_no_sender() {
    let frame = frames::arp_probe(MAC, Ipv4Addr::new(10, 9, 0, 50));
    let packet = SlicedPacket::from_ethernet(&frame).unwrap();
    let Some(NetSlice::Arp(arp)) = &packet.net else { panic!("no ARP") };
    assert_eq!(arp.operation(), ArpOperation::REQUEST);
    assert_eq!((arp.sender_hw_addr(), arp.sender_protocol_addr()), (&MAC[..], &[0; 4][..]));
    assert_eq!((arp.target_hw_addr(), arp.target_protocol_addr()), (&[0; 6][..], &[10, 9, 0, 50][..]));

    let frame = frames::solicitation(MAC, "fd09::12:3456".parse().unwrap());
    let packet = SlicedPacket::from_ethernet(&frame).unwrap();
    assert_eq!(frame.get(..6).unwrap(), [0x33, 0x33, 0xff, 0x12, 0x34, 0x56]);
    let Some(NetSlice::Ipv6(six)) = &packet.net else { panic!("no IPv6") };
    let header = six.header();
    assert_eq!((header.source_addr(), header.hop_limit()), (Ipv6Addr::UNSPECIFIED, 255));
    assert_eq!(header.destination_addr(), "ff02::1:ff12:3456".parse::<Ipv6Addr>().unwrap());
    let Some(TransportSlice::Icmpv6(icmp)) = &packet.transport else { panic!("no ICMPv6") };
    assert!(icmp.is_checksum_valid(header.source(), header.destination()));
    assert!(matches!(icmp.icmp_type(), Icmpv6Type::NeighborSolicitation), "{:?}", icmp.icmp_type());
}

#[test]
fn damaged_and_foreign_frames_say_nothing() {
    let arp = frames::gratuitous_arp(MAC, Ipv4Addr::new(10, 9, 0, 50), frames::ARP_REPLY);
    assert!(of_arp(&arp).is_some());
    let na = frames::advertisement(MAC, "fd09::50".parse().unwrap(), false);
    assert!(of_icmp(&na).is_some());
    for cut in 0..arp.len() {
        assert_eq!(of_arp(&arp[..cut]), None);
    }
    for cut in 0..78 {
        assert_eq!(of_icmp(&na[..cut]), None);
    }
    let mut routed = na;
    routed[21] = 254;
    assert_eq!(of_icmp(&routed), None);
    let mut other = arp;
    other[21] = 3;
    assert_eq!(of_arp(&other), None);
}

#[test]
fn who_has_an_address_answers_and_nobody_else_does() {
    in_private_network(|| {
        let right = cable();
        let wanted: [IpAddr; 2] = ["10.9.0.50".parse().unwrap(), "fd09::50".parse().unwrap()];
        let interface = Netlink::open().unwrap().interface("left").unwrap();
        let probers = [Prober::on(&interface, false).unwrap(), Prober::on(&interface, true).unwrap()];
        right.run(|| {
            ip("addr add 10.9.0.50/24 dev right");
            ip("addr add fd09::50/64 dev right nodad");
        });
        let mac = right.run(|| Netlink::open().unwrap().interface("right").unwrap().mac.unwrap());
        let nothing = std::os::unix::net::UnixStream::pair().unwrap().0;
        for (prober, ip) in probers.iter().zip(wanted) {
            let other: IpAddr = if ip.is_ipv4() { "10.9.0.51" } else { "fd09::51" }.parse().unwrap();
            wait_for(&nothing, || {
                prober.ask(other).unwrap();
                prober.ask(ip).unwrap();
                let heard = prober.heard().unwrap();
                assert!(heard.iter().all(|h| h.ip != other), "{heard:?}");
                heard.contains(&Heard { ip, mac, asks: false }).then_some(())
            });
        }
        // The other machine asks too: that it has nothing yet is to be told from having it.
        let asked = right.run(|| {
            let interface = Netlink::open().unwrap().interface("right").unwrap();
            [("10.9.0.60", false), ("fd09::60", true)]
                .map(|(ip, v6)| Prober::on(&interface, v6).unwrap().ask(ip.parse().unwrap()).unwrap())
        });
        assert_eq!(asked, [true, true]);
        for (prober, ip) in probers.iter().zip(["10.9.0.60", "fd09::60"]) {
            let wanted = Heard { ip: ip.parse().unwrap(), mac, asks: true };
            wait_for(&nothing, || prober.heard().unwrap().contains(&wanted).then_some(()));
        }
        assert!(Prober::on(&Netlink::open().unwrap().interface("lo").unwrap(), false).is_err());
    });
}

#[test]
fn who_listens_for_some_addresses_is_woken_by_claims_on_them_alone() {
    in_private_network(|| {
        let right = cable();
        let interface = Netlink::open().unwrap().interface("left").unwrap();
        let announcer = right.run(|| {
            let right = Netlink::open().unwrap().interface("right").unwrap();
            crate::announce::Announcer::on(&right).unwrap()
        });
        for (wanted, other) in [("10.9.0.50", "10.9.0.51"), ("fd09::50", "fd09::51")] {
            let [wanted, other]: [IpAddr; 2] = [wanted, other].map(|ip| ip.parse().unwrap());
            let many = |n: u32| match wanted {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(0x0a0a_0000 + n)),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(0xfd0a << 112 | u128::from(n))),
            };
            let ear = Prober::on(&interface, wanted.is_ipv6()).unwrap();
            for (watched, hears_other) in [(BTreeSet::from([wanted]), false), ((0..400).map(many).collect(), true)] {
                ear.hear_only(&watched).unwrap();
                ear.heard().unwrap();
                // A cable of one kernel hands frames over in their order.
                let mut heard = Vec::new();
                wait_for(&ear, || {
                    announcer.announce(other).unwrap();
                    announcer.announce(wanted).unwrap();
                    heard.extend(ear.heard().unwrap().into_iter().map(|heard| heard.ip));
                    heard.contains(&wanted).then_some(())
                });
                assert_eq!(heard.contains(&other), hears_other, "{heard:?}");
            }
        }
    });
}

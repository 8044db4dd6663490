//! Tests of `netlink`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::testing::{cable, in_private_network, ip, wait_for};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;

fn v4(index: u32, last: u8) -> Address {
    let ip = IpAddr::from([10, 9, 0, last]);
    Address { index, ip, prefix: 24, label: None, broadcast: Some(Ipv4Addr::new(10, 9, 0, 255)) }
}

fn on(netlink: &mut Netlink, index: u32) -> Vec<AddressOn> {
    netlink.addresses().unwrap().into_iter().filter(|a| a.index == index && a.ip.is_ipv4()).collect()
}

fn ips(addresses: &[AddressOn]) -> Vec<String> {
    addresses.iter().map(|a| a.ip.to_string()).collect()
}

#[test]
fn interfaces_show_cable_switch_and_hardware_address() {
    in_private_network(|| {
        let right = cable();
        let mut netlink = Netlink::open().unwrap();
        ip("link set left address 02:00:00:00:00:07");
        let left = netlink.interface("left").unwrap();
        assert_eq!(left.mac, Some([2, 0, 0, 0, 0, 7]));
        assert!(left.up && left.carrier && left.broadcast && !left.loopback);
        assert!(netlink.interface("lo").unwrap().loopback);
        right.run(|| ip("link set right down"));
        let pulled = netlink.interface("left").unwrap();
        assert!(pulled.up && !pulled.carrier);
        ip("link set left down");
        assert!(!netlink.interface("left").unwrap().up);
        let text = netlink.interface("eth9").unwrap_err().to_string();
        assert_eq!(text, "there is no interface eth9");
    });
}

#[test]
fn an_address_comes_with_label_and_broadcast_and_goes() {
    in_private_network(|| {
        let _right = cable();
        let mut netlink = Netlink::open().unwrap();
        let index = netlink.interface("left").unwrap().index;
        let wanted = Address { label: Some("left:0".to_owned()), ..v4(index, 50) };
        let one = std::slice::from_ref(&wanted);
        assert_eq!(netlink.add_addresses(one, None).remove(0).unwrap(), Added::New);
        let found = on(&mut netlink, index).into_iter().find(|a| a.ip == wanted.ip).unwrap();
        assert_eq!((found.prefix, found.label.as_deref(), found.secondary), (24, Some("left:0"), true));
        assert_eq!(found.broadcast, wanted.broadcast);
        assert_eq!(netlink.add_addresses(one, None).remove(0).unwrap(), Added::Already);
        assert_eq!(netlink.remove_addresses(one).remove(0).unwrap(), Removed::Gone);
        assert_eq!(netlink.remove_addresses(one).remove(0).unwrap(), Removed::WasNotThere);
        assert_eq!(ips(&on(&mut netlink, index)), ["10.9.0.1"]);
    });
}

#[test]
fn each_request_of_many_has_its_own_result() {
    in_private_network(|| {
        let _right = cable();
        let mut netlink = Netlink::open().unwrap();
        let index = netlink.interface("left").unwrap().index;
        // More than one write, with a few that must fail in between.
        let mut many: Vec<Address> = vec![v4(index, 0); 350];
        for (n, address) in many.iter_mut().enumerate() {
            address.ip = IpAddr::from(Ipv4Addr::from(0x0a0a_0000 + n as u32 + 1));
            address.prefix = 16;
            match n {
                7 | 120 => address.index = 9999,
                260 => address.label = Some("a-label-that-is-too-long-for-the-kernel".to_owned()),
                349 => address.ip = IpAddr::from([10, 10, 0, 1]),
                _ => {}
            }
        }
        let results = netlink.add_addresses(&many, None);
        assert_eq!(results.len(), 350);
        for (n, result) in results.iter().enumerate() {
            match (n, result) {
                (7 | 120, Err(e)) => assert_eq!(e.raw_os_error(), Some(libc::ENODEV)),
                (260, Err(_)) | (349, Ok(Added::Already)) => {}
                (_, Ok(Added::New)) if ![7, 120, 260, 349].contains(&n) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(on(&mut netlink, index).len(), 1 + 346);
        let results = netlink.remove_addresses(&many);
        let gone = results.iter().filter(|r| matches!(r, Ok(Removed::Gone))).count();
        let absent = results.iter().filter(|r| matches!(r, Ok(Removed::WasNotThere))).count();
        assert_eq!((gone, absent), (346, 4));
        assert_eq!(ips(&on(&mut netlink, index)), ["10.9.0.1"]);
    });
}

#[test]
fn a_primary_address_goes_without_its_secondaries() {
    in_private_network(|| {
        let _right = cable();
        // The namespace inherits the machine's setting; here it must be the dangerous one.
        ip("addr flush dev left");
        std::fs::write("/proc/sys/net/ipv4/conf/left/promote_secondaries", "0").unwrap();
        std::fs::write("/proc/sys/net/ipv4/conf/all/promote_secondaries", "0").unwrap();
        for n in [50, 51, 52] {
            ip(&format!("addr add 10.9.0.{n}/24 dev left"));
        }
        let mut netlink = Netlink::open().unwrap();
        let index = netlink.interface("left").unwrap().index;
        assert_eq!(netlink.remove_addresses(&[v4(index, 50)]).remove(0).unwrap(), Removed::Gone);
        assert_eq!(ips(&on(&mut netlink, index)), ["10.9.0.51", "10.9.0.52"]);
        let setting = std::fs::read_to_string("/proc/sys/net/ipv4/conf/left/promote_secondaries").unwrap();
        assert_eq!(setting.trim(), "1");
    });
}

#[test]
fn an_ipv6_address_is_usable_at_once() {
    in_private_network(|| {
        let _right = cable();
        let mut netlink = Netlink::open().unwrap();
        let index = netlink.interface("left").unwrap().index;
        let six = "fd09::50".parse().unwrap();
        let wanted = [Address { ip: six, prefix: 64, broadcast: None, ..v4(index, 0) }];
        assert_eq!(netlink.add_addresses(&wanted, None).remove(0).unwrap(), Added::New);
        let found = netlink.addresses().unwrap().into_iter().find(|a| a.ip == six).unwrap();
        assert_eq!((found.index, found.prefix, found.tentative), (index, 64, false));
        std::net::UdpSocket::bind(("fd09::50", 0)).unwrap();
        assert_eq!(netlink.remove_addresses(&wanted).remove(0).unwrap(), Removed::Gone);
        assert!(std::net::UdpSocket::bind(("fd09::50", 0)).is_err());
    });
}

#[test]
fn the_interface_of_an_address_is_that_of_the_longest_network() {
    in_private_network(|| {
        let _right = cable();
        ip("link add wide type veth peer name end");
        ip("addr add 10.9.7.1/16 dev wide");
        ip("addr add 10.9.9.9/32 dev wide");
        ip("link set wide up");
        let mut netlink = Netlink::open().unwrap();
        let (left, wide) = (netlink.interface("left").unwrap().index, netlink.interface("wide").unwrap().index);
        let mut at = |text: &str| netlink.interface_for(text.parse().unwrap()).unwrap();
        assert_eq!(at("10.9.0.77"), Some((left, 24)));
        assert_eq!(at("10.9.9.9"), Some((wide, 16)));
        assert_eq!(at("192.168.1.1"), None);
        assert_eq!(at("fd09::77"), Some((left, 64)));
        assert_eq!(at("fd08::77"), None);
        assert_eq!(at("127.0.0.5").map(|(_, prefix)| prefix), Some(8));
    });
}

#[test]
fn networks_contain_their_addresses() {
    let network = |ip: &str, prefix| AddressOn {
        index: 1,
        ip: ip.parse().unwrap(),
        prefix,
        label: None,
        broadcast: None,
        secondary: false,
        tentative: false,
        dad_failed: false,
        valid_s: None,
    };
    let inside = |ip: &str, prefix, other: &str| network(ip, prefix).network_contains(other.parse().unwrap());
    assert!(inside("10.0.0.1", 0, "250.0.0.1"));
    assert!(inside("10.0.0.1", 31, "10.0.0.0") && !inside("10.0.0.1", 31, "10.0.0.2"));
    assert!(!inside("10.0.0.1", 32, "10.0.0.1"), "a host address is no network");
    assert!(!inside("10.0.0.1", 33, "10.0.0.1") && !inside("10.0.0.1", 255, "10.0.0.1"));
    assert!(inside("::1", 0, "fe80::1") && !inside("::1", 0, "10.0.0.1"));
    assert!(inside("fd00::1", 127, "fd00::") && !inside("fd00::1", 128, "fd00::1"));
}

#[test]
fn the_watch_sees_cable_addresses_and_the_end_of_an_interface() {
    in_private_network(|| {
        let right = cable();
        let mut netlink = Netlink::open().unwrap();
        let left = netlink.interface("left").unwrap().index;
        let mut watch = Watch::open().unwrap();
        let fd = watch.as_fd().try_clone_to_owned().unwrap();
        let mut until = |wanted: &dyn Fn(&KernelEvent) -> bool| {
            wait_for(&fd, || std::iter::from_fn(|| watch.next().unwrap()).find(|e| wanted(e)))
        };
        right.run(|| ip("link set right down"));
        until(
            &|e| matches!(e, KernelEvent::LinkChanged { index, name, up: true, carrier: false } if *index == left && name == "left"),
        );
        right.run(|| ip("link set right up"));
        until(&|e| matches!(e, KernelEvent::LinkChanged { index, carrier: true, .. } if *index == left));
        netlink.add_addresses(&[v4(left, 50)], None).remove(0).unwrap();
        until(&|e| matches!(e, KernelEvent::AddressAdded(a) if a.index == left && a.ip == v4(left, 50).ip));
        ip("addr del 10.9.0.50/24 dev left");
        until(&|e| matches!(e, KernelEvent::AddressGone(a) if a.index == left && a.ip == v4(left, 50).ip));
        ip("link del left");
        until(&|e| matches!(e, KernelEvent::LinkGone { index, name } if *index == left && name == "left"));
        while watch.next().unwrap().is_some() {}
    });
}

#[test]
fn a_port_that_leaves_a_bridge_is_not_gone() {
    in_private_network(|| {
        let _right = cable();
        ip("link add name bridge7 type bridge");
        ip("link set left master bridge7");
        let mut watch = Watch::open().unwrap();
        ip("link set left nomaster");
        ip("link del bridge7");
        let fd = watch.as_fd().try_clone_to_owned().unwrap();
        let gone = wait_for(&fd, || {
            std::iter::from_fn(|| watch.next().unwrap()).find_map(|e| match e {
                KernelEvent::LinkGone { name, .. } => Some(name),
                _ => None,
            })
        });
        assert_eq!(gone, "bridge7");
    });
}

#[test]
fn too_many_events_are_an_overrun_and_then_it_goes_on() {
    in_private_network(|| {
        let _right = cable();
        let mut netlink = Netlink::open().unwrap();
        let left = netlink.interface("left").unwrap().index;
        let mut watch = Watch::open().unwrap();
        rustix::net::sockopt::set_socket_recv_buffer_size(&watch, 2048).unwrap();
        let many: Vec<Address> = (2..=200).map(|n| v4(left, n)).collect();
        netlink.add_addresses(&many, None);
        let seen: Vec<KernelEvent> = std::iter::from_fn(|| watch.next().unwrap()).collect();
        assert!(seen.contains(&KernelEvent::Overrun), "{} events, none an overrun", seen.len());
        assert!(seen.len() < many.len());
        ip("addr del 10.9.0.50/24 dev left");
        let fd = watch.as_fd().try_clone_to_owned().unwrap();
        wait_for(&fd, || watch.next().unwrap().filter(|e| matches!(e, KernelEvent::AddressGone(_))));
    });
}

#[test]
fn an_address_with_a_lifetime_goes_by_itself_and_stays_while_it_is_refreshed() {
    in_private_network(|| {
        let _right = cable();
        let mut netlink = Netlink::open().unwrap();
        let left = netlink.interface("left").unwrap().index;
        let kept = Address { label: Some("left:0".into()), ..v4(left, 60) };
        let (lost, lost6) = (v4(left, 61), Address { ip: "fd09::61".parse().unwrap(), prefix: 64, ..v4(left, 61) });
        let lost6 = Address { label: None, broadcast: None, ..lost6 };
        for result in netlink.add_addresses(&[kept.clone(), lost.clone(), lost6.clone()], Some(1)) {
            result.unwrap();
        }
        let there = |netlink: &mut Netlink, ip| netlink.addresses().unwrap().into_iter().find(|on| on.ip == ip);
        for address in [&kept, &lost, &lost6] {
            assert!(there(&mut netlink, address.ip).is_some(), "{address:?}");
        }
        // Until the two others are gone, which the kernel alone decides.
        while there(&mut netlink, lost.ip).is_some() || there(&mut netlink, lost6.ip).is_some() {
            netlink.refresh_addresses(std::slice::from_ref(&kept), 1).remove(0).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let found = there(&mut netlink, kept.ip).unwrap();
        assert_eq!((found.label.as_deref(), found.broadcast), (Some("left:0"), kept.broadcast));
        netlink.refresh_addresses(std::slice::from_ref(&lost), 1).remove(0).unwrap();
        assert!(there(&mut netlink, lost.ip).is_some(), "one that is gone comes back");
    });
}

//! Forms of the address argument.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

fn parse(word: &str) -> Result<AddressSpec, AddressError> {
    let arguments: Vec<String> = word.split("::").map(str::to_owned).collect();
    AddressSpec::parse(&arguments)
}

#[test]
fn forms_of_heartbeat() {
    let cases = [
        ("192.168.1.236/24/eth0:0", Some(24), Some("eth0"), Some("eth0:0"), None),
        ("192.168.1.236", None, None, None, None),
        ("192.168.1.236/24", Some(24), None, None, None),
        ("192.168.1.236/255.255.255.0/eth0", Some(24), Some("eth0"), None, None),
        ("192.168.1.236/24/192.168.1.255", Some(24), None, None, Some("192.168.1.255")),
        ("192.168.1.236/24/eth0/192.168.1.255", Some(24), Some("eth0"), None, Some("192.168.1.255")),
        ("192.168.1.236//eth0", None, Some("eth0"), None, None),
        ("192.168.1.236/24/", Some(24), None, None, None),
        ("2001:db8::5/64/eth0", Some(64), Some("eth0"), None, None),
        ("fd00::1", None, None, None, None),
    ];
    for (text, prefix, interface, label, broadcast) in cases {
        let spec = parse(text).unwrap();
        assert_eq!(spec.prefix, prefix, "{text}");
        assert_eq!(spec.interface.as_deref(), interface, "{text}");
        assert_eq!(spec.label.as_deref(), label, "{text}");
        assert_eq!(spec.broadcast, broadcast.map(|b| b.parse().unwrap()), "{text}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let own = str::to_owned;
    for (text, error) in [
        ("", AddressError::Missing),
        ("192.168.1", AddressError::NotAnAddress(own("192.168.1"))),
        ("192.168.1.256/24", AddressError::NotAnAddress(own("192.168.1.256"))),
        ("127.0.0.1", AddressError::Unusable([127, 0, 0, 1].into())),
        ("192.168.1.1/33", AddressError::Mask(own("33"))),
        ("192.168.1.1/0", AddressError::Mask(own("0"))),
        ("192.168.1.1/255.0.255.0", AddressError::Mask(own("255.0.255.0"))),
        ("192.168.1.1/eth0", AddressError::Mask(own("eth0"))),
        ("fd00::1/255.255.0.0", AddressError::Mask(own("255.255.0.0"))),
        ("192.168.1.1/24/a-very-long-name0", AddressError::Interface(own("a-very-long-name0"))),
        ("192.168.1.1/24/eth0:", AddressError::Interface(own("eth0:"))),
        ("192.168.1.1/24/eth0:averylonglabel", AddressError::Label(own("eth0:averylonglabel"))),
        ("192.168.1.1/24/eth0/x", AddressError::Broadcast(own("x"))),
        ("192.168.1.1/24/eth0/192.168.1.255/5", AddressError::LeftOver(own("5"))),
        ("192.168.1.1::eth0", AddressError::LeftOver(own("eth0"))),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
    }
}

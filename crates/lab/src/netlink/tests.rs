//! Tests of `netlink`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

/// A message as the kernel writes it: header, ifaddrmsg, a label of odd length, the address.
fn message(kind: u16, address: [u8; 4]) -> Vec<u8> {
    let mut body = vec![2, 24, 0, 0, 9, 0, 0, 0];
    body.extend([9u8, 0, 3, 0]);
    body.extend(b"eth0\0");
    body.extend([0, 0, 0]);
    body.extend([8u8, 0, 2, 0]);
    body.extend(address);
    let mut all = u32::try_from(16 + body.len()).unwrap().to_ne_bytes().to_vec();
    all.extend(kind.to_ne_bytes());
    all.extend([0; 10]);
    all.extend(body);
    all
}

#[test]
fn several_messages_in_one_datagram() {
    let address = [192, 168, 1, 236];
    let mut bytes = message(NEW_ADDRESS, address);
    bytes.extend(message(16, address));
    bytes.extend(message(DELETED_ADDRESS, address));
    let want = |present| Change { address: address.into(), present };
    assert_eq!(parse(&bytes), [want(true), want(false)]);
}

#[test]
fn anything_cut_short_is_passed_over() {
    let whole = message(NEW_ADDRESS, [10, 0, 0, 1]);
    for end in 0..whole.len() {
        assert_eq!(parse(&whole[..end]), [], "cut at {end}");
    }
    assert_eq!(parse(&[0; 64]), [], "a length of zero does not turn in circles");
}

//! Every medium with every way of signing: they meet, and the group moves once.

use crate::files::{BCAST_SERIAL, Files};
use crate::joining::join;
use crate::pair::Kinds;

const MCAST: &str = "mcast eth0 239.0.0.42 694 1 0\n";
const UCAST: &str = "ucast eth0 192.168.1.1\nucast eth0 192.168.1.2\n";
const SERIAL: &str = "serial /dev/ttyS0\n";
const TTY: &str = "/dev/ttyS0";

fn over(kinds: Kinds, media: &'static str, method: &'static str, links: &[&str]) {
    join(kinds, &Files { media, method, ..Files::default() }, links);
}

macro_rules! media {
    ($($name:ident: $media:expr, $method:literal, $links:expr;)*) => {
        $(pub fn $name(kinds: Kinds) {
            over(kinds, $media, $method, $links);
        })*
    };
}

media! {
    bcast_crc: "bcast eth0\n", "crc", &["eth0"];
    bcast_md5: "bcast eth0\n", "md5", &["eth0"];
    bcast_sha1: "bcast eth0\n", "sha1", &["eth0"];
    ucast_crc: UCAST, "crc", &["eth0"];
    ucast_md5: UCAST, "md5", &["eth0"];
    ucast_sha1: UCAST, "sha1", &["eth0"];
    mcast_crc: MCAST, "crc", &["eth0"];
    mcast_md5: MCAST, "md5", &["eth0"];
    mcast_sha1: MCAST, "sha1", &["eth0"];
    serial_crc: SERIAL, "crc", &[TTY];
    serial_md5: SERIAL, "md5", &[TTY];
    serial_sha1: SERIAL, "sha1", &[TTY];
    bcast_serial_crc: BCAST_SERIAL, "crc", &["eth0", TTY];
    bcast_serial_md5: BCAST_SERIAL, "md5", &["eth0", TTY];
    bcast_serial_sha1: BCAST_SERIAL, "sha1", &["eth0", TTY];
}

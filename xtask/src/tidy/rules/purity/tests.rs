//! Tests of purity.

use super::check;
use crate::tidy::testing::{places, tree};

fn found(text: &str) -> Vec<String> {
    places(&check(&tree(&[("crates/core/src/a.rs", text)])))
}

#[test]
fn every_way_outside_is_found_once() {
    for code in [
        "use std::fs;",
        "use std::{fs, fmt};",
        "use std::{fmt, time::Instant};",
        "use std::net::UdpSocket;",
        "use std::process::{Command};",
        "fn f() { std::thread::spawn(g); }",
        "fn f() { let t = std::time::SystemTime::now(); }",
        "fn f(p: &Path) -> bool { p.exists() }",
        "fn f() { println!(); }",
        "use std::collections::HashMap;",
        "fn f() { rand::random() }",
    ] {
        assert_eq!(found(&format!("//! x\n{code}\n")), ["crates/core/src/a.rs:2"], "{code}");
    }
}

#[test]
fn values_and_prose_and_tests_are_fine() {
    assert_eq!(found("//! Instant\nuse std::net::{Ipv4Addr, IpAddr};\nuse std::time::Duration;\n"), [""; 0]);
    assert_eq!(
        found("//! x\n#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn f() { std::fs::read(x); }\n}\n"),
        [""; 0]
    );
    let outside = ("crates/systole/src/a.rs", "//! x\nuse std::fs;\n");
    assert_eq!(places(&check(&tree(&[outside]))), [""; 0]);
}

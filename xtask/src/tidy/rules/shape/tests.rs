//! Tests of lengths and headers.

use super::check;
use crate::tidy::testing::{places, tree};

fn found(path: &str, text: &str) -> Vec<String> {
    places(&check(&tree(&[(path, text)])))
}

#[test]
fn a_file_of_401_lines_is_too_long() {
    assert_eq!(found("a.rs", &"//! x\n".repeat(400)), [""; 0]);
    assert_eq!(found("a.rs", &"//! x\n".repeat(401)), ["a.rs:401"]);
    assert_eq!(found("a.sh", &"# x\n".repeat(401)), ["a.sh:401"]);
    assert_eq!(found("a.md", &"x\n".repeat(401)), [""; 0]);
}

#[test]
fn a_function_of_61_lines_is_too_long_unless_it_is_a_test() {
    let function = |body: usize| format!("//! x\nfn f(a: [u8; 3]) {{\n{}}}\nfn g() {{}}\n", "    x();\n".repeat(body));
    assert_eq!(found("a.rs", &function(58)), [""; 0]);
    assert_eq!(found("a.rs", &function(59)), ["a.rs:2"]);
    assert_eq!(found("a/tests.rs", &function(59)), [""; 0]);
}

#[test]
fn a_signature_without_body_has_no_length_of_its_own() {
    let text = format!("//! x\ntrait T {{\n    fn f();\n{}}}\n", "    const X: u8 = 1;\n".repeat(90));
    assert_eq!(found("a.rs", &text), [""; 0]);
}

#[test]
fn a_file_without_header_is_found() {
    assert_eq!(found("a.rs", "fn f() {}\n"), ["a.rs:1"]);
}

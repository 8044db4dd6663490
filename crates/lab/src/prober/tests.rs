//! Tests of `prober`; what it promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

#[test]
fn only_a_whole_good_page_has_a_name() {
    let page = |status: &str, body: &str| format!("HTTP/1.1 {status}\r\nServer: x\r\n\r\n{body}").into_bytes();
    assert_eq!(name_on(&page("200 OK", "<h1>dracofeu</h1>")), Some("dracofeu".into()));
    for bad in [
        page("503 Service Unavailable", "<h1>dracofeu</h1>"),
        page("200 OK", "<h1>draco"),
        page("200 OK", "It works"),
        Vec::new(),
        vec![0xff; 40],
    ] {
        assert_eq!(name_on(&bad), None, "{}", String::from_utf8_lossy(&bad));
    }
}

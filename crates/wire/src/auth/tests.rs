//! The digests of `tests/vectors/digests.json`, which the original computed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn digests_are_those_of_the_original() {
    let json: serde_json::Value = serde_json::from_str(include_str!("../../tests/vectors/digests.json")).unwrap();
    let mut methods = std::collections::BTreeMap::new();
    for entry in json.as_array().unwrap() {
        let method = match entry["method"].as_str().unwrap() {
            "crc" => Method::Crc,
            "md5" => Method::Md5,
            "sha1" => Method::Sha1,
            other => panic!("unknown method {other}"),
        };
        let secret = Secret::new(method, entry["key"].as_str().unwrap().as_bytes().to_vec());
        let text = digest(&secret, &unhex(entry["data_hex"].as_str().unwrap()));
        let expected = entry["digest"].as_str().unwrap();
        assert_eq!(std::str::from_utf8(text.as_bytes()).unwrap(), expected, "{entry}");
        assert!(text.matches(expected.as_bytes()));
        *methods.entry(method.as_str()).or_insert(0) += 1;
    }
    assert_eq!(methods.len(), 3);
    assert!(methods.values().all(|n| *n > 3), "{methods:?}");
}

#[test]
fn a_number_prints_as_c_prints_it() {
    for number in [0, 1, 0xf, 0x10, 0x1f_fff, 0x0e3b_5da3, 0x8000_0000, u32::MAX] {
        assert_eq!(DigestText::of_number(number).as_bytes(), format!("{number:x}").as_bytes());
    }
}

#[test]
fn a_digest_matches_only_itself() {
    let text = digest(&Secret::new(Method::Crc, Vec::new()), b"123456789");
    assert!(text.matches(b"765e7680"));
    for other in [&b"765E7680"[..], b"0765e7680", b"765e768", b"765e76801", b"", b"765e7681"] {
        assert!(!text.matches(other));
    }
}

#[test]
fn a_secret_is_not_shown() {
    let shown = format!("{:?}", Secret::new(Method::Md5, b"AB".to_vec()));
    assert!(!shown.contains("AB") && !shown.contains("65"), "{shown}");
}

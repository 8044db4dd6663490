//! The captures of Heartbeat 3.0.6 in `vectors/`: every accepted frame decodes as the index says and is written again
//! byte for byte, every edited copy is refused, and every digest of fixed data comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value as Json;
use std::path::PathBuf;
use systole_wire::{
    Form, Frame, Keys, Method, Reject, Value, decode_datagram, decode_net, decode_text, encode_net, encode_net_bare,
    encode_text, message,
};

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn index() -> Vec<Json> {
    let text = std::fs::read_to_string(vectors().join("index.json")).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    json["frames"].as_array().unwrap().clone()
}

fn bytes_of(entry: &Json) -> Vec<u8> {
    std::fs::read(vectors().join(entry["file"].as_str().unwrap())).unwrap()
}

fn keys_of(entry: &Json) -> Keys {
    let method = match entry["auth_method"].as_str().unwrap() {
        "crc" => Method::Crc,
        "md5" => Method::Md5,
        "sha1" => Method::Sha1,
        other => panic!("unknown method {other}"),
    };
    let number = u8::try_from(entry["auth_index"].as_u64().unwrap()).unwrap();
    Keys::new(number, [(number, method, entry["key"].as_str().unwrap().as_bytes().to_vec())]).unwrap()
}

fn accepted() -> impl Iterator<Item = (Json, Vec<u8>, Keys)> {
    index().into_iter().filter(|e| e["expect"] == "accept").map(|e| (e.clone(), bytes_of(&e), keys_of(&e)))
}

fn as_json(frame: &Frame) -> Json {
    let value = |value: Value<'_>| match value {
        Value::Text(text) => Json::from(String::from_utf8(text.to_vec()).unwrap()),
        Value::Binary(bytes) => serde_json::json!({ "b64": STANDARD.encode(bytes) }),
    };
    frame.fields().map(|f| serde_json::json!([f.name, value(f.value)])).collect()
}

#[test]
fn every_accepted_frame_decodes_with_the_fields_of_the_index() {
    let mut count = 0;
    for (entry, bytes, keys) in accepted() {
        let frame = decode_datagram(&bytes, &keys).unwrap_or_else(|e| panic!("{}: {e}", entry["file"]));
        assert_eq!(as_json(frame.get()), entry["fields"], "{}", entry["file"]);
        let form = if entry["form"] == "net" { Form::Net } else { Form::Text };
        assert_eq!(frame.proof().form, form, "{}", entry["file"]);
        assert_eq!(frame.proof().method.as_str(), entry["auth_method"], "{}", entry["file"]);
        count += 1;
    }
    assert_eq!(count, 103);
}

#[test]
fn every_accepted_frame_is_written_again_byte_for_byte() {
    for (entry, bytes, keys) in accepted() {
        let frame = decode_datagram(&bytes, &keys).unwrap();
        let inner = frame.get().get("auth").is_some();
        let again = match (frame.proof().form, inner) {
            (Form::Text, _) => encode_text(frame.get(), &keys),
            (Form::Net, true) => encode_net(frame.get(), &keys),
            (Form::Net, false) => encode_net_bare(frame.get(), &keys),
        };
        assert!(again == bytes, "{}", entry["file"]);
    }
}

#[test]
fn every_accepted_frame_says_the_same_in_the_other_form() {
    for (entry, bytes, keys) in accepted() {
        let frame = decode_datagram(&bytes, &keys).unwrap().into_inner();
        let net = decode_net(&encode_net(&frame, &keys), &keys).unwrap().into_inner();
        let text = decode_text(&encode_text(&frame, &keys), &keys).unwrap().into_inner();
        assert_eq!(net, text, "{}", entry["file"]);
        assert!(net.payload().eq(frame.payload()), "{}", entry["file"]);
    }
}

/// Types whose fields `Message` carries in full.
const SPOKEN: [&str; 14] = [
    "status",
    "NS_ackmsg",
    "NS_rexmit",
    "NS_nak_rexmit",
    "reqnodes",
    "repnodes",
    "starting",
    "resource",
    "ask_resources",
    "hb_takeover",
    "ip-request",
    "ip-request-resp",
    "stonith",
    "shutdone",
];

#[test]
fn every_message_is_understood_and_written_as_heartbeat_wrote_it() {
    let mut spoken = std::collections::BTreeSet::new();
    for (entry, bytes, keys) in accepted() {
        let frame = decode_datagram(&bytes, &keys).unwrap();
        let read = message::decode(frame.clone()).unwrap_or_else(|e| panic!("{}: {e}", entry["file"]));
        let (message, stamp) = read.get();
        let Some(Value::Text(kind)) = frame.get().get("t") else { panic!("no type") };
        if let Some(kind) = SPOKEN.iter().find(|known| known.as_bytes() == kind) {
            let again = message::encode(message, stamp).unwrap();
            assert!(again.fields().eq(frame.get().payload()), "{}", entry["file"]);
            spoken.insert(*kind);
        }
    }
    assert_eq!(spoken.len(), SPOKEN.len(), "a type has no capture: {spoken:?}");
}

#[test]
fn every_edited_copy_is_refused_for_the_right_reason() {
    let reasons: Vec<(String, Reject)> = index()
        .iter()
        .filter(|e| e["expect"] == "reject")
        .map(|e| {
            (e["file"].as_str().unwrap()[7..10].to_owned(), decode_datagram(&bytes_of(e), &keys_of(e)).unwrap_err())
        })
        .collect();
    let expected = [
        ("158", Reject::UnknownKey(9)),
        ("159", Reject::NoSignature),
        ("160", Reject::Cut),
        ("163", Reject::Empty),
        ("165", Reject::NoSignature),
    ];
    assert_eq!(reasons, expected.map(|(file, reject)| (file.to_owned(), reject)));
}

#[test]
fn a_frame_under_another_key_is_refused() {
    for (entry, bytes, _) in accepted().filter(|(e, ..)| e["auth_method"] != "crc") {
        let wrong = Keys::new(1, [(1, Method::Sha1, b"another".to_vec())]).unwrap();
        assert_eq!(decode_datagram(&bytes, &wrong).unwrap_err(), Reject::WrongDigest(1), "{}", entry["file"]);
    }
}

#[test]
fn without_keys_crc_frames_are_checked_and_others_say_what_is_missing() {
    for (entry, bytes, _) in accepted() {
        let result = decode_datagram(&bytes, &Keys::crc_only());
        if entry["auth_method"] == "crc" {
            assert!(result.is_ok(), "{}", entry["file"]);
        } else {
            assert_eq!(result.unwrap_err(), Reject::NoKey(1), "{}", entry["file"]);
        }
    }
}

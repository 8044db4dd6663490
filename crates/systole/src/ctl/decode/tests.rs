//! The captures of systole-wire through the command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use serde_json::Value as Json;
use systole_wire::Method;

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/vectors")
}

fn decode(files: &[PathBuf], form: FormChoice, keys: Option<&Keys>) -> (u8, Vec<Json>) {
    let mut out = Vec::new();
    let status = run(files, form, keys, &mut out);
    let lines = std::str::from_utf8(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (status, lines)
}

fn sha1() -> Keys {
    Keys::new(1, [(1, Method::Sha1, b"TheSha1Secret".to_vec())]).unwrap()
}

#[test]
fn every_capture_gets_the_verdict_and_the_fields_of_the_index() {
    let index: Json = serde_json::from_slice(&std::fs::read(vectors().join("index.json")).unwrap()).unwrap();
    for entry in index["frames"].as_array().unwrap() {
        let method = match entry["auth_method"].as_str().unwrap() {
            "crc" => Method::Crc,
            "md5" => Method::Md5,
            _ => Method::Sha1,
        };
        let keys = Keys::new(1, [(1, method, entry["key"].as_str().unwrap().as_bytes().to_vec())]).unwrap();
        let file = vectors().join(entry["file"].as_str().unwrap());
        let (status, lines) = decode(std::slice::from_ref(&file), FormChoice::Auto, Some(&keys));
        assert_eq!(lines.len(), 1, "{entry}");
        assert_eq!(lines[0]["file"], file.to_str().unwrap());
        assert_eq!(lines[0]["verdict"], entry["expect"], "{entry}");
        if entry["expect"] == "accept" {
            assert_eq!((status, &lines[0]["fields"]), (ALL_ACCEPTED, &entry["fields"]));
            assert_eq!(lines[0]["reason"], "");
        } else {
            assert_eq!(status, SOME_REJECTED);
            assert_ne!(lines[0]["reason"], "");
        }
    }
}

#[test]
fn a_stream_is_many_frames_and_its_cut_end_is_rejected() {
    let (status, lines) = decode(&[vectors().join("stream-serial-alpha-to-beta.bin")], FormChoice::Auto, Some(&sha1()));
    assert_eq!(status, SOME_REJECTED);
    assert!(lines.len() > 50);
    let (last, whole) = lines.split_last().unwrap();
    assert!(whole.iter().all(|line| line["verdict"] == "accept"));
    assert_eq!((&last["verdict"], &last["reason"]), (&"reject".into(), &"cut".into()));
}

#[test]
fn without_keys_crc_is_checked_and_the_rest_says_no_key() {
    let crc = vectors().join("frames/001-bcast-crc-status.init.bin");
    let sha1 = vectors().join("frames/144-serial-sha1-status.init.bin");
    let (status, lines) = decode(&[crc, sha1], FormChoice::Auto, None);
    assert_eq!(status, SOME_REJECTED);
    assert_eq!(lines[0]["verdict"], "accept");
    assert_eq!((&lines[1]["verdict"], &lines[1]["reason"]), (&"reject".into(), &"no-key".into()));
}

#[test]
fn the_wrong_form_and_the_wrong_file_are_told_apart() {
    let net = vectors().join("frames/001-bcast-crc-status.init.bin");
    let text = vectors().join("frames/144-serial-sha1-status.init.bin");
    let reason = |file: &PathBuf, form| decode(std::slice::from_ref(file), form, Some(&sha1())).1[0]["reason"].clone();
    assert_eq!(reason(&text, FormChoice::Net), "no-start");
    assert_eq!(reason(&net, FormChoice::Text), "no-start");
    assert_eq!(reason(&vectors().join("index.json"), FormChoice::Auto), "no-start");
    let (status, lines) = decode(&[vectors().join("missing.bin"), text], FormChoice::Auto, Some(&sha1()));
    assert_eq!((status, lines.len()), (UNREADABLE, 1), "the other files are still decoded");
}

#[test]
fn a_full_pipe_or_disk_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let file = vectors().join("frames/001-bcast-crc-status.init.bin");
    assert_eq!(run(&[file], FormChoice::Auto, None, &mut Full), UNREADABLE);
}

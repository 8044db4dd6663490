//! What holds for all bytes, all frames and all messages, tried on random ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arbitrary;

use arbitrary::{frames, messages, stamps};
use proptest::prelude::*;
use systole_wire::{
    Frame, Keys, Method, TextStream, decode_datagram, decode_net, decode_text, encode_both, encode_net,
    encode_net_bare, encode_text, message,
};

fn keyed() -> Keys {
    let both = [(1, Method::Md5, b"TheMd5Secret".to_vec()), (2, Method::Sha1, b"TheSha1Secret".to_vec())];
    Keys::new(2, both).unwrap()
}

fn of(method: Method) -> Keys {
    Keys::new(1, [(1, method, b"key".to_vec())]).unwrap()
}

fn any_keys() -> impl Strategy<Value = Keys> {
    prop_oneof![Just(Method::Crc), Just(Method::Md5), Just(Method::Sha1)].prop_map(of)
}

/// Everything a stream gives.
fn stream(bytes: &[u8], keys: &Keys) -> Vec<Frame> {
    let mut stream = TextStream::new();
    stream.push(bytes);
    let found = std::iter::from_fn(|| stream.next(keys)).filter_map(|r| r.ok().map(|f| f.into_inner())).collect();
    stream.finish();
    found
}

/// Bytes that look like frames from far away, so that random ones get past the first test.
fn nearly_frames() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => proptest::sample::select(vec![
            &b"###\n"[..], b"%%%\n", b">>>\n", b"<<<\n", b"11:(0)t=status,", b"t=status\n", b"(1)b=AP8=\n", b"auth=1 ",
            b"auth=2 0123456789abcdef0123456789abcdef01234567\n", b"42:2 0123456789abcdef0123456789abcdef01234567,",
            b"34:1 0123456789abcdef0123456789abcdef,", b"(", b")", b"=", b",", b":", b"\n", b"\0", b"99999999999:",
        ]).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 512 } else { 8192 }))]

    #[test]
    fn no_bytes_make_a_decoder_panic_and_none_verify_under_a_key(bytes in nearly_frames()) {
        let keys = keyed();
        prop_assert!(decode_net(&bytes, &keys).is_err());
        prop_assert!(decode_text(&bytes, &keys).is_err());
        prop_assert!(decode_datagram(&bytes, &keys).is_err());
        prop_assert!(stream(&bytes, &keys).is_empty());
        // Under crc random bytes may verify; they must not panic either.
        let _ = decode_datagram(&bytes, &Keys::crc_only());
        let _ = stream(&bytes, &Keys::crc_only());
    }

    #[test]
    fn frames_come_back_in_every_form(frame in frames(), keys in any_keys()) {
        let net = decode_net(&encode_net(&frame, &keys), &keys).unwrap().into_inner();
        prop_assert!(net.payload().eq(frame.payload()));
        let bare = decode_net(&encode_net_bare(&frame, &keys), &keys).unwrap().into_inner();
        prop_assert_eq!(&bare, &frame);
        let text = encode_text(&frame, &keys);
        prop_assert_eq!(encode_both(&frame, &keys), (encode_net(&frame, &keys), text.clone()));
        prop_assert_eq!(&decode_text(&text, &keys).unwrap().into_inner(), &net);
        prop_assert_eq!(stream(&text, &keys), vec![net]);
    }

    #[test]
    fn messages_come_back_in_both_forms(message in messages(), stamp in stamps(), keys in any_keys()) {
        let frame = message::encode(&message, &stamp).unwrap();
        for verified in [
            decode_net(&encode_net(&frame, &keys), &keys).unwrap(),
            decode_text(&encode_text(&frame, &keys), &keys).unwrap(),
        ] {
            let (message_again, stamp_again) = message::decode(verified).unwrap().into_inner();
            prop_assert_eq!(&message_again, &message);
            // Types that begin with NS_ carry no load.
            if message.sequence.is_some() {
                prop_assert_eq!(&stamp_again, &stamp);
            }
            prop_assert_eq!(stamp_again.sent_at_s, stamp.sent_at_s);
        }
    }

    #[test]
    fn any_fields_under_the_names_of_messages_are_read_without_panic(
        values in proptest::collection::btree_map(
            proptest::sample::select(arbitrary::FIELD_NAMES.to_vec()),
            proptest::sample::select(arbitrary::FIELD_VALUES.to_vec()),
            0..12,
        )
    ) {
        let mut frame = Frame::new();
        for (name, value) in values {
            frame.push(name, systole_wire::Value::Text(value.as_bytes())).unwrap();
        }
        let keys = of(Method::Md5);
        if let Err(reject) = message::decode(decode_net(&encode_net(&frame, &keys), &keys).unwrap()) {
            prop_assert!(!reject.is_unauthenticated());
            prop_assert!(reject.to_string().chars().all(|c| !c.is_control()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 16 } else { 64 }))]

    #[test]
    fn every_changed_byte_of_a_frame_is_noticed(message in messages(), stamp in stamps(), flip in 1u8..=255) {
        let frame = message::encode(&message, &stamp).unwrap();
        for method in [Method::Md5, Method::Sha1] {
            let keys = of(method);
            for good in [encode_net(&frame, &keys), encode_net_bare(&frame, &keys), encode_text(&frame, &keys)] {
                prop_assert!(decode_datagram(&good, &keys).is_ok());
                let mut bad = good.clone();
                // Long frames of a thousand claims: every byte of the ends, and some of the middle.
                let step = (good.len() / 500).max(1);
                let places = (0..good.len()).filter(|i| i % step == 0 || *i < 100 || i + 100 > good.len());
                for place in places {
                    bad[place] ^= flip;
                    prop_assert!(decode_datagram(&bad, &keys).is_err(), "byte {} of {}", place, good.len());
                    bad[place] = good[place];
                }
            }
        }
    }
}

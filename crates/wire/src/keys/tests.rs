//! Which sets of keys are refused, which key checks what, and that nothing of them is shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn sha1(index: u8, secret: &str) -> (u8, Method, Vec<u8>) {
    (index, Method::Sha1, secret.as_bytes().to_vec())
}

#[test]
fn sets_that_cannot_be_used_are_refused() {
    let refused = |active, keys: Vec<(u8, Method, Vec<u8>)>| Keys::new(active, keys).unwrap_err();
    assert_eq!(refused(1, vec![]), KeysError::NoActive(1));
    assert_eq!(refused(2, vec![sha1(1, "a")]), KeysError::NoActive(2));
    assert_eq!(refused(200, vec![sha1(1, "a")]), KeysError::NoActive(200));
    assert_eq!(refused(1, vec![sha1(16, "a")]), KeysError::BadIndex(16));
    assert_eq!(refused(1, vec![sha1(1, "a"), sha1(1, "b")]), KeysError::Twice(1));
    assert_eq!(refused(1, vec![sha1(1, "")]), KeysError::NoSecret(1));
}

#[test]
fn the_key_that_the_frame_names_checks_it() {
    let both = [sha1(1, "old"), sha1(15, "new")];
    let old = Keys::new(1, both.clone()).unwrap();
    let new = Keys::new(15, both).unwrap();
    // Each signs with another key, and both understand each other: a rotation in the middle.
    for (signer, checker, index) in [(&old, &new, 1), (&new, &old, 15)] {
        let proof = checker.check(Form::Net, signer.sign(b"data").as_bytes(), b"data").unwrap();
        assert_eq!((proof.key, proof.method), (index, Method::Sha1));
        assert_eq!(signer.active(), (index, Method::Sha1));
    }
    let unknown = Keys::new(1, [sha1(1, "old")]).unwrap();
    assert_eq!(unknown.check(Form::Net, new.sign(b"data").as_bytes(), b"data"), Err(Reject::UnknownKey(15)));
}

#[test]
fn a_crc_beside_a_key_with_a_secret_is_refused_unless_it_is_accepted_in_so_many_words() {
    let crc = (2, Method::Crc, Vec::new());
    let keyless = Keys::new(2, [crc.clone()]).unwrap().sign(b"data").as_bytes().to_vec();
    for method in [Method::Sha1, Method::Md5] {
        let active = (1, method, b"secret".to_vec());
        let keys = Keys::new(1, [active.clone(), crc.clone()]).unwrap();
        for form in [Form::Net, Form::Text] {
            assert_eq!(keys.check(form, &keyless, b"data"), Err(Reject::WeakKey(2)));
        }
        assert!(Reject::WeakKey(2).is_unauthenticated());
        let open = keys.clone().accept(2).unwrap();
        assert_eq!(open.check(Form::Net, &keyless, b"data").unwrap().method, Method::Crc);
        // The key that signs is as good as before, and what it guards is not opened by another number.
        assert!(open.check(Form::Net, open.sign(b"data").as_bytes(), b"data").is_ok());
        assert_eq!(keys.accept(3).unwrap_err(), KeysError::NoAccepted(3));
        // While crc signs, a key that is there for the next step is accepted already.
        let before = Keys::new(2, [active.clone(), crc.clone()]).unwrap();
        let signed = Keys::new(1, [active]).unwrap().sign(b"data").as_bytes().to_vec();
        assert!(before.check(Form::Net, &signed, b"data").is_ok());
        assert!(before.check(Form::Net, &keyless, b"data").is_ok());
    }
}

#[test]
fn signatures_have_one_spelling() {
    let keys = Keys::new(1, [(1, Method::Crc, Vec::new())]).unwrap();
    assert!(keys.check(Form::Text, b"1 765e7680", b"123456789").is_ok());
    for bad in [
        "",
        "1",
        "1 ",
        " 765e7680",
        "01 765e7680",
        "16 765e7680",
        "1  765e7680",
        "1 765E7680",
        "1 765e7680 ",
        "+1 765e7680",
    ] {
        assert_eq!(keys.check(Form::Text, bad.as_bytes(), b"123456789"), Err(Reject::BadSignature), "{bad:?}");
    }
}

#[test]
fn keys_do_not_show_their_secrets() {
    let shown = format!("{:?}", Keys::new(3, [sha1(3, "hunter2")]).unwrap());
    assert!(shown.contains("Sha1") && !shown.contains("hunter2"), "{shown}");
    // The bytes as numbers neither.
    assert!(!shown.contains("104, 117"), "{shown}");
}

//! Tests of reading Rust source.

use super::{Source, has_word, mask};

#[test]
fn comments_and_literals_are_blanked_in_place() {
    assert_eq!(mask("a // unsafe\nb"), "a          \nb");
    assert_eq!(mask("a /* x /* y */ z */ b"), "a                   b");
    assert_eq!(mask(r#"f("un\"safe", x)"#), "f(          , x)");
    assert_eq!(mask("f(r#\"a \" b\"#, br\"c\")"), "f(          , b    )");
    assert_eq!(mask("let c = '\"'; let d = '\\''; 'a: loop {}"), "let c =    ; let d =     ; 'a: loop {}");
    assert_eq!(mask("let c = 'é'; fn f<'a>(x: &'a str) {}"), "let c =     ; fn f<'a>(x: &'a str) {}");
    assert_eq!(mask("r#type + bar\"x\""), "r#type + bar   ");
}

#[test]
fn an_item_behind_cfg_test_is_a_test_and_what_follows_is_not() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod x;\nfn d() {}\n";
    let source = Source::new("crates/core/src/a.rs", text);
    assert_eq!(source.test, [false, true, true, true, true, false, true, true, false]);
    assert!(Source::new("crates/core/src/a/tests.rs", text).is_test(1));
    assert!(Source::new("crates/core/tests/a.rs", text).is_test(1));
}

#[test]
fn use_trees_are_spelled_out() {
    let source = Source::new("a.rs", "use std::{\n    fs,\n    net::{TcpStream as S, Ipv4Addr},\n};\nuse std::io;\n");
    let paths: Vec<&str> = source.uses.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(paths, ["std::fs", "std::net::TcpStream", "std::net::Ipv4Addr", "std::io"]);
    assert_eq!(source.uses.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 1, 1, 5]);
}

#[test]
fn words_are_whole() {
    assert!(has_word("unsafe { }", "unsafe"));
    assert!(!has_word("#![forbid(unsafe_code)]", "unsafe"));
    assert!(has_word("x.exists()", ".exists()"));
}

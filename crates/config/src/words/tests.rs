//! Lines and words keep their offsets.
use super::*;

#[test]
fn lines_know_their_offsets() {
    let found: Vec<(usize, &[u8], bool)> =
        lines(b"\xef\xbb\xbfa\r\n\nbc").map(|l| (l.start, l.bytes, l.carriage_return)).collect();
    assert_eq!(found, [(3, &b"a"[..], true), (6, b"", false), (7, b"bc", false)]);
}

#[test]
fn words_know_their_spans() {
    let found = words(b"  node a,b\tc", 10, ha_cf_separator);
    let spans: Vec<_> = found.iter().map(|w| (w.text.as_str(), w.span.clone())).collect();
    assert_eq!(spans, [("node", 12..16), ("a", 17..18), ("b", 19..20), ("c", 21..22)]);
}

#[test]
fn unprintable_bytes_keep_their_place() {
    assert_eq!(printable(b"caf\xe9 \x1b[31m"), "caf? ?[31m");
    assert_eq!(printable("d\u{e9}j\u{e0}\u{9b}\u{202e}".as_bytes()), "d\u{e9}j\u{e0}?????");
    assert!(!words(b"a\xff", 0, blank)[0].clean);
}

#[test]
fn comments_and_extensions() {
    let line = |text: &'static str| {
        lines(text.as_bytes()).next().unwrap_or(Line { start: 0, bytes: b"", carriage_return: false })
    };
    assert_eq!(line("node a # b").code().bytes, b"node a ");
    assert_eq!(line("  #@ name=x").extension(), Some((4, &b" name=x"[..])));
    assert_eq!(line("a #@ name=x").extension(), None);
    assert_eq!(line("# @").extension(), None);
}

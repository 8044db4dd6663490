//! Blanks comments, strings and character literals, so that a rule about code never trips over prose.
//! Not here: what the code means.

/// The text with every byte of a comment or literal replaced by a blank; line ends stay where they are.
pub fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    while out.len() < bytes.len() {
        let at = out.len();
        let end = literal_end(bytes, at);
        if end > at {
            let covered = bytes.get(at..end).unwrap_or_default();
            out.extend(covered.iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' }));
        } else {
            // A multi-byte letter outside of literals is an identifier or a mistake; neither matters to a rule.
            out.push(bytes.get(at).copied().filter(u8::is_ascii).unwrap_or(b' '));
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = match rest {
        [b'/', b'/', ..] => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => quoted(rest),
        [b'r', b'"' | b'#', ..] if starts_word(bytes, at) => raw_string(rest),
        [b'\'', ..] => character(rest),
        _ => 0,
    };
    (at + length).min(bytes.len())
}

/// The byte before is no part of a word, or is the `b` or `c` of `br"` and `cr"`.
fn starts_word(bytes: &[u8], at: usize) -> bool {
    let is_word = |i: usize| bytes.get(i).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match at.checked_sub(1) {
        None => true,
        Some(before) if matches!(bytes.get(before), Some(b'b' | b'c')) => before == 0 || !is_word(before - 1),
        Some(before) => !is_word(before),
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return at + 2,
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest.iter().skip(1).take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0; // a raw identifier
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = rest.get(2 + hashes..).unwrap_or_default();
    match body.windows(close.len()).position(|w| w == close) {
        Some(end) => 2 + hashes + end + close.len(),
        None => rest.len(),
    }
}

/// A character literal, as opposed to a lifetime.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest.iter().skip(3).position(|b| *b == b'\'').map_or(rest.len(), |end| end + 4);
    }
    let text = std::str::from_utf8(rest.get(1..6.min(rest.len())).unwrap_or_default());
    let valid = match text {
        Ok(text) => text,
        // The window cut a letter in two; what comes before the cut is enough.
        Err(cut) => std::str::from_utf8(rest.get(1..1 + cut.valid_up_to()).unwrap_or_default()).unwrap_or_default(),
    };
    let mut letters = valid.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), Some('\'')) if letter != '\'' => letter.len_utf8() + 2,
        _ => 0,
    }
}

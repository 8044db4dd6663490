//! Text to lines and words, each with its place in the file. The lowest layer of all three parsers.
//! Not here: what a word means.

use std::ops::Range;

/// One physical line without its line end. CR and LF end a line (spec/CONFIG.md 1.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Offset of the first byte in the file.
    pub start: usize,
    pub bytes: &'a [u8],
    /// It ended in CR LF.
    pub carriage_return: bool,
}

impl<'a> Line<'a> {
    /// Offset behind the last byte.
    pub fn end(&self) -> usize {
        self.start + self.bytes.len()
    }

    /// The part before the first `#`.
    pub fn code(&self) -> Line<'a> {
        let length = self.comment_at().unwrap_or(self.bytes.len());
        Line { bytes: self.bytes.get(..length).unwrap_or_default(), ..*self }
    }

    /// The comment, from its `#` on, with its offset in the file.
    pub fn comment(&self) -> Option<(usize, &'a [u8])> {
        let at = self.comment_at()?;
        Some((self.start + at, self.bytes.get(at..).unwrap_or_default()))
    }

    /// Nothing but a comment.
    pub fn is_comment(&self) -> bool {
        self.bytes.trim_ascii_start().first() == Some(&b'#')
    }

    /// `#@ ...`: the text behind `#@` and its offset (DESIGN section 7).
    pub fn extension(&self) -> Option<(usize, &'a [u8])> {
        let (at, comment) = self.comment()?;
        let rest = comment.strip_prefix(b"#@")?;
        self.is_comment().then_some((at + 2, rest))
    }

    fn comment_at(&self) -> Option<usize> {
        self.bytes.iter().position(|b| *b == b'#')
    }
}

/// All lines of a file; a UTF-8 byte order mark at its start is skipped.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let raw = rest.get(..length).unwrap_or_default();
        let bytes = raw.strip_suffix(b"\r").unwrap_or(raw);
        let line = Line { start, bytes, carriage_return: bytes.len() < raw.len() };
        start += length + 1;
        Some(line)
    })
}

/// One word; byte `i` of `text` stands at `span.start + i` of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Unprintable bytes are shown as `?`, see [`printable`].
    pub text: String,
    pub span: Range<usize>,
    /// Every byte is printable UTF-8. If not, the word must not be used.
    pub clean: bool,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// Blanks and commas separate values in ha.cf.
pub(crate) fn ha_cf_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',')
}

/// Blanks separate words in haresources and authkeys.
pub(crate) fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Splits bytes that begin at `start` of the file.
pub(crate) fn words(bytes: &[u8], start: usize, separator: fn(u8) -> bool) -> Vec<Word> {
    let mut found = Vec::new();
    let mut position = start;
    for piece in bytes.split(|b| separator(*b)) {
        if !piece.is_empty() {
            let text = printable(piece);
            let clean = text.as_bytes() == piece;
            found.push(Word { text, span: position..position + piece.len(), clean });
        }
        position += piece.len() + 1;
    }
    found
}

/// The bytes as text of the same length: what is no UTF-8 or controls a terminal becomes `?`, byte for byte,
/// so that offsets stay true. Tabs and line ends stay.
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            // Marks that turn the direction of text could make a line read as something that it is not.
            let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if (letter.is_control() && !matches!(letter, '\n' | '\t')) || turns {
                text.extend(std::iter::repeat_n('?', letter.len_utf8()));
            } else {
                text.push(letter);
            }
        }
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}

#[cfg(test)]
mod tests;

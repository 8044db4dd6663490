//! What a process printed, never more than 64 KiB of it: the first half and the last half.
//! Not here: reading it.

use std::collections::VecDeque;

/// Of each end so much is kept, in bytes.
const HALF: usize = 32 * 1024;

/// Lines and characters of output that fit into a log line.
const TAIL_LINES: usize = 3;
const TAIL_CHARS: usize = 300;

/// Bounded output: the head, because a status word may stand there, and the tail, because errors come last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    skipped: u64,
}

impl Capture {
    /// Takes more output; what no longer fits is forgotten from the middle.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = HALF.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(HALF);
        self.tail.drain(..excess);
        self.skipped = self.skipped.saturating_add(excess as u64);
    }

    /// Everything kept, as text; bytes that are no UTF-8 become the replacement character.
    pub fn text(&self) -> String {
        let (a, b) = self.tail.as_slices();
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.skipped > 0 {
            text.push_str(&format!("\n[{} bytes left out]\n", self.skipped));
        }
        text.push_str(&String::from_utf8_lossy(&[a, b].concat()));
        text
    }

    /// The last lines, made fit for one line of a log; empty when nothing was printed.
    pub fn last_lines(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let from = lines.len().saturating_sub(TAIL_LINES);
        let joined = lines.get(from..).unwrap_or_default().join(" | ");
        let clean = joined.chars().map(|c| if c.is_control() { '?' } else { c });
        let surplus = joined.chars().count().saturating_sub(TAIL_CHARS);
        clean.skip(surplus).collect()
    }

    /// `: last lines`, or nothing: the end of an error message.
    pub fn said(&self) -> String {
        let lines = self.last_lines();
        if lines.is_empty() { lines } else { format!(": {lines}") }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_ends_of_a_flood_are_kept_and_nothing_more() {
        let mut capture = Capture::default();
        capture.push(b"first line\n");
        for _ in 0..100 {
            capture.push(&[b'x'; 10_000]);
        }
        capture.push(b"\nlast line\n");
        let text = capture.text();
        assert!(text.starts_with("first line\n") && text.ends_with("\nlast line\n"));
        assert!(text.len() <= 2 * HALF + 40, "{} bytes kept", text.len());
        assert_eq!(capture.skipped, 1_000_000 + 22 - 2 * HALF as u64);
    }

    #[test]
    fn binary_output_becomes_one_harmless_line() {
        let mut capture = Capture::default();
        capture.push(b"\xff\xfe\x00\x1b[31mred\n\nsecond\r\n");
        assert_eq!(capture.last_lines(), "\u{fffd}\u{fffd}??[31mred | second");
        assert_eq!(Capture::default().said(), "");
    }
}

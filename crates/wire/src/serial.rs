//! Frames out of a stream of bytes: what a serial line gives after cuts, noise and joined frames.
//! Not here: the port itself (systole-sys), one frame's text (text.rs).

use crate::frame::{FRAME_MAX, Frame};
use crate::keys::Keys;
use crate::reject::Reject;
use crate::text::decode_body;
use crate::verified::Verified;

/// Most bytes kept. A reader that never asks for frames loses the oldest bytes, not its memory.
const BUFFER_MAX: usize = 2 * FRAME_MAX;
const START: &[u8] = b">>>";
const END: &[u8] = b"<<<";

/// Finds text frames in a stream. Feed it with [`TextStream::push`], then call [`TextStream::next`] until `None`.
///
/// A line that ends with `>>>` starts a frame, also within an unfinished one; a line that begins with `<<<` ends it.
/// So the first whole frame after any damage is found.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    buffer: Vec<u8>,
    /// Everything before this place has been dealt with.
    done: usize,
    /// Everything before this place has been looked at, up to whole lines.
    seen: usize,
    /// There is no newline between `seen` and this place, so that noise without any is looked at once.
    searched: usize,
    /// Where the body of the unfinished frame begins.
    body: Option<usize>,
    /// Where another frame may have begun within it, behind the rest of a cut line.
    again: Option<usize>,
    /// Within a run of bytes that belong to no frame, already reported.
    garbage: bool,
    /// Bytes were lost because the buffer was full.
    overflow: bool,
}

impl TextStream {
    /// An empty stream.
    pub fn new() -> TextStream {
        TextStream::default()
    }

    /// Appends what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.forget_done();
        self.buffer.extend_from_slice(bytes);
        let excess = self.buffer.len().saturating_sub(BUFFER_MAX);
        if excess > 0 {
            self.buffer.drain(..excess);
            *self = TextStream { buffer: std::mem::take(&mut self.buffer), overflow: true, ..TextStream::default() };
        }
    }

    /// The next frame or the next piece of damage; `None` when more bytes are needed.
    pub fn next(&mut self, keys: &Keys) -> Option<Result<Verified<Frame>, Reject>> {
        if std::mem::take(&mut self.overflow) {
            return Some(Err(Reject::TooLong));
        }
        while let Some((start, end)) = self.next_line() {
            if let Some(found) = self.take_line(start, end, keys) {
                return Some(found);
            }
        }
        self.too_long()
    }

    /// The stream has ended: reports what is left of an unfinished frame, or of bytes that belong to none.
    pub fn finish(&mut self) -> Option<Reject> {
        let rest = self.buffer.get(self.seen..).unwrap_or_default();
        let left = if self.body.is_some() || rest.starts_with(START) {
            Some(Reject::Cut)
        } else if !self.garbage && !is_blank(rest) {
            Some(Reject::Garbage)
        } else {
            None
        };
        *self = TextStream::default();
        left
    }

    /// The next whole line not yet looked at, without its newline.
    fn next_line(&mut self) -> Option<(usize, usize)> {
        let start = self.seen;
        let from = start.max(self.searched);
        let Some(len) = self.buffer.get(from..)?.iter().position(|b| *b == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = from.saturating_add(len);
        self.seen = end.saturating_add(1);
        Some((start, end))
    }

    fn take_line(&mut self, start: usize, end: usize, keys: &Keys) -> Option<Result<Verified<Frame>, Reject>> {
        let line = self.buffer.get(start..end).unwrap_or_default();
        let (begins, ends) = (line.ends_with(START), line.starts_with(END));
        match self.body {
            Some(body) if ends => {
                let result = self.finish_frame(body, start, keys);
                // A lost newline joins an end with the next start. Not so when the frame is tried again from a later
                // start: the line comes once more then.
                if begins && self.seen > end {
                    self.begin();
                }
                Some(result)
            }
            Some(_) => {
                if begins {
                    self.again = Some(self.seen);
                }
                None
            }
            None if begins => {
                let noise = line.len().saturating_sub(START.len());
                let silent = ends || self.garbage || is_blank(line.get(..noise).unwrap_or_default());
                self.begin();
                (!silent).then_some(Err(Reject::Garbage))
            }
            None if is_blank(line) || self.garbage => {
                self.done = self.seen;
                None
            }
            None => {
                self.garbage = true;
                self.done = self.seen;
                Some(Err(Reject::Garbage))
            }
        }
    }

    /// A frame begins at the line not yet looked at.
    fn begin(&mut self) {
        (self.body, self.again, self.garbage) = (Some(self.seen), None, false);
        self.done = self.seen;
    }

    /// The unfinished frame ends before `end`. When it proves bad and another may have begun within it, that one is
    /// tried next.
    fn finish_frame(&mut self, body: usize, end: usize, keys: &Keys) -> Result<Verified<Frame>, Reject> {
        let result = decode_body(self.buffer.get(body..end).unwrap_or_default(), keys);
        match (&result, self.again.take()) {
            (Err(_), Some(again)) => {
                self.restart(again);
                Err(Reject::Cut)
            }
            _ => {
                (self.body, self.done, self.garbage) = (None, self.seen, false);
                result
            }
        }
    }

    /// Forgets everything before a later start and reads on from there.
    fn restart(&mut self, place: usize) {
        (self.seen, self.searched, self.done, self.body) = (place, place, place, Some(place));
    }

    /// Gives up a frame, or a line outside of any, that has grown beyond all bounds without an end.
    fn too_long(&mut self) -> Option<Result<Verified<Frame>, Reject>> {
        if self.buffer.len().saturating_sub(self.done) <= FRAME_MAX {
            return None;
        }
        if let Some(again) = self.again.take() {
            self.restart(again);
            return Some(Err(Reject::TooLong));
        }
        // The last bytes stay: they may be the beginning of a start.
        let keep = self.buffer.len().saturating_sub(START.len());
        (self.seen, self.done, self.body, self.again) = (keep, keep, None, None);
        let known = std::mem::replace(&mut self.garbage, true);
        (!known).then_some(Err(Reject::TooLong))
    }

    fn forget_done(&mut self) {
        let done = std::mem::take(&mut self.done).min(self.buffer.len());
        self.buffer.drain(..done);
        self.seen = self.seen.saturating_sub(done);
        self.searched = self.searched.saturating_sub(done);
        self.body = self.body.map(|place| place.saturating_sub(done));
        self.again = self.again.map(|place| place.saturating_sub(done));
    }
}

/// Bytes that mean nothing on any line: old senders append a NUL, terminals a carriage return.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, 0 | b'\r' | b'\n' | b' '))
}

#[cfg(test)]
mod tests;

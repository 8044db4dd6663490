//! Lines of bounded length from a stream.
//! Not here: what they mean.

use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The next line without its newline; `None` at the end of the stream. May be dropped and called again
/// (in a `select!`): what was read of an unfinished line stays in `line`.
///
/// # Errors
/// `InvalidData` when a line is longer than `max` bytes or the stream ends within one; else what the stream says.
pub async fn next<R: AsyncBufRead + Unpin>(
    reader: &mut R,
    line: &mut Vec<u8>,
    max: usize,
) -> io::Result<Option<Vec<u8>>> {
    let room = u64::try_from((max + 1).saturating_sub(line.len())).unwrap_or(u64::MAX);
    reader.take(room).read_until(b'\n', line).await?;
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(std::mem::take(line)));
    }
    if line.is_empty() {
        return Ok(None);
    }
    let text = if line.len() > max { "the line is too long" } else { "the stream ended within a line" };
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

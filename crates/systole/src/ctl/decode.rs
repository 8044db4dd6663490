//! `systole decode`: frames from files as JSON lines, each with a verdict.
//! Not here: decoding itself (systole-wire); reading authkeys (systole-config).

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use systole_wire::{FRAME_MAX, Frame, Keys, Reject, TextStream, Value, decode_net};

/// Every frame was accepted.
pub const ALL_ACCEPTED: u8 = 0;
/// At least one frame was rejected.
pub const SOME_REJECTED: u8 = 1;
/// A file could not be read, or the output not be written.
pub const UNREADABLE: u8 = 2;

/// No capture is larger; a wrong file name must not fill the memory.
const FILE_MAX: u64 = 256 << 20;

/// Options of `systole decode`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// Keys to check digests with; without, only crc can be checked
    #[arg(long, value_name = "FILE")]
    pub authkeys: Option<PathBuf>,
    /// How the frames are written
    #[arg(long, value_enum, default_value = "auto")]
    pub form: FormChoice,
    /// One datagram each, or the bytes of a serial line
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `--form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormChoice {
    /// One frame of netstrings, as in a datagram
    Net,
    /// Frames of lines, as on a serial line
    Text,
    /// Look at the first bytes
    Auto,
}

/// One line of output, as DESIGN section 8 has it.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    verdict: &'static str,
    /// Empty when accepted; else the word of [`Reject::reason`].
    reason: &'static str,
    fields: Vec<(&'a str, serde_json::Value)>,
}

/// The whole command. `read_keys` makes keys of an authkeys file, or a sentence why not.
pub fn main(arguments: &DecodeArgs, read_keys: impl FnOnce(&Path) -> Result<Keys, String>) -> ExitCode {
    let keys = match arguments.authkeys.as_deref().map(read_keys).transpose() {
        Ok(keys) => keys,
        Err(why) => {
            eprintln!("systole decode: {why}");
            return ExitCode::from(UNREADABLE);
        }
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    ExitCode::from(run(&arguments.files, arguments.form, keys.as_ref(), &mut out))
}

/// Decodes the files in order and writes one line per frame. Without keys only crc digests can be checked; a frame
/// with another digest is rejected with the reason `no-key`. Returns the exit status.
pub fn run(files: &[PathBuf], form: FormChoice, keys: Option<&Keys>, out: &mut dyn Write) -> u8 {
    let crc_only = Keys::crc_only();
    let keys = keys.unwrap_or(&crc_only);
    let mut status = ALL_ACCEPTED;
    for file in files {
        let bytes = match read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("systole decode: cannot read {}: {error}", file.display());
                status = UNREADABLE;
                continue;
            }
        };
        match decode_file(&file.to_string_lossy(), &bytes, form, keys, out) {
            Ok(true) => {}
            Ok(false) => status = status.max(SOME_REJECTED),
            Err(error) => return unwritable(&error),
        }
    }
    // What is still in a buffer may meet a full disk too.
    out.flush().map_or_else(|error| unwritable(&error), |()| status)
}

fn unwritable(error: &std::io::Error) -> u8 {
    // Nobody reads on (`| head`): that is no fault worth a message.
    if error.kind() != std::io::ErrorKind::BrokenPipe {
        eprintln!("systole decode: cannot write the result: {error}");
    }
    UNREADABLE
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(FILE_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > FILE_MAX) {
        return Err(std::io::Error::other("it is larger than 256 MiB; cut it into pieces"));
    }
    Ok(bytes)
}

/// Writes the lines of one file; false when a frame was rejected.
fn decode_file(file: &str, bytes: &[u8], form: FormChoice, keys: &Keys, out: &mut dyn Write) -> std::io::Result<bool> {
    let net = match form {
        FormChoice::Net => true,
        FormChoice::Text => false,
        FormChoice::Auto => bytes.starts_with(b"###"),
    };
    let mut accepted = true;
    let mut put = |result: Result<&Frame, Reject>| {
        accepted &= result.is_ok();
        write_line(file, result, out)
    };
    if bytes.is_empty() {
        put(Err(Reject::Empty))?;
    } else if net {
        let frame = decode_net(bytes, keys);
        put(frame.as_ref().map(|f| f.get()).map_err(|reject| *reject))?;
    } else if !holds_start(bytes) {
        put(Err(Reject::NoStart))?;
    } else {
        decode_stream(bytes, keys, &mut put)?;
    }
    Ok(accepted)
}

/// Is there anything that begins a text frame?
fn holds_start(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|three| three == b">>>")
}

fn decode_stream(
    bytes: &[u8],
    keys: &Keys,
    put: &mut dyn FnMut(Result<&Frame, Reject>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut stream = TextStream::new();
    // Pieces, because the stream keeps no more than two frames' length.
    for piece in bytes.chunks(FRAME_MAX / 2) {
        stream.push(piece);
        while let Some(result) = stream.next(keys) {
            put(result.as_ref().map(|f| f.get()).map_err(|reject| *reject))?;
        }
    }
    stream.finish().map_or(Ok(()), |reject| put(Err(reject)))
}

fn write_line(file: &str, result: Result<&Frame, Reject>, out: &mut dyn Write) -> std::io::Result<()> {
    let line = match result {
        Ok(frame) => Line { file, verdict: "accept", reason: "", fields: fields(frame) },
        Err(reject) => Line { file, verdict: "reject", reason: reject.reason(), fields: Vec::new() },
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// The fields in wire order: text as a string, binary as `{"b64": ...}`, text that is no UTF-8 as `{"text_b64": ...}`.
fn fields(frame: &Frame) -> Vec<(&str, serde_json::Value)> {
    let value = |value: Value<'_>| match value {
        Value::Binary(bytes) => serde_json::json!({ "b64": STANDARD.encode(bytes) }),
        Value::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => serde_json::Value::from(text),
            Err(_) => serde_json::json!({ "text_b64": STANDARD.encode(text) }),
        },
    };
    frame.fields().map(|field| (field.name, value(field.value))).collect()
}

#[cfg(test)]
mod tests;

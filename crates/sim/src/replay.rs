//! Plays a recording again: a core made from its first line hears what was heard and must want what was wanted.
//! Not here: writing recordings (hands of a running node; `play_recorded` for a simulated one).

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;
use std::process::ExitCode;
use systole_core::Output;
use systole_core::record::{Entry, FORMAT, Head, Origin, Turn};

/// A line that is longer is no line of ours.
const LINE_MAX: u64 = 16 << 20;
/// Inputs shown before the first difference.
const BEFORE: usize = 5;

/// A recording that was played to its end without a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identical {
    pub inputs: u64,
    pub outputs: u64,
    /// Turns that were lost before this file began, if it does not begin at the start of the node.
    pub lost: Option<u64>,
    /// Why the recording ends before the node did.
    pub end: Option<String>,
}

/// Why a recording did not play to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The core decided otherwise.
    #[error("{0}")]
    Differs(Box<Difference>),
    /// The file is damaged, cut off, or of another version.
    #[error("line {line}: {what}")]
    Damaged { line: u64, what: String },
    #[error("cannot read: {0}")]
    Unreadable(#[from] std::io::Error),
}

/// The first turn that went otherwise.
#[derive(Debug)]
pub struct Difference {
    pub line: u64,
    pub recorded: Turn,
    pub replayed: Turn,
    /// Lines and inputs before it, oldest first.
    pub before: Vec<(u64, String)>,
    /// Version of the program that wrote the recording.
    pub program: String,
}

/// Plays a recording.
///
/// # Errors
/// The first difference, or where the file is damaged.
pub fn replay(mut reader: impl BufRead) -> Result<Identical, Failure> {
    let mut line = 1;
    let Some(Entry::Head(head)) = next(&mut reader, line)? else {
        return Err(damaged(
            line,
            "a recording begins with a head, and this does not; give a file of `systoled --record`",
        ));
    };
    let Head { program, origin, .. } = *head;
    let lost = if let Origin::Middle { lost, .. } = &origin { Some(*lost) } else { None };
    let mut done = Identical { inputs: 0, outputs: 0, lost, end: None };
    let mut cluster = origin.cluster();
    let mut before = VecDeque::new();
    loop {
        line += 1;
        match next(&mut reader, line)? {
            None => return Ok(done),
            Some(_) if done.end.is_some() => return Err(damaged(line, "nothing may follow the end of a recording")),
            Some(Entry::Head(_)) => return Err(damaged(line, "a second head; split the file before this line")),
            Some(Entry::End { why }) => done.end = Some(why),
            Some(Entry::Turn(recorded)) => {
                let shown = (line, format!("at {} {:?}", seconds(&recorded), recorded.input));
                done.inputs += 1;
                done.outputs += recorded.outputs.len() as u64;
                let replayed = Turn::take(&mut cluster, recorded.at, recorded.input.clone());
                if replayed != recorded {
                    let before = before.drain(..).collect();
                    return Err(Failure::Differs(Box::new(Difference { line, recorded, replayed, before, program })));
                }
                before.push_back(shown);
                if before.len() > BEFORE {
                    before.pop_front();
                }
            }
        }
    }
}

/// The next line, or nothing at the end of the file.
fn next(reader: &mut impl BufRead, line: u64) -> Result<Option<Entry>, Failure> {
    let mut bytes = Vec::new();
    reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes)?;
    match bytes.last() {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) => {
            let good = line - 1;
            let what = format!(
                "cut off: the node lost power or was killed while writing it, or the copy is not whole. All before it \
                 plays the same; to play that alone: head -n {good} FILE"
            );
            return Err(damaged(line, &what));
        }
    }
    let broken = |e: serde_json::Error| {
        damaged(
            line,
            &format!("not understood ({e}). The file is damaged, or of another version of systole; copy it anew"),
        )
    };
    if line == 1 {
        check_format(&bytes)?;
    }
    serde_json::from_slice(&bytes).map(Some).map_err(broken)
}

/// A head of another version is named as such, whatever else it holds.
fn check_format(bytes: &[u8]) -> Result<(), Failure> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return Ok(()) };
    let Some(head) = value.get("head") else { return Ok(()) };
    let format = head.get("format").and_then(serde_json::Value::as_u64);
    if format == Some(u64::from(FORMAT)) {
        return Ok(());
    }
    let program = head.get("program").and_then(serde_json::Value::as_str).unwrap_or("unknown");
    Err(damaged(
        1,
        &format!("format {format:?}, and this program plays {FORMAT}; use the version that wrote it ({program})"),
    ))
}

fn damaged(line: u64, what: &str) -> Failure {
    Failure::Damaged { line, what: what.to_owned() }
}

fn seconds(turn: &Turn) -> String {
    format!("{:.9} s", turn.at.0 as f64 / 1e9)
}

impl fmt::Display for Identical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inputs, {} outputs, identical", self.inputs, self.outputs)?;
        match self.lost {
            Some(0) => f.write_str("; it continues an earlier file")?,
            Some(lost) => write!(f, "; it begins after a gap of {lost} inputs or more")?,
            None => {}
        }
        self.end.as_ref().map_or(Ok(()), |why| write!(f, "; it ends before the node did: {why}"))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, input) in &self.before {
            writeln!(f, "  line {line}: {input}")?;
        }
        writeln!(f, "line {}: at {} {:?}", self.line, seconds(&self.recorded), self.recorded.input)?;
        let (recorded, replayed) = (&self.recorded.outputs, &self.replayed.outputs);
        let same = recorded.iter().zip(replayed).take_while(|(a, b)| a == b).count();
        let show = |output: Option<&Output>| output.map_or_else(|| "nothing more".to_owned(), |o| format!("{o:?}"));
        writeln!(f, "output {} of this input differs", same + 1)?;
        writeln!(f, "  recorded: {}", show(recorded.get(same)))?;
        write!(f, "  replayed: {}", show(replayed.get(same)))?;
        let mine = env!("CARGO_PKG_VERSION");
        if self.program == mine {
            return Ok(());
        }
        write!(f, "\nrecorded by version {}, replayed by {mine}: another version may decide otherwise", self.program)
    }
}

/// The command `replay FILE`: prints the verdict. Exit status 0 identical, 1 a difference, 2 not to be played.
pub fn main(file: &Path) -> ExitCode {
    let opened = std::fs::File::open(file).map_err(Failure::from);
    match opened.and_then(|opened| replay(std::io::BufReader::new(opened))) {
        Ok(identical) => {
            println!("{}: {identical}", file.display());
            ExitCode::SUCCESS
        }
        Err(Failure::Differs(difference)) => {
            println!("{}: not identical\n{difference}", file.display());
            ExitCode::from(1)
        }
        Err(failure) => {
            eprintln!("{}: {failure}", file.display());
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests;

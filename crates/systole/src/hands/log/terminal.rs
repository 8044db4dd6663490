//! Standard output for a person (`--log human`) and for a program (`--log json`).
//! Not here: the journal (journal).

use super::line::{Line, word};
use super::outlet::Target;
use crate::bridge::Level;
use std::io::{self, IsTerminal, Write};

/// Sentences with the local time; colour only on a terminal.
#[derive(Debug)]
pub struct Human {
    debug: bool,
    colour: bool,
}

impl Human {
    /// `debug`: write lines of level debug too.
    pub fn new(debug: bool) -> Human {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Human { debug, colour }
    }
}

/// `17:32:54  text`, from warnings up with the level's word before the text.
pub fn spell(line: &Line, colour: bool) -> String {
    let time = line.local();
    let stamp = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    let text =
        if line.level >= Level::Warn { format!("{}: {}", word(line.level), line.text) } else { line.text.clone() };
    let code = match line.level {
        _ if !colour => return format!("{stamp}  {text}\n"),
        Level::Debug => "2",
        Level::Info | Level::Notice => "0",
        Level::Warn => "33",
        Level::Error | Level::Crit => "1;31",
    };
    format!("\x1b[2m{stamp}\x1b[0m  \x1b[{code}m{text}\x1b[0m\n")
}

impl Target for Human {
    fn name(&self) -> String {
        "standard output".into()
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if line.level == Level::Debug && !self.debug {
            return Ok(());
        }
        print(&spell(line, self.colour))
    }
}

/// One JSON object a line.
#[derive(Debug)]
pub struct Json {
    debug: bool,
}

impl Json {
    /// `debug`: write lines of level debug too.
    pub fn new(debug: bool) -> Json {
        Json { debug }
    }
}

impl Target for Json {
    fn name(&self) -> String {
        "standard output".into()
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if line.level == Level::Debug && !self.debug {
            return Ok(());
        }
        print(&(line.json() + "\n"))
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

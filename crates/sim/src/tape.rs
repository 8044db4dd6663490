//! The recording of one simulated node, a life each, in the lines that a running node writes.
//! Not here: playing it again (replay.rs).

use crate::brain::Brain;
use crate::misfortune::draw;
use crate::run::play_recorded;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use systole_core::record::{Entry, FORMAT, Head, Origin, Turn};
use systole_core::{Identity, Input, Moment, Output, Settings};

/// What one node was told and wanted.
#[derive(Debug, Clone)]
pub struct Tape {
    node: usize,
    lives: Vec<Vec<Entry>>,
}

impl Tape {
    /// An empty one for the node of that number, from 0.
    pub fn new(node: usize) -> Tape {
        Tape { node, lives: Vec::new() }
    }

    /// The recordings, a life each.
    pub fn lives(self) -> Vec<Vec<Entry>> {
        self.lives
    }

    pub(crate) fn boots(&mut self, node: usize, settings: &Settings, identity: &Identity, at: Moment) {
        if node == self.node {
            let origin = Origin::Start { settings: Box::new(settings.clone()), identity: identity.clone(), at };
            let program = env!("CARGO_PKG_VERSION").to_owned();
            self.lives.push(vec![Entry::Head(Box::new(Head { format: FORMAT, program, at_ms: 0, origin }))]);
        }
    }

    pub(crate) fn hears(&mut self, node: usize, at: Moment, input: &Input) {
        if let (true, Some(life)) = (node == self.node, self.lives.last_mut()) {
            life.push(Entry::Turn(Turn { at, input: input.clone(), outputs: Vec::new() }));
        }
    }

    pub(crate) fn wants(&mut self, node: usize, core: &mut Brain, output: &Output) {
        if node != self.node {
            return;
        }
        if let Some(Entry::Turn(turn)) = self.lives.last_mut().and_then(|life| life.last_mut()) {
            turn.outputs.push(output.clone());
            if *output == Output::Exit {
                // The world asks a node that has ended nothing more.
                turn.outputs.push(core.poll());
            }
        }
    }
}

/// A recording as it stands in a file.
///
/// # Errors
/// Of the writer.
pub fn write(life: &[Entry], mut to: impl Write) -> std::io::Result<()> {
    for entry in life {
        serde_json::to_writer(&mut to, entry)?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// The command `record SEED NODE DIR`: a file for each life of that node, counted from 0, in a new directory.
pub fn main(seed: &str, node: &str, dir: &Path) -> ExitCode {
    let (Ok(seed), Ok(node)) = (seed.parse(), node.parse()) else {
        eprintln!("systole-sim: a seed and the number of a node (0 is the first) are wanted, and a directory");
        return ExitCode::from(2);
    };
    let (report, lives) = play_recorded(&draw(seed), node);
    let save = || -> std::io::Result<()> {
        std::fs::create_dir(dir)?;
        for (number, life) in (1..).zip(&lives) {
            let file = std::fs::File::create_new(dir.join(format!("{number:08}.jsonl")))?;
            write(life, std::io::BufWriter::new(file))?;
        }
        Ok(())
    };
    if let Err(error) = save() {
        eprintln!("systole-sim: {}: {error}", dir.display());
        return ExitCode::from(2);
    }
    println!("seed {seed}: {} lives of node {node} in {}; faults: {}", lives.len(), dir.display(), report.injected);
    ExitCode::SUCCESS
}

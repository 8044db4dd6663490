//! `systole replay`: a recording is played again, and must come to the same decisions.
//! Not here: playing (systole-sim, replay.rs), recording (heart/recorder.rs).

use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// A file of `systoled --record`
    file: PathBuf,
}

/// Exit status 0: identical; 1: the first difference is shown; 2: the file cannot be played to its end.
pub fn run(arguments: &ReplayArgs) -> ExitCode {
    systole_sim::replay::main(&arguments.file)
}

//! `systole demo`: options, signals and exit status of the demonstration.
//! Not here: the demonstration itself; that is systole-lab.

use clap::Args;
use std::process::ExitCode;
use systole_lab::{DemoOptions, Interrupted, Stop};

/// As a shell has it for a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Leave the pair running afterwards and print what to type, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

/// Runs `systole demo`.
pub fn run(arguments: &DemoArgs) -> ExitCode {
    match demonstrate(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if error.is::<Interrupted>() => {
            eprintln!("systole demo: interrupted; everything it had set up is gone");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            eprintln!("systole demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(arguments: &DemoArgs) -> anyhow::Result<bool> {
    let stop = Stop::on_signals()?;
    let program = std::env::current_exe()?;
    systole_lab::demo(&DemoOptions { keep: arguments.keep, program }, &stop)
}

//! The command line: one module a command.
//! Not here: what the daemon does.

pub mod daemon;

use std::process::ExitCode;

/// Runs `systole ...`.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}

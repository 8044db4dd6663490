//! `systoled`: options, then heart.

use std::process::ExitCode;

/// Runs the daemon in the foreground.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}

//! One executable for everything: `systoled` (heart and hands), `systole` and, by the name it is called as, the old tools.
//! Here is only the choice which of them runs.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod bridge;
mod ctl;
mod hands;
mod heart;
mod paths;
mod state;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let name = std::path::Path::new(&name).file_name().and_then(|n| n.to_str()).unwrap_or("systole").to_owned();
    match name.as_str() {
        "systoled" => ctl::daemon::main(),
        other => ctl::compat::by_name(other).unwrap_or(ctl::main)(),
    }
}

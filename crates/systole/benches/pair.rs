//! The figures of a real pair: two daemons on two machines of the lab, real Apache, a client with a browser and a sniffer.
//! Prints one Markdown table, which goes as it is into docs/benchmarks.md; progress goes to standard error.
//!
//! Run as root: `cargo bench -p systole --bench pair`, or with names of chapters: `... -- moves beats`.
//! Ends non-zero when something could not be measured. A bar that is missed is a line of the table, not an error.
#![forbid(unsafe_code)]

#[path = "pair/addresses.rs"]
mod addresses;
#[path = "pair/beats.rs"]
mod beats;
#[path = "pair/clock.rs"]
mod clock;
#[path = "pair/eye.rs"]
mod eye;
#[path = "pair/figures.rs"]
mod figures;
#[path = "pair/first.rs"]
mod first;
#[path = "pair/idle.rs"]
mod idle;
#[path = "pair/moves.rs"]
mod moves;
#[path = "pair/reference.rs"]
mod reference;
#[path = "pair/rhythm.rs"]
mod rhythm;
#[path = "pair/room.rs"]
mod room;
#[path = "pair/verdict.rs"]
mod verdict;

use anyhow::Result;
use figures::Figures;
use std::process::ExitCode;
use systole_lab::{Interrupted, Stop};

type Chapter = fn(&Stop, &mut Figures) -> Result<()>;

const CHAPTERS: [(&str, Chapter); 5] = [
    ("verdict", verdict::measure),
    ("addresses", addresses::measure),
    ("moves", moves::measure),
    ("idle", idle::measure),
    ("beats", beats::measure),
];

fn main() -> ExitCode {
    // cargo bench adds --bench; what is left are names of chapters.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("pair: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let mut figures = Figures::new();
    let mut whole = true;
    for (name, chapter) in CHAPTERS {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        eprintln!("pair: {name}");
        if let Err(error) = chapter(&stop, &mut figures) {
            eprintln!("pair: {name} could not be measured to its end: {error:#}");
            if error.is::<Interrupted>() {
                return ExitCode::FAILURE;
            }
            whole = false;
        }
    }
    print!("{}", figures.markdown());
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! `systole demo`: the tutorial's pair on this one machine, every failure of the tutorial and more, measured.
//! Here: the order of the steps and the verdict. Not here: what a step does (steps.rs), how it looks (report.rs).

use crate::stop::Stop;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod pair;
mod report;
mod services;
mod silence;
mod steps;

use pair::Pair;
use report::Report;

/// The tutorial's times, as its ha.cf has them.
const DEADTIME: Duration = Duration::from_secs(10);
/// Longer than any wait that ends well: initdead, a cold boot and a slow machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the command line chose.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Leave the pair running afterwards, until a signal comes.
    pub keep: bool,
    /// The program under test; its own file, usually.
    pub program: PathBuf,
}

type Step = fn(&mut Pair, &mut Report) -> Result<()>;

/// The steps, titled after the chapters and sentences of the tutorial.
const STEPS: &[(&str, Step)] = &[
    ("1.a The serial line: \"echo test > /dev/ttyS0\" there, \"cat < /dev/ttyS0\" here", steps::serial),
    ("1.b The files ha.cf, haresources and authkeys, letter by letter as printed", steps::files),
    ("2. Starting the service on both nodes", steps::start),
    ("2. \"ps aux | grep apache\" on the slave: Apache does not run there", steps::absent),
    ("2. The browser at 192.168.1.236 shows the master's name", steps::page),
    ("2. Unplug the RJ45 of the master, reload: the slave's name has appeared", steps::cable),
    ("The mains plug of the master is pulled, and it comes back", steps::power),
    ("The daemon of the master is killed (kill -9)", steps::kill),
    ("All processes of Apache on the master are killed (kill -9)", services::killed),
    ("Apache on the master hangs (kill -STOP)", services::hung),
    ("The daemon of the master is stopped for a while (kill -STOP)", silence::stopped),
    ("A firewall eats all beats and the serial line is out, both machines live", silence::filtered),
    ("The daemon of the master is stopped in good order", steps::stop),
];

/// Runs the demo and prints it. True when every step passed. Nothing is left behind when this returns.
///
/// # Errors
/// Interrupted, or the two machines could not be set up at all.
pub fn demo(options: &DemoOptions, stop: &Stop) -> Result<bool> {
    for (program, package) in [("apache2", "apache2"), ("nft", "nftables")] {
        if !Path::new("/usr/sbin").join(program).exists() {
            bail!(
                "{program} is not installed: run `make demo`, or `apt-get install --no-install-recommends {package}`"
            );
        }
    }
    let mut report = Report::new(stop);
    report.say("Two machines, nico.test.local (the master) and dracofeu (the slave), are being set up on this one:");
    report.say("namespaces of their own, a switch, a null-modem, a client that asks for the page every 5 ms.");
    let mut pair = Pair::new(stop, &options.program).context("the two machines could not be set up")?;
    for (number, (title, step)) in (1..).zip(STEPS) {
        report.begin(number, title);
        if let Err(error) = step(&mut pair, &mut report) {
            stop.check()?;
            report.broken(&error);
            pair.explain(&mut report);
            if number < STEPS.len() {
                report.say("The steps that would follow build on this one; they were not run.");
            }
            break;
        }
    }
    report.table();
    if options.keep {
        keep(&mut pair, &mut report)?;
    }
    Ok(report.passed())
}

/// Brings the pair up again and tells how to play with it, until a signal comes.
fn keep(pair: &mut Pair, report: &mut Report) -> Result<()> {
    report.say("");
    report.say("The pair is brought up once more, and stays.");
    pair.start_what_is_down()?;
    if let Err(error) = pair.home(report) {
        pair.stop().check()?;
        report.say(&format!("It did not come up: {error:#}"));
    }
    for line in pair.how_to_play() {
        report.say(&line);
    }
    pair.stop().wait();
    report.say("Ended; everything is being removed.");
    Ok(())
}

//! `cl_respawn`: runs a program and starts it again whenever it ends, until it ends with the agreed status.
//! Not here: supervision of groups, which needs no helper.

use super::log_line;
use rustix::process::{Pid, test_kill_process};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use systole_sys::signals::{Signal, Signals};
use systole_sys::spawn::kill_group;
use systole_sys::wait::{PollFd, PollFlags, poll};

/// Heartbeat's status for "do not start me again".
const MAGIC: u8 = 100;
/// A program that ends sooner is started again after this pause only, so that a broken one does not take the machine.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the program may take to end when we are told to.
const PATIENCE: Duration = Duration::from_secs(10);

const USAGE: &str = "\
Usage: cl_respawn [-m code] [-i ms] [-w ms] [-p pidfile] program [arguments]
  -m code     exit status of the program that ends it all (100)
  -p pidfile  holds the process id of cl_respawn while it runs
  -i, -w      times for apphbd, which does not exist any more; accepted, without effect
Ends with 0 after the agreed status or a signal, 1 when it could not begin, 2 for wrong arguments.
";

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
struct Task {
    magic: u8,
    pidfile: Option<PathBuf>,
    program: Vec<String>,
}

/// Called as `cl_respawn`.
pub fn main() -> ExitCode {
    let words = super::arguments();
    if words.iter().take_while(|word| word.starts_with('-')).any(|word| matches!(word.as_str(), "-h" | "--help")) {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let task = match read(&words) {
        Ok(task) => task,
        Err(why) => {
            log_line::error("cl_respawn", &why);
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            log_line::error("cl_respawn", &why);
            ExitCode::from(1)
        }
    }
}

/// Options end at the first word that is none: the rest belongs to the program.
fn read(words: &[String]) -> Result<Task, String> {
    let mut task = Task { magic: MAGIC, pidfile: None, program: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "-m" => {
                let text = value()?;
                task.magic = text.parse().map_err(|_| format!("{text} is no exit status (0 to 255)"))?;
            }
            "-p" => task.pidfile = Some(value()?.into()),
            "-i" | "-w" => {
                let text = value()?;
                text.parse::<u64>().map_err(|_| format!("{text} is no time in milliseconds"))?;
            }
            "--" => {
                task.program = words.cloned().collect();
                break;
            }
            option if option.starts_with('-') => return Err(format!("{option} is no option")),
            program => {
                task.program = std::iter::once(program.to_owned()).chain(words.cloned()).collect();
                break;
            }
        }
    }
    if task.program.is_empty() { Err("there is no program to run".into()) } else { Ok(task) }
}

fn run(task: &Task) -> Result<(), String> {
    let mut signals = Signals::open(&[Signal::Terminate, Signal::Interrupt, Signal::HangUp, Signal::Child])
        .map_err(|error| format!("cannot listen to signals: {error}"))?;
    let _pidfile = task.pidfile.as_deref().map(Pidfile::write).transpose()?;
    loop {
        let begun = Instant::now();
        let mut child = spawn(task)?;
        match wait(&mut child, &mut signals)? {
            Ended::Told => return Ok(()),
            Ended::Itself(status) if status.code() == Some(task.magic.into()) => return Ok(()),
            Ended::Itself(status) => {
                let name = task.program.first().map(String::as_str).unwrap_or_default();
                log_line::error("cl_respawn", &format!("{name} ended ({status}); it is started again"));
            }
        }
        if begun.elapsed() < PAUSE && told_within(&mut signals, PAUSE)? {
            return Ok(());
        }
    }
}

/// In a process group of its own, so that a signal for it reaches what it started too.
fn spawn(task: &Task) -> Result<Child, String> {
    let Some((program, arguments)) = task.program.split_first() else { return Err("there is no program".into()) };
    Command::new(program)
        .args(arguments)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot run {program}: {error}"))
}

enum Ended {
    Itself(ExitStatus),
    /// We were told to end, and it has ended.
    Told,
}

fn wait(child: &mut Child, signals: &mut Signals) -> Result<Ended, String> {
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(Ended::Itself(status));
        }
        if told(signals, None)? {
            end(child, signals);
            return Ok(Ended::Told);
        }
    }
}

/// TERM, then patience, then KILL.
fn end(child: &mut Child, signals: &mut Signals) {
    let _ = kill_group(child.id(), Signal::Terminate);
    let until = Instant::now() + PATIENCE;
    while let Ok(None) = child.try_wait() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let _ = told(signals, Some(left));
    }
    // What the program left in its group must not outlive us unseen.
    let _ = kill_group(child.id(), Signal::Kill);
    let _ = child.wait();
}

/// Waits for a signal, at most `limit`; true when one came that tells us to end. A child's end comes back as false.
fn told(signals: &mut Signals, limit: Option<Duration>) -> Result<bool, String> {
    poll(&mut [PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN)], limit).map_err(|error| error.to_string())?;
    let mut told = false;
    while let Some(signal) = signals.next() {
        told |= signal != Signal::Child;
    }
    Ok(told)
}

/// Told to end before the limit is over?
fn told_within(signals: &mut Signals, limit: Duration) -> Result<bool, String> {
    let until = Instant::now() + limit;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        if told(signals, Some(left))? {
            return Ok(true);
        }
    }
}

/// Removed when dropped.
struct Pidfile(PathBuf);

impl Pidfile {
    fn write(path: &Path) -> Result<Pidfile, String> {
        let held = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).and_then(Pid::from_raw);
        if let Some(pid) = held.filter(|pid| test_kill_process(*pid).is_ok()) {
            return Err(format!("{} belongs to process {}, which runs", path.display(), pid.as_raw_pid()));
        }
        std::fs::write(path, format!("{}\n", std::process::id()))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(Pidfile(path.to_owned()))
    }
}

impl Drop for Pidfile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn task(line: &str) -> Result<Task, String> {
        read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_end_where_the_program_begins() {
        let task = task("-m 7 -i 100 -w 200 -p /run/x.pid prog -m 9 -z").unwrap();
        assert_eq!(task.magic, 7);
        assert_eq!(task.pidfile.as_deref(), Some(Path::new("/run/x.pid")));
        assert_eq!(task.program, ["prog", "-m", "9", "-z"]);
        assert_eq!(self::task("prog").unwrap().magic, 100);
    }

    #[test]
    fn wrong_words_are_refused() {
        for line in ["", "-m 7", "-m 300 prog", "-m x prog", "-q prog", "-i soon prog", "-p"] {
            assert!(task(line).is_err(), "{line}");
        }
    }
}

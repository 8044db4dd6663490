//! Starting the daemon as `heartbeat` did: the files first, then into the background, and a word when it serves or why
//! not. Where systemd has the unit, systemd starts it.
//! Not here: the daemon (ctl/daemon.rs).

use super::running;
use crate::ctl::{check, compat, surroundings};
use crate::paths::Paths;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use systole_config::Severity;

/// The word by which `heartbeat` calls itself to become the daemon.
pub const DETACHED: &str = "--detached";
/// Heartbeat's status for wrong files.
const BAD_CONFIGURATION: u8 = 6;
/// Longer waits only a node whose predecessor still stops its services.
const WITHIN: Duration = Duration::from_secs(60);
const PACE: Duration = Duration::from_millis(50);
const UNIT: &str = "systoled.service";

pub fn run(paths: &Paths, foreground: bool) -> ExitCode {
    if let Err(code) = good_files(paths, "Heartbeat not started: configuration error.") {
        return code;
    }
    if let Some(pid) = running::pid(&paths.run_dir) {
        println!("heartbeat: already running [pid {pid}].");
        return ExitCode::SUCCESS;
    }
    if foreground {
        let error = systoled("human").exec();
        eprintln!("heartbeat: cannot become the daemon: {error}");
        return ExitCode::from(1);
    }
    if systemd_has_the_unit() {
        return systemctl("start");
    }
    match background().and_then(|(child, said)| ready(child, said, paths)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("heartbeat: cannot start the daemon: {error}");
            ExitCode::from(1)
        }
    }
}

/// Reads the files and shows what is wrong with them.
///
/// # Errors
/// The exit status, when the node cannot run by them; `then` was printed.
pub fn good_files(paths: &Paths, then: &str) -> Result<(), ExitCode> {
    let (sources, around) = surroundings::gather(paths);
    let reading = systole_config::read(&sources, &around);
    if reading.configuration.is_some() {
        return Ok(());
    }
    for diagnostic in reading.diagnostics.iter().filter(|d| d.severity >= Severity::Error) {
        eprintln!("{}", check::render(diagnostic));
    }
    eprintln!("heartbeat: {then} `systole check --fix` can mend most of it.");
    Err(ExitCode::from(BAD_CONFIGURATION))
}

/// This executable under the daemon's name. By its path, so that the process is called after it.
fn systoled(log: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into()));
    command.arg0("systoled").args(["--log", log]);
    command
}

/// The child: out of the terminal's session, then the daemon.
pub fn detached() -> ExitCode {
    let error = match rustix::process::setsid() {
        Ok(_) => systoled("syslog").current_dir("/").exec(),
        Err(error) => error.into(),
    };
    eprintln!("heartbeat: cannot become the daemon: {error}");
    ExitCode::from(1)
}

/// The child, and what it says on standard error: a file, because a pipe would break when we end.
fn background() -> std::io::Result<(Child, File)> {
    let said = File::from(rustix::fs::memfd_create("heartbeat-start", rustix::fs::MemfdFlags::CLOEXEC)?);
    let mut command = Command::new("/proc/self/exe");
    command.arg0("heartbeat").arg(DETACHED);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.try_clone()?);
    Ok((command.spawn()?, said))
}

/// Waits until it has looked at its resources, or has ended.
fn ready(mut child: Child, mut said: File, paths: &Paths) -> std::io::Result<ExitCode> {
    let until = Instant::now() + WITHIN;
    loop {
        if let Some(status) = child.try_wait()? {
            let mut text = String::new();
            said.rewind()?;
            said.read_to_string(&mut text)?;
            eprint!("{text}");
            let code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
            return Ok(ExitCode::from(code.unwrap_or(1)));
        }
        if compat::status(paths).is_ok_and(|status| status.hands) {
            println!("heartbeat: started [pid {}].", child.id());
            return Ok(ExitCode::SUCCESS);
        }
        if Instant::now() >= until {
            let seconds = WITHIN.as_secs();
            eprintln!("heartbeat: process {} runs, but is not ready after {seconds} s; its log says why", child.id());
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(PACE);
    }
}

/// A daemon beside its unit could be started twice.
fn systemd_has_the_unit() -> bool {
    let directories = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
    Path::new("/run/systemd/system").exists() && directories.iter().any(|dir| Path::new(dir).join(UNIT).exists())
}

/// Has systemd do it; it waits for the result and says what went wrong.
pub fn systemctl(verb: &str) -> ExitCode {
    match Command::new("systemctl").args([verb, UNIT]).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("heartbeat: cannot run systemctl {verb} {UNIT}: {error}");
            ExitCode::from(1)
        }
    }
}

//! `systoled`: options, the three files, then heart.
//! Not here: what heart does.

use crate::ctl::{check, surroundings};
use crate::heart;
use crate::paths::Paths;
use clap::{Args, Parser, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use systole_config::{AuthKeys, LogTarget, Method, Severity};
use systole_wire::Keys;

/// Heartbeat's exit status for a configuration it cannot start with.
const BAD_CONFIGURATION: u8 = 6;

/// Runs one node of the cluster in the foreground.
#[derive(Debug, Parser)]
#[command(name = "systoled", version)]
struct Systoled {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    daemon: DaemonArgs,
}

#[derive(Debug, Args)]
pub struct DaemonArgs {
    /// Where lines go besides what ha.cf says
    #[arg(long, value_enum, default_value = "human")]
    log: Log,
    /// Record everything heard and decided, for `systole replay` [default DIR: recordings in the state directory]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    record: Option<Option<PathBuf>>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Log {
    /// Sentences on the terminal
    Human,
    /// One JSON object a line on standard output
    Json,
    /// Only where ha.cf says
    Syslog,
}

/// Called as `systoled`.
pub fn main() -> ExitCode {
    let called = Systoled::parse();
    run(&called.daemon, &called.paths)
}

/// Called as `systole daemon`.
pub fn run(arguments: &DaemonArgs, paths: &Paths) -> ExitCode {
    let (sources, surroundings) = surroundings::gather(paths);
    let reading = systole_config::read(&sources, &surroundings);
    for diagnostic in reading.diagnostics.iter().filter(|d| d.severity >= Severity::Warning) {
        eprintln!("{}", check::render(diagnostic));
    }
    let (Some(configuration), Some(authkeys)) = (reading.configuration, reading.authkeys) else {
        eprintln!("systoled: not started: configuration error. `systole check --fix` can mend most of it.");
        return ExitCode::from(BAD_CONFIGURATION);
    };
    let keys = match wire_keys(&authkeys) {
        Ok(keys) => keys,
        Err(why) => {
            eprintln!("systoled: not started: {why}");
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    let log = match arguments.log {
        Log::Human => LogTarget::Human,
        Log::Json => LogTarget::Json,
        Log::Syslog => LogTarget::Syslog,
    };
    let record = arguments.record.clone().map(|dir| dir.unwrap_or_else(|| paths.state_dir.join("recordings")));
    heart::run(heart::Start { configuration, keys, paths: paths.clone(), log, record })
}

/// The keys as the wire needs them.
///
/// # Errors
/// A sentence without any secret in it.
pub fn wire_keys(authkeys: &AuthKeys) -> Result<Keys, String> {
    let method = |m: Method| match m {
        Method::Crc => systole_wire::Method::Crc,
        Method::Md5 => systole_wire::Method::Md5,
        Method::Sha1 => systole_wire::Method::Sha1,
    };
    let keys = authkeys.keys.iter().map(|k| (k.index, method(k.method), k.secret().to_vec()));
    let keys = Keys::new(authkeys.active, keys);
    authkeys.accept.iter().fold(keys, |keys, index| keys?.accept(*index)).map_err(|e| e.to_string())
}

//! The command line of `systole`: one module a command.
//! Not here: what the daemon does.

pub mod check;
pub mod compat;
pub mod daemon;
pub mod surroundings;

mod ask;
mod client;
mod decode;
mod demo;
mod diff;
mod exit;
pub mod keys;
mod rehearse;
#[cfg(test)]
pub mod samples;
mod status;

use crate::hands;
use crate::paths::Paths;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Keeps services running on a pair of Linux servers; the successor of Linux-HA Heartbeat.
#[derive(Debug, Parser)]
#[command(name = "systole", version, arg_required_else_help = true, infer_subcommands = true)]
struct CommandLine {
    #[command(flatten)]
    paths: Paths,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show nodes, links and groups: who owns what, since when, and why
    ///
    /// Exit status: 0 fine, 1 degraded, 2 a group is not served, 3 no daemon runs here. A ping node that does not answer
    /// is degraded too.
    Status(status::StatusArgs),
    /// Give groups of this node to the other one, and wait until it has them
    Standby(ask::WhichArgs),
    /// Take groups from the other node, and wait until they run here
    Takeover(ask::WhichArgs),
    /// Move one group to a node, and wait until it runs there
    Move(ask::MoveArgs),
    /// Forget the failures of a group, or of all, so that it may be started here again
    Cleanup(ask::CleanupArgs),
    /// Check the three files, name every fault, and mend them with --fix
    ///
    /// Exit status: 0 fine, 1 warnings, 2 errors.
    Check(check::CheckArgs),
    /// Show the lines of the configuration in which the other nodes differ from this one
    ///
    /// Exit status: 0 all the same, 1 some differ, 2 of some node it is not known, 3 no daemon runs here.
    Diff(diff::DiffArgs),
    /// Show captured frames: one JSON line each, with the verdict and the fields
    ///
    /// Exit status: 0 all accepted, 1 some rejected, 2 a file could not be read.
    Decode(decode::DecodeArgs),
    /// Play a recording of `systoled --record` again: does this program decide the same?
    ///
    /// Exit status: 0 identical, 1 a difference, which is shown, 2 the file cannot be played to its end.
    Replay(rehearse::replay::ReplayArgs),
    /// Show on this one machine what a pair does: two nodes, real Apache, every failure, measured
    ///
    /// Exit status: 0 all as expected, 1 a step failed, 130 interrupted.
    Demo(demo::DemoArgs),
    /// Tell from the files alone what one failure or change would do, moment by moment
    ///
    /// Exit status: 0, also for bad news; 2 the files have errors, or the words are not understood.
    Plan(rehearse::situation::PlanArgs),
    /// Rehearse every single failure and every pair on the files, and derive the protection level
    ///
    /// Exit status: 0, also for bad news; 2 the files have errors.
    Rehearse(rehearse::RehearseArgs),
    /// Run the node in the foreground; the same as systoled
    Daemon(daemon::DaemonArgs),
    /// Run what heart starts beside itself
    #[command(hide = true)]
    Hands,
}

/// Runs `systole ...`.
pub fn main() -> ExitCode {
    let CommandLine { paths, command } = CommandLine::parse();
    match command {
        Command::Diff(arguments) => diff::run(&arguments, &paths),
        Command::Status(arguments) => status::run(&arguments, &paths),
        Command::Standby(arguments) => ask::standby(&arguments, &paths),
        Command::Takeover(arguments) => ask::takeover(&arguments, &paths),
        Command::Move(arguments) => ask::relocate(&arguments, &paths),
        Command::Cleanup(arguments) => ask::cleanup(&arguments, &paths),
        Command::Check(arguments) => check::run(&arguments, &paths),
        Command::Decode(arguments) => decode::main(&arguments, keys::of_file),
        Command::Replay(arguments) => rehearse::replay::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Plan(arguments) => rehearse::situation::run(&arguments, &paths),
        Command::Rehearse(arguments) => rehearse::run(&arguments, &paths),
        Command::Daemon(arguments) => daemon::run(&arguments, &paths),
        Command::Hands => hands::main(),
    }
}

#[cfg(test)]
mod tests {
    use super::CommandLine;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn the_old_words_are_understood_and_others_are_not() {
        for words in
            [&["standby"][..], &["takeover", "failback"], &["move", "web", "beta"], &["cleanup"], &["status", "--json"]]
        {
            let line = ["systole", "--run-dir", "/x"].iter().chain(words);
            assert!(CommandLine::try_parse_from(line).is_ok(), "{words:?}");
        }
        assert!(CommandLine::try_parse_from(["systole", "standby", "everything"]).is_err());
        assert!(CommandLine::try_parse_from(["systole", "move", "web"]).is_err());
        assert!(CommandLine::try_parse_from(["systole", "standby", "--timeout", "0"]).is_err());
    }
}

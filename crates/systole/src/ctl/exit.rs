//! Exit statuses of the commands (the table of programs in the guide).
//! Not here: those of the old names, which are Heartbeat's.

/// `status`: something is amiss, the services run.
pub const DEGRADED: u8 = 1;
/// An act was refused or failed.
pub const REFUSED: u8 = 1;
/// `status`: a group is not served.
pub const DOWN: u8 = 2;
/// `diff`: the files of some node differ.
pub const DIFFERENT: u8 = 1;
/// `diff`: of some node it is not known.
pub const UNKNOWN: u8 = 2;
/// No daemon answers on this machine.
pub const NO_DAEMON: u8 = 3;

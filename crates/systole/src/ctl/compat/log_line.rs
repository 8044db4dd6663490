//! Lines on standard error as Heartbeat's tools write them: time, host, name, process, level.
//! Not here: the log of the daemon.

use std::time::{SystemTime, UNIX_EPOCH};
use systole_sys::localtime::local_time;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Nov 22 17:32:54`, now and here.
pub fn stamp() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = local_time(i64::try_from(since.as_secs()).unwrap_or_default());
    let month = MONTHS.get(usize::from(now.month).saturating_sub(1)).unwrap_or(&"Jan");
    format!("{month} {:02} {:02}:{:02}:{:02}", now.day, now.hour, now.minute, now.second)
}

/// One error line of the tool of that name.
pub fn error(tool: &str, text: &str) {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    for line in text.lines() {
        eprintln!("{} {host} {tool}: [{}]: ERROR: {}", stamp(), std::process::id(), line.trim());
    }
}

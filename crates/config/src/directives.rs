//! The one table of all directives of ha.cf (spec/CONFIG.md 1.2): it drives parsing, suggestions and the manual.
//! Not here: what is done with the values (ha_cf.rs).

/// How the values of a directive are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One or more node names.
    Nodes,
    /// A time.
    Time,
    /// One or more network interfaces.
    Devices,
    /// `dev group port ttl loop`.
    Mcast,
    /// The same for IPv6.
    Mcast6,
    /// `dev host`.
    Ucast,
    /// The same for IPv6.
    Ucast6,
    /// One or more paths of serial ports.
    Ttys,
    /// A speed of a serial line.
    Baud,
    /// A UDP port.
    Port,
    /// `on`, `off` or `legacy`.
    Failback,
    /// A boolean that stands for `auto_failback`.
    NiceFailback,
    /// An absolute path.
    Path,
    /// A syslog facility or `none`.
    Facility,
    /// A whole number from 0 to this.
    Number(u32),
    /// true/on/yes/y/1 or false/off/no/n/0.
    Boolean,
    /// `NAME=VALUE`.
    Environment,
    /// Only these words are acceptable.
    Only(&'static [&'static str]),
    /// One or more hosts that answer pings.
    Pings,
    /// `name host...`: one ping node.
    PingGroup,
    /// The rest of the line, whatever it is.
    Line,
}

/// What happens to a directive here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It does what it says.
    Works,
    /// Read and ignored; nothing is lost by that. The text says why.
    Needless(&'static str),
    /// Read and ignored, and something that the owner wanted is missing. The text says what.
    Missing(&'static str),
    /// Refused. The text says what to write instead.
    Refused(&'static str),
}

/// One directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive {
    pub name: &'static str,
    pub form: Form,
    pub effect: Effect,
    /// A line that is right.
    pub example: &'static str,
}

impl Directive {
    /// A second line of it adds to the first instead of replacing it.
    pub fn adds_up(&self) -> bool {
        use Form::*;
        matches!(
            self.form,
            Nodes | Devices | Mcast | Mcast6 | Ucast | Ucast6 | Ttys | Environment | Pings | PingGroup | Line
        )
    }

    /// Its line may hold a password.
    pub fn hides_secrets(&self) -> bool {
        self.name.starts_with("stonith")
    }
}

/// Finds a directive by its exact name; case matters, as in Heartbeat.
pub fn directive(name: &str) -> Option<&'static Directive> {
    DIRECTIVES.iter().find(|d| d.name == name)
}

const fn works(name: &'static str, form: Form, example: &'static str) -> Directive {
    Directive { name, form, effect: Effect::Works, example }
}
const fn needless(name: &'static str, form: Form, example: &'static str, why: &'static str) -> Directive {
    Directive { name, form, effect: Effect::Needless(why), example }
}
const fn missing(name: &'static str, form: Form, example: &'static str, what: &'static str) -> Directive {
    Directive { name, form, effect: Effect::Missing(what), example }
}
const fn refused(name: &'static str, form: Form, example: &'static str, instead: &'static str) -> Directive {
    Directive { name, form, effect: Effect::Refused(instead), example }
}

const PACEMAKER: &str = "it belongs to Pacemaker, which is not used with haresources";
const COMPRESSION: &str = "messages are small and are sent as they are";
const LOGD: &str = "logs are written without a log daemon in between";
const CORES: &str = "core dumps are left to the system (coredumpctl, /proc/sys/kernel/core_pattern)";
const OFF: &[&str] = &["off", "no", "false", "n", "0"];

/// All of them, in the order in which a manual would tell them.
pub const DIRECTIVES: &[Directive] = &[
    works("node", Form::Nodes, "node alpha beta"),
    works("keepalive", Form::Time, "keepalive 2"),
    works("warntime", Form::Time, "warntime 6"),
    works("deadtime", Form::Time, "deadtime 10"),
    works("initdead", Form::Time, "initdead 60"),
    works("auto_failback", Form::Failback, "auto_failback on"),
    works("nice_failback", Form::NiceFailback, "auto_failback off"),
    works("udpport", Form::Port, "udpport 694"),
    works("bcast", Form::Devices, "bcast eth0"),
    works("udp", Form::Devices, "bcast eth0"),
    works("mcast", Form::Mcast, "mcast eth0 225.0.0.1 694 1 0"),
    works("mcast6", Form::Mcast6, "mcast6 eth0 ff02::694 694 1 0"),
    works("ucast", Form::Ucast, "ucast eth0 192.168.1.2"),
    works("ucast6", Form::Ucast6, "ucast6 eth0 fd00::2"),
    works("baud", Form::Baud, "baud 19200"),
    works("serial", Form::Ttys, "serial /dev/ttyS0"),
    works("logfile", Form::Path, "logfile /var/log/ha-log"),
    works("debugfile", Form::Path, "debugfile /var/log/ha-debug"),
    works("logfacility", Form::Facility, "logfacility local0"),
    works("debug", Form::Number(255), "debug 0"),
    works("watchdog", Form::Path, "watchdog /dev/watchdog"),
    works("realtime", Form::Boolean, "realtime on"),
    works("rtprio", Form::Number(99), "rtprio 50"),
    works("env", Form::Environment, "env NAME=VALUE"),
    works("deadping", Form::Time, "deadping 10"),
    works("ping", Form::Pings, "ping 192.168.1.1"),
    works("ping_group", Form::PingGroup, "ping_group gw 192.168.1.1 192.168.1.2"),
    missing(
        "respawn",
        Form::Line,
        "respawn root /usr/local/bin/helper",
        "no helper programs are started; give this one to the init system",
    ),
    missing(
        "failfast",
        Form::Line,
        "failfast root /usr/local/bin/helper",
        "no helper programs are started, and no machine is rebooted when one ends",
    ),
    missing("quorum_server", Form::Line, "quorum_server arbiter", "no quorum server is asked"),
    refused(
        "stonith",
        Form::Line,
        "",
        "fencing is not built yet, and running without it what was meant to run with it can destroy data on a shared disk. Take the line out only if the nodes share no disk",
    ),
    refused(
        "stonith_host",
        Form::Line,
        "",
        "fencing is not built yet, and running without it what was meant to run with it can destroy data on a shared disk. Take the line out only if the nodes share no disk",
    ),
    refused(
        "hbaping",
        Form::Line,
        "",
        "this medium is not built, here as in Heartbeat; use bcast, mcast, ucast or serial",
    ),
    refused("normalpoll", Form::Line, "", "this was never compiled into Heartbeat; take the line out"),
    refused(
        "crm",
        Form::Only(OFF),
        "crm off",
        "resources are run from haresources; write `crm off`, or use Pacemaker with corosync",
    ),
    refused(
        "pacemaker",
        Form::Only(OFF),
        "pacemaker off",
        "resources are run from haresources; write `pacemaker off`, or use Pacemaker with corosync",
    ),
    refused(
        "autojoin",
        Form::Only(&["none"]),
        "autojoin none",
        "nodes join only by a `node` line; write `autojoin none` and a `node` line for each",
    ),
    needless("use_logd", Form::Boolean, "use_logd off", LOGD),
    needless("conn_logd_time", Form::Time, "conn_logd_time 60", LOGD),
    needless("syslogmsgfmt", Form::Boolean, "syslogmsgfmt on", "log files always have the format of syslog"),
    needless(
        "log_badpack",
        Form::Boolean,
        "log_badpack on",
        "refused frames are always counted, and logged at a bounded rate",
    ),
    needless(
        "apiauth",
        Form::Line,
        "apiauth cl_status uid=hacluster",
        "the control socket belongs to root and the group haclient",
    ),
    needless("msgfmt", Form::Only(&["classic", "netstring"]), "msgfmt netstring", "both forms are understood always"),
    needless("compression", Form::Only(&["zlib", "bz2"]), "compression zlib", COMPRESSION),
    needless("compression_threshold", Form::Number(u32::MAX), "compression_threshold 2", COMPRESSION),
    needless("traditional_compression", Form::Boolean, "traditional_compression off", COMPRESSION),
    needless(
        "max_rexmit_delay",
        Form::Number(u32::MAX),
        "max_rexmit_delay 250",
        "lost messages are asked for at once; each beat carries the whole state",
    ),
    needless(
        "hbgenmethod",
        Form::Only(&["file", "time"]),
        "hbgenmethod file",
        "generations are kept in a file and grow even when that or the clock is lost",
    ),
    needless(
        "uuidfrom",
        Form::Only(&["file", "nodename"]),
        "uuidfrom file",
        "the identity is kept in the state directory",
    ),
    needless("memreserve", Form::Number(u32::MAX), "memreserve 6500", "memory is taken and locked at the start"),
    needless("coredumps", Form::Boolean, "coredumps on", CORES),
    needless("coreroot", Form::Path, "coreroot /var/lib/heartbeat/cores", CORES),
    needless("cluster", Form::Line, "cluster linux-ha", "it is a name without a use, here as in Heartbeat"),
    needless("hopfudge", Form::Number(255), "hopfudge 1", "frames are not passed on from node to node"),
    needless(
        "use_apphbd",
        Form::Boolean,
        "use_apphbd off",
        "there is no application heartbeat daemon to register with",
    ),
    needless("crm_daemon_dir", Form::Path, "crm_daemon_dir /usr/lib/pacemaker", PACEMAKER),
    needless("crmd_spawns_pengine", Form::Boolean, "crmd_spawns_pengine off", PACEMAKER),
    needless("record_config_changes", Form::Boolean, "record_config_changes on", PACEMAKER),
    needless("record_pengine_inputs", Form::Boolean, "record_pengine_inputs on", PACEMAKER),
    needless("enable_config_writes", Form::Boolean, "enable_config_writes on", PACEMAKER),
];

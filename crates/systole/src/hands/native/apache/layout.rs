//! Where Apache lies and by which settings it runs, as the distribution has it.
//! Not here: starting and stopping it.

use crate::hands::agent::environment::PATH;
use crate::hands::agent::process::{Call, Turn};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Programs and main configuration files of the distributions, Debian first.
const PROGRAMS: [&str; 4] =
    ["/usr/sbin/apache2", "/usr/sbin/httpd", "/usr/sbin/httpd2", "/usr/local/apache2/bin/httpd"];
const CONFIGURATIONS: [&str; 4] = [
    "/etc/apache2/apache2.conf",
    "/etc/httpd/conf/httpd.conf",
    "/etc/apache2/httpd.conf",
    "/usr/local/apache2/conf/httpd.conf",
];

/// The shell may take so long over `envvars`.
const ENVVARS_LIMIT: Duration = Duration::from_secs(10);

/// Prints the environment after reading `$1`, entries ended by zero bytes, and the ids of the user Apache runs as.
const READ_ENVVARS: &str = r#". "$1"; env -0; u=${APACHE_RUN_USER:-root}
printf 'SYSTOLE_UID=%s\0SYSTOLE_GID=%s\0' "$(id -u "$u")" "$(id -g "$u")""#;

/// Is there any Apache on this machine?
pub fn is_installed() -> bool {
    PROGRAMS.iter().any(|path| Path::new(path).exists())
}

/// All that is needed to start, find and stop one Apache.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Its path with symbolic links resolved, as /proc/PID/exe shows it.
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(String, String)>,
    pub configuration: PathBuf,
    pub pid_file: PathBuf,
    /// Directories it needs, and whether they belong to the user it runs as.
    directories: Vec<(PathBuf, bool)>,
    owner: Option<(u32, u32)>,
    envvars: PathBuf,
    stamp: Option<SystemTime>,
}

impl Layout {
    /// Looks at this machine. `argument` is the configuration file, when the resource names one.
    ///
    /// # Errors
    /// A sentence: not installed, or its settings cannot be read.
    pub async fn read(argument: Option<&str>) -> Result<Layout, String> {
        let exists = |path: &&str| Path::new(path).exists();
        let program =
            PROGRAMS.iter().find(|path| exists(path)).ok_or("Apache is not installed (apt install apache2)")?;
        let program = std::fs::canonicalize(program).map_err(|e| format!("{program}: {e}"))?;
        let configuration = match argument {
            Some(named) => PathBuf::from(named),
            None => CONFIGURATIONS.iter().find(|path| exists(path)).ok_or("Apache has no configuration file")?.into(),
        };
        let directory = configuration.parent().unwrap_or(Path::new("/")).to_owned();
        let envvars = directory.join("envvars");
        let stamp = modified(&envvars);
        let mut values = if stamp.is_some() { read_envvars(&envvars, &directory).await? } else { BTreeMap::new() };
        let mut id = |name: &str| values.remove(name).and_then(|id| id.parse().ok());
        let owner = id("SYSTOLE_UID").zip(id("SYSTOLE_GID"));
        values.entry("PATH".to_owned()).or_insert_with(|| PATH.to_owned());
        values.entry("LANG".to_owned()).or_insert_with(|| "C".to_owned());
        let mut layout = Layout {
            program,
            arguments: Vec::new(),
            pid_file: pid_file(&values, &configuration),
            directories: directories(&values),
            environment: values.into_iter().collect(),
            configuration,
            owner,
            envvars,
            stamp,
        };
        layout.arguments = layout.command_line(argument.is_some(), &directory);
        Ok(layout)
    }

    fn command_line(&self, named: bool, directory: &Path) -> Vec<OsString> {
        let mut line: Vec<OsString> = Vec::new();
        if self.stamp.is_some() && directory != Path::new("/etc/apache2") {
            line.extend(["-d".into(), directory.as_os_str().to_owned()]);
        }
        if named {
            line.extend(["-f".into(), self.configuration.as_os_str().to_owned()]);
        }
        line.push("-DFOREGROUND".into());
        line.extend(self.value("APACHE_ARGUMENTS").unwrap_or_default().split_whitespace().map(OsString::from));
        line
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Has somebody edited `envvars` since?
    pub fn is_current(&self) -> bool {
        modified(&self.envvars) == self.stamp
    }

    /// Makes the directories that vanish at a reboot, as the init script does.
    ///
    /// # Errors
    /// As the system says, with the directory.
    pub fn make_directories(&self) -> Result<(), String> {
        for (path, owned) in &self.directories {
            if path.is_dir() {
                continue;
            }
            std::fs::create_dir_all(path).map_err(|e| format!("cannot make {}: {e}", path.display()))?;
            if let Some((user, group)) = self.owner.filter(|_| *owned) {
                let owner = std::os::unix::fs::chown(path, Some(user), Some(group));
                owner.map_err(|e| format!("cannot give {} to the user of Apache: {e}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Where the first `Listen` says that it will answer; read anew, as the file may have been edited.
    pub fn listen(&self) -> Option<SocketAddr> {
        let ports = self.configuration.with_file_name("ports.conf");
        [&ports, &self.configuration].into_iter().find_map(|file| first_listen(&std::fs::read_to_string(file).ok()?))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

async fn read_envvars(file: &Path, directory: &Path) -> Result<BTreeMap<String, String>, String> {
    let environment = [("PATH", PATH.to_owned()), ("LANG", "C".to_owned())];
    let confdir = ("APACHE_CONFDIR", directory.display().to_string());
    let call = Call {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), READ_ENVVARS.into(), "sh".into(), file.as_os_str().to_owned()],
        environment: environment.into_iter().chain([confdir]).map(|(n, v)| (n.to_owned(), v)).collect(),
        deadline: ENVVARS_LIMIT,
    };
    let finished = call.run(&Turn::default()).await.map_err(|e| format!("{}: {e}", file.display()))?;
    if !finished.status.success() {
        return Err(format!("{} cannot be read by the shell{}", file.display(), finished.output.said()));
    }
    let text = finished.output.text();
    let pairs = text.split('\0').filter_map(|entry| entry.split_once('='));
    let ours = |name: &str| matches!(name, "PWD" | "OLDPWD" | "_" | "SHLVL");
    Ok(pairs.filter(|(name, _)| !ours(name)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
}

fn pid_file(values: &BTreeMap<String, String>, configuration: &Path) -> PathBuf {
    if let Some(path) = values.get("APACHE_PID_FILE") {
        return path.into();
    }
    let text = std::fs::read_to_string(configuration).unwrap_or_default();
    let word = |name: &str| directive(&text, name).next().map(|v| v.trim_matches('"').to_owned());
    let path = word("PidFile").unwrap_or_else(|| "/run/httpd/httpd.pid".to_owned());
    // A relative path is meant from ServerRoot; an absolute one replaces it in the join.
    Path::new(&word("ServerRoot").unwrap_or_else(|| "/".to_owned())).join(path)
}

fn directories(values: &BTreeMap<String, String>) -> Vec<(PathBuf, bool)> {
    let at = |name: &str| values.get(name).map(PathBuf::from);
    let run = at("APACHE_RUN_DIR");
    let socks = run.as_ref().map(|dir| (dir.join("socks"), true));
    let pid = at("APACHE_PID_FILE").and_then(|file| file.parent().map(|dir| (dir.to_owned(), false)));
    let plain = [run, at("APACHE_LOG_DIR")].into_iter().flatten().map(|dir| (dir, false));
    plain.chain(pid).chain(socks).chain(at("APACHE_LOCK_DIR").map(|dir| (dir, true))).collect()
}

/// First words behind a directive, in order; section lines and comments do not match.
fn directive<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case(name)).and(words.next())
    })
}

fn first_listen(text: &str) -> Option<SocketAddr> {
    let value = directive(text, "Listen").next()?;
    if let Ok(port) = value.parse() {
        return Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
    }
    let (host, port) = value.rsplit_once(':')?;
    let ip: IpAddr = match host {
        "*" => Ipv4Addr::LOCALHOST.into(),
        host => host.trim_matches(['[', ']']).parse().ok()?,
    };
    let ip = match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    Some(SocketAddr::new(ip, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_listen_is_found_in_each_spelling() {
        for (text, wanted) in [
            ("# Listen 1\n  Listen 80\n<IfModule ssl_module>\n\tListen 443\n", Some("127.0.0.1:80")),
            ("listen *:8080 https", Some("127.0.0.1:8080")),
            ("Listen 0.0.0.0:81", Some("127.0.0.1:81")),
            ("Listen 192.0.2.7:81", Some("192.0.2.7:81")),
            ("Listen [::]:81", Some("[::1]:81")),
            ("Listen [2001:db8::7]:81", Some("[2001:db8::7]:81")),
            ("ListenBacklog 5", None),
        ] {
            assert_eq!(first_listen(text).map(|a| a.to_string()).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn a_pid_file_is_found_without_envvars() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("httpd.conf");
        std::fs::write(&file, "ServerRoot \"/etc/httpd\"\nPidFile run/httpd.pid\n").unwrap();
        assert_eq!(pid_file(&BTreeMap::new(), &file), Path::new("/etc/httpd/run/httpd.pid"));
    }
}

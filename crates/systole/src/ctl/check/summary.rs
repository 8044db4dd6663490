//! What was understood of files without errors: nodes, media, ping nodes, groups, and what runs each resource.

use crate::ctl::check::Reading;
use crate::hands::hooks::STATUS;
use crate::hands::hooks::script::{self, Verdict};
use std::path::Path;
use systole_config::{Configuration, Resource, ResourceKind, duration};

/// Some lines for a person.
pub fn human(configuration: &Configuration, reading: &Reading, uname: &str) -> String {
    let core = &configuration.core;
    let mut text = format!("Understood from {}:\n", configuration.directory.display());
    for node in &core.nodes {
        let me = if *node == core.me { format!("  (this machine, called {uname})") } else { String::new() };
        text.push_str(&format!("  node    {node}{me}\n"));
    }
    let time = |name: &str, time| format!("{name} {}", duration::show(time));
    let times = [
        time("keepalive", core.timing.keepalive()),
        time("warntime", core.timing.warntime()),
        time("deadtime", core.timing.deadtime()),
        time("initdead", core.timing.initdead()),
    ];
    text.push_str(&format!("  times   {}\n", times.join(", ")));
    for medium in &configuration.media {
        text.push_str(&format!("  medium  {medium}\n"));
    }
    for ping in &configuration.pings {
        let hosts = if ping.group { format!(": any of {}", ping.hosts.join(", ")) } else { String::new() };
        let deadping = duration::show(core.deadping);
        text.push_str(&format!("  ping    {}{hosts}, dead after {deadping}\n", ping.name));
    }
    if let Some(protection) = &configuration.protection {
        text.push_str(&format!("  keys    {}\n", protection.describe()));
    }
    for group in &configuration.groups {
        let name = reading.names.get(&group.id).map(|name| format!(" ({name})")).unwrap_or_default();
        text.push_str(&format!("  group   {}{name}, at home on {}\n", group.key, group.home));
        for resource in &group.resources {
            text.push_str(&format!("          {:<40} {}\n", resource.word, of_kind(resource)));
        }
        if group.resources.iter().any(|r| r.watching.warm == Some(true)) {
            text.push_str("          warm: its service runs on every node, and only the rest moves\n");
        }
    }
    text.push_str(&hooks(&configuration.directory.join("rc.d")));
    text.push('\n');
    text
}

/// Scripts of `rc.d`, and which of them an event runs.
fn hooks(directory: &Path) -> String {
    let line = |name: &str, what: String| format!("  script  rc.d/{name}: {what}\n");
    let mut text = match script::judge(&directory.join(STATUS)) {
        Verdict::Absent => String::new(),
        Verdict::Run => line(STATUS, "run when the state of another node changes".to_owned()),
        Verdict::Refused(why) => line(STATUS, format!("not run: {why}")),
    };
    for name in script::unused(directory) {
        let why = script::why_unused(&name);
        text.push_str(&line(&name, format!("not run: {why}")));
    }
    text
}

fn of_kind(resource: &Resource) -> String {
    match &resource.kind {
        ResourceKind::Address => "address, built in".to_owned(),
        ResourceKind::Apache => "Apache, built in".to_owned(),
        ResourceKind::MailTo => "mail notice, built in; never fails the group".to_owned(),
        ResourceKind::ResourceD { path } => format!("script {}", path.display()),
        ResourceKind::Lsb { path } => format!("init script {}", path.display()),
        ResourceKind::Ocf { provider, agent } => format!("OCF agent {provider}:{agent}"),
        ResourceKind::Systemd { unit } => format!("systemd unit {unit}"),
    }
}

//! The three files together: one reading, all faults, and the configuration if nothing stands in its way.
//! Not here: the single files; mending (fix.rs).

use crate::authkeys::{self, AuthKeys};
use crate::configuration::{Configuration, PingNode};
use crate::diagnostic::{Diagnostic, FileKind, Page, Severity};
use crate::groups::{self, Groups};
use crate::ha_cf::{self, HaCf};
use crate::sources::{SourceFile, Sources, Unreadable, Why};
use crate::surroundings::Surroundings;
use crate::{haresources, nodes, timing};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use systole_core::{Failback, GroupId, GroupSettings, NodeName, Probing, Settings, Timing};

/// The largest cluster this is made for (DESIGN, opening).
const NODES_MAX: usize = 16;

/// What came of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// In the order of the files, and of the lines in each.
    pub diagnostics: Vec<Diagnostic>,
    /// Present exactly when no diagnostic is an error.
    pub configuration: Option<Configuration>,
    /// Present exactly when `configuration` is.
    pub authkeys: Option<AuthKeys>,
    /// `#@ name=` of groups.
    pub names: BTreeMap<GroupId, String>,
}

impl Reading {
    /// How many of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }
}

/// Reads authkeys alone, for tools that check captured frames. `None` when a diagnostic is an error.
pub fn read_authkeys(file: &SourceFile, my_uid: u32) -> (Vec<Diagnostic>, Option<AuthKeys>) {
    let mut found = Vec::new();
    let keys = authkeys::parse(file, my_uid, &mut found);
    let sound = !found.iter().any(|d| d.severity == Severity::Error);
    (found, keys.filter(|_| sound))
}

/// Reads all three files. Pure: the same files in the same surroundings give the same reading.
pub fn read(sources: &Sources, around: &Surroundings) -> Reading {
    let mut found = Vec::new();
    let main = file(&sources.ha_cf, FileKind::HaCf, &mut found).map(|file| head(file, around, &mut found));
    let names = main.as_ref().map(|m| m.nodes.clone()).unwrap_or_default();
    let groups = file(&sources.haresources, FileKind::Haresources, &mut found).map(|file| {
        let page = Page { file: FileKind::Haresources, path: &file.path, text: &file.text };
        writable(page, file, &mut found);
        let entries = haresources::parse(page, &names, &around.catalogue, &mut found);
        groups::make(page, &entries, &names, around, &mut found)
    });
    let keys = file(&sources.authkeys, FileKind::Authkeys, &mut found)
        .and_then(|file| authkeys::parse(file, around.my_uid, &mut found));
    directory(path_of(&sources.authkeys), around, &mut found);
    if around.enabled_units.iter().any(|unit| unit == "heartbeat") {
        let message = "the old heartbeat is started at boot too; it would take the same port and the same addresses";
        let path = path_of(&sources.ha_cf);
        let diagnostic = Diagnostic::of_file(Severity::Warning, "heartbeat-enabled", FileKind::HaCf, path, message);
        found.push(diagnostic.note("systemctl disable --now heartbeat"));
    }
    found.sort_by_key(|d| (d.file, d.place.as_ref().map_or(0, |p| p.span.start)));
    let group_names = groups.as_ref().map(|g| g.names.clone()).unwrap_or_default();
    let sound = !found.iter().any(|d| d.severity == Severity::Error);
    let (configuration, authkeys) = match (main, groups, keys) {
        (Some(main), Some(groups), Some(keys)) if sound => match assemble(main, groups, path_of(&sources.ha_cf)) {
            Some(configuration) => (Some(Configuration { protection: keys.protection(), ..configuration }), Some(keys)),
            None => (None, None),
        },
        _ => (None, None),
    };
    Reading { diagnostics: found, configuration, authkeys, names: group_names }
}

/// ha.cf, and what could be made of it.
struct Head {
    file: HaCf,
    nodes: Vec<NodeName>,
    me: Option<NodeName>,
    timing: Option<Timing>,
    deadping: Duration,
}

fn head(source: &SourceFile, around: &Surroundings, found: &mut Vec<Diagnostic>) -> Head {
    let page = Page { file: FileKind::HaCf, path: &source.path, text: &source.text };
    writable(page, source, found);
    let file = ha_cf::parse(page, around, found);
    let nodes: Vec<NodeName> = file.nodes.iter().map(|n| n.value.clone()).collect();
    let me = nodes::own(page, &file.nodes, around, found);
    if let Some(extra) = file.nodes.get(NODES_MAX) {
        let message = format!("more than {NODES_MAX} nodes");
        found.push(page.at(Severity::Error, "too-many-nodes", &extra.span, message).label("this is one too many"));
    }
    if let [only] = &file.nodes[..] {
        let message = "the cluster has one node: nothing can take over from it";
        found.push(page.at(Severity::Warning, "one-node", &only.span, message).label("name the other one too"));
    }
    if file.failback.is_none() {
        let message = "`auto_failback` is not given; Heartbeat's `legacy` is taken, which here means the same as `on`";
        found.push(
            Diagnostic::of_file(Severity::Note, "no-failback", page.file, page.path, message)
                .suggest("auto_failback on"),
        );
    }
    if file.media.is_empty() && !file.media_tried {
        found.push(no_medium(page, around));
    } else if file.media.is_empty() && !found.iter().any(|d| d.severity == Severity::Error) {
        let message = "no line of ha.cf opens a medium on this machine";
        let diagnostic = Diagnostic::of_file(Severity::Error, "no-medium", page.file, page.path, message);
        found.push(diagnostic.note("each `ucast` line names an address of this machine; the other node's is missing"));
    }
    let timing = timing::check(page, &file, found);
    let deadping = timing.map(|timing| timing::deadping(page, &file, &timing, found)).unwrap_or_default();
    Head { file, nodes, me, timing, deadping }
}

fn no_medium(page: Page<'_>, around: &Surroundings) -> Diagnostic {
    let message = "ha.cf opens no medium: the nodes cannot hear each other";
    let diagnostic = Diagnostic::of_file(Severity::Error, "no-medium", page.file, page.path, message)
        .note("the media are bcast, mcast, mcast6, ucast, ucast6 and serial; two of them on different cables are best");
    let Some(device) = around.interfaces.iter().find(|i| i.name != "lo" && i.has_broadcast).map(|i| &i.name) else {
        return diagnostic.suggest("bcast eth0");
    };
    let end = page.text.len();
    let newline = if page.text.ends_with(b"\n") || end == 0 { "" } else { "\n" };
    let edits = vec![(end..end, format!("{newline}bcast {device}\n"))];
    page.fixed(diagnostic, edits, format!("beats go by broadcast on {device}")).suggest(format!("bcast {device}"))
}

/// Root runs what these files name, so nobody else may write them.
fn writable(page: Page<'_>, file: &SourceFile, found: &mut Vec<Diagnostic>) {
    if file.mode & 0o022 != 0 {
        let message = format!("others may write {}; root runs what stands in it", file.path.display());
        let diagnostic = Diagnostic::of_file(Severity::Warning, "writable-by-others", page.file, page.path, message);
        found.push(diagnostic.note(format!("chmod go-w {}", file.path.display())));
    }
}

/// Whoever may write the directory may put files of his own in the place of these.
fn directory(authkeys: &Path, around: &Surroundings, found: &mut Vec<Diagnostic>) {
    let (Some(facts), Some(path)) = (around.directory, authkeys.parent()) else { return };
    let mut report = |code, message: String, cure: String| {
        let diagnostic = Diagnostic::of_file(Severity::Warning, code, FileKind::Authkeys, authkeys, message);
        found.push(diagnostic.note(cure));
    };
    let shown = path.display();
    if facts.mode & 0o022 != 0 {
        let message = format!("others may put files of their own into {shown}; root runs what they name");
        report("directory-writable", message, format!("chmod go-w {shown}"));
    }
    if facts.uid != 0 && facts.uid != around.my_uid {
        let message = format!("{shown} belongs to user {}, who may replace the files in it", facts.uid);
        report("directory-owner", message, format!("chown root {shown}"));
    }
}

fn file<'s>(
    source: &'s Result<SourceFile, Unreadable>,
    kind: FileKind,
    found: &mut Vec<Diagnostic>,
) -> Option<&'s SourceFile> {
    let Unreadable { path, why } = match source {
        Ok(file) => return Some(file),
        Err(unreadable) => unreadable,
    };
    let (code, what) = match why {
        Why::Absent => ("file-missing", "is missing"),
        _ => ("file-unreadable", "cannot be read"),
    };
    let message = format!("{} {what}: {why}", path.display());
    let diagnostic = Diagnostic::of_file(Severity::Error, code, kind, path, message);
    found.push(match (why, kind) {
        (Why::Absent, FileKind::HaCf) => {
            diagnostic.note("it names the nodes, the media and the times; the directory is chosen with --config-dir")
        }
        (Why::Absent, FileKind::Haresources) => diagnostic
            .note("it says which node runs what, the same on all nodes")
            .suggest("NODE IPaddr2::192.168.1.236/24/eth0:0 apache2"),
        (Why::Absent, FileKind::Authkeys) => diagnostic
            .note("it holds the key, the same on all nodes, and only root may read it (chmod 600)")
            .note("make a key with: head -c 20 /dev/urandom | sha1sum | cut -c1-40")
            .suggest("auth 1\n1 sha1 KEY"),
        (Why::Denied, _) => diagnostic.note("run this as root"),
        _ => diagnostic,
    });
    None
}

fn path_of(source: &Result<SourceFile, Unreadable>) -> &Path {
    match source {
        Ok(file) => &file.path,
        Err(unreadable) => &unreadable.path,
    }
}

fn assemble(head: Head, groups: Groups, path: &Path) -> Option<Configuration> {
    let Head { file, nodes, me, timing, deadping } = head;
    let probing = |g: &mut GroupSettings| {
        if g.probe == Probing::On {
            g.probe = file.probe;
        }
    };
    let mut groups = groups;
    groups.core.iter_mut().for_each(probing);
    let retries = file.services.retries.unwrap_or_default();
    let said = |g: &GroupSettings| groups.retries.contains(&g.id);
    groups.core.iter_mut().filter(|g| !said(g)).for_each(|g| g.retries = retries);
    let (me, timing) = (me?, timing?);
    let failback = file.failback.unwrap_or(Failback::Legacy);
    let pings: Vec<PingNode> = file.pings.into_iter().map(|p| p.value).collect();
    let digest = digest(&nodes, &groups, &timing, failback, &pings);
    // Each node may be as patient as it likes: that is no difference of the files that matters to the other.
    let timing = timing.with_fastdead(file.fastdead);
    let media: Vec<_> = file.media.into_iter().map(|m| m.value).collect();
    let links = media.iter().map(|m| m.link()).collect();
    let core = Settings {
        me,
        nodes,
        timing,
        failback,
        links,
        groups: groups.core,
        pings: pings.iter().map(|p| p.name.clone()).collect(),
        deadping,
        digest,
    };
    Some(Configuration {
        core,
        media,
        pings,
        groups: groups.groups,
        logging: file.logging,
        realtime: file.realtime,
        environment: file.environment,
        directory: path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned),
        watchdog: file.watchdog,
        protection: None,
        expire: file.expire,
        watching: file.services.watching,
    })
}

/// FNV-1a over what must be equal on all nodes; names of this machine and its media are not in it.
fn digest(nodes: &[NodeName], groups: &Groups, timing: &Timing, failback: Failback, pings: &[PingNode]) -> u32 {
    let mut text = String::new();
    for node in nodes {
        text.push_str(&format!("node {node}\n"));
    }
    for group in &groups.groups {
        text.push_str(&format!("group {}\n", group.line));
    }
    for time in [timing.keepalive(), timing.warntime(), timing.deadtime(), timing.initdead()] {
        text.push_str(&format!("time {}\n", time.as_micros()));
    }
    text.push_str(match failback {
        Failback::On => "failback on",
        Failback::Off => "failback off",
        Failback::Legacy => "failback legacy",
    });
    // Without warm services nothing is added: the digest stays that of versions that did not know them.
    for group in &groups.groups {
        for resource in group.resources.iter().filter(|r| r.watching.warm == Some(true)) {
            text.push_str(&format!("\nwarm {} {}", group.key, resource.word));
        }
    }
    // The same without ping nodes. Which hosts stand
    // for a name may differ: each node may have a router of its own.
    let mut names: Vec<&NodeName> = pings.iter().map(|p| &p.name).collect();
    names.sort();
    for name in names {
        text.push_str(&format!("\nping {name}"));
    }
    GroupId::of_key(&text).0
}

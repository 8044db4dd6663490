//! Entries of haresources to groups: what each word is, whether it fits this machine, whether groups get in each other's way.
//! Not here: lines (haresources.rs), the search for a word (lookup.rs).

mod warm;

use crate::address::AddressSpec;
use crate::configuration::{Group, Resource, ResourceKind};
use crate::diagnostic::{Diagnostic, Page, Severity, too_many};
use crate::extension::About;
use crate::ha_cf::media::missing_interface;
use crate::haresources::Entry;
use crate::lookup;
use crate::suggest::nearest;
use crate::surroundings::Surroundings;
use crate::words::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use systole_core::{GroupId, GroupSettings, NodeName, Probing};

/// Most groups: a beat has room for the claims of so many.
const GROUPS_MAX: usize = 1024;

/// The groups in both their forms.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    pub groups: Vec<Group>,
    pub core: Vec<GroupSettings>,
    pub names: BTreeMap<GroupId, String>,
    /// Those whose retries are given in haresources.
    pub retries: BTreeSet<GroupId>,
}

/// Makes groups of entries; those with a fault are left out and told.
pub(crate) fn make(
    page: Page<'_>,
    entries: &[Entry],
    nodes: &[NodeName],
    around: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Groups {
    let mut maker = Maker { page, around, found, groups: Groups::default(), services: BTreeMap::new() };
    for entry in entries.iter().take(GROUPS_MAX) {
        if too_many(page, maker.found) {
            break;
        }
        maker.entry(entry, nodes);
    }
    if let Some(extra) = entries.get(GROUPS_MAX) {
        let message = format!("more than {GROUPS_MAX} groups");
        let diagnostic = page.at(Severity::Error, "too-many-groups", &extra.home_span, message);
        maker.found.push(diagnostic.label("this is one too many; put several resources into one line"));
    }
    let faulty = maker.found.iter().any(|d| d.file == page.file && d.severity == Severity::Error);
    if entries.is_empty() && !faulty {
        let message = "haresources names no group: this cluster would run nothing";
        let diagnostic = Diagnostic::of_file(Severity::Warning, "no-groups", page.file, page.path, message);
        maker.found.push(diagnostic.note("for example: NODE IPaddr2::192.168.1.236/24/eth0:0 apache2"));
    }
    maker.groups
}

struct Maker<'a> {
    page: Page<'a>,
    around: &'a Surroundings,
    found: &'a mut Vec<Diagnostic>,
    groups: Groups,
    /// Services and addresses seen so far, and the group they are in.
    services: BTreeMap<String, String>,
}

impl Maker<'_> {
    fn entry(&mut self, entry: &Entry, nodes: &[NodeName]) {
        let Some(first) = entry.words.first() else { return };
        let key = first.value.clone();
        let id = GroupId::of_key(&key);
        let twin = self.groups.groups.iter().find(|g| g.id == id);
        // All of a group that stands there twice would be found twice; that is told once.
        let fresh = twin.is_none();
        if let Some(other) = twin {
            let why = if other.key == key {
                format!("a group is named by its first resource, and `{key}` is already the first of another line")
            } else {
                format!("the digests of `{key}` and of `{}` are the same by chance; change one of them", other.key)
            };
            self.found.push(
                self.page
                    .at(Severity::Error, "group-twice", &first.span, why)
                    .label("put another resource first, or join the lines"),
            );
        }
        let mut interfaces: Vec<String> = Vec::new();
        let mut resources = Vec::new();
        for word in &entry.words {
            if too_many(self.page, self.found) {
                return;
            }
            let Some(resource) = self.resource(word) else { continue };
            if fresh {
                self.once(&resource, word, &key);
            }
            let needs = self.inspect(&resource, word);
            if let Some(name) = needs.filter(|name| !interfaces.contains(name)) {
                interfaces.push(name);
            }
            resources.push(resource);
        }
        let mut retries = entry.retries;
        warm::of_group(entry, &mut resources);
        for about in &entry.about {
            retries = about.retries.or(retries);
            self.about(about, &mut resources);
        }
        if retries.is_some() {
            self.groups.retries.insert(id);
        }
        let retries = retries.unwrap_or_default();
        let warm = warm::check(self.page, entry, &resources, self.found);
        let mut order = vec![entry.home.clone()];
        order.extend(nodes.iter().filter(|n| **n != entry.home).cloned());
        let words: Vec<&str> = entry.words.iter().map(|w| w.value.as_str()).collect();
        let line = format!("{} {}", entry.home, words.join(" "));
        self.name(entry, id);
        // Somebody else may have an address of it; where it has none there is nothing to ask for.
        let addresses = resources.iter().any(|r| r.kind == ResourceKind::Address);
        let probe = if addresses { Probing::On } else { Probing::Off };
        self.groups.core.push(GroupSettings { id, key: key.clone(), nodes: order, interfaces, probe, retries, warm });
        self.groups.groups.push(Group { id, key, home: entry.home.clone(), line, resources });
    }

    fn name(&mut self, entry: &Entry, id: GroupId) {
        let Some(name) = &entry.name else { return };
        if self.groups.names.values().any(|n| n == name) {
            let message = format!("two groups have the name `{name}`");
            self.found.push(self.page.at(Severity::Error, "group-name-twice", &entry.home_span, message));
        }
        self.groups.names.insert(id, name.clone());
    }

    /// Gives what a `#@ RESOURCE:` line says to the resource that it names.
    fn about(&mut self, about: &About, resources: &mut [Resource]) {
        let name = &about.resource.value;
        let (base, place) = match name.rsplit_once('#') {
            Some((base, place)) => (base, place.parse::<usize>().ok()),
            None => (name.as_str(), Some(1)),
        };
        let named = |r: &Resource| r.word == base || r.word.split("::").next() == Some(base);
        let nth = place.and_then(|place| place.checked_sub(1));
        let known: Vec<String> = resources.iter().map(|r| r.word.clone()).collect();
        match nth.and_then(|nth| resources.iter_mut().filter(|r| named(r)).nth(nth)) {
            Some(resource) if matches!(resource.kind, ResourceKind::Address | ResourceKind::MailTo) => {
                let message = format!("`{name}` is watched by the kernel, or not at all: there is nothing to set");
                self.found.push(self.page.at(Severity::Error, "not-watched", &about.resource.span, message));
            }
            Some(resource) => resource.watching = about.watching.or(&resource.watching),
            None => {
                let message = format!("the group above has no resource `{name}`");
                let diagnostic = self.page.at(Severity::Error, "unknown-member", &about.resource.span, message);
                let names = known.iter().map(|word| word.split("::").next().unwrap_or_default());
                self.found.push(match nearest(base, names) {
                    Some(near) => diagnostic.label(format!("probably `{near}:` was meant")),
                    None => diagnostic.label("not in the line above").note(format!("it has: {}", known.join(" "))),
                });
            }
        }
    }

    fn resource(&mut self, word: &Spanned<String>) -> Option<Resource> {
        let resource = match lookup::resource(&word.value, &self.around.catalogue) {
            Ok(resource) => resource,
            Err(missing) => {
                let name_end = word.span.start + word.value.split("::").next().unwrap_or_default().len();
                let mut diagnostic =
                    self.page.at(Severity::Error, "unknown-resource", &(word.span.start..name_end), missing.why);
                diagnostic.notes = missing.notes;
                self.found.push(match missing.meant {
                    Some(meant) => {
                        let edits = vec![(word.span.clone(), meant.clone())];
                        let assumption = format!("`{}` was meant to be `{meant}`", word.value);
                        self.page.fixed(diagnostic.label(format!("probably `{meant}` was meant")), edits, assumption)
                    }
                    None => diagnostic.label("not found"),
                });
                return None;
            }
        };
        Some(resource)
    }

    /// The same thing run twice: when one group goes, it is stopped under the other.
    fn once(&mut self, resource: &Resource, word: &Spanned<String>, key: &str) {
        let Some(identity) = identity(resource) else { return };
        let Some(other) = self.services.insert(identity, key.to_owned()) else { return };
        let diagnostic = if other == key {
            let message = format!("`{}` stands twice in this group", resource.word);
            self.page.at(Severity::Warning, "resource-twice", &word.span, message)
        } else {
            let message =
                format!("`{}` is in two groups; when one of them moves, it is stopped under the other", resource.word);
            let label = format!("also in the group `{other}`");
            self.page.at(Severity::Warning, "resource-twice", &word.span, message).label(label)
        };
        self.found.push(diagnostic);
    }

    /// Looks at the arguments and at the machine; gives the interface that the resource needs.
    fn inspect(&mut self, resource: &Resource, word: &Spanned<String>) -> Option<String> {
        let mut interface = None;
        match &resource.kind {
            ResourceKind::Address => interface = self.address(resource, &word.span),
            ResourceKind::MailTo => self.mail(resource, &word.span),
            ResourceKind::Apache => self.service("apache2", &word.span),
            ResourceKind::Lsb { path } => {
                self.arguments(resource, &word.span);
                if let Some(name) = path.file_name().and_then(|n| n.to_str()) {
                    self.service(name, &word.span);
                }
            }
            ResourceKind::Systemd { unit } => {
                self.arguments(resource, &word.span);
                self.service(unit.strip_suffix(".service").unwrap_or(unit), &word.span);
            }
            ResourceKind::ResourceD { .. } | ResourceKind::Ocf { .. } => {}
        }
        interface
    }

    fn arguments(&mut self, resource: &Resource, span: &Range<usize>) {
        if !resource.arguments.is_empty() {
            let message = "this kind of resource takes no arguments";
            self.found.push(
                self.page
                    .at(Severity::Warning, "arguments-ignored", span, message)
                    .label("what stands behind `::` is ignored"),
            );
        }
    }

    fn address(&mut self, resource: &Resource, span: &Range<usize>) -> Option<String> {
        let spec = match AddressSpec::parse(&resource.arguments) {
            Ok(spec) => spec,
            Err(error) => {
                let diagnostic = self.page.at(Severity::Error, "bad-address", span, error.to_string());
                self.found.push(diagnostic.note("for example: IPaddr2::192.168.1.236/24/eth0:0"));
                return None;
            }
        };
        let known = &self.around.interfaces;
        match spec.interface {
            Some(name) => {
                if !known.is_empty() && !known.iter().any(|i| i.name == name) {
                    self.found.push(missing_interface(self.page, self.around, &name, span));
                }
                Some(name)
            }
            None => {
                let holder = known.iter().find(|i| i.name != "lo" && i.holds(spec.ip)).map(|i| i.name.clone());
                if holder.is_none() && !known.is_empty() {
                    let message = format!("no network of this machine holds {}", spec.ip);
                    let diagnostic = self.page.at(Severity::Warning, "no-network", span, message);
                    self.found.push(diagnostic.label("name the interface: ADDRESS/PREFIX/INTERFACE"));
                }
                holder
            }
        }
    }

    fn mail(&mut self, resource: &Resource, span: &Range<usize>) {
        let Some(to) = resource.arguments.first().filter(|to| !to.is_empty()) else {
            let diagnostic =
                self.page.at(Severity::Error, "no-recipient", span, "`MailTo` needs an address to write to");
            self.found.push(diagnostic.label("for example: MailTo::root"));
            return;
        };
        if !self.around.mailer {
            let message = "no mail program is installed here: these mails cannot be sent (the group runs without them)";
            self.found.push(
                self.page
                    .at(Severity::Warning, "no-mailer", span, message)
                    .note("on Debian: apt-get install mailutils"),
            );
        }
        let users = &self.around.users;
        if !users.is_empty() && !to.contains('@') && !users.contains(to) {
            let message = format!("there is no user `{to}` here; the mail arrives only if that is an alias");
            let diagnostic = self.page.at(Severity::Note, "no-user", span, message);
            self.found.push(match nearest(to, users.iter().map(String::as_str)) {
                Some(near) => diagnostic.label(format!("perhaps `{near}` was meant")),
                None => diagnostic,
            });
        }
    }

    /// A service that the init system starts too would run on both nodes.
    fn service(&mut self, name: &str, span: &Range<usize>) {
        if !self.around.enabled_units.iter().any(|unit| unit == name) {
            return;
        }
        let message =
            format!("`{name}` is started by the init system at boot, although the cluster is to decide where it runs");
        let diagnostic = self.page.at(Severity::Warning, "managed-and-enabled", span, message).label("enabled here");
        self.found.push(if self.around.catalogue.systemd_runs {
            diagnostic
                .note(format!("on each node: systemctl disable --now {name}"))
                .note(format!("`update-rc.d -f {name} remove` is not enough where systemd runs"))
        } else {
            diagnostic.note(format!("on each node: update-rc.d {name} disable; service {name} stop"))
        });
    }
}

/// What two resources have in common when they are one thing; nothing when that cannot be told, or does not matter.
fn identity(resource: &Resource) -> Option<String> {
    match &resource.kind {
        ResourceKind::Address => AddressSpec::parse(&resource.arguments).ok().map(|spec| spec.ip.to_string()),
        ResourceKind::Apache => Some("apache2".to_owned()),
        ResourceKind::Systemd { unit } => Some(unit.strip_suffix(".service").unwrap_or(unit).to_owned()),
        ResourceKind::Lsb { path } => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        ResourceKind::ResourceD { .. } | ResourceKind::Ocf { .. } => Some(resource.word.clone()),
        ResourceKind::MailTo => None,
    }
}

//! `warm=yes`: services that run on every node that may take their group, so that only the address moves.
//! Not here: when they are started and stopped (core), how (hands).

use crate::configuration::{Resource, ResourceKind};
use crate::diagnostic::{Diagnostic, Page, Severity};
use crate::haresources::Entry;
use crate::watching::Monitor;

/// Gives what a `#@ warm=` line says to every service of the group; a line about one of them goes before it.
pub(super) fn of_group(entry: &Entry, resources: &mut [Resource]) {
    let Some(warm) = &entry.warm else { return };
    for resource in resources.iter_mut().filter(|r| is_service(r)) {
        resource.watching.warm = Some(warm.value);
    }
}

/// Has the group a warm service? Tells what is amiss with the words about it.
pub(super) fn check(page: Page<'_>, entry: &Entry, resources: &[Resource], found: &mut Vec<Diagnostic>) -> bool {
    let one = entry.about.iter().find(|about| about.watching.warm == Some(true)).map(|about| &about.resource.span);
    let all = entry.warm.as_ref().filter(|warm| warm.value).map(|warm| &warm.span);
    let Some(span) = all.or(one) else { return false };
    let mut tell = |severity, code, message: String, label: &str| {
        found.push(page.at(severity, code, span, message).label(label));
    };
    let warm = |r: &&Resource| r.watching.warm == Some(true);
    if !resources.iter().any(is_service) {
        let message = "the group above has no service that could run on both nodes".to_owned();
        tell(Severity::Error, "warm-without-service", message, "it has nothing but addresses and mail");
    } else if !resources.iter().any(|r| r.kind == ResourceKind::Address) {
        let message = "the group above has no address: with its services on every node nothing would move".to_owned();
        tell(Severity::Error, "warm-without-address", message, "no group is needed for what runs everywhere");
    }
    if let Some(resource) = resources.iter().filter(warm).find(|r| r.watching.monitor == Some(Monitor::Off)) {
        let message =
            format!("`{}` is warm and not watched: a node where it is dead would take the group", resource.word);
        tell(Severity::Warning, "warm-unwatched", message, "leave `monitor=off` out");
    }
    resources.iter().any(|r| warm(&r))
}

fn is_service(resource: &Resource) -> bool {
    !matches!(resource.kind, ResourceKind::Address | ResourceKind::MailTo)
}

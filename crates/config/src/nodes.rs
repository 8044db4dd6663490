//! Which node is meant: short and full names, this machine's own, and near misses.
//! Not here: lines of files.

use crate::diagnostic::{Diagnostic, Page, Severity};
use crate::suggest::nearest;
use crate::surroundings::Surroundings;
use crate::words::Spanned;
use systole_core::NodeName;

/// The node of that name, else the only one whose short name equals it or that is its short name.
pub(crate) fn find<'n>(nodes: &'n [NodeName], name: &str) -> Option<&'n NodeName> {
    let name = NodeName::new(name).ok()?;
    if let Some(same) = nodes.iter().find(|node| **node == name) {
        return Some(same);
    }
    // `nico` and `nico.test.local` are one; `nico.a` and `nico.b` are two.
    let alike = |node: &&NodeName| node.short() == name.as_str() || name.short() == node.as_str();
    let mut all = nodes.iter().filter(alike);
    let only = all.next()?;
    all.next().is_none().then_some(only)
}

/// A guess at a name that is no node.
pub(crate) struct Meant<'n> {
    pub name: &'n NodeName,
    /// Its spelling is near; else it is only the first of ha.cf.
    pub near: bool,
}

/// The node with the nearest name, else the first; the same on both machines, since haresources must be.
pub(crate) fn meant<'n>(nodes: &'n [NodeName], name: &str) -> Option<Meant<'n>> {
    let full = nearest(name, nodes.iter().map(NodeName::as_str));
    let near = full.and_then(|near| nodes.iter().find(|n| n.as_str() == near));
    let short =
        || nearest(name, nodes.iter().map(NodeName::short)).and_then(|near| nodes.iter().find(|n| n.short() == near));
    match near.or_else(short) {
        Some(name) => Some(Meant { name, near: true }),
        None => nodes.first().map(|name| Meant { name, near: false }),
    }
}

/// This machine's name in the cluster.
pub(crate) fn own(
    page: Page<'_>,
    nodes: &[Spanned<NodeName>],
    around: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Option<NodeName> {
    let (machine, source) = match &around.nodeinfo {
        Some(name) => (name.trim(), "nodeinfo says"),
        None => (around.uname.trim(), "uname -n says"),
    };
    let shown = crate::words::printable(machine.as_bytes());
    let Some(first) = nodes.first() else {
        let line = format!("node {shown} OTHER-NODE");
        let diagnostic = Diagnostic::of_file(Severity::Error, "no-nodes", page.file, page.path, "ha.cf names no node");
        found.push(
            diagnostic
                .note(format!("this machine is `{shown}` ({source} so); the other one must be named too"))
                .suggest(line),
        );
        return None;
    };
    let names: Vec<NodeName> = nodes.iter().map(|n| n.value.clone()).collect();
    if let Some(me) = find(&names, machine) {
        if me.as_str() != machine.to_ascii_lowercase() {
            let span = nodes.iter().find(|n| n.value == *me).map_or(first.span.clone(), |n| n.span.clone());
            let message = format!("this machine is node `{me}`");
            found.push(
                page.at(Severity::Note, "own-node", &span, message)
                    .label(format!("{source} `{shown}`, which is the same node")),
            );
        }
        return Some(me.clone());
    }
    let near = nearest(machine, names.iter().map(NodeName::as_str));
    let place = nodes.iter().find(|n| Some(n.value.as_str()) == near).unwrap_or(first);
    let message = format!("this machine is called `{shown}`, and ha.cf has no such node");
    let diagnostic =
        page.at(Severity::Error, "own-node-missing", &place.span, message).note(format!("{source} `{shown}`"));
    found.push(match (near, NodeName::new(machine)) {
        (Some(near), Ok(own)) => {
            let edits = vec![(place.span.clone(), own.to_string())];
            page.fixed(
                diagnostic.label(format!("probably `{own}` was meant")),
                edits,
                format!("node `{near}` is this machine, {own}"),
            )
        }
        _ => diagnostic
            .label("a `node` line must name this machine")
            .note("write the name that `uname -n` prints, or the name from ha.cf into the file nodeinfo beside it"),
    });
    None
}

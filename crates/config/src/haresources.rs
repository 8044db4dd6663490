//! haresources: physical lines to entries, that is a node and its resource words (spec/CONFIG.md section 3).
//! Not here: what a resource word is (lookup.rs), groups as a whole (groups.rs).

use crate::diagnostic::{Diagnostic, Fix, Page, Severity, too_many};
use crate::extension::{self, About, GroupWord};
use crate::ha_cf::unprintable;
use crate::lookup::looks_like_resource;
use crate::nodes;
use crate::surroundings::Catalogue;
use crate::words::{Line, Spanned, Word, blank, lines, words};
use std::ops::Range;
use systole_core::{NodeName, Retries};

/// Longest physical line in bytes; a longer group is continued with `\`.
const LINE_MAX: usize = 16 * 1024;

/// One logical line, with the lines that were found to belong to it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub home: NodeName,
    pub home_span: Range<usize>,
    /// Words with their arguments, blanks before `::` taken out.
    pub words: Vec<Spanned<String>>,
    /// `#@ name=`.
    pub name: Option<String>,
    /// `#@ retries=`.
    pub retries: Option<Retries>,
    /// `#@ warm=`.
    pub warm: Option<Spanned<bool>>,
    /// `#@ RESOURCE: ...`.
    pub about: Vec<About>,
    /// Offset behind its last word.
    end: usize,
}

/// Reads the file. With no nodes (ha.cf is missing or bad), first words are taken as they are.
pub(crate) fn parse(
    page: Page<'_>,
    nodes: &[NodeName],
    catalogue: &Catalogue,
    found: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let mut parser = Parser { page, nodes, catalogue, found, entries: Vec::new(), pending: None };
    for line in lines(page.text) {
        if too_many(page, parser.found) {
            break;
        }
        parser.line(line);
    }
    if let Some(words) = parser.pending.take() {
        parser.entry(&words);
    }
    parser.carriage_returns();
    parser.entries
}

struct Parser<'a> {
    page: Page<'a>,
    nodes: &'a [NodeName],
    catalogue: &'a Catalogue,
    found: &'a mut Vec<Diagnostic>,
    entries: Vec<Entry>,
    /// Words of lines that ended in `\`.
    pending: Option<Vec<Word>>,
}

impl Parser<'_> {
    fn line(&mut self, line: Line<'_>) {
        if line.bytes.len() > LINE_MAX {
            let message = format!("this line is longer than {LINE_MAX} bytes");
            let diagnostic = self.page.at(Severity::Error, "line-too-long", &(line.start..line.start), message);
            self.found.push(diagnostic.note("a long group is continued with `\\` at the end of its lines"));
            return;
        }
        if self.pending.is_some() && line.is_comment() {
            let start = line.end() - line.bytes.trim_ascii_start().len();
            let message = "a comment cannot stand inside a continued line";
            let diagnostic = self.page.at(Severity::Error, "comment-in-entry", &(start..line.end()), message);
            self.found.push(diagnostic.label("the line above ends in `\\`; move the comment above the entry"));
            return;
        }
        if let Some((at, rest)) = line.extension() {
            self.extension(at, rest);
            return;
        }
        if let Some((at, comment)) = line.comment().filter(|(_, comment)| comment.starts_with(b"#@")) {
            self.found.push(extension::trailing(self.page, &(at..at + comment.len())));
        }
        let code = line.code();
        let trimmed = code.bytes.trim_ascii_end();
        let (content, continued) = match trimmed.strip_suffix(b"\\") {
            Some(content) => (content, true),
            None => (trimmed, false),
        };
        if continued && trimmed.len() < line.bytes.len() {
            let at = line.start + content.len();
            let message = "`\\` continues a line only as its last character";
            self.found.push(
                self.page
                    .at(Severity::Warning, "blank-after-backslash", &(at..line.end()), message)
                    .label("something follows; the original would not go on"),
            );
        }
        let mut all = self.pending.take().unwrap_or_default();
        all.extend(words(content, line.start, blank));
        if continued {
            self.pending = Some(all);
        } else {
            self.entry(&all);
        }
    }

    fn extension(&mut self, at: usize, rest: &[u8]) {
        let understood = extension::haresources(self.page, at, rest, self.found);
        let Some(entry) = self.entries.last_mut() else {
            if !understood.is_empty() {
                let message = "a `#@` line refers to the entry above it, and there is none";
                self.found.push(self.page.at(Severity::Error, "extension-without-entry", &(at - 2..at), message));
            }
            return;
        };
        for word in understood {
            match word {
                GroupWord::Name(name) => entry.name = Some(name),
                GroupWord::Retries(retries) => entry.retries = Some(retries),
                GroupWord::Warm(warm) => entry.warm = Some(warm),
                GroupWord::About(about) => entry.about.push(*about),
            }
        }
    }

    fn entry(&mut self, all: &[Word]) {
        let Some(first) = all.first() else { return };
        if let Some(word) = all.iter().find(|word| !word.clean) {
            self.found.push(unprintable(self.page, word));
            return;
        }
        let end = all.last().map_or(first.span.end, |w| w.span.end);
        let second_is_argument = all.get(1).is_some_and(|w| w.text.starts_with("::"));
        match nodes::find(self.nodes, &first.text) {
            Some(found) => {
                if found.as_str() != first.text.to_ascii_lowercase() {
                    let message = format!("`{}` is taken for node `{found}`", first.text);
                    let diagnostic = self.page.at(Severity::Warning, "node-other-form", &first.span, message);
                    let edits = vec![(first.span.clone(), found.to_string())];
                    let diagnostic = diagnostic.label(format!("ha.cf calls it `{found}`; Heartbeat would refuse this"));
                    self.found.push(self.page.fixed(diagnostic, edits, format!("`{}` is node {found}", first.text)));
                }
                self.add(found.clone(), first, all, end);
            }
            None if second_is_argument || looks_like_resource(&first.text, self.catalogue) => {
                self.without_node(first, all, end)
            }
            None => self.unknown_node(first, all, end),
        }
    }

    fn add(&mut self, home: NodeName, first: &Word, all: &[Word], end: usize) {
        let words = self.join(all.get(1..).unwrap_or_default());
        if words.is_empty() {
            let message = format!("node `{}` has no resources in this line", first.text);
            let diagnostic = self.page.at(Severity::Error, "no-resources", &first.span, message);
            self.found.push(
                diagnostic
                    .label("resources are missing behind it")
                    .note("for example: IPaddr2::192.168.1.236/24/eth0:0 apache2"),
            );
        }
        self.entries.push(Entry {
            home,
            home_span: first.span.clone(),
            words,
            name: None,
            retries: None,
            warm: None,
            about: Vec::new(),
            end,
        });
    }

    fn unknown_node(&mut self, first: &Word, all: &[Word], end: usize) {
        let home = nodes::meant(self.nodes, &first.text);
        let Some(home) = home else {
            // Without a single node in ha.cf nothing can be compared; that fault is told there.
            match NodeName::new(&first.text) {
                Ok(name) => self.add(name, first, all, end),
                Err(error) => {
                    let message = format!("`{}` cannot be a node name", first.text);
                    self.found.push(
                        self.page.at(Severity::Error, "bad-node-name", &first.span, message).label(error.to_string()),
                    );
                }
            }
            return;
        };
        let names: Vec<&str> = self.nodes.iter().map(NodeName::as_str).collect();
        let message = format!("`{}` is no node of the cluster", first.text);
        let diagnostic = self
            .page
            .at(Severity::Error, "unknown-node", &first.span, message)
            .note(format!("the nodes of ha.cf are: {}", names.join(", ")));
        let (label, assumption) = if home.near {
            (
                format!("probably `{}` was meant", home.name),
                format!("`{}` was meant to be node {}", first.text, home.name),
            )
        } else {
            let label = format!("here goes the node that normally runs the group, for example `{}`", home.name);
            (label, format!("`{}` stands for {}, the first node of ha.cf: it is the master", first.text, home.name))
        };
        let edits = vec![(first.span.clone(), home.name.to_string())];
        self.found.push(self.page.fixed(diagnostic.label(label), edits, assumption));
        self.add(home.name.clone(), first, all, end);
    }

    /// The line begins with a resource: it is the rest of the line above, or its node is missing.
    fn without_node(&mut self, first: &Word, all: &[Word], end: usize) {
        let page = self.page;
        let message = format!("the line begins with the resource `{}` instead of a node", first.text);
        let diagnostic = page.at(Severity::Error, "line-starts-with-resource", &first.span, message);
        // An argument alone has lost its resource too; joined to the line above it is seen again.
        let resources = if first.text.starts_with("::") { Vec::new() } else { self.join(all) };
        if let Some(entry) = self.entries.last_mut() {
            let above = page.place(&entry.home_span, crate::words::printable).line;
            let between = page.text.get(entry.end..first.span.start).unwrap_or_default();
            let edits = if between.iter().all(u8::is_ascii_whitespace) {
                vec![(entry.end..first.span.start, " ".to_owned())]
            } else {
                let texts: Vec<&str> = all.iter().map(|w| w.text.as_str()).collect();
                vec![(entry.end..entry.end, format!(" {}", texts.join(" "))), (first.span.start..end, String::new())]
            };
            let diagnostic = diagnostic
                .label(format!("this probably belongs to the group of line {above}"))
                .note("one group is one line; a long one is continued with `\\` at its end");
            let assumption = format!("`{}` belongs to the group of the line above it", first.text);
            self.found.push(page.fixed(diagnostic, edits, assumption));
            entry.words.extend(resources);
            entry.end = end;
            return;
        }
        let Some(home) = self.nodes.first() else {
            self.found.push(diagnostic.label("a node goes before it"));
            return;
        };
        let edits = vec![(first.span.start..first.span.start, format!("{home} "))];
        let diagnostic = diagnostic.label("the node that normally runs the group goes before it");
        self.found.push(page.fixed(
            diagnostic,
            edits,
            format!("{home}, the first node of ha.cf, is the home of `{}`", first.text),
        ));
        self.entries.push(Entry {
            home: home.clone(),
            home_span: first.span.clone(),
            words: resources,
            name: None,
            retries: None,
            warm: None,
            about: Vec::new(),
            end,
        });
    }

    /// Resource words with their arguments; a blank before or behind `::` is a fault and is taken out.
    fn join(&mut self, all: &[Word]) -> Vec<Spanned<String>> {
        let mut joined: Vec<Spanned<String>> = Vec::new();
        for word in all {
            let apart = joined.last_mut().filter(|last| word.text.starts_with("::") || last.value.ends_with("::"));
            let Some(last) = apart else {
                joined.push(Spanned { value: word.text.clone(), span: word.span.clone() });
                continue;
            };
            if too_many(self.page, self.found) {
                break;
            }
            let gap = last.span.end..word.span.start;
            let (side, span) = if word.text.starts_with("::") {
                ("before", gap.start..gap.end + 2)
            } else {
                ("behind", gap.start - 2..gap.end)
            };
            let message = format!("a blank {side} `::` tears the argument off its resource");
            let whole = format!("{}{}", last.value, word.text);
            let diagnostic = self
                .page
                .at(Severity::Error, "blank-before-arguments", &span, message)
                .label(format!("write `{whole}`"));
            let assumption = format!(
                "`{}` is the argument of `{}`",
                word.text.trim_start_matches(':'),
                last.value.trim_end_matches(':')
            );
            self.found.push(self.page.fixed(diagnostic, vec![(gap, String::new())], assumption));
            *last = Spanned { value: whole, span: last.span.start..word.span.end };
        }
        joined
    }

    /// Lines of another system: the shell part of Heartbeat would take CR for a part of the last word.
    fn carriage_returns(&mut self) {
        let ends: Vec<usize> = lines(self.page.text).filter(|l| l.carriage_return).map(|l| l.end()).collect();
        let Some(first) = ends.first() else { return };
        let message = "lines end in CR LF; Heartbeat would take the CR for a part of the last word";
        let diagnostic = self.page.at(Severity::Warning, "carriage-return", &(*first..*first), message);
        let edits = ends.iter().map(|end| (*end..end + 1, String::new())).collect();
        self.found.push(Diagnostic { fix: Some(Fix { edits, assumption: String::new() }), ..diagnostic });
    }
}

//! ha.cf: lines to values with places, and every fault of the lines (spec/CONFIG.md section 1).
//! Not here: single values (ha_cf/values.rs), media and ping nodes (ha_cf/media.rs, pings.rs), what spans lines (timing.rs, read.rs).

pub(crate) mod media;
mod pings;
mod values;

use crate::configuration::{Logging, Medium, PingNode, Realtime};
use crate::diagnostic::{Diagnostic, Page, Severity, too_many};
use crate::directives::{DIRECTIVES, Directive, Effect, Form, directive};
use crate::extension::{self, HaCfWord, Usual};
use crate::suggest::nearest;
use crate::surroundings::Surroundings;
use crate::words::{Line, Spanned, Word, ha_cf_separator, lines, words};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use systole_core::{Failback, FastDead, NodeName, Probing};

/// Longest line that Heartbeat reads whole.
const LINE_MAX: usize = 5119;

/// What the file says, line by line. Nothing is known about whether it fits together.
#[derive(Debug)]
pub(crate) struct HaCf {
    pub nodes: Vec<Spanned<NodeName>>,
    /// keepalive, warntime, deadtime, initdead, deadping as far as given.
    pub times: BTreeMap<&'static str, Spanned<Duration>>,
    pub failback: Option<Failback>,
    pub media: Vec<Spanned<Medium>>,
    /// A line for a medium stands there, good or bad.
    pub media_tried: bool,
    pub pings: Vec<Spanned<PingNode>>,
    pub logging: Logging,
    pub realtime: Realtime,
    pub watchdog: Option<PathBuf>,
    pub environment: Vec<(String, String)>,
    /// `#@ probe` and `#@ expire`.
    pub probe: Probing,
    pub expire: bool,
    /// `#@ fastdead`.
    pub fastdead: FastDead,
    /// `#@ monitor`, `timeout`, `retries`, `stop-fail`.
    pub services: Usual,
}

/// Reads all lines.
pub(crate) fn parse(page: Page<'_>, around: &Surroundings, found: &mut Vec<Diagnostic>) -> HaCf {
    let file = HaCf {
        nodes: Vec::new(),
        times: BTreeMap::new(),
        failback: None,
        media: Vec::new(),
        media_tried: false,
        pings: Vec::new(),
        logging: Logging { facility: None, logfile: None, debugfile: None, debug: 0 },
        realtime: Realtime { enabled: true, priority: None },
        watchdog: None,
        environment: Vec::new(),
        probe: Probing::On,
        expire: true,
        fastdead: FastDead::Auto,
        services: Usual::default(),
    };
    let given = BTreeMap::new();
    let mut parser = Parser { page, around, found, file, given, port: 694, baud: 19200 };
    let mut after_comment = false;
    for line in lines(page.text) {
        if too_many(page, parser.found) {
            break;
        }
        parser.line(line, after_comment);
        after_comment = line.is_comment() && line.extension().is_none();
    }
    parser.pings_are_no_nodes();
    parser.file
}

struct Parser<'a> {
    page: Page<'a>,
    around: &'a Surroundings,
    found: &'a mut Vec<Diagnostic>,
    file: HaCf,
    /// Where each directive was seen last.
    given: BTreeMap<&'static str, Range<usize>>,
    port: u16,
    baud: u32,
}

impl Parser<'_> {
    fn line(&mut self, line: Line<'_>, after_comment: bool) {
        if let Some((at, rest)) = line.extension() {
            match extension::ha_cf(self.page, at, rest, self.found) {
                Some(HaCfWord::Probe(probe)) => self.file.probe = probe,
                Some(HaCfWord::Expire(expire)) => self.file.expire = expire,
                Some(HaCfWord::FastDead(fastdead)) => self.file.fastdead = fastdead,
                Some(HaCfWord::Services(usual)) => self.file.services.add(*usual),
                None => {}
            }
            return;
        }
        if let Some((at, comment)) = line.comment().filter(|(_, comment)| comment.starts_with(b"#@")) {
            self.found.push(extension::trailing(self.page, &(at..at + comment.len())));
        }
        let found = words(line.code().bytes, line.start, ha_cf_separator);
        let Some((first, values)) = found.split_first() else { return };
        if line.bytes.len() > LINE_MAX {
            let message = format!("this line is longer than {LINE_MAX} bytes");
            self.found.push(self.page.at(Severity::Error, "line-too-long", &first.span, message));
            return;
        }
        let Some(directive) = directive(&first.text) else {
            self.unknown(first, line, after_comment);
            return;
        };
        if let Some(word) = found.iter().find(|word| !word.clean) {
            self.found.push(unprintable(self.page, word));
            return;
        }
        self.directive(directive, first, values);
    }

    fn unknown(&mut self, word: &Word, line: Line<'_>, after_comment: bool) {
        let page = self.page;
        let base = |message: String| page.at(Severity::Error, "unknown-directive", &word.span, message);
        let meant = nearest(&word.text, DIRECTIVES.iter().map(|d| d.name));
        let comment_out = vec![(word.span.start..word.span.start, "#".to_owned())];
        self.found.push(match meant {
            Some(meant) => {
                let edits = vec![(word.span.clone(), meant.to_owned())];
                let diagnostic = base(format!("there is no directive `{}`", word.text))
                    .label(format!("probably `{meant}` was meant"));
                page.fixed(diagnostic, edits, format!("`{}` was meant to be `{meant}`", word.text))
            }
            None if after_comment => {
                let whole = word.span.start..line.end();
                let message = format!(
                    "there is no directive `{}`; this line is probably the tail of the comment above it",
                    word.text
                );
                let diagnostic = page
                    .at(Severity::Error, "comment-tail", &whole, message)
                    .label("put a `#` in front")
                    .note("a comment ends with its line; when a long one is wrapped, each part needs its own `#`");
                page.fixed(
                    diagnostic,
                    comment_out,
                    format!("the line that begins with `{}` is the tail of the comment above it", word.text),
                )
            }
            None => {
                let diagnostic = base(format!("there is no directive `{}`", word.text))
                    .label("not known")
                    .note("if it is a remark, put a `#` in front");
                page.fixed(diagnostic, comment_out, format!("`{}` is no directive and was made a comment", word.text))
            }
        });
    }

    fn directive(&mut self, directive: &'static Directive, word: &Word, values: &[Word]) {
        if values.is_empty() {
            let message = format!("`{}` needs a value", directive.name);
            let mut diagnostic =
                self.page.at(Severity::Error, "missing-value", &word.span, message).label("nothing follows");
            if !directive.example.is_empty() {
                diagnostic = diagnostic.note(format!("for example: {}", directive.example));
            }
            self.found.push(diagnostic);
            return;
        }
        self.seen(directive, word);
        if self.ipfail(directive, word, values) {
            return;
        }
        match directive.effect {
            Effect::Works => self.value(directive, word, values),
            Effect::Needless(why) => {
                if self.plausible(directive, values) {
                    let message = format!("`{}` has no effect here: {why}", directive.name);
                    self.found
                        .push(self.page.at(Severity::Note, "no-effect", &word.span, message).label("read and ignored"));
                }
            }
            Effect::Missing(what) => {
                let message = format!("`{}` has no effect: {what}", directive.name);
                self.found.push(
                    self.page.at(Severity::Warning, "not-supported", &word.span, message).label("read and ignored"),
                );
            }
            Effect::Refused(instead) => self.refused(directive, word, values, instead),
        }
    }

    fn refused(&mut self, directive: &Directive, word: &Word, values: &[Word], instead: &str) {
        if let Form::Only(allowed) = directive.form
            && values.iter().all(|v| allowed.contains(&v.text.to_ascii_lowercase().as_str()))
        {
            return;
        }
        let message = format!("`{}` is refused", directive.name);
        let page = self.page;
        let diagnostic = if directive.hides_secrets() {
            page.at_masked(Severity::Error, "refused", &word.span, message)
        } else {
            page.at(Severity::Error, "refused", &word.span, message)
        };
        let diagnostic = diagnostic.label("this cannot be done here").note(instead);
        let example = if directive.example.is_empty() { None } else { Some(directive.example) };
        self.found.push(Diagnostic { suggestion: example.map(str::to_owned), ..diagnostic });
    }

    /// A second line of a directive that stands once replaces the first, as in Heartbeat; that is worth a word.
    fn seen(&mut self, directive: &'static Directive, word: &Word) {
        if !directive.adds_up()
            && let Some(first) = self.given.get(directive.name)
        {
            let line = self.page.place(first, crate::words::printable).line;
            let message = format!("`{}` was already given in line {line}; this line replaces it", directive.name);
            self.found
                .push(self.page.at(Severity::Warning, "given-twice", &word.span, message).label("this one counts"));
        }
        self.given.insert(directive.name, word.span.clone());
    }

    /// The value that counts where one is expected: the last, as in Heartbeat.
    fn last<'w>(&mut self, directive: &Directive, values: &'w [Word]) -> Option<&'w Word> {
        let (last, before) = values.split_last()?;
        if let Some(first) = before.first() {
            let message = format!("`{}` takes one value; the last one counts", directive.name);
            let span = first.span.start..last.span.end;
            let mut diagnostic = self
                .page
                .at(Severity::Warning, "several-values", &span, message)
                .label(format!("`{}` counts", last.text));
            if self.page.text.get(first.span.end) == Some(&b',') && directive.form == Form::Time {
                diagnostic = diagnostic.note("a comma separates values; the decimal sign is a point");
            }
            self.found.push(diagnostic);
        }
        Some(last)
    }

    fn complain(&mut self, code: &'static str, word: &Word, message: impl Into<String>, label: impl Into<String>) {
        self.found.push(self.page.at(Severity::Error, code, &word.span, message).label(label));
    }

    fn warn(&mut self, code: &'static str, span: &Range<usize>, message: impl Into<String>) {
        self.found.push(self.page.at(Severity::Warning, code, span, message));
    }
}

/// A word with bytes that nobody can have meant.
pub(crate) fn unprintable(page: Page<'_>, word: &Word) -> Diagnostic {
    page.at(
        Severity::Error,
        "unprintable",
        &word.span,
        "this word holds control characters or bytes that are not UTF-8",
    )
    .label("shown here with `?` in their place")
    .note("write the word again; only comments may hold such bytes")
}

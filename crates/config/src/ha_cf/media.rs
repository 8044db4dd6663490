//! The lines that open media: bcast, mcast, ucast, serial, and the port and speed that go before them.
//! Not here: opening anything. A medium that is not there now is a warning: it is tried again while the node runs.

use super::Parser;
use crate::address::is_interface_name;
use crate::configuration::Medium;
use crate::diagnostic::{Diagnostic, Severity};
use crate::directives::{Directive, Form};
use crate::suggest::nearest;
use crate::words::{Spanned, Word};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::path::{Path, PathBuf};

const SPEEDS: &[u32] = &[9600, 19200, 38400, 57600, 115_200, 230_400, 460_800];

impl Parser<'_> {
    pub(super) fn medium(&mut self, directive: &Directive, word: &Word, values: &[Word]) {
        match directive.form {
            Form::Port => return self.udpport(directive, word, values),
            Form::Baud => return self.baud(directive, word, values),
            _ => self.file.media_tried = true,
        }
        match directive.form {
            Form::Devices => self.bcast(directive, word, values),
            Form::Mcast => self.mcast(word, values),
            Form::Mcast6 => self.mcast6(word, values),
            Form::Ucast | Form::Ucast6 => self.ucast(directive, word, values),
            _ => values.iter().for_each(|value| self.serial(value)),
        }
    }

    fn add(&mut self, value: Medium, span: Range<usize>) {
        if self.file.media.iter().any(|m| m.value == value) {
            self.warn("medium-twice", &span, "this medium was already given; once is enough");
        } else {
            self.file.media.push(Spanned { value, span });
        }
    }

    fn udpport(&mut self, directive: &Directive, word: &Word, values: &[Word]) {
        let Some(value) = self.last(directive, values) else { return };
        let Some(port) = self.port_number(value) else { return };
        self.port = port;
        let udp = |m: &Medium| matches!(m, Medium::Bcast { .. } | Medium::Ucast { .. } | Medium::Ucast6 { .. });
        if self.file.media.iter().any(|m| udp(&m.value)) {
            self.warn("too-late", &word.span, "`udpport` counts only for the media after it; move it before them");
        }
    }

    fn baud(&mut self, directive: &Directive, word: &Word, values: &[Word]) {
        let Some(value) = self.last(directive, values) else { return };
        match value.text.parse().ok().filter(|speed| SPEEDS.contains(speed)) {
            Some(speed) => self.baud = speed,
            None => {
                let speeds: Vec<String> = SPEEDS.iter().map(u32::to_string).collect();
                let message = format!("`{}` is no speed of a serial line", value.text);
                self.complain("bad-number", value, message, format!("one of: {}", speeds.join(", ")));
            }
        }
        if self.file.media.iter().any(|m| matches!(m.value, Medium::Serial { .. })) {
            self.warn("too-late", &word.span, "`baud` counts only for the serial lines after it; move it before them");
        }
    }

    fn port_number(&mut self, word: &Word) -> Option<u16> {
        let port = word.text.parse().ok().filter(|port| *port > 0);
        if port.is_none() {
            self.complain("bad-number", word, format!("`{}` is no UDP port", word.text), "1 to 65535");
        }
        port
    }

    /// Checks a device; `None` when it cannot be one.
    fn device(&mut self, word: &Word, broadcast: bool) -> Option<String> {
        if !is_interface_name(&word.text) {
            let message = format!("`{}` cannot be a network interface", word.text);
            self.complain("bad-interface", word, message, "at most 15 letters, no `/` and no `:`");
            return None;
        }
        let known = &self.around.interfaces;
        match known.iter().find(|i| i.name == word.text) {
            Some(fact) if broadcast && !fact.has_broadcast => {
                let message = format!("interface `{}` cannot broadcast", word.text);
                self.found.push(
                    self.page
                        .at(Severity::Warning, "no-broadcast", &word.span, message)
                        .note("use ucast or mcast on it"),
                );
            }
            Some(_) => {}
            None if known.is_empty() => {}
            None => self.found.push(missing_interface(self.page, self.around, &word.text, &word.span)),
        }
        Some(word.text.clone())
    }

    fn bcast(&mut self, directive: &Directive, word: &Word, values: &[Word]) {
        if directive.name == "udp" {
            let devices: Vec<&str> = values.iter().map(|v| v.text.as_str()).collect();
            let diagnostic = self.page.at(Severity::Warning, "old-name", &word.span, "`udp` is an old name of `bcast`");
            self.found.push(diagnostic.suggest(format!("bcast {}", devices.join(" "))));
        }
        for value in values {
            if let Some(device) = self.device(value, true) {
                self.add(Medium::Bcast { device, port: self.port }, value.span.clone());
            }
        }
    }

    /// A line with a fixed number of values.
    fn exactly<'w, const N: usize>(&mut self, word: &Word, values: &'w [Word], form: &str) -> Option<&'w [Word; N]> {
        let exact = <&[Word; N]>::try_from(values).ok();
        if exact.is_none() {
            let span = word.span.start..values.last().map_or(word.span.end, |v| v.span.end);
            let message = format!("`{}` takes {N} values, here are {}", word.text, values.len());
            let diagnostic = self.page.at(Severity::Error, "wrong-count", &span, message);
            self.found.push(diagnostic.label(format!("the form is: {} {form}", word.text)));
        }
        exact
    }

    fn mcast(&mut self, word: &Word, values: &[Word]) {
        let Some([device, group, port, ttl, back]) = self.exactly(word, values, "device group port ttl loop") else {
            return;
        };
        let address = group.text.parse().ok().filter(Ipv4Addr::is_multicast);
        if address.is_none() {
            let message = format!("`{}` is no multicast address", group.text);
            self.complain("bad-address", group, message, "224.0.0.0 to 239.255.255.255");
        }
        let checked =
            (self.device(device, false), address, self.port_number(port), self.hops(ttl), self.loopback(back));
        if let (Some(device), Some(group), Some(port), Some(ttl), Some(loopback)) = checked {
            self.add(Medium::Mcast { device, group, port, ttl, loopback }, word.span.clone());
        }
    }

    fn mcast6(&mut self, word: &Word, values: &[Word]) {
        let Some([device, group, port, hops, back]) = self.exactly(word, values, "device group port hops loop") else {
            return;
        };
        let address = group.text.parse().ok().filter(Ipv6Addr::is_multicast);
        if address.is_none() {
            let message = format!("`{}` is no IPv6 multicast address", group.text);
            self.complain("bad-address", group, message, "it begins with ff");
        }
        let checked =
            (self.device(device, false), address, self.port_number(port), self.hops(hops), self.loopback(back));
        if let (Some(device), Some(group), Some(port), Some(hops), Some(loopback)) = checked {
            self.add(Medium::Mcast6 { device, group, port, hops, loopback }, word.span.clone());
        }
    }

    fn hops(&mut self, word: &Word) -> Option<u8> {
        let value = word.text.parse().ok().filter(|ttl| *ttl <= 4);
        if value.is_none() {
            self.complain(
                "bad-number",
                word,
                format!("`{}` is no ttl for beats", word.text),
                "0 to 4; 1 stays in the network",
            );
        }
        value
    }

    fn loopback(&mut self, word: &Word) -> Option<bool> {
        match word.text.as_str() {
            "0" => Some(false),
            "1" => Some(true),
            _ => {
                self.complain("bad-number", word, format!("`{}` is no value for loop", word.text), "0 or 1");
                None
            }
        }
    }

    fn ucast(&mut self, directive: &Directive, word: &Word, values: &[Word]) {
        let Some([device, host]) = self.exactly(word, values, "device host") else { return };
        let Some(device) = self.device(device, false) else { return };
        let six = directive.form == Form::Ucast6;
        if host.text.parse().is_ok_and(|ip: IpAddr| ip.is_ipv6() != six) {
            let other = if six { "ucast" } else { "ucast6" };
            let diagnostic = self.page.at(
                Severity::Error,
                "bad-address",
                &host.span,
                format!("`{}` is of the other kind of IP", host.text),
            );
            self.found.push(diagnostic.suggest(format!("{other} {device} {}", host.text)));
            return;
        }
        let own = |ip: IpAddr| self.around.interfaces.iter().flat_map(|i| &i.networks).any(|(own, _)| *own == ip);
        if host.text.parse().is_ok_and(own) {
            // Pairs share one ha.cf that names both addresses; each node leaves out its own.
            let message = format!("`{}` is an address of this machine; the line counts on the other node", host.text);
            self.found.push(self.page.at(Severity::Note, "own-address", &host.span, message));
            return;
        }
        let (host, port) = (host.text.clone(), self.port);
        let medium = if six { Medium::Ucast6 { device, host, port } } else { Medium::Ucast { device, host, port } };
        self.add(medium, word.span.start..values.last().map_or(word.span.end, |v| v.span.end));
    }

    fn serial(&mut self, word: &Word) {
        if !word.text.starts_with('/') {
            let message = format!("`{}` is no path of a serial port", word.text);
            self.complain("bad-path", word, message, format!("probably /dev/{}", word.text));
            return;
        }
        let tty = PathBuf::from(&word.text);
        let known = &self.around.ttys;
        if !known.is_empty() && !known.contains(&tty) {
            let near = nearest(&word.text, known.iter().filter_map(|tty| Path::to_str(tty)));
            let mut diagnostic = self
                .page
                .at(
                    Severity::Warning,
                    "no-tty",
                    &word.span,
                    format!("there is no serial port `{}` here now", word.text),
                )
                .label("not found")
                .note("the node starts without it and tries it again while it runs");
            if let Some(near) = near {
                diagnostic = diagnostic.note(format!("there is `{near}`"));
            }
            self.found.push(diagnostic);
        }
        self.add(Medium::Serial { tty, baud: self.baud }, word.span.clone());
    }
}

/// An interface that is not there now: a warning, since it may come.
pub(crate) fn missing_interface(
    page: crate::diagnostic::Page<'_>,
    around: &crate::surroundings::Surroundings,
    name: &str,
    span: &Range<usize>,
) -> Diagnostic {
    let names: Vec<&str> = around.interfaces.iter().map(|i| i.name.as_str()).collect();
    let diagnostic = page
        .at(Severity::Warning, "no-interface", span, format!("there is no network interface `{name}` here now"))
        .note(format!("the interfaces of this machine are: {}", names.join(", ")));
    match nearest(name, names.iter().copied().filter(|n| *n != "lo")) {
        Some(near) => diagnostic.label(format!("probably `{near}` was meant")),
        None => diagnostic.label("not found"),
    }
}

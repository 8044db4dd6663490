//! Each source of the loop, and the inputs that it becomes.
//! Not here: waiting for them, what the core makes of them.

use super::{Heart, OWN_ASK};
use crate::bridge::{Level, ToHeart};
use crate::heart::hands::Heard;
use crate::heart::places::Refused;
use systole_core::{Ask, Input};
use systole_sys::netlink::KernelEvent;
use systole_sys::notify::Notice;
use systole_sys::signals::Signal;
use systole_sys::wait;

impl Heart {
    pub(super) fn hear_medium(&mut self, index: usize) {
        let mut heard = Vec::new();
        let change = self.media.receive(index, &self.keys, |link, message| heard.push((link.clone(), message)));
        for (link, message) in heard {
            match message {
                Ok(message) if self.relayed(&message) => {}
                Ok(message) => self.feed(Input::Heard { link, message }),
                Err((reject, refused)) => {
                    if let Some(Refused { node, why, placed }) = refused {
                        self.feed(Input::Refused { link: link.clone(), node, why, placed });
                    }
                    if let Some(text) = self.rejects.note(&link, &reject, wait::monotonic_ns()) {
                        self.hands.log(Level::Warn, text);
                    }
                }
            }
        }
        self.media_changed(change.into_iter().collect());
    }

    pub(super) fn hear_pings(&mut self) {
        for node in self.pings.receive(wait::monotonic_ns()) {
            self.feed(Input::Pinged { node });
        }
    }

    pub(super) fn hear_hands(&mut self) {
        self.hands.write();
        match self.hands.listen() {
            Heard::Lines(lines) => lines.into_iter().for_each(|line| self.hands_said(line)),
            Heard::Gone => {
                self.hands.gone(wait::monotonic_ns());
                if self.farewell_ns.is_none() {
                    self.feed(Input::HandsDown);
                }
            }
        }
    }

    fn hands_said(&mut self, line: ToHeart) {
        match line {
            ToHeart::Ready { found } => {
                self.keeping.renew();
                self.words.renew();
                self.feed(Input::HandsUp { found });
                if !std::mem::replace(&mut self.ready, true)
                    && let Some(notifier) = &self.notifier
                {
                    let _ = notifier.say(&[Notice::Ready, Notice::Status("beating")]);
                }
            }
            ToHeart::Failed { group, why } => self.feed(Input::ResourceFailed { group, why }),
            ToHeart::Probed { group, wire } => self.feed(Input::Probed { group, wire }),
            ToHeart::Gaps { node, observed } => self.feed(Input::Gaps { node, observed }),
            ToHeart::Done { id, group, outcome } => self.feed(Input::JobDone { id, group, outcome }),
            ToHeart::Asked { id, ask } => self.feed(Input::Asked { id, ask }),
            ToHeart::Lines { to, body } => self.say_lines(to, body),
            ToHeart::Here => self.hang.answered(),
            ToHeart::RecordAgain { lost } => self.recorder.again(lost),
        }
    }

    pub(super) fn hear_signals(&mut self) {
        while let Some(signal) = self.signals.next() {
            match signal {
                Signal::Terminate | Signal::Interrupt => {
                    if let Some(notifier) = &self.notifier {
                        let _ = notifier.say(&[Notice::Stopping]);
                    }
                    self.feed(Input::Asked { id: OWN_ASK, ask: Ask::Shutdown });
                }
                Signal::Child => drop(self.hands.reap()),
                Signal::HangUp => self.hands.log(
                    Level::Warn,
                    "SIGHUP: files are read at start only; restart systoled to use changed ones".into(),
                ),
                _ => self.hands.log(Level::Info, "the debug level is set in ha.cf".into()),
            }
        }
    }

    pub(super) fn hear_kernel(&mut self) {
        loop {
            match self.watch.next() {
                Ok(Some(KernelEvent::LinkChanged { name, carrier, up, .. })) => {
                    self.feed(Input::CarrierChanged { interface: name, carrier: carrier && up });
                }
                Ok(Some(KernelEvent::LinkGone { name, .. })) => {
                    let changes = self.media.device_gone(&name);
                    self.media_changed(changes);
                    self.feed(Input::CarrierChanged { interface: name, carrier: false });
                }
                Ok(Some(KernelEvent::Overrun)) => self.look_at_carriers(),
                Ok(Some(KernelEvent::AddressAdded(_) | KernelEvent::AddressGone(_))) => {}
                Ok(None) => return,
                Err(e) => {
                    self.hands.log(Level::Error, format!("kernel events: {e}"));
                    return;
                }
            }
        }
    }

    /// The present state of all interfaces, at start and after lost events.
    pub(super) fn look_at_carriers(&mut self) {
        match self.netlink.interfaces() {
            Ok(interfaces) => {
                for found in interfaces {
                    let carrier = found.carrier && found.up;
                    self.feed(Input::CarrierChanged { interface: found.name, carrier });
                }
            }
            Err(e) => self.hands.log(Level::Error, format!("cannot list the interfaces: {e}")),
        }
    }
}

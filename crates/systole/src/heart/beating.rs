//! The loop: wait, see whether we slept, hear everybody, let the core decide, carry it out.
//! Not here: decisions. Nothing in this file may block, fork (but for a lost hands) or grow without bound.

mod hang;
mod keeping;
mod listening;
mod relaying;
mod words;

use super::hands::Hands;
use super::load::Load;
use super::media::{Change, Media};
use super::pings::Pings;
use super::recorder::{self, Recorder};
use super::rejects::Rejects;
use super::serial_line::Weight;
use crate::bridge::{Level, ToHands};
use rustix::event::{PollFd, PollFlags};
use std::process::ExitCode;
use std::time::Duration;
use systole_config::Configuration;
use systole_core::{Answer, AskId, Body, Cluster, Identity, Input, JobKind, Message, Moment, Output, Uuid};
use systole_sys::netlink::{Netlink, Watch};
use systole_sys::notify::{Notice, Notifier};
use systole_sys::signals::Signals;
use systole_sys::wait::{self, Timer};
use systole_wire::{Keys, Stamp, message};

/// Woken later than this after the moment we asked for: we did not run (reference R2).
const STALL_NS: u64 = 100_000_000;
/// After the goodbye: so long for hands to end and serial lines to empty.
const FAREWELL_NS: u64 = 10_000_000_000;
/// The number of our own question to the core; hands counts from zero.
const OWN_ASK: AskId = AskId(u64::MAX);

pub struct Heart {
    core: Cluster,
    configuration: Configuration,
    keys: Keys,
    media: Media,
    pings: Pings,
    hands: Hands,
    signals: Signals,
    watch: Watch,
    netlink: Netlink,
    timer: Timer,
    load: Load,
    rejects: Rejects,
    recorder: Recorder,
    notifier: Option<Notifier>,
    watchdog: Option<Duration>,
    ready: bool,
    /// Media that failed or moved again while something was sent; the core hears of it in this turn.
    changes: Vec<Change>,
    /// Moment for which the core wants to be woken.
    wake_ns: u64,
    /// The right to the service addresses, which the beats renew.
    keeping: keeping::Keeping,
    /// What hands says when we die without a word.
    words: words::Words,
    /// Whether hands answers.
    hang: hang::Hang,
    /// What the hands of two nodes say to each other.
    relay: relaying::Relay,
    /// Who this node is, in what it says.
    uuid: Uuid,
    /// Set once everything is released and said.
    farewell_ns: Option<u64>,
    _lock: std::fs::File,
}

/// Which descriptor became ready.
#[derive(Clone, Copy)]
enum Source {
    Timer,
    Signals,
    Kernel,
    Hands,
    Medium(usize),
    Pings,
}

impl Heart {
    /// # Errors
    /// A sentence: what the kernel refused.
    pub fn new(
        configuration: Configuration,
        keys: Keys,
        identity: Identity,
        hands: Hands,
        signals: Signals,
        lock: std::fs::File,
    ) -> Result<Heart, String> {
        let now_ns = wait::monotonic_ns();
        let refused = |what: &str, e: std::io::Error| format!("cannot open {what}: {e}");
        let uuid = identity.uuid;
        let recorder = Recorder::new(hands.is_recording(), &configuration.core, &identity, Moment(now_ns));
        Ok(Heart {
            recorder,
            core: Cluster::new(configuration.core.clone(), identity, Moment(now_ns)),
            media: Media::new(&configuration),
            pings: Pings::new(&configuration.pings),
            keys,
            hands,
            signals,
            watch: Watch::links().map_err(|e| refused("the kernel's event socket", e))?,
            netlink: Netlink::open().map_err(|e| refused("a netlink socket", e))?,
            timer: Timer::new().map_err(|e| refused("a timer", e))?,
            load: Load::open(),
            rejects: Rejects::default(),
            notifier: Notifier::from_environment().unwrap_or_default(),
            watchdog: Notifier::watchdog(),
            ready: false,
            changes: Vec::new(),
            wake_ns: now_ns,
            keeping: keeping::Keeping::new(configuration.address_lifetime_s()),
            words: words::Words::default(),
            hang: hang::Hang::new(configuration.address_lifetime_s()),
            relay: relaying::Relay::default(),
            uuid,
            farewell_ns: None,
            _lock: lock,
            configuration,
        })
    }

    /// Beats until the end. Exit status 0: everything released.
    pub fn beat(&mut self) -> ExitCode {
        self.look_at_carriers();
        loop {
            let now_ns = wait::monotonic_ns();
            let changes = self.media.open_due(now_ns);
            self.media_changed(changes);
            if self.hands.start_again_at_ns().is_some_and(|at| at <= now_ns) && self.farewell_ns.is_none() {
                self.hands.start(now_ns);
            }
            if self.is_over(now_ns) {
                return ExitCode::SUCCESS;
            }
            let ready = match self.wait(now_ns) {
                Ok(ready) => ready,
                Err(e) => {
                    // Without waiting there is no beating; hands releases everything when we are gone.
                    eprintln!("systoled: cannot wait for events: {e}");
                    return ExitCode::FAILURE;
                }
            };
            self.turn(&ready);
        }
    }

    fn wait(&mut self, now_ns: u64) -> std::io::Result<Vec<Source>> {
        let wakes = [self.media.next_wake_ns(now_ns), self.hands.start_again_at_ns(), self.watchdog_ns(now_ns)];
        let at_ns = wakes.into_iter().flatten().fold(self.wake_ns, u64::min);
        self.timer.arm(at_ns)?;
        let mut sources = vec![Source::Timer, Source::Signals, Source::Kernel];
        let mut fds = vec![
            PollFd::new(&self.timer, PollFlags::IN),
            PollFd::new(&self.signals, PollFlags::IN),
            PollFd::new(&self.watch, PollFlags::IN),
        ];
        if let Some(fd) = self.hands.fd() {
            let write = if self.hands.wants_to_write() { PollFlags::OUT } else { PollFlags::empty() };
            sources.push(Source::Hands);
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN | write));
        }
        for (index, fd) in self.media.readable() {
            sources.push(Source::Medium(index));
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
        }
        if let Some(fd) = self.pings.fd() {
            sources.push(Source::Pings);
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
        }
        wait::poll(&mut fds, None)?;
        let ready = fds.iter().zip(&sources).filter(|(fd, _)| !fd.revents().is_empty());
        Ok(ready.map(|(_, source)| *source).collect())
    }

    /// Half of what the service manager allows between two signs of life.
    fn watchdog_ns(&self, now_ns: u64) -> Option<u64> {
        self.watchdog.map(|span| now_ns + u64::try_from(span.as_nanos() / 2).unwrap_or(u64::MAX))
    }

    fn turn(&mut self, ready: &[Source]) {
        let now_ns = wait::monotonic_ns();
        let late_ns = now_ns.saturating_sub(self.wake_ns);
        if late_ns > STALL_NS {
            // First the stall, then what arrived meanwhile, then the clock: so sleep is never taken for silence.
            self.hang.slept(now_ns);
            self.feed(Input::Stalled { for_ms: late_ns.div_ceil(1_000_000) });
        }
        if self.keeping.lapsed(now_ns) && self.core.entitled().next().is_some() {
            self.feed(Input::Lapsed);
        }
        for source in ready {
            match source {
                Source::Timer => drop(self.timer.drain()),
                Source::Signals => self.hear_signals(),
                Source::Kernel => self.hear_kernel(),
                Source::Hands => self.hear_hands(),
                Source::Medium(index) => self.hear_medium(*index),
                Source::Pings => self.hear_pings(),
            }
        }
        let changes = self.media.flush_all(now_ns);
        self.media_changed(changes);
        let changes = std::mem::take(&mut self.changes);
        self.media_changed(changes);
        self.feed(Input::Tick);
        self.keep_addresses();
        self.leave_last_words();
        self.look_after_hands(now_ns);
        // The lines of the recording wait until here, so that they cost one write a turn.
        self.hands.write();
        if let (Some(notifier), Some(_)) = (&self.notifier, self.watchdog) {
            // A full queue of the manager is its own sign of life problem, not ours.
            let _ = notifier.say(&[Notice::Watchdog]);
        }
    }

    /// One input, then everything the core wants because of it.
    fn feed(&mut self, input: Input) {
        let now = Moment(wait::monotonic_ns());
        // After the last word nothing is decided any more, and hands writes no more either.
        let recorder = if self.farewell_ns.is_none() { Some(&mut self.recorder) } else { None };
        let mut turn = recorder.and_then(|recorder| recorder.begin(&self.core, &mut self.hands, now, &input));
        let ended_before = self.farewell_ns.is_some();
        self.core.handle(now, input);
        loop {
            let output = self.core.poll();
            recorder::keep(&mut turn, &output);
            match output {
                Output::SleepUntil(moment) => {
                    self.wake_ns = moment.0;
                    break;
                }
                output => self.carry_out(output),
            }
        }
        if let Some(turn) = turn {
            self.recorder.end(&mut self.hands, turn);
        }
        if self.farewell_ns.is_some() && !ended_before {
            // Last, behind the turn that brought it.
            self.hands.say(&ToHands::End);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Say(message) => self.say(&message),
            Output::Do(job) => {
                if job.kind == JobKind::Start {
                    // The right goes before the work that needs it, and our word that it runs here follows at once.
                    self.keeping.begin(wait::monotonic_ns());
                    self.keep_addresses();
                }
                self.hands.say(&ToHands::Do(job));
            }
            Output::Cancel(id) => self.hands.say(&ToHands::Cancel(id)),
            Output::Probe { group, span_ms } => self.hands.say(&ToHands::Probe { group, span_ms }),
            Output::Tell(event) => self.hands.say(&ToHands::Tell { at_ms: wait::wall_ms(), event }),
            Output::Answer { id: OWN_ASK, answer } => self.answered(&answer),
            Output::Answer { id, answer } => self.hands.say(&ToHands::Answer { id, answer }),
            Output::Remember { generation } => self.hands.say(&ToHands::Remember { generation: generation.0 }),
            Output::RememberPeer { node, generation, sequence } => {
                self.hands.say(&ToHands::RememberPeer { node, generation, sequence });
            }
            Output::RememberGaps { node, observed } => self.hands.say(&ToHands::RememberGaps { node, observed }),
            Output::Exit => {
                self.farewell_ns = Some(wait::monotonic_ns() + FAREWELL_NS);
            }
            Output::SleepUntil(_) => {}
        }
    }

    fn look_after_hands(&mut self, now_ns: u64) {
        match self.hang.look(self.hands.child(), now_ns) {
            hang::Verdict::Wait => {}
            hang::Verdict::Ask => self.hands.say(&ToHands::Hello),
            hang::Verdict::Hangs { for_ns } => self.hands.hangs(for_ns),
        }
    }

    fn answered(&mut self, answer: &Answer) {
        if let Answer::Refused { why } = answer {
            self.hands.log(Level::Warn, why.clone());
        }
    }

    fn say(&mut self, message: &Message) {
        // A serial line keeps only one beat waiting; one that is said again must not push out the newest.
        let newest = message.sequence == Some(self.core.newest_beat());
        let is_beat = newest && matches!(message.body, Body::Status { .. });
        let stamp = Stamp { sent_at_s: (wait::wall_ms() / 1000).max(1), load: self.load.line(), ttl: self.ttl() };
        if is_beat && let Err(why) = self.pings.send(&self.keys, stamp.sent_at_s, wait::monotonic_ns()) {
            self.hands.log(Level::Warn, why);
        }
        if is_beat {
            self.keeping.said(wait::monotonic_ns());
        }
        match message::encode(message, &stamp) {
            Ok(frame) => {
                let weight = match message.body {
                    _ if is_beat => Weight::Beat,
                    // A Heartbeat asks for every number that it misses.
                    Body::ReqNodes if self.core.all_speak_claims() => Weight::Question,
                    _ => Weight::Word,
                };
                let changes = self.media.send(&frame, weight, &self.keys, wait::monotonic_ns());
                // Not fed here: we are inside the outputs of another input.
                self.changes.extend(changes);
            }
            Err(e) => self.hands.log(Level::Error, e.to_string()),
        }
    }

    fn ttl(&self) -> u32 {
        u32::try_from(self.configuration.core.nodes.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn media_changed(&mut self, changes: Vec<Change>) {
        for Change { link, open, why } in changes {
            self.feed(Input::LinkChanged { link, open, why });
        }
    }

    /// After the goodbye: hands has ended and the last bytes have left, or it took too long.
    fn is_over(&mut self, now_ns: u64) -> bool {
        let Some(limit_ns) = self.farewell_ns else { return false };
        self.wake_ns = now_ns + 10_000_000;
        (self.hands.reap() && self.media.is_flushed()) || now_ns >= limit_ns
    }
}

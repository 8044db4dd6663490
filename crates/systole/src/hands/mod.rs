//! hands: the ordinary process beside heart. It runs the resources, writes the logs, answers people.
//! Here is the order of its life; not how a resource is run (executor) nor what comes in (desk).

pub mod agent;
pub mod control;
pub mod executor;
pub mod hooks;
pub mod log;
pub mod native;

mod asks;
pub mod comparing;
mod desk;
mod last;
mod lines;
mod lock;
mod memory;
mod record;
mod silences;
#[cfg(test)]
mod testing;
#[cfg(test)]
pub(crate) mod tests;
mod watching;
mod work;

use crate::bridge::{Begin, LINE_MAX, Level, ToHands, ToHeart};
use anyhow::{Context, bail};
use desk::{Desk, Next};
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use systole_sys::spawn::bridge_from_stdin;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use work::{Report, Work};

/// How long the end may wait for a disk.
const PATIENCE: Duration = Duration::from_secs(2);
/// Questions that wait for the main loop.
const REQUESTS: usize = 64;

/// Runs hands on the bridge that heart put on standard input.
pub fn main() -> ExitCode {
    // Heart's protection against the out-of-memory killer is not for us, nor for the services that inherit from us.
    let _ = systole_sys::realtime::oom_score_adj(0);
    let ended = bridge_from_stdin().context("the bridge to heart").and_then(|bridge| {
        bridge.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ended = runtime.block_on(async {
            let bridge = UnixStream::from_std(bridge)?;
            live(bridge, executor).await
        });
        // A disk that hangs must not keep a process whose work is done.
        runtime.shutdown_timeout(PATIENCE);
        ended
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("systole hands: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Who runs the resources.
fn executor(begin: &Begin, reports: mpsc::UnboundedSender<Report>) -> impl Work + use<> {
    executor::Executor::new(&begin.configuration, reports)
}

/// One life: begin, wait for the lock, look, work, end.
async fn live<W: Work>(
    bridge: UnixStream,
    make: impl FnOnce(&Begin, mpsc::UnboundedSender<Report>) -> W,
) -> anyhow::Result<()> {
    let (reading, writing) = bridge.into_split();
    let mut reading = BufReader::new(reading);
    let begin = begin(&mut reading).await?;
    let (reporter, reports) = mpsc::unbounded_channel();
    let mut work = make(&begin, reporter.clone());
    let (mut desk, asker, known) = sit_down(&begin, reading, writing, reports, &reporter)?;
    let noted = reporter.clone();
    let waiting = move || {
        let text = "An older hands still releases its resources after its heart died; waiting for it.".into();
        let _ = noted.send(Report::Note { level: Level::Warn, text });
    };
    let taken = desk.beside(lock::take(&begin.run_dir, waiting)).await;
    let (ended, _lock) = match taken {
        // Nothing was begun here yet: whatever still runs belongs to the older hands, which releases it.
        Err(ended) => (ended, None),
        Ok(lock) => {
            let lock = lock.with_context(|| format!("no lock in {}", begin.run_dir.display()))?;
            desk.memory.begin();
            let control = tokio::spawn(control::serve(
                begin.run_dir.clone(),
                asker,
                known,
                reporter,
                control::Beside {
                    protection: begin.configuration.protection.clone(),
                    rivals: desk.rivals.subscribe(),
                    comparing: Some(Arc::clone(&desk.comparing)),
                },
            ));
            let ended = look_and_work(&mut desk, &mut work).await;
            if matches!(ended, Next::HeartDied) {
                release(&mut desk, &mut work, &begin).await;
            }
            control.abort();
            let _ = std::fs::remove_file(control::path(&begin.run_dir));
            (ended, Some(lock))
        }
    };
    if matches!(ended, Next::HeartDied) {
        desk.log.say(Level::Crit, "Hands ends after its heart.");
    }
    desk.hooks.close(PATIENCE).await;
    desk.memory.close(PATIENCE).await;
    desk.silences.close(PATIENCE);
    desk.record.close(PATIENCE);
    desk.empty_reports();
    desk.log.close(PATIENCE);
    Ok(())
}

/// Says `Ready` after a look at every group, then works until heart ends.
async fn look_and_work<W: Work>(desk: &mut Desk, work: &mut W) -> Next {
    match desk.beside(work.inspect_all()).await {
        Ok(found) => {
            desk.silences.all().into_iter().for_each(|line| desk.tell_heart(line));
            desk.tell_heart(ToHeart::Ready { found });
        }
        Err(ended) => return ended,
    }
    loop {
        let next = match desk.held.pop_front() {
            Some(next) => next,
            None => desk.next().await,
        };
        match next {
            Next::Run(job) => work.run(job),
            Next::Cancel(id) => work.cancel(id),
            Next::Keep(groups, since_ns) => work.keep(&groups, since_ns),
            Next::Probe(group, span) => work.probe(group, span),
            Next::End | Next::HeartDied => return next,
        }
    }
}

/// Heart is gone and refreshes nothing any more: nothing of ours may go on running.
async fn release<W: Work>(desk: &mut Desk, work: &mut W, begin: &Begin) {
    let died = tokio::time::Instant::now();
    desk.log.say(Level::Crit, log::sentences::HEART_DIED);
    desk.log.say(Level::Crit, "Heart is gone without a word; releasing everything that runs here.");
    // With heart gone nothing can interrupt this: the bridge is closed and signals are only noted.
    let released = desk.beside(work.release_everything()).await;
    desk.empty_reports();
    if !released.is_ok_and(|all| all) {
        desk.log.say(Level::Crit, "Something may still run here; the other nodes are not told that it is free.");
        return;
    }
    desk.log.say(Level::Crit, "Everything is released.");
    let messages = std::mem::take(&mut desk.last_words);
    // Later than that they have their verdict, and would only see this node come back to leave.
    if !messages.is_empty() && died.elapsed() < begin.configuration.core.timing.deadtime() {
        match last::say(begin, messages).await {
            Ok(()) => desk.log.say(Level::Crit, "The other nodes are told that everything here is released."),
            Err(why) => desk.log.say(Level::Warn, &format!("The other nodes could not be told so: {why}.")),
        }
    }
}

/// The first line of the bridge.
async fn begin(reading: &mut BufReader<tokio::net::unix::OwnedReadHalf>) -> anyhow::Result<Begin> {
    let line = lines::next(reading, &mut Vec::new(), LINE_MAX).await.context("the bridge to heart")?;
    let Some(line) = line else { bail!("heart ended before it said what to run") };
    match serde_json::from_slice(&line).context("heart's first line is not understood; are both of one version?")? {
        ToHands::Begin(begin) => Ok(*begin),
        other => bail!("heart's first line must say how to begin, but was {other:?}"),
    }
}

/// Opens everything that comes in; what belongs to the control socket is handed back until the lock is ours.
fn sit_down(
    begin: &Begin,
    reading: BufReader<tokio::net::unix::OwnedReadHalf>,
    writing: tokio::net::unix::OwnedWriteHalf,
    reports: mpsc::UnboundedReceiver<Report>,
    reporter: &mpsc::UnboundedSender<Report>,
) -> anyhow::Result<(Desk, mpsc::Sender<control::Request>, watch::Receiver<control::Known>)> {
    let (to_heart, messages) = mpsc::unbounded_channel();
    tokio::spawn(desk::write(writing, messages));
    let (asker, requests) = mpsc::channel(REQUESTS);
    let (publish, known) = watch::channel(None);
    // Handlers, not "ignore": what is ignored here would be ignored by every script and service started from here.
    let kinds = [
        ("SIGTERM", SignalKind::terminate()),
        ("SIGINT", SignalKind::interrupt()),
        ("SIGHUP", SignalKind::hangup()),
        ("SIGQUIT", SignalKind::quit()),
    ];
    let signals = kinds.into_iter().map(|(name, kind)| Ok((name, signal(kind)?)));
    let comparing = Arc::new(comparing::Comparing::new(&begin.configuration, to_heart.clone()));
    let desk = Desk {
        log: log::Log::open(begin),
        asks: asks::Asks::new(std::process::id(), publish),
        hooks: hooks::Hooks::start(&begin.configuration, reporter.clone()),
        memory: memory::Memory::new(begin, reporter.clone()),
        silences: silences::Silences::new(begin, reporter.clone()),
        record: record::Record::start(begin.record.clone(), reporter.clone()),
        bridge: Some(reading),
        unfinished: Vec::new(),
        to_heart,
        reports,
        rivals: watch::Sender::new(Vec::new()),
        comparing,
        requests,
        signals: signals.collect::<std::io::Result<_>>().context("signal handlers")?,
        last_words: Vec::new(),
        held: VecDeque::new(),
    };
    Ok((desk, asker, known))
}

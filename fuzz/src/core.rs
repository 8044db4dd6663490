//! The core under arbitrary inputs: the bytes choose a cluster, then one input after the other and the time between.
//! Inputs need not make sense together; what the core does about them must. Here is the driver, which behaves as heart
//! does; not the choice of inputs (core/inputs.rs), nor what is checked (core/watch.rs).

mod inputs;
mod scene;
mod watch;

use arbitrary::{Result, Unstructured};
use std::time::Duration;
use systole_core::{Answer, Ask, AskId, Cluster, Input, Moment, Output};
use watch::Watch;

/// Steps of one run: enough to be born, to quarrel and to leave.
const STEPS_MAX: usize = 400;
/// Outputs of one input: all that may be asked for again, answered and told at once, and some.
const OUTPUTS_MAX: usize = 2000;
/// Turns at one moment; heart would spin.
const TURNS_AT_ONCE: u32 = 8;
/// What a node of three groups keeps, written out: mostly the 500 newest messages, and frames of lives not yet believed.
const WRITTEN_MAX: usize = 4 << 20;
/// Beats of one stretch of time: more than any dead time has.
const BEATS_MAX: u64 = 40;
/// Longer than any question may stay without an answer.
const PATIENCE_MS: u64 = 181_000;

/// One life of a node.
pub fn core(data: &[u8]) {
    // Bytes that run out are read as zeros, so this always comes to an end.
    let _ = play(&mut Unstructured::new(data));
}

fn play(bytes: &mut Unstructured<'_>) -> Result<()> {
    let (cluster, keepalive_ms) = scene::node(bytes)?;
    let mut life = Life::new(cluster);
    for _ in 0..STEPS_MAX {
        if bytes.is_empty() || life.watch.ended {
            break;
        }
        if bytes.ratio(1, 3)? {
            let ms = *bytes.choose(&[0, 1, 10, 50, 100, 200, 250, 500, 1_000, 2_000, 10_000, 61_000])?;
            if bytes.ratio(1, 8)? { life.sleep(ms) } else { life.run(ms.min(BEATS_MAX * keepalive_ms)) }
        } else {
            let input = inputs::input(bytes, &life.cluster, &mut life.watch)?;
            life.take(input);
        }
    }
    life.finish();
    Ok(())
}

struct Life {
    cluster: Cluster,
    watch: Watch,
    now: Moment,
    wake: Moment,
}

impl Life {
    fn new(cluster: Cluster) -> Life {
        let mut life = Life { cluster, watch: Watch::default(), now: scene::BORN, wake: scene::BORN };
        life.take(Input::Tick);
        life
    }

    fn take(&mut self, input: Input) {
        self.watch.takes(&input);
        self.cluster.handle(self.now, input);
        for _ in 0..OUTPUTS_MAX {
            match self.cluster.poll() {
                Output::SleepUntil(moment) => {
                    self.wake = moment;
                    return;
                }
                output => self.watch.gives(output, &self.cluster),
            }
        }
        panic!("more than {OUTPUTS_MAX} outputs of one input");
    }

    /// As heart runs: awake at every moment that the core asked for.
    fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        let (mut turns, mut at_once) = (0_u64, 0);
        while self.wake <= end && !self.watch.ended {
            at_once = if self.wake > self.now { 0 } else { at_once + 1 };
            assert!(at_once <= TURNS_AT_ONCE, "awake again and again at one moment");
            self.now = self.now.max(self.wake);
            self.take(Input::Tick);
            turns += 1;
            assert!(turns <= 100 + ms / 4, "awake {turns} times within {ms} ms");
        }
        self.now = end;
    }

    /// Time passes and nobody looks, as when the machine is suspended.
    fn sleep(&mut self, ms: u64) {
        self.now = self.now + Duration::from_millis(ms);
        self.take(Input::Tick);
    }

    fn finish(mut self) {
        assert!(crate::written_len(&self.cluster) <= WRITTEN_MAX, "the node grows");
        if !self.watch.asked.is_empty() && !self.watch.ended {
            self.sleep(PATIENCE_MS);
            self.run(1_000);
            assert!(self.watch.asked.is_empty(), "without an answer: {:?}", self.watch.asked);
        }
        if self.watch.ended {
            assert!(self.watch.asked.is_empty(), "ended without an answer to {:?}", self.watch.asked);
        }
    }
}

/// A node of two groups that runs one of them, for questions.
pub(crate) fn small_node() -> Cluster {
    scene::running()
}

/// What it answers at once, if it does.
pub(crate) fn ask(node: &mut Cluster, ask: Ask) -> Option<Answer> {
    node.handle(scene::BORN, Input::Asked { id: AskId(1), ask });
    let mut said = None;
    for _ in 0..OUTPUTS_MAX {
        match node.poll() {
            Output::SleepUntil(_) => return said,
            Output::Answer { answer, .. } => said = Some(answer),
            _ => {}
        }
    }
    panic!("more than {OUTPUTS_MAX} outputs of one question");
}

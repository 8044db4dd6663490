//! What must hold of everything the core wants: jobs, messages, answers, numbers.
//! Not here: time (the driver); whether a decision was wise, which the simulator judges.

use super::scene::NAMES;
use crate::frames::keys;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use systole_core::{AskId, Cluster, Generation, GroupId, Input, Job, JobId, JobKind, Message, Output, Sequence};
use systole_wire::{Keys, Method, Stamp, decode_datagram, encode_net, message};

static KEYS: LazyLock<Keys> = LazyLock::new(|| keys(Method::Crc, b""));

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Watch {
    /// The job under way for each group, by what the core said and was told.
    pub jobs: BTreeMap<GroupId, Job>,
    /// Questions without an answer.
    pub asked: BTreeSet<AskId>,
    pub next_ask: u64,
    /// The last number that each node was made to say.
    pub heard: [u64; NAMES.len()],
    pub ended: bool,
    hands: bool,
    last_job: Option<JobId>,
    said: BTreeMap<(Generation, Sequence), Message>,
}

impl Watch {
    /// The core is about to hear this.
    pub fn takes(&mut self, input: &Input) {
        match input {
            Input::HandsUp { .. } | Input::HandsDown => {
                // Jobs of the hands before have ended with it.
                self.jobs.clear();
                self.hands = matches!(input, Input::HandsUp { .. });
            }
            Input::JobDone { id, group, .. } if self.jobs.get(group).is_some_and(|job| job.id == *id) => {
                self.jobs.remove(group);
            }
            Input::Asked { id, .. } => {
                self.asked.insert(*id);
            }
            _ => {}
        }
    }

    /// The core wants this.
    pub fn gives(&mut self, output: Output, cluster: &Cluster) {
        assert!(!self.ended, "after the end: {output:?}");
        match output {
            Output::Do(job) => self.job(job),
            Output::Say(message) => self.says(message),
            Output::Answer { id, .. } => assert!(self.asked.remove(&id), "nobody waits for the answer {id:?}"),
            Output::Remember { generation } => assert_eq!(generation, cluster.generation()),
            Output::Exit => {
                self.ended = true;
                let busy = self.jobs.values().any(|job| job.kind == JobKind::Start);
                assert!(!busy, "ends while something starts: {:?}", self.jobs);
            }
            Output::Cancel(_)
            | Output::Probe { .. }
            | Output::Tell(_)
            | Output::RememberPeer { .. }
            | Output::RememberGaps { .. }
            | Output::SleepUntil(_) => {}
        }
    }

    fn job(&mut self, job: Job) {
        assert!(self.last_job < Some(job.id), "the number of a job comes twice: {job:?}");
        self.last_job = Some(job.id);
        if job.kind == JobKind::Announce {
            return;
        }
        let before = self.jobs.insert(job.group, job.clone());
        let busy = before.filter(|before| before.kind == job.kind);
        assert!(busy.is_none(), "{job:?} while {busy:?} is under way");
        assert!(self.hands || job.kind != JobKind::Start, "without hands: {job:?}");
    }

    /// It can be written, is read as it was meant, and no number means two things.
    fn says(&mut self, said: Message) {
        let stamp = Stamp { sent_at_s: 1_795_000_000, load: "n/a".to_owned(), ttl: 4 };
        let frame = message::encode(&said, &stamp).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        let verified = decode_datagram(&encode_net(&frame, &KEYS), &KEYS).expect("a written frame is read");
        let again = message::decode(verified).unwrap_or_else(|reject| panic!("{reject}: {said:?}"));
        assert_eq!(again.get().0, said);
        let (Some(generation), Some(sequence)) = (said.generation, said.sequence) else { return };
        let before = self.said.insert((generation, sequence), said.clone());
        assert!(before.as_ref().is_none_or(|before| *before == said), "one number, two messages: {before:?} {said:?}");
    }
}

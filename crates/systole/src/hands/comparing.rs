//! The lines of the configuration that must be equal everywhere, asked from the hands of the other nodes and told to them:
//! part by part, each part asked for anew until it comes, through the media of heart (decisions/0020).
//! Not here: passing the messages on (heart, beating/relaying.rs), comparing and showing (ctl/diff.rs).

use crate::bridge::ToHeart;
pub use crate::hands::control::{Compared, OfNode as Told};
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use systole_config::{Configuration, common_lines};
use systole_core::{Body, NodeName};
use tokio::sync::broadcast;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, timeout};

/// Bytes of text in one part: with all its fields a message stays below the packet of any network.
const PART: usize = 900;
/// More than that is not told: a thousand groups stay well below.
const PARTS_MAX: usize = 400;
/// So long is waited for a part before it is asked for again, and so often.
const WITHIN: Duration = Duration::from_millis(300);
const TIMES: usize = 5;
/// Between two parts, for the sake of heart.
const PAUSE: Duration = Duration::from_millis(20);
/// Questions that are answered within a minute, whoever asks: recorded ones could be said again and again.
const ANSWERS: (usize, Duration) = (800, Duration::from_secs(60));
/// Answers that wait for whoever asked.
const WAITING: usize = 16;

/// Both sides of it.
#[derive(Debug)]
pub struct Comparing {
    me: NodeName,
    others: Vec<NodeName>,
    lines: Vec<String>,
    /// The lines as they are told, in parts.
    parts: Vec<String>,
    to_heart: UnboundedSender<ToHeart>,
    answers: broadcast::Sender<(NodeName, Body)>,
    /// When the present minute began, and how much was answered in it.
    answered: Mutex<(Instant, usize)>,
    /// One question at a time.
    asking: tokio::sync::Mutex<()>,
}

impl Comparing {
    pub fn new(configuration: &Configuration, to_heart: UnboundedSender<ToHeart>) -> Comparing {
        let lines = common_lines(configuration);
        let core = &configuration.core;
        Comparing {
            me: core.me.clone(),
            others: core.nodes.iter().filter(|node| **node != core.me).cloned().collect(),
            parts: parts(&lines),
            lines,
            to_heart,
            answers: broadcast::Sender::new(WAITING),
            answered: Mutex::new((Instant::now(), 0)),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Something from the hands of another node; heart has authenticated it.
    pub fn heard(&self, from: NodeName, body: Body) {
        match body {
            Body::AskLines { number, part } if self.may_answer() => {
                let Ok(parts) = u16::try_from(self.parts.len()) else { return };
                let Some(text) = self.parts.get(usize::from(part)).cloned() else { return };
                self.say(from, Body::Lines { number, part, parts, text });
            }
            // Nobody may be waiting.
            Body::Lines { .. } => drop(self.answers.send((from, body))),
            _ => {}
        }
    }

    fn may_answer(&self) -> bool {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let (most, span) = ANSWERS;
        if answered.0.elapsed() >= span {
            *answered = (Instant::now(), 0);
        }
        answered.1 += 1;
        answered.1 <= most
    }

    fn say(&self, to: NodeName, body: Body) {
        // Heart that is gone is noticed elsewhere.
        let _ = self.to_heart.send(ToHeart::Lines { to, body });
    }

    /// Asks every other node, one after the other.
    pub async fn ask_all(&self) -> Compared {
        let _alone = self.asking.lock().await;
        let mut nodes = BTreeMap::from([(self.me.clone(), Told::Lines(self.lines.clone()))]);
        for node in &self.others {
            let told = self.ask(node).await.map_or_else(|why| Told::Unknown { why }, Told::Lines);
            nodes.insert(node.clone(), told);
        }
        Compared { me: self.me.clone(), nodes }
    }

    async fn ask(&self, node: &NodeName) -> Result<Vec<String>, String> {
        // Nobody can have recorded an answer to it.
        let number = RandomState::new().hash_one(0_u8);
        let (mut text, mut count) = (String::new(), 1);
        let mut part = 0;
        while part < count {
            let (parts, piece) = self.part(node, number, part).await?;
            if usize::from(parts) > PARTS_MAX || part > 0 && parts != count {
                return Err(format!("{node} changed its mind in the middle; try again"));
            }
            count = parts;
            text.push_str(&piece);
            part += 1;
            tokio::time::sleep(PAUSE).await;
        }
        serde_json::from_str(&text)
            .map_err(|_| format!("what {node} answers is not understood; are both of one version?"))
    }

    async fn part(&self, node: &NodeName, number: u64, part: u16) -> Result<(u16, String), String> {
        let mut answers = self.answers.subscribe();
        for _ in 0..TIMES {
            self.say(node.clone(), Body::AskLines { number, part });
            let answer = timeout(WITHIN, async {
                loop {
                    match answers.recv().await {
                        Ok((from, Body::Lines { number: n, part: p, parts, text }))
                            if from == *node && n == number && p == part =>
                        {
                            return Some((parts, text));
                        }
                        Err(broadcast::error::RecvError::Closed) => return None,
                        Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    }
                }
            });
            if let Ok(Some(found)) = answer.await {
                return Ok(found);
            }
        }
        Err(format!(
            "{node} does not answer on any network of ha.cf: it is down, has another key, or is no Systole that can be asked"
        ))
    }
}

/// The lines as one text, cut into pieces.
fn parts(lines: &[String]) -> Vec<String> {
    let text = serde_json::to_string(lines).unwrap_or_default();
    let mut parts = vec![String::new()];
    for letter in text.chars() {
        match parts.last_mut() {
            Some(last) if last.len() + letter.len_utf8() <= PART => last.push(letter),
            _ => parts.push(letter.to_string()),
        }
    }
    if parts.len() > PARTS_MAX {
        return parts_of_too_many();
    }
    parts
}

fn parts_of_too_many() -> Vec<String> {
    vec!["[\"(more lines than can be told)\"]".to_owned()]
}

#[cfg(test)]
mod tests;

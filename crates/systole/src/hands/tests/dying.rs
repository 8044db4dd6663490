//! What hands does when heart has died without a word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Heart, Script, job, log};
use crate::bridge::ToHands;
use std::sync::Arc;
use systole_core::JobKind;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::sync::Notify;

#[tokio::test]
async fn heart_gone_without_a_word_means_release_everything() {
    let mut heart = Heart::ready().await;
    heart.say(&ToHands::Do(job(1, JobKind::Start))).await;
    heart.hear().await;
    let (other, _kept) = UnixStream::pair().unwrap();
    drop(std::mem::replace(&mut heart.socket, BufReader::new(other)));
    let (dir, done) = heart.ended().await;
    assert_eq!(done, ["inspect", "run 1", "release"]);
    let text = log(&dir);
    let order = [
        "CRIT: Emergency Shutdown: Master Control process died.",
        "Running /etc/init.d/apache2 stop",
        "Everything is released.",
    ];
    let places: Vec<_> = order.iter().map(|line| text.find(line).unwrap_or_else(|| panic!("{line}: {text}"))).collect();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test]
async fn a_failed_stop_at_the_end_is_not_called_a_release() {
    let mut heart = Heart::start(Script { stuck: true, ..Script::default() }).await;
    heart.hear().await;
    let (other, _kept) = UnixStream::pair().unwrap();
    drop(std::mem::replace(&mut heart.socket, BufReader::new(other)));
    let (dir, _) = heart.ended().await;
    let text = log(&dir);
    assert!(text.contains("Something may still run here") && !text.contains("Everything is released"), "{text}");
}

#[tokio::test]
async fn heart_gone_during_the_first_look_releases_too() {
    let script = Script { gate: Some(Arc::new(Notify::new())), ..Script::default() };
    let mut heart = Heart::start(script).await;
    let (other, _kept) = UnixStream::pair().unwrap();
    // The lock is taken when the control socket is served: only then the look has begun.
    drop(heart.control().await);
    drop(std::mem::replace(&mut heart.socket, BufReader::new(other)));
    let (_dir, done) = heart.ended().await;
    assert_eq!(done, ["release"]);
}

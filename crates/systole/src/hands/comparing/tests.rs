//! Two sides of a comparison, with a lossy heart between them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::hands::testing::{address, configuration};
use std::sync::Arc;
use tokio::sync::mpsc;

/// One side: node `me` of alpha and beta with so many groups.
fn side(me: &str, groups: usize) -> (Arc<Comparing>, mpsc::UnboundedReceiver<ToHeart>) {
    let names = ["alpha", "beta"].map(|name| NodeName::new(name).unwrap());
    let group = |n: usize| vec![address(&format!("IPaddr2::10.9.{}.{}/24/eth0:0", n / 200, n % 200 + 1))];
    let mut configuration = configuration((0..groups).map(group).collect());
    (configuration.core.me, configuration.core.nodes) = (NodeName::new(me).unwrap(), names.to_vec());
    let (to_heart, said) = mpsc::unbounded_channel();
    (Arc::new(Comparing::new(&configuration, to_heart)), said)
}

/// Carries from one to the other what `passes` lets through.
fn carry(
    mut said: mpsc::UnboundedReceiver<ToHeart>,
    from: &str,
    other: &Arc<Comparing>,
    mut passes: impl FnMut(&Body) -> bool + Send + 'static,
) {
    let (from, other) = (NodeName::new(from).unwrap(), Arc::clone(other));
    tokio::spawn(async move {
        while let Some(ToHeart::Lines { body, .. }) = said.recv().await {
            if passes(&body) {
                other.heard(from.clone(), body);
            }
        }
    });
}

fn lines(told: Option<&Told>) -> usize {
    match told {
        Some(Told::Lines(lines)) => lines.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn lines_of_many_parts_come_over_a_lossy_network() {
    let ((alpha, of_alpha), (beta, of_beta)) = (side("alpha", 500), side("beta", 501));
    assert!(beta.parts.len() > 10, "{}", beta.parts.len());
    let mut count = 0;
    carry(of_alpha, "alpha", &beta, move |_| {
        count += 1;
        count % 3 != 0
    });
    let mut count = 0;
    carry(of_beta, "beta", &alpha, move |body| {
        assert!(matches!(body, Body::Lines { text, .. } if text.len() <= PART));
        count += 1;
        count % 4 != 0
    });
    let compared = alpha.ask_all().await;
    let names: Vec<&str> = compared.nodes.keys().map(|node| node.as_str()).collect();
    assert_eq!((compared.me.as_str(), names.as_slice()), ("alpha", &["alpha", "beta"][..]));
    let counts: Vec<usize> = compared.nodes.values().map(|told| lines(Some(told))).collect();
    assert_eq!(counts[1], counts[0] + 1);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_said_so_and_what_nobody_asked_for_is_not_heeded() {
    let ((alpha, of_alpha), (beta, _of_beta)) = (side("alpha", 1), side("beta", 1));
    carry(of_alpha, "alpha", &beta, |_| true);
    // Answers to older questions, said again.
    let recorded = Body::Lines { number: 7, part: 0, parts: 1, text: "[\"evil\"]".into() };
    let asked = alpha.ask_all();
    alpha.heard(NodeName::new("beta").unwrap(), recorded);
    let compared = asked.await;
    match &compared.nodes[&NodeName::new("beta").unwrap()] {
        Told::Unknown { why } => assert!(why.starts_with("beta does not answer"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn answers_are_counted() {
    let (beta, mut said) = side("beta", 1);
    let alpha = NodeName::new("alpha").unwrap();
    let mut ask = |times: usize| {
        (0..times).for_each(|_| beta.heard(alpha.clone(), Body::AskLines { number: 1, part: 0 }));
        std::iter::from_fn(|| said.try_recv().ok()).count()
    };
    assert_eq!(ask(1000), ANSWERS.0);
    assert_eq!(ask(10), 0);
    tokio::time::advance(ANSWERS.1).await;
    assert_eq!(ask(10), 10);
    // Parts that are not there have no answer.
    beta.heard(alpha.clone(), Body::AskLines { number: 1, part: 99 });
    assert!(said.try_recv().is_err());
}

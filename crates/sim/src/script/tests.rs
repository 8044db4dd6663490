//! Scripts: what is written is read again, and what is wrong is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::misfortune::draw;
use crate::random::Random;

#[test]
fn what_seeds_draw_is_written_and_read_again() {
    for seed in 0..200 {
        let script = draw(seed);
        let text = words(&script.acts, &script.plan);
        assert_eq!(read(&text, &script.plan).unwrap(), script.acts, "{text}");
    }
}

#[test]
fn times_may_be_relative_and_comments_are_passed_over() {
    let plan = Plan::drawn(&mut Random::new(1));
    let acts = read("# a story\n\n1 boot ada\n+0.5 boot bob # the other one\n", &plan).unwrap();
    assert_eq!(acts.iter().map(|step| step.at_ms).collect::<Vec<_>>(), [1000, 1500]);
}

#[test]
fn a_line_that_is_no_act_is_named() {
    let plan = Plan::drawn(&mut Random::new(1));
    for (text, said) in [
        ("1 boot zoe", "line 1: zoe is no node of this cluster"),
        ("1 boot ada\n0 boot bob", "line 2: 0 is before the line above"),
        ("x boot ada", "line 1: x is no time: seconds are wanted, as 2 or 0.25"),
        ("1 dance ada", "line 1: `dance ada` is no act"),
        ("1 pause ada", "line 1: a pause needs its time: pause NODE for 3"),
        ("1 loss 200%", "line 1: 200% is no share: percent are wanted, as 20% or 0.5%"),
        ("1 ask ada standby most", "line 1: most: it is all, local, foreign or failback"),
        ("1", "line 1: `` is no act"),
    ] {
        assert_eq!(read(text, &plan).unwrap_err().to_string(), said);
    }
}
